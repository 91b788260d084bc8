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

"""
What a user does with the original client, against a server; run by an interpreter that has it.

Prints one line per step and, last, how many steps went well and how many did not.
"""

import datetime
import logging
from pathlib import Path
import sys
import time
import types
import warnings

warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from PIL import Image as Picture  # noqa: E402
from scenebox.clients import (  # noqa: E402
    AssetManagerClient,
    JobManagerClient,
    SceneEngineClient,
)
from scenebox.models.annotation import BoundingBox, BoundingBoxAnnotation  # noqa: E402
from scenebox.models.assets import Image  # noqa: E402

URL, TOKEN, GENERATION, FOLDER = sys.argv[1:]
IS_NEW = GENERATION == '0.2.81'
SPACE = 'similarity_images_histogram_intensities'
PCD = (
    'VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 2\nHEIGHT 1\n'
    'VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\nDATA ascii\n0 0 0\n1 1 1\n'
)
counts = {'passed': 0, 'failed': 0}
called = set()
wait = time.sleep
# The client polls every ten seconds.
time.sleep = lambda seconds: wait(min(seconds, 0.1))


def at(seconds):
    begin = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone.utc)
    return begin + datetime.timedelta(seconds=seconds)


def step(name, work, expected=None):
    """Do one thing; the result must be what is expected, or pass a function."""
    try:
        result = work()
        if callable(expected):
            assert expected(result), repr(result)[:300]
        elif expected is not None:
            assert result == expected, repr(result)[:300]
    except Exception as error:  # the client raises whatever it likes
        counts['failed'] += 1
        print('FAILED', name, type(error).__name__, str(error).replace(TOKEN, '')[:300])
        return None
    counts['passed'] += 1
    print('passed', name)
    return result


def noting():
    """Note from now on which documented methods are called, also by each other."""
    for kind in (SceneEngineClient, AssetManagerClient, JobManagerClient):
        for name, method in list(vars(kind).items()):
            if isinstance(method, types.FunctionType) and not name.startswith('_'):
                def note(*args, _method=method, _name=f'{kind.__name__}.{name}', **named):
                    called.add(_name)
                    return _method(*args, **named)

                setattr(kind, name, note)


def tell():
    """Print which methods were called, and how many steps went well and how many did not."""
    print('called', *sorted(called))
    print(counts['passed'], 'passed,', counts['failed'], 'failed')


def sessions(client):
    uid = step('add_session', lambda: client.add_session('drive', 'generic', resolution=1.0))
    step('add_session twice', lambda: client.add_session('drive'), uid)
    step('update_time_span', lambda: client.update_time_span(uid, at(0), at(20)))
    step('add_source_data', lambda: client.add_source_data(
        uid, [{'sensor': 'main', 'id': 'v', 'type': 'videos'}],
        [{'name': 'main', 'type': 'camera'}]))  # fmt: skip
    step('add_auxiliary_session_data', lambda: client.add_auxiliary_session_data(
        uid, [{'id': 'v', 'type': 'concatenated_video', 'tags': ['main']}]))  # fmt: skip
    step('add_enrichments_configs', lambda: client.add_enrichments_configs(
        uid, [{'input_event': 'geo_locations', 'type': 'location', 'configuration': {}}]))
    step('add_geolocation_entity', lambda: [
        client.add_geolocation_entity(47 + i / 100, 8, at(10 * i), uid) for i in range(3)])
    step('add_event_interval', lambda: client.add_event_interval(
        'weather', 'rain', at(2), at(5), uid))  # fmt: skip
    step('add_event_intervals', lambda: client.add_event_intervals(
        'road', ['a', 'b'], [at(1), at(3)], [at(2), at(6)], uid), lambda ids: len(ids) == 2)
    frame = pd.DataFrame({'timestamp': [at(i).isoformat() for i in range(10)],
                          'Speed': [float(i) for i in range(10)], 'Mode': ['x'] * 5 + ['y'] * 5})
    step('add_df', lambda: client.add_df(frame, uid))
    step('resolve_session', lambda: client.resolve_session(uid, wait_for_completion=True))
    step('get_session_resolution_status', lambda: client.get_session_resolution_status(uid),
         'resolved')  # fmt: skip
    step('add_comments', lambda: client.add_comments(
        'nice', at(1), at(3), uid, wait_for_completion=True))  # fmt: skip
    search = {'filters': [{'field': 'weather', 'values': ['rain']},
                          {'field': 'session_name', 'values': ['drive']}]}  # fmt: skip
    step('download_timeseries',
         lambda: client.download_timeseries(search, ['speed', 'geolocation.lat', 'comment']),
         {uid: [{
             'start_time': at(2).isoformat(), 'end_time': at(4).isoformat(),
             'timestamp': [at(i).isoformat() for i in (2, 3, 4)], 'speed': [2.0, 3.0, 4.0],
             'geolocation.lat': [47.002, 47.003, 47.004], 'comment': [['nice'], None, None],
         }]})  # fmt: skip
    if IS_NEW:
        step('slice_session', lambda: client.slice_session(uid, at(2), at(6)), bool)
        step('entity_summary', lambda: client.entity_summary(uid, ['weather']))
        step('delete_events', lambda: client.delete_events(
            [uid], ['road'], wait_for_completion=True))  # fmt: skip
        step('get_field_data', lambda: client.get_field_data(uid), lambda data: 'road' not in data)
    else:
        step('get_standardized_session_name', lambda: client.get_standardized_session_name('A b'),
             'a_b')  # fmt: skip
    return uid


