# Copyright 2026 The scenebox_ros Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""Answers that are not what the protocol promises: every method raises errors of ours."""

import inspect
import json
import types
import typing

import httpx
import pandas as pd
import pytest

from scenebox_ros.client import (
    AssetManagerClient,
    BoundingBox,
    BoundingBoxAnnotation,
    cancel,
    Embedding,
    Image,
    JobManagerClient,
    Lidar,
    ObjectAccess,
    SceneEngineClient,
    Video,
)
from scenebox_ros.client.http import Http
from scenebox_ros.client.pool import Pool
from scenebox_ros.client.retry import RetryRule
from scenebox_ros.errors import AssetError, RequestTimeoutError, SceneBoxError

METHODS = [
    (kind, name)
    for kind in (SceneEngineClient, AssetManagerClient, JobManagerClient)
    for name, _ in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith('_')
]
BODIES = [
    b'null', b'[]', b'{}', b'[1, 2]', b'"x"', b'7', b'[null]', b'[{"id": 1}]', b'\xff', b'{"a"',
    b'{"job_id": null, "results": null, "assets_type": "images"}',
    b'{"a": {"url": 5, "fields": [], "uri": null}}',
    b'{"results": 5, "job_id": [1], "status": 7, "url": 5, "notes": 5, "progress": "x"}',
    b'{"results": [1], "job_id": "x", "status": "finished", "url": {}, "notes": [5]}',
    b'{"results": "abc", "sets": 5, "url": "", "acknowledged": 5, "stage": 5, "version": {}}',
]
NOON = '2024-01-01T12:00:00Z'
ENTITY = {'session': 'u', 'timestamp': NOON, 'entity_name': 'a', 'entity_value': 1,
          'entity_type': 'scalar', 'influence': 'point'}
COCO = {
    'images': [{'id': 1, 'file_name': 'a.png', 'width': 1, 'height': 1}],
    'categories': [{'id': 1, 'name': 'c'}],
    'annotations': [{'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [0, 0, 1, 1],
                     'segmentation': []}],
}
# Where a method could do without, but does more with it.
WANTED = ('rosbag_path', 'folder_path', 'image_path', 'lidar_path', 'video_path', 'ids')


def annotation():
    box = BoundingBox(label='a', x_min=0, x_max=1, y_min=0, y_max=1)
    return BoundingBoxAnnotation([box], id='a', image_id='i', provider='p')


def arguments():
    """Something for each parameter that has no default, by its name."""
    stamps = dict.fromkeys(('start_time', 'end_time', 'timestamp', 'session_start_time',
                            'session_end_time'), NOON)  # fmt: skip
    paths = dict.fromkeys(('rosbag_path', 'image_path', 'lidar_path', 'video_path'), 'a.png')
    tables = dict.fromkeys(('csv_filepath', 'timestamps_image_uris_csv_filepath'), 'c.csv')
    lists = {name: ['a', 'b'] for name in ('ids', 'sets', 'asset_ids', 'subset_names')}
    several = ('auxiliary_data', 'enrichments_configs', 'annotation_sources', 'source_data',
               'sensors', 'field_dicts')  # fmt: skip
    objects = {name: [{}] for name in several}
    return {
        **stamps, **paths, **tables, **lists, **objects,
        'annotation': annotation(), 'annotations': [annotation()], 'asset_type': 'images',
        'file_path': 'coco.json', 'folder_path': 'f', 'directory_path': 'f',
        'destination_dir': 'f', 'relative_file_paths': ['a.png'],
        'measurement_df': pd.DataFrame({'timestamp': [NOON], 'a': [1.0]}),
        'embeddings': [Embedding([1.0, 2.0], asset_id='i')], 'embedding_ids': ['1'],
        'entity_dict': ENTITY, 'entity_dicts': [ENTITY], 'event_values': ['v'],
        'start_times': [NOON], 'end_times': [NOON], 'images': [Image(id='i', bytes=b'x')],
        'lidars': [Lidar(id='l', bytes=b'x')], 'videos': [Video(id='v', path='a.png')],
        'percentages_or_sections': 2, 'operation_type': 'split_sets', 'config': {},
        'payload': {}, 'frames': [1], 'frame': 1, 'width': 1, 'height': 1, 'latitude': 1.0,
        'longitude': 1.0, 'summary_request': {'dimensions': ['a']}, 'video_metadata': {},
        'metadata': {}, 'file_object': b'abc', 'params': {}, 'object_accesses': {},
        'object_access': ObjectAccess(uri='s3://b/k'), 'value': b'x', 'field_dict': {'field': 'a'},
    }  # fmt: skip


