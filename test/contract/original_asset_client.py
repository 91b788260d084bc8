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
What users of the original asset and job clients do, with the results they count on.

Run by ``test_original_clients.py`` in an environment that has ``scenebox`` from PyPI:
``python original_asset_client.py URL TOKEN FOLDER``.
"""

import io
import os
import pathlib
import sys

URL, TOKEN, FOLDER = sys.argv[1:4]
os.environ['CACHE_DIR'] = FOLDER

from scenebox.clients import AssetManagerClient, JobManagerClient  # noqa: E402

STAMP = '2020-01-01T00:00:00Z'
REAR = {'sensor': 'rear'}

IS_NEW = hasattr(AssetManagerClient, 'update_aux_metadata')


def client(kind='images'):
    return AssetManagerClient(
        asset_type=kind, asset_manager_url=f'{URL}/v1', auth_token=TOKEN
    )


def single_assets(am):
    am.put_asset(metadata={'timestamp': STAMP, 'sensor': 'front', 'sets': ['s1']}, id='My-Img',
                 file_object=io.BytesIO(b'DATA'), filename='My File.png', content_type='image/png')
    assert am.exists('My-Img') is True
    assert am.exists('other') is False
    assert am.get_metadata('My-Img')['object_access']['filename'] == 'My File.png'
    assert am.get_bytes('My-Img') == b'DATA'
    assert am.copy('My-Img', 'New Id')['acknowledged']
    am.delete('New Id')
    assert am.exists('new_id') is False


def batches(am):
    ids = [f'b{n}' for n in range(5)]
    am.put_assets_batch(metadata=[{**REAR, 'n': n} for n in range(5)], ids=ids,
                        file_objects=[f'x{n}'.encode() for n in range(5)])
    assert am.exists_multiple([*ids, 'zzz']) == [True] * 5 + [False]
    assert am.get_bytes_in_batch(ids) == {f'b{n}': f'x{n}'.encode() for n in range(5)}
    assert am.get_metadata_in_batch(['b1', 'zzz'])['zzz'] is None


def searches(am):
    ids = [f'b{n}' for n in range(5)]
    assert sorted(am.search_assets(filters=REAR)) == ids
    assert am.search_assets_large(filters=REAR) == ids
    assert len(am.search_meta(filters=REAR, compress=True)) == 5
    assert len(am.search_meta_large(filters=REAR)) == 5
    assert [asset.id for asset in am.assets_iterator(filters=REAR)] == ids
    assert am.count() == 6
    assert (am.sum('n'), am.average('n'), am.cardinality('sensor')) == (10, 2.0, 2)
    summary = am.summary_meta({'dimensions': ['sensor']})
    assert summary['aggregations'][0]['buckets'][0] == {'key': 'rear', 'doc_count': 5}
    assert 'sensor' in [field['field'] for field in am.get_all_search_fields()]
    assert am.get_statistics([{'field': 'n'}])['n']['max'] == 4


def updates(am):
    am.update_metadata('b1', {'aux': {'k': 1}})
    am.update_metadata_batch(['b1', 'b2'], [{'x': 1}, {'x': 2}])
    am.upsert_metadata('up', {'a': 1})
    place = {'lat': 1, 'lon': 2}
    if IS_NEW:
        am.update_aux_metadata('b1', {'loc': place}, geo_field='loc')
    else:
        am.update_metadata('b1', {'aux': {'loc': place}}, geo_field='aux.loc')
    am.add_auxiliary_metadata(ids=['b3', 'b4'], colour='red')
    assert am.get_metadata('b1')['aux'] == {'k': 1, 'loc': {'lat': 1, 'lon': 2}}
    assert am.get_metadata('b3')['aux'] == {'colour': 'red'}
    search = {'filters': [{'field': 'sensor', 'values': ['rear']}]}
    (task,) = am.update_by_query('sets', 'new', 'add', query=search)
    assert am.wait_for_batch_update_task(task)['updated'] == 5
    assert am.get_metadata('b1')['sets'] == ['new']


def deletions(am):
    am.delete_with_list(['b2'], wait_for_completion=True)
    am.delete_with_query(filters={'id': ['b3']}, wait_for_completion=True)
    assert am.exists_multiple(['b1', 'b2', 'b3']) == [True, False, False]
    if not IS_NEW:
        return
    am.remove_key_from_index('aux.colour', wait_for_completion=True)
    assert 'colour' not in am.get_metadata('b4')['aux']


def files(am):
    folder = pathlib.Path(FOLDER, 'files')
    folder.mkdir()
    found = am.download_data_in_batch(str(folder), ids=['b4', 'my_img'])
    assert pathlib.Path(found['my_img']['filepath']).read_bytes() == b'DATA'
    big = folder / 'big.bin'
    big.write_bytes(os.urandom(60 * 1024 * 1024))
    access = am.put_file(big.open('rb'), id='big.bin')
    assert access.uri.endswith('/big.bin')
    assert am.get_bytes_from_object_access(access) == big.read_bytes()
    if IS_NEW:
        assert access.uri in [item['uri'] for item in am.list_objects('scenebox')]
    am.put_directory(str(folder), {'timestamp': STAMP})
    assert am.clear_cache() == {'acknowledged': True}


def jobs():
    # The older one takes the address as it is.
    for base in (URL, f'{URL}/', f'{URL}/v1', f'{URL}/v1/') if IS_NEW else (f'{URL}/v1',):
        job = JobManagerClient(auth_token=TOKEN, asset_manager_url=base, job_type='zipping')
        job.run()
        job.update_progress(50, message='half', force_update=True)
        job.append_note('n')
        assert job.get_progress() == 50
        job.finish()
        assert (job.get_status(), job.get_notes()) == ('finished', ['n'])
    more = {'task_id': None} if IS_NEW else {}
    job = JobManagerClient(auth_token=TOKEN, asset_manager_url=base, **more)
    job.abort(error_string='why')
    assert (job.get_status(), job.get_notes()) == ('aborted', ['why'])


images = client()
for part in (single_assets, batches, searches, updates, deletions, files):
    part(images)
jobs()
sys.stdout.write('all parts passed\n')
