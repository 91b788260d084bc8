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


"""Files come from the storage whole, or not at all, and go on where they stopped."""

import gzip
import hashlib

from fake_platform import FakePlatform, STORAGE, TOKEN
import httpx
import pytest

from scenebox_ros.client import disk_cache
from scenebox_ros.client.asset import Asset
from scenebox_ros.client.scope import Scope
from scenebox_ros.errors import AssetError, ConnectionFailedError, ResponseError

BODY = bytes(range(256)) * 8
MD5 = hashlib.md5(BODY).hexdigest()
URL = f'{STORAGE}/object'


class Cut(httpx.SyncByteStream):
    """A body that breaks off."""

    def __init__(self, body):
        self._body = body

    def __iter__(self):
        yield self._body
        raise httpx.ReadError('it broke')


def storage(platform, *, cuts=(), ranges=True, etag=f'"{MD5}"'):
    """Let the platform's storage hold BODY, and break off the first answers where told."""
    left = list(cuts)

    def serve(sent):
        start = 0
        if ranges and sent.headers.get('if-range') == etag and 'range' in sent.headers:
            start = int(sent.headers['range'].removeprefix('bytes=').rstrip('-'))
        rest = BODY[start:]
        headers = {'ETag': etag, 'Content-Length': str(len(rest))}
        status = 206 if start else 200
        if left:
            return httpx.Response(status, headers=headers, stream=Cut(rest[: left.pop(0)]))
        return httpx.Response(status, headers=headers, content=rest)

    platform.does('GET /object', serve)
    platform.answer('GET /v1/assets/img_1', {'url': URL})
    return platform.client()


def asset(platform):
    return Asset(platform.http(), Scope('images', False), 'img_1')


def test_a_file_is_written_when_it_is_whole(tmp_path):
    platform = FakePlatform()
    client = storage(platform)
    path = client.get_file_and_write('Img-1', tmp_path / 'a.png')

    assert (tmp_path / 'a.png').read_bytes() == BODY
    assert path == str(tmp_path / 'a.png')
    assert [one.name for one in tmp_path.iterdir()] == ['a.png']


def test_a_storage_never_sees_the_token(tmp_path):
    for features in [(), ('auth_header',)]:
        platform = FakePlatform(*features)
        client = storage(platform)
        client.get_bytes('img_1')
        client.get_file_and_write('img_1', tmp_path / 'a.png')

        reads = platform.sent('GET /object')
        assert len(reads) == 2
        assert TOKEN not in str(reads)


def test_a_download_that_breaks_off_goes_on_where_it_stopped(tmp_path):
    platform = FakePlatform()
    storage(platform, cuts=[500, 700])
    asset(platform).download_as(tmp_path / 'a.png')

    ranges = [one.headers.get('range') for one in platform.sent('GET /object')]
    assert (tmp_path / 'a.png').read_bytes() == BODY
    assert ranges == [None, 'bytes=500-', 'bytes=1200-']


def test_a_run_that_was_cut_off_is_continued_by_the_next(tmp_path):
    platform = FakePlatform()
    storage(platform, cuts=[500, 0, 0, 0])
    with pytest.raises(ConnectionFailedError):
        asset(platform).download_as(tmp_path / 'a.png')
    assert not (tmp_path / 'a.png').exists()
    asset(platform).download_as(tmp_path / 'a.png')

    assert (tmp_path / 'a.png').read_bytes() == BODY
    assert platform.sent('GET /object')[-1].headers['range'] == 'bytes=500-'


@pytest.mark.parametrize(
    'told', [{'ETag': '"v2"'}, {'ETag': '"v1"', 'Content-Range': 'bytes 0-2047/2048'}]
)
def test_a_rest_that_is_not_what_was_asked_for_is_not_appended(tmp_path, told):
    platform = FakePlatform()
    platform.does('GET /object', lambda sent: httpx.Response(206, headers=told, content=BODY)
                  if 'range' in sent.headers else httpx.Response(200, content=BODY))  # fmt: skip
    storage(platform)
    (tmp_path / 'a.png.part').write_bytes(b'x' * 100)
    (tmp_path / 'a.png.part.etag').write_text('"v1"')
    asset(platform).download_as(tmp_path / 'a.png')

    assert (tmp_path / 'a.png').read_bytes() == BODY


def test_a_storage_without_ranges_starts_again(tmp_path):
    platform = FakePlatform()
    storage(platform, cuts=[500], ranges=False)
    asset(platform).download_as(tmp_path / 'a.png')

    assert (tmp_path / 'a.png').read_bytes() == BODY


def test_a_storage_without_an_etag_is_not_asked_for_the_rest(tmp_path):
    platform = FakePlatform()
    storage(platform, cuts=[500], etag='')
    asset(platform).download_as(tmp_path / 'a.png')

    assert (tmp_path / 'a.png').read_bytes() == BODY
    assert all('range' not in one.headers for one in platform.sent('GET /object'))


def test_a_file_that_is_not_what_the_storage_holds_is_not_written(tmp_path):
    platform = FakePlatform()
    storage(platform, etag=f'"{"0" * 32}"')

    with pytest.raises(AssetError, match=f'{MD5}.*holds 0000'):
        asset(platform).download_as(tmp_path / 'a.png')

    assert list(tmp_path.iterdir()) == []