def assets(client, uid):
    images = step('create_set', lambda: client.create_set('Images', 'images', is_primary=True),
                  'images')  # fmt: skip
    lidars = step('create_set of lidars', lambda: client.create_set('clouds', 'lidars'))
    chance = np.random.default_rng(0)
    folder = Path(FOLDER)
    items = []
    for i in range(4):
        pixels = chance.integers(0, 255, (40, 60, 3), dtype=np.uint8)
        Picture.fromarray(pixels).save(folder / f'im {i}.png')
        items.append(Image(path=str(folder / f'im {i}.png'), id=f'Im-{i}', sensor='cam',
                           timestamp=at(i).isoformat(), session_uid=uid))  # fmt: skip
    step('add_images', lambda: client.add_images(
        items, images, add_to_session=True, thumbnailize_at_ingest=True))  # fmt: skip
    (folder / 'a.pcd').write_text(PCD)
    step('add_lidar', lambda: client.add_lidar(
        lidars, lidar_path=str(folder / 'a.pcd'), id='cloud', timestamp=at(1).isoformat(),
        session_uid=uid, add_to_session=True, sensor='top'))  # fmt: skip
    ids = [f'im_{i}' for i in range(4)]
    step('assets_in_set', lambda: sorted(client.assets_in_set(images)), ids)
    step('search_within_set', lambda: len(client.search_within_set(images)), 4)
    step('compress_images', lambda: client.compress_images(ids, use_preset='tiny'))
    step('compress_lidars', lambda: client.compress_lidars(['cloud']))
    step('image_properties_enrichment', lambda: client.image_properties_enrichment(
        ids=ids, properties=['mean_brightness'], wait_for_completion=True))  # fmt: skip
    return images, ids


def sets(client, images, ids):
    step('set_lock', lambda: client.set_lock(images), True)
    step('set_is_locked', lambda: client.set_is_locked(images), True)
    step('set_unlock', lambda: client.set_unlock(images), True)
    step('get_set_status', lambda: client.get_set_status(images)['status'], 'ready')
    other = step('create another set', lambda: client.create_set('Other', 'images'))
    step('add_assets_to_set by list', lambda: client.add_assets_to_set(
        other, ids=ids[:2], wait_for_completion=True))  # fmt: skip
    search = {'filters': [{'field': 'sensor', 'values': ['cam']}]}
    step('add_assets_to_set by search', lambda: client.add_assets_to_set(
        other, search=search, wait_for_completion=True))  # fmt: skip
    step('remove_assets_from_set', lambda: client.remove_assets_from_set(
        ids=ids[:1], set_id=other, wait_for_completion=True))  # fmt: skip
    step('what is left', lambda: sorted(client.assets_in_set(other)), ids[1:])
    step('split_set', lambda: client.split_set(
        images, [0.5, 0.5], ['one', 'two'], wait_for_completion=True))  # fmt: skip
    step('what was split', lambda: len(client.assets_in_set('images_one')), 2)
    step('zip_set_and_download', lambda: client.zip_set_and_download(images).read(),
         lambda body: body.startswith(b'PK'))  # fmt: skip
    if IS_NEW:
        step('commit_set', lambda: client.commit_set(images, 'first', wait_for_completion=True))
        step('get_set_version_history', lambda: client.get_set_version_history(images),
             lambda commits: commits[0]['message'] == 'first')  # fmt: skip
        step('get_streamable_set', lambda: client.get_streamable_set(images))
    return other


