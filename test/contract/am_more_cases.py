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


"""Calls of the documented methods of AssetManagerClient: documents, searches, deletion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from am_cases import add, camera, case, fails, OPTIONS, TEN, TWO
from wire_platform import WirePlatform

# -- documents
add('get_metadata.image', lambda c, p, t: c.get_metadata('img_1'))
add('get_metadata.standardized_id', lambda c, p, t: c.get_metadata('Img 1')['id'])
add(
    'get_metadata_in_batch.defaults',
    lambda c, p, t: sorted(c.get_metadata_in_batch(['img_1', 'img_2'])),
)
add(
    'get_metadata_in_batch.selected_fields',
    lambda c, p, t: sorted(
        c.get_metadata_in_batch(ids=['img_1'], source_selected_fields=['id', 'sensor'])
    ),
)


@case('get_metadata_in_batch.missing')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.missing.add('img_2')
    return client.get_metadata_in_batch(['img_1', 'img_2'])['img_2']


add(
    'update_metadata.all_options',
    lambda c, p, t: c.update_metadata(
        id='Img 1', metadata={'sensor': 'camera_2'}, buffered_write=True, replace_sets=True,
        retry=True, **OPTIONS,
    ),
)
add(
    'update_metadata.datetimes',
    lambda c, p, t: c.update_metadata(
        'session_1',
        {
            'timestamp': TEN,
            'start_time': TEN.replace(microsecond=500_000),
            'end_time': '2021-03-01T11:00:00+00:00',
        },
    ),
    asset_type='sessions',
)
add(
    'update_metadata.annotation',
    lambda c, p, t: c.update_metadata('ann_1', {'tags': ['checked']}),
    asset_type='annotations',
)


@case('update_metadata.retried')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'PUT /v1/assets/meta/.*', 503, times=1)
    return client.update_metadata('img_1', {'sensor': 'camera_2'}, retry=True)


add(
    'update_aux_metadata.defaults',
    lambda c, p, t: c.update_aux_metadata('img_1', {'weather': 'rain'}),
)
add(
    'update_aux_metadata.all_options',
    lambda c, p, t: c.update_aux_metadata(
        id='img_1', metadata={'weather': 'rain'}, **OPTIONS
    ),
)
add('update_metadata_batch.defaults', lambda c, p, t: c.update_metadata_batch(**TWO))
add(
    'update_metadata_batch.all_options',
    lambda c, p, t: c.update_metadata_batch(
        buffered_write=True, replace_sets=True, **TWO, **OPTIONS
    ),
)
add(
    'update_metadata_batch.annotations',
    lambda c, p, t: c.update_metadata_batch(ids=['ann_1'], metadata=[{'tags': ['checked']}]),
    asset_type='annotations',
)


@case('update_metadata_batch.in_synced_set')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.documents['set_1'] = {'version_in_sync': True}
    buckets = [{'key': 'set_1', 'doc_count': 1}, {'key': 'set_2', 'doc_count': 1}]
    told = {'total': 1, 'aggregations': [{'dimension': 'sets', 'buckets': buckets}]}
    platform.answer('POST /v1/assets/meta/summary/', told)
    return client.update_metadata_batch(ids=['img_1'], metadata=[{'sensor': 'a'}])


add(
    'upsert_metadata.defaults',
    lambda c, p, t: c.upsert_metadata('img_1', {'sensor': 'camera_2'}),
)
add(
    'upsert_metadata.all_options',
    lambda c, p, t: c.upsert_metadata(
        id='Img 1', metadata={'timestamp': TEN}, buffered_write=True, **OPTIONS
    ),
)


@case('upsert_metadata.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'PUT /v1/assets/meta/.*')
    client.upsert_metadata('img_1', {'sensor': 'camera_2'})


add(
    'update_by_query.all_options',
    lambda c, p, t: c.update_by_query(
        update_field='sets', update_value='set_1', operation='remove', limit=5, query=camera()
    ),
)


@case('update_by_query.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/update_by_query')
    client.update_by_query('sets', 'set_1', 'add')


@case('wait_for_batch_update_task.polls')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.answer('GET /v1/jobs/query_task/.*', {'completed': False}, times=3)
    return client.wait_for_batch_update_task(query_task_id='task_1', timeout=60)


@case('wait_for_batch_update_task.failed')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.answer('GET /v1/jobs/query_task/.*', {'completed': True, 'error': 'boom'})
    client.wait_for_batch_update_task('task_1')


add(
    'add_auxiliary_metadata.id',
    lambda c, p, t: c.add_auxiliary_metadata(id='img_1', weather='rain', lanes=2),
)
add(
    'add_auxiliary_metadata.ids',
    lambda c, p, t: c.add_auxiliary_metadata(ids=['img_1', 'img_2'], weather='rain'),
)
add(
    'add_auxiliary_metadata.search',
    lambda c, p, t: c.add_auxiliary_metadata(search=camera(), weather='rain'),
)
add(
    'add_auxiliary_metadata.filters',
    lambda c, p, t: c.add_auxiliary_metadata(filters={'sensor': 'camera_1'}, weather='rain'),
)

# -- searches
add('search_assets.query', lambda c, p, t: c.search_assets(camera()))


@case('search_assets.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/')
    client.search_assets({})


add('search_assets_large.defaults', lambda c, p, t: c.search_assets_large())


@case('search_assets_large.pages')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    for page in (['a', 'b'], ['c'], []):
        platform.answer('POST /v1/assets/', {'results': page}, times=1)
    return client.search_assets_large(query=camera(), filters={'format': 'PNG'})


add(
    'search_meta.all_options',
    lambda c, p, t: [
        one['id']
        for one in c.search_meta(
            query=camera(), size=10, filters={'format': 'PNG'}, offset=5, sort_field='timestamp',
            sort_order='desc', scan=True, compress=True,
        )
    ],
)
add('search_meta.invalid_query', lambda c, p, t: c.search_meta(query=['sensor']))


@case('search_meta.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/meta')
    client.search_meta({})


add('search_meta_large.defaults', lambda c, p, t: len(c.search_meta_large()))


@case('search_meta_large.pages')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    for page in ([{'id': 'a'}, {'id': 'b'}], [{'id': 'c'}], []):
        platform.answer('POST /v1/assets/meta', page, times=1)
    return client.search_meta_large(query=camera(), filters={'format': 'PNG'}, compress=True)


@case('search_meta_large.nothing')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.answer('POST /v1/assets/meta', [])
    return client.search_meta_large(query={})


@case('search_meta_large.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/meta')
    client.search_meta_large()


add('assets_iterator.defaults', lambda c, p, t: sum(1 for _ in c.assets_iterator()))
add(
    'assets_iterator.all_options',
    lambda c, p, t: sum(
        1
        for _ in c.assets_iterator(
            query=camera(), filters={'format': 'PNG'}, sort_field='timestamp', sort_order='desc'
        )
    ),
)


@case('assets_iterator.lazy')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    next(client.assets_iterator(camera()))


# -- deletion
add('delete.defaults', lambda c, p, t: c.delete('img_1'))


@case('delete.polls')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.answer('GET /v1/assets/exists/img_1', True, times=2)
    return client.delete('img_1', wait_for_deletion=True)


@case('delete.failure_ignored')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'DELETE /v1/assets/img_1')
    return client.delete('img_1', wait_for_deletion=False)


@case('delete.failure_raised')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'DELETE /v1/assets/img_1')
    client.delete('img_1', raise_for_failure=True)


add('delete_with_query.defaults', lambda c, p, t: c.delete_with_query(query=camera()))


@case('delete_with_query.aborted')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.answer('GET /v1/jobs/status/.*', {'status': 'aborted'})
    platform.documents['job_1'] = {'status': 'aborted', 'notes': ['out of memory']}
    client.delete_with_query(query=camera(), wait_for_completion=True)


add('delete_with_list.empty', lambda c, p, t: c.delete_with_list())


@case('delete_with_list.wait')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.answer('GET /v1/jobs/status/.*', {'status': 'running'}, times=2)
    return client.delete_with_list(['img_1'], wait_for_completion=True)


@case('delete_with_list.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/remove_with_list/')
    client.delete_with_list(['img_1'])


add('remove_key_from_index.defaults', lambda c, p, t: c.remove_key_from_index('weather'))


# -- downloads
def files_of(client: Any, folder: Path, **what: Any) -> Any:
    (folder / 'out').mkdir()
    written = client.download_data_in_batch(destination_dir=folder / 'out', **what)
    return {
        one: {key: str(value).replace(str(folder), '{workdir}') if key == 'filepath' else value
              for key, value in files.items()}
        for one, files in written.items()
    }


add(
    'download_data_in_batch.query',
    lambda c, p, t: files_of(c, t, query=camera(), download_metadata=False),
)
add(
    'download_data_in_batch.metadata_only',
    lambda c, p, t: files_of(c, t, ids=['session_1']),
    asset_type='sessions',
)
add(
    'download_data_in_batch.parallel',
    lambda c, p, t: sorted(files_of(c, t, ids=[f'img_{one}.png' for one in range(5)])),
    num_threads=20,
)
add(
    'download_data_in_batch.missing_directory',
    lambda c, p, t: c.download_data_in_batch(t / 'no_such_directory', ids=['img_1.png']),
)
