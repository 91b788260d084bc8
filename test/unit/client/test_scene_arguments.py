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


"""Arguments as people really pass them: generators, columns of tables, one text for a list."""

from datetime import datetime, timedelta, timezone

import pytest
from scene_platform import client_of, entities_in, platform

from scenebox_ros.client import Image, SceneEngineClient
from scenebox_ros.errors import ArgumentTypeError

START = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)
TAKES_IDS = {
    'add_assets_to_set': lambda client, ids: client.add_assets_to_set('set_1', ids=ids),
    'remove_assets_from_set': lambda client, ids: client.remove_assets_from_set(
        ids=ids, set_id='set_1'
    ),
    'compress_images': lambda client, ids: client.compress_images(ids),
    'compress_masks_batch': lambda client, ids: client.compress_masks_batch(
        'small', ids, wait_for_completion=False
    ),
    'cleanup_annotation_masks': lambda client, ids: client.cleanup_annotation_masks(
        ids, wait_for_completion=False
    ),
    'annotations_to_objects': lambda client, ids: client.annotations_to_objects(
        ids, wait_for_completion=False
    ),
    'model_inference': lambda client, ids: client.model_inference(ids=ids),
    'enable_webapp_features': lambda client, ids: client.enable_webapp_features(ids),
    'add_rosbag2': lambda client, ids: client.add_rosbag2(ids, folder_uri='s3://bucket/folder'),
    'delete_events': lambda client, ids: client.delete_events(ids, ['rain']),
    'delete_with_list': lambda client, ids: client.get_asset_manager('images').delete_with_list(
        ids
    ),
    'get_comments': lambda client, ids: client.get_comments('images', ids),
}


@pytest.mark.parametrize('name', TAKES_IDS)
def test_a_text_is_not_taken_for_the_list_of_its_letters(name):
    fake = platform()

    with pytest.raises(TypeError, match=r"is the text 'img_1'; pass a list, like \['img_1'\]"):
        TAKES_IDS[name](client_of(fake), 'img_1')
    assert fake.sent('(POST|PUT|DELETE) .*') == []


@pytest.mark.parametrize('name', TAKES_IDS)
def test_ids_may_come_from_a_generator_or_a_column_of_a_table(name):
    pandas = pytest.importorskip('pandas')
    bodies = []
    for ids in (['a', 'b'], iter(['a', 'b']), pandas.Series(['a', 'b'])):
        fake = platform()
        fake.answer('POST /v1/assets/remove_with_list/', {'job_id': 'job_1'})
        fake.answer('GET /auth', {'organization_id': 'org'})
        fake.answer('POST /v1/configs/add/', {'id': 'config_1'})
        TAKES_IDS[name](client_of(fake), ids)
        bodies.append([sent.json for sent in fake.sent('(POST|DELETE) .*')])

    assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.parametrize('kind', ['images', 'videos', 'lidars', 'annotations', 'embeddings'])
def test_nothing_to_add_is_named(kind):
    more = {} if kind in ('annotations', 'embeddings') else {'set_id': 'set_1'}

    with pytest.raises(ArgumentTypeError, match=f'{kind} is None; pass a list'):
        getattr(client_of(platform()), f'add_{kind}')(None, **more)


def test_a_row_of_a_table_is_no_dictionary():
    pandas = pytest.importorskip('pandas')
    row = pandas.DataFrame({'speed': [1.0]}).iloc[0]

    with pytest.raises(ArgumentTypeError, match=r'aux_metadata is .* as row.to_dict\(\) gives it'):
        Image(bytes=b'x', aux_metadata=row)
    with pytest.raises(ArgumentTypeError, match=r'metadata is .* as row.to_dict\(\) gives it'):
        client_of(platform()).get_asset_manager('images').update_metadata('img_1', row)


def test_what_is_no_table_is_named():
    with pytest.raises(ArgumentTypeError, match='measurement_df is a dict; pass a DataFrame'):
        client_of(platform()).add_df({'speed': [1]}, 'session_1')