def test_compressed_bytes_that_end_early_are_not_written(tmp_path):
    platform = FakePlatform()
    packed = gzip.compress(bytes(10_000))[:20]
    headers = {'Content-Encoding': 'gzip'}
    platform.does(
        'GET /object', lambda sent: httpx.Response(200, headers=headers, content=iter([packed]))
    )

    storage(platform)

    with pytest.raises(ResponseError, match='damaged'):
        asset(platform).download_as(tmp_path / 'a.png')
    assert not (tmp_path / 'a.png').exists()


def test_a_refusal_is_an_error_that_leaves_nothing(tmp_path):
    platform = FakePlatform()
    platform.answer('GET /object', status=404, content=b'gone')
    storage(platform)

    with pytest.raises(AssetError, match='404 gone'):
        asset(platform).download_as(tmp_path / 'a.png')

    assert list(tmp_path.iterdir()) == []


def test_bytes_that_break_off_are_read_again():
    platform = FakePlatform()
    client = storage(platform, cuts=[500])

    assert client.get_bytes('img_1') == BODY


def test_a_batch_leaves_out_what_cannot_be_read():
    platform = FakePlatform()
    client = storage(platform)
    platform.answer('POST .*in_batch/', {'img_1': URL, 'img_2': f'{STORAGE}/gone'})
    platform.answer('GET /gone', status=404, content=b'')
    known = [{'id': f'img_{one}', 'object_access': {'uri': 's3://b/k'}} for one in (1, 2)]
    platform.answer('POST /v1/assets/meta', known, times=1)

    assert client.get_bytes_in_batch(['Img-1', 'img_2', 'img_3']) == {'Img-1': BODY}


def test_a_directory_is_filled_with_files_and_documents(tmp_path):
    platform = FakePlatform()
    client = storage(platform)
    known = [
        {'id': 'img_1', 'format': 'PNG', 'object_access': {'uri': 's3://b/k'}},
        {'id': 'img_2'},
    ]
    platform.answer('POST /v1/assets/meta', known)
    written = client.download_data_in_batch(tmp_path, ['img_1', 'img_2'], append_extension=True)

    assert written['img_1'] == {'filepath': str(tmp_path / 'img_1.png'), 'metadata': known[0]}
    assert written['img_2'] == {'metadata': {'id': 'img_2'}}
    assert (tmp_path / 'img_1.png').read_bytes() == BODY
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        'img_1.json', 'img_1.png', 'img_2.json'
    ]


def test_a_file_stays_in_its_directory_whatever_the_id_is(tmp_path):
    platform = FakePlatform()
    client = FakePlatform.client(platform)
    platform.answer('GET /v1/assets/.*', {'url': URL})
    storage(platform)
    inner = tmp_path / 'inner'
    inner.mkdir()
    client.download_data_in_batch(inner, ['../../outside'], download_metadata=False)

    assert [one.name for one in tmp_path.iterdir()] == ['inner']


# -- caches


class Store:
    """A key-value store that remembers."""

    def __init__(self):
        self.values = {}

    def put_bytes(self, key, value):
        self.values[key] = value

    def get_bytes(self, key, default=None):
        return self.values.get(key, default)


class FullStore(Store):
    """One that takes nothing."""

    def put_bytes(self, key, value):
        raise OSError('full')


def test_bytes_are_kept_in_the_users_store_under_a_key_of_the_user():
    platform = FakePlatform()
    storage(platform)
    client = platform.client(kv_store=Store())
    bodies = [client.get_bytes('Img-1') for _ in range(2)]

    assert bodies == [BODY, BODY]
    assert len(platform.sent('GET /object')) == 1
    assert client.kv_store.values == {'aa_bb_images_img_1': BODY}


def test_a_store_that_fails_only_costs_time(caplog):
    platform = FakePlatform()
    storage(platform)

    assert platform.client(kv_store=FullStore()).get_bytes('img_1') == BODY
    assert 'did not take 2048 bytes: full' in caplog.text


def test_bytes_are_kept_on_disk_apart_for_each_asset_type_and_organization(tmp_path, monkeypatch):
    monkeypatch.setenv('CACHE_DIR', str(tmp_path))
    platform = FakePlatform()
    platform.answer('GET /auth', {'organization_id': 'org_1'})
    storage(platform)
    client = platform.client(cache_disabled=False)
    bodies = [client.get_bytes('img_1', add_to_diskcache=True) for _ in range(2)]

    assert bodies == [BODY, BODY]
    assert len(platform.sent('GET /object')) == 1
    assert len(list((tmp_path / 'images' / 'org_1').iterdir())) == 1
    assert client.with_asset_state('videos').get_bytes_from_cache('img_1') is None


def test_a_full_cache_drops_what_was_not_read_for_longest(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, 'CHECKED_EVERY', 1)
    cache = disk_cache.DiskCache(tmp_path, max_bytes=250)
    cache.put('a', b'x' * 100)
    cache.put('b', b'x' * 100)
    cache.get('a')
    cache.put('c', b'x' * 100)

    assert [cache.get(one) is not None for one in 'abc'] == [True, False, True]
