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


"""Calls of the documented methods of AssetManagerClient, by the names of their recordings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
import io
from pathlib import Path
from typing import Any

from wire_platform import CONTENT, HOST, STORAGE, WirePlatform

MIB = 2**20
TEN = datetime(2021, 3, 1, 10, tzinfo=timezone.utc)
OPTIONS: Any = {
    'geo_field': 'location',
    'shape_group_field': 'umap',
    'nested_fields': ['annotations_meta', 'comments'],
}
TWO: Any = {'ids': ['img_1', 'Img 2'], 'metadata': [{'sensor': 'a'}, {'sensor': 'b'}]}

Case = Callable[[Any, WirePlatform, Path], Any]
CASES: dict[str, tuple[Case, dict[str, Any]]] = {}


class Store(dict[str, Any]):
    """A key-value store."""

    def put_bytes(self, key: str, value: Any) -> None:
        self[key] = value

    def get_bytes(self, key: str, default: Any = None) -> Any:
        return self.get(key, default)


def case(name: str, **options: Any) -> Callable[[Case], Case]:
    """Register a case; the options are the client's."""

    def register(run: Case) -> Case:
        CASES[name] = run, options
        return run

    return register


def add(name: str, run: Case, **options: Any) -> None:
    CASES[name] = run, options


def camera() -> dict[str, Any]:
    return {'filters': [{'field': 'sensor', 'values': ['camera_1']}]}


def fails(platform: WirePlatform, line: str, status: int = 500, times: Any = None) -> None:
    platform.answer(line, {'error': 'scripted failure'}, status=status, times=times)


# -- construction, state
add('init.defaults', lambda c, p, t: c.search_assets(), asset_type='sessions')
add('init.metadata_only', lambda c, p, t: c.exists('img_1'), metadata_only=True)
add('init.unversioned_url', lambda c, p, t: c.exists('img_1'), url=HOST)
add('init.no_token', lambda c, p, t: c.exists('img_1'), auth_token=None)
add(
    'with_asset_state.chained',
    lambda c, p, t: c.with_asset_state('videos', True).search_assets({}),
)
add(
    'with_asset_state.defaults',
    lambda c, p, t: c.with_asset_state('annotations').get_metadata('ann_1')['asset_id'],
)
add(
    'with_asset_state.always_metadata_only_type',
    lambda c, p, t: c.with_asset_state('sessions').exists('session_1'),
)
add('with_asset_state.invalid_type', lambda c, p, t: c.with_asset_state('my_assets'))
add('clear_cache.defaults', lambda c, p, t: c.clear_cache())

# -- files
add('put_file.bytes', lambda c, p, t: c.put_file(CONTENT, id='pixel.png').uri)
add('put_file.stream', lambda c, p, t: c.put_file(io.BytesIO(CONTENT), id='photo.jpg').uri)
add('put_file.text', lambda c, p, t: c.put_file('some text', id='note.txt').uri)
add('put_file.generated_id', lambda c, p, t: c.put_file(b'payload').uri)
add('put_file.generated_id_in_folder', lambda c, p, t: c.put_file(b'payload', folder='drop').uri)
add(
    'put_file.folder_with_slash',
    lambda c, p, t: c.put_file(b'payload', id='a.bin', folder='first/').uri,
)


@case('put_file.open_file')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    (folder / 'cloud.pcd').write_bytes(CONTENT)
    with open(folder / 'cloud.pcd', 'rb') as file:
        return client.put_file(file, id='cloud.pcd').uri


@case('put_file.multipart')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    with open(folder / 'large.bin', 'w+b') as file:
        file.truncate(51 * MIB)
        return client.put_file(file, id='large.bin').uri


@case('put_file.multipart_refused')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/multipart_upload_id/')
    client.put_file(io.BytesIO(b'payload'), id='large.bin', content_size=60 * MIB)


@case('put_file.upload_refused')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /upload', 403)
    client.put_file(b'payload', id='a.bin')


@case('put_file.retried')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /upload', 503, times=2)
    return client.put_file(b'payload', id='a.bin', retry=True).uri