def projects(client, images):
    project = step('create_project', lambda: client.create_project('P', ['t']))
    step('add_sets_to_project', lambda: client.add_sets_to_project(project, [images]))
    config = {'subset_names': ['q1', 'q2'], 'sections': 2}
    operation = step('create_operation', lambda: client.create_operation(
        'o', 'split_sets', project, config))  # fmt: skip
    step('start_operation', lambda: client.start_operation(operation, wait_for_completion=True))
    step('get_operation_status', lambda: client.get_operation_status(operation)['status'],
         'finished')  # fmt: skip
    step('remove_sets_from_project', lambda: client.remove_sets_from_project(
        project, [{'set_id': images, 'stage': 0}]))  # fmt: skip
    step('delete_operation', lambda: client.delete_operation(operation))
    step('delete_project', lambda: client.delete_project(project))
    number = step('create_config', lambda: client.create_config('n', 'search', {'a': 1}))
    step('get_config', lambda: client.get_config(number), {'a': 1})
    step('delete_config', lambda: client.delete_config(number))
    number = step('create_annotation_instruction', lambda: client.create_annotation_instruction(
        'n', 'k', 'scale', 'polygon', {'x': 1}))  # fmt: skip
    step('delete_annotation_instruction',
         lambda: client.delete_annotation_instruction(number))  # fmt: skip


def annotations(client, uid, ids):
    box = {'x_min': 1, 'x_max': 30, 'y_min': 2, 'y_max': 20, 'label': 'car'}
    made = [
        BoundingBoxAnnotation(
            id=f'ann_{i}', image_id=one, timestamp=at(i).isoformat(), provider='prov',
            version='v1', bounding_boxes=[BoundingBox(**box)], sensor='cam', session_uid=uid,
        )
        for i, one in enumerate(ids)
    ]  # fmt: skip
    step('add_annotations', lambda: client.add_annotations(
        made, threading=False, disable_tqdm=True))  # fmt: skip
    step('get_annotation_sources', lambda: client.get_annotation_sources()[0]['provider'], 'prov')
    step('get_annotation_labels', client.get_annotation_labels, ['car'])
    objects = step('create_set of objects', lambda: client.create_set('objs', 'objects'))
    step('annotations_to_objects', lambda: client.annotations_to_objects(
        ids=[f'ann_{i}' for i in range(4)], create_objects=True, output_set_id=objects,
        session_uid=uid))  # fmt: skip
    step('what was cut out', lambda: len(client.assets_in_set(objects)), 4)
    if not IS_NEW:
        step('compare_annotation_pairs', lambda: client.compare_annotation_pairs(
            ids[0], 'images', 'ann_0', 'ann_0', wait_for_completion=True))  # fmt: skip
    step('remove_annotation_sources', lambda: client.remove_annotation_sources(
        [{'provider': 'prov'}], 'images'))  # fmt: skip
    step('what is left of them', client.get_annotation_labels, [])


def embeddings(client, images, other, ids):
    step('model_inference', lambda: client.model_inference(
        ids=ids, model='histogram', obtain_embeddings=True, wait_for_completion=True))
    step('search_similar_assets', lambda: client.search_similar_assets(ids[0], 2),
         lambda found: len(found) == 2 and ids[0] not in found)  # fmt: skip
    step('compare_sets', lambda: client.compare_sets(
        [images, other], SPACE, metric_params={'num_projections': 5, 'num_seeds': 2}))
    name = 'get_sets_comparison_matrix' if IS_NEW else 'get_comparison_matrix'
    step(name, lambda: len(getattr(client, name)({}, SPACE)), 1)


def main():
    noting()
    client = SceneEngineClient(auth_token=TOKEN, scene_engine_url=URL)
    step('whoami', client.whoami, lambda identity: identity['role'] == 'superadmin')
    uid = sessions(client)
    images, ids = assets(client, uid)
    other = sets(client, images, ids)
    projects(client, images)
    annotations(client, uid, ids)
    embeddings(client, images, other, ids)
    step('delete_set', lambda: client.delete_set(other, wait_for_completion=True))
    step('delete_session', lambda: client.delete_session(uid, wait_for_completion=True))
    step('search_assets', lambda: client.search_assets('images'), [])
    tell()


if __name__ == '__main__':
    main()