def test_a_path_that_is_a_number_is_not_taken_for_an_open_file():
    with pytest.raises(ArgumentTypeError, match='file_path is 1; pass a path'):
        SceneEngineClient.is_coco_annotation_file_valid(1)


def test_measurements_may_be_columns_of_a_table():
    pandas = pytest.importorskip('pandas')
    fake = platform()
    moments = pandas.Series([START, START + timedelta(seconds=1)])
    client_of(fake).add_geolocation_entities(
        pandas.Series([45.0, 46.0]), iter([-73.0, -74.0]), moments, 'session_1'
    )

    assert [one['entity_value'] for one in entities_in(fake)] == [[45.0, -73.0], [46.0, -74.0]]


def test_a_margin_may_be_a_number_of_numpy():
    numpy = pytest.importorskip('numpy')
    fake = platform()
    client_of(fake).add_event_intervals(
        'weather', ['rain'], [START], [START + timedelta(seconds=2)], 'session_1',
        epsilon=numpy.float32(0.5),
    )

    assert entities_in(fake)[0]['start_time'] == '2026-01-31T10:00:00.500000+00:00'


def test_cells_of_a_table_without_a_value_add_nothing():
    pandas = pytest.importorskip('pandas')
    fake = platform()
    table = pandas.DataFrame({
        'timestamp': [START + timedelta(seconds=second) for second in range(3)],
        'lat': [45.0, None, 47.0], 'lon': [-73.0, -74.0, -75.0],
        'speed': [1.0, float('nan'), 3.0], 'mode': ['auto', None, 'manual'],
    })
    client_of(fake).add_df(table, 'session_1')
    values = [(one['entity_name'], one['entity_value']) for one in entities_in(fake)]

    assert values == [
        ('geolocation', [45.0, -73.0]), ('geolocation', [47.0, -75.0]),
        ('speed', 1.0), ('speed', 3.0), ('mode', 'auto'), ('mode', 'manual'),
    ]


def test_timestamps_must_be_as_many_as_a_table_has_rows():
    pandas = pytest.importorskip('pandas')
    fake = platform()

    with pytest.raises(IndexError, match='1 timestamps for 2 rows'):
        client_of(fake).add_df(pandas.DataFrame({'speed': [1, 2]}), 'session_1', [START])
    assert entities_in(fake) == []


def test_the_number_of_subsets_may_be_one_of_numpy():
    numpy = pytest.importorskip('numpy')
    fake = platform()
    fake.answer('POST /v1/sets/split_sets/', {'job_id': 'job_1'})
    client_of(fake).split_set('set_1', numpy.int64(2), iter(['a', 'b']))

    (sent,) = fake.sent('POST /v1/sets/split_sets/')
    assert (sent.json['sections'], sent.json['subset_names']) == (2, ['a', 'b'])


def test_half_a_subset_is_refused():
    with pytest.raises(TypeError, match=r'2\.5 is neither a number of sections nor a list'):
        client_of(platform()).split_set('set_1', 2.5, ['a', 'b'])


@pytest.mark.parametrize('values', [['a', 'b'], ('a', 'b'), {'a': 1, 'b': 2}.keys()])
def test_a_filter_takes_its_values_from_any_iterable(values):
    fake = platform()
    client_of(fake).get_asset_manager('images').search_assets(filters={'id': values})

    (sent,) = fake.sent('POST /v1/assets/')
    assert sent.json == {'filters': [{'field': 'id', 'values': ['a', 'b']}]}


def test_a_time_that_is_missing_in_a_table_is_no_time():
    pandas = pytest.importorskip('pandas')

    with pytest.raises(TypeError, match=r'start_time is NaT \(NaTType\); pass a datetime'):
        client_of(platform()).add_event_interval('e', 'v', pandas.NaT, START, 'session_1')