add(
    'put_directory.missing',
    lambda c, p, t: c.put_directory(t / 'no_such_directory', metadata={}),
    asset_type='zipfiles',
)

# -- URLs and bytes
add('get_url.standardized_id', lambda c, p, t: c.get_url('My Image (1).png'))


@case('get_url.not_found')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'GET /v1/assets/img_1.png', 404)
    client.get_url('img_1.png')


add(
    'get_bytes.by_url',
    lambda c, p, t: c.get_bytes('img_1.png', url=f'{STORAGE}/objects/public/other.jpg'),
)
add('get_bytes.metadata_only', lambda c, p, t: c.get_bytes('img_1'), metadata_only=True)
add(
    'get_bytes.kv_store',
    lambda c, p, t: [c.get_bytes('img_1.png') for _ in range(2)],
    kv_store=Store,
)
add(
    'get_bytes.kv_store_not_written',
    lambda c, p, t: [c.get_bytes('img_1.png', add_to_redis_cache=False) for _ in range(2)],
    kv_store=Store,
)
add(
    'get_bytes.disk_cache',
    lambda c, p, t: [c.get_bytes('disk_cached_1.png', add_to_diskcache=True) for _ in range(2)],
)


@case('get_bytes.not_found')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'GET /objects/.*', 404)
    client.get_bytes('img_1.png')


@case('get_bytes.retried')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'GET /objects/.*', 503, times=2)
    return client.get_bytes('img_1.png', retry=True)


add('get_bytes_from_kv_store.no_store', lambda c, p, t: c.get_bytes_from_kv_store('img_1'))


@case('get_bytes_from_kv_store.hit_and_miss', kv_store=Store)
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    client.get_bytes('img_1.png')
    return [client.get_bytes_from_kv_store(one) for one in ('img_1.png', 'img_2.png')]


add(
    'get_bytes_in_batch.caches',
    lambda c, p, t: c.get_bytes_in_batch(
        ['disk_cached_3.png'], add_to_redis_cache=False, add_to_diskcache=True
    ),
)
add(
    'get_bytes_in_batch.parallel',
    lambda c, p, t: c.get_bytes_in_batch([f'img_{one}.png' for one in range(5)]),
    num_threads=20,
)
add(
    'get_url_in_batch.two',
    lambda c, p, t: c.get_url_in_batch(ids=['img_1.png', 'img_2.png']),
)


@case('get_url_in_batch.no_file')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.documents['img_2.png'] = {'object_access': None}
    return client.get_url_in_batch(['img_1.png', 'img_2.png'])


# -- existence, copies, counts
add('exists.found', lambda c, p, t: c.exists('img_1'))
add('exists.standardized_id', lambda c, p, t: c.exists('My Image {1}.png'))


@case('exists.missing')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    platform.missing.add('img_1')
    return client.exists('img_1')


add('exists_multiple.all', lambda c, p, t: c.exists_multiple(['img_1', 'img_2']))
add('copy.standardized_id', lambda c, p, t: c.copy(id='Img 1', new_id='Img 2'))


@case('copy.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'PUT /v1/assets/copy/.*', 404)
    client.copy('img_1', 'img_2')


add('count.search', lambda c, p, t: c.count(search=camera()))


@case('count.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/count/')
    client.count()


add(
    'sum.all_options',
    lambda c, p, t: c.sum('objects.area', is_nested=True, search=camera()),
)
add('sum.no_field', lambda c, p, t: c.sum(''))
add('average.defaults', lambda c, p, t: c.average('width'))


@case('average.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/average/')
    client.average('width')


add(
    'cardinality.all_options',
    lambda c, p, t: c.cardinality(
        'width', string_field=False, is_nested=True, search=camera()
    ),
)
add('summary_meta.empty', lambda c, p, t: c.summary_meta({}))


@case('summary_meta.failure')
def _(client: Any, platform: WirePlatform, folder: Path) -> Any:
    fails(platform, 'POST /v1/assets/meta/summary/')
    client.summary_meta({'dimensions': ['sensor']})