@pytest.fixture
def called(tmp_path, monkeypatch):
    """Call a method of a client, whose server gives one answer to everything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    (tmp_path / 'f').mkdir()
    for name, content in {'a.png': 'x', 'f/a.png': 'x', 'c.csv': f'timestamp,a\n{NOON},1\n',
                          'coco.json': json.dumps(COCO)}.items():  # fmt: skip
        (tmp_path / name).write_text(content)

    def no_waiting(seconds):
        raise RequestTimeoutError(f'{seconds} s would have been waited')

    monkeypatch.setattr(cancel, 'sleep', no_waiting)
    monkeypatch.setattr(AssetManagerClient, '_first_identity', lambda self: None)

    def call(kind, name, body):
        def answer(request):
            if request.url.path == '/status':
                return httpx.Response(200, json={'asset_manager_url': 'http://h/v1'})
            return httpx.Response(200, content=body)

        bases = {'root': 'http://h', 'v1': 'http://h/v1', 'v2': 'http://h/v2'}
        pool = Pool(None, httpx.MockTransport(answer))
        http = Http(bases, 'token', pool=pool, rule=RetryRule(attempts=1))
        if kind is JobManagerClient:
            client = kind('token', job_id='x', http=http)
        else:
            client = kind(http=http)
        given = arguments()
        method = getattr(client, name)
        chosen = {}
        for one in inspect.signature(method).parameters.values():
            is_needed = one.default is inspect.Parameter.empty or one.name in WANTED
            if is_needed and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
                chosen[one.name] = given.get(one.name, 'x')
        if name in ('update_metadata_batch', 'put_assets_batch'):
            chosen['metadata'] = [{}, {}]
        result = method(**chosen)
        return list(result) if isinstance(result, types.GeneratorType) else result

    return call


def is_a(value, kind):
    """Tell whether a value is what an annotation says."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is typing.Any or isinstance(kind, typing.TypeVar):
        return True
    if origin in (typing.Union, types.UnionType):
        return any(is_a(value, one) for one in inner)
    if origin is typing.Literal:
        return value in inner
    if origin is dict:
        return isinstance(value, dict) and all(
            is_a(key, inner[0]) and is_a(one, inner[1]) for key, one in value.items()
        )
    if origin is tuple and Ellipsis not in inner:
        fits = isinstance(value, tuple) and len(value) == len(inner)
        return fits and all(is_a(*pair) for pair in zip(value, inner, strict=True))
    if origin is not None:
        # Iterators were read into a list.
        return isinstance(value, (list, tuple)) and all(is_a(one, inner[0]) for one in value)
    if kind is float:
        return isinstance(value, (int, float))
    return isinstance(value, kind or type(None))


@pytest.mark.parametrize(
    'kind, name', METHODS, ids=lambda one: getattr(one, '__name__', one)
)
def test_every_answer_becomes_what_is_declared_or_an_error_of_ours(called, kind, name):
    known = {'AssetManagerClient': AssetManagerClient}
    declared = typing.get_type_hints(getattr(kind, name), localns=known)['return']
    for body in BODIES:
        try:
            result = called(kind, name, body)
        except SceneBoxError:
            continue
        assert is_a(result, declared), f'{body!r} became {result!r}, declared is {declared}'


@pytest.mark.parametrize('name', ['search_meta_large', 'search_assets_large'])
def test_a_server_that_gives_the_same_page_for_ever_is_an_error(called, name):
    body = b'[{"id": "a"}]' if 'meta' in name else b'{"results": ["a"]}'

    with pytest.raises(AssetError, match='search_after'):
        called(AssetManagerClient, name, body)
