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

"""Documented methods of the asset manager about bytes, called against a real server."""

import hashlib
import io
import os
from pathlib import Path
import zipfile

import httpx
import pytest
from server_samples import name, png

from scenebox_ros.client import AssetManagerClient, Image
from scenebox_ros.client.exceptions import AssetError


class Store:
    """A key-value store in memory."""

    def __init__(self):
        self.kept = {}

    def put_bytes(self, key, value):
        self.kept[key] = value

    def get_bytes(self, key, default=None):
        return self.kept.get(key, default)


@pytest.fixture
def image(assets):
    asset = name('image')
    assets.put_asset({'sensor': 'a'}, file_object=io.BytesIO(png()), filename='a.png', id=asset)
    return asset


def test_bytes_come_back_as_they_went(assets, image):
    other = name('image')
    assets.put_asset({}, file_object=png(5), filename='b.png', id=other)

    assert assets.get_bytes(image) == png()
    assert assets.get_bytes(image, add_to_diskcache=True) == png()
    assert assets.get_bytes_in_batch([image, other]) == {image: png(), other: png(5)}
    with pytest.raises(AssetError):
        assets.get_bytes('nobody')


def test_links_open_without_a_token(assets, image):
    url = assets.get_url(image, expiration=60)
    urls = assets.get_url_in_batch([image])

    assert httpx.get(url).content == httpx.get(urls[image]).content == png()
    assert assets.auth_token not in url + urls[image]


def test_hashes_of_any_number_of_assets_are_asked_for(assets, image):
    names = [f'none_{n}' for n in range(2500)]
    found = assets.get_hashes([*names, image])

    assert found.pop(image) == hashlib.sha256(png()).hexdigest()
    assert found == dict.fromkeys(names)


def test_missing_entities_are_looked_for_in_any_number(engine):
    uid = engine.add_session(name('checked'))
    names = [f'e{n}' for n in range(20_001)]

    assert engine.missing_entities(uid, names) == names


def test_a_file_is_put_where_a_document_can_name_it(assets):
    access = assets.put_file(io.BytesIO(b'content'), id='notes.txt', content_type='text/plain')

    assert access.uri.endswith('notes.txt')
    assert assets.get_bytes_from_object_access(access) == b'content'


def test_a_directory_becomes_an_archive(assets, tmp_path):
    (tmp_path / 'in' / 'deep').mkdir(parents=True)
    (tmp_path / 'in' / 'deep' / 'a.txt').write_text('A')
    made = assets.put_directory(tmp_path / 'in', {'sensor': 'folder'})
    archive = zipfile.ZipFile(io.BytesIO(assets.get_bytes(made)))

    assert [archive.read(one) for one in archive.namelist() if one.endswith('a.txt')] == [b'A']


def test_files_and_metadata_are_downloaded(assets, image, tmp_path):
    told = assets.download_data_in_batch(tmp_path, ids=[image])[image]

    assert Path(told['filepath']).read_bytes() == png()
    assert told['metadata']['sensor'] == 'a' or 'a' in str(told)


def test_bytes_are_kept_in_a_store_of_the_user_s(platform, image):
    store = Store()
    with AssetManagerClient('images', f'{platform.url}/v1', auth_token=platform.token,
                            kv_store=store) as client:  # fmt: skip
        before = client.get_bytes_from_kv_store(image)
        client.get_bytes(image)

        assert before is None
        assert client.get_bytes_from_kv_store(image) == png()
        assert list(store.kept.values()) == [png()]


def test_caches_of_the_server_are_cleared(assets):
    assert assets.clear_cache(partitions=['images']) == {'acknowledged': True}


def test_files_whose_names_are_no_utf_8_are_stored_under_names_that_are(engine, assets, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b'/caf\xe9.png'))
    path.write_bytes(b'content')
    engine.create_set('Latin names', 'images')
    engine.add_images([Image(id='latin_1', path=path)], 'latin_names')
    assets.put_assets_batch([{}], ['latin_2'], file_paths=[path])
    folders = engine.get_asset_manager('zipfiles')
    packed = folders.put_directory(tmp_path, {})

    assert assets.get_bytes_in_batch(['latin_1', 'latin_2']) == {
        'latin_1': b'content', 'latin_2': b'content',
    }
    assert 'caf%E9.png' in assets.get_metadata('latin_1')['object_access']['uri']
    assert b'caf%E9.png' in folders.get_bytes(packed)
