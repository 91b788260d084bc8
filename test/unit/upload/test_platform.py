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

"""What the uploader asks, as calls of the client."""

import pytest

from scenebox_ros.errors import AssetError, ResponseError
from scenebox_ros.ids import sha256
from scenebox_ros.upload import ClientPlatform, NewAsset
from scenebox_ros.upload.pacing import TokenBucket
from scenebox_ros.upload.platform import coarse_enough


class Recorder:
    """A client that notes its calls and gives planned answers."""

    def __init__(self, token='t1', **answers):
        self.token = token
        self.answers = answers
        self.calls = []
        self.scene_engine_url = 'http://user:secret@host/v1'

    def __getattr__(self, name):
        def call(*arguments, **named):
            self.calls.append((name, arguments, named))
            return self.answers.get(name)
        return call

    def get_asset_manager(self, asset_type):
        self.calls.append(('get_asset_manager', (asset_type,), {}))
        return self

    def with_auth(self, token):
        return Recorder(token, **self.answers)

    def named(self, name):
        return [(arguments, named) for found, arguments, named in self.calls if found == name]


def test_the_servers_name_has_no_password():
    assert ClientPlatform(Recorder()).server == 'http://host/v1'


def test_a_new_token_makes_a_new_client_that_is_paced_alike():
    client, bucket = Recorder(), TokenBucket(5)
    platform = ClientPlatform(client, lambda: 't2')
    platform.pace(bucket)
    platform.renew_token()
    platform.renew_token()
    platform.create_set('s', 'images')

    renewed = platform._client
    assert renewed.token == 't2'
    assert renewed.named('pace_uploads') == [((bucket,), {})]
    assert client.named('create_set') == []


def test_without_a_reader_the_token_stays():
    client = Recorder()
    platform = ClientPlatform(client)
    platform.renew_token()

    assert platform._client is client


def test_assets_go_with_documents_types_and_their_places():
    client = Recorder()
    ClientPlatform(client).put_assets('images', [
        NewAsset('a', b'1', 'image/jpeg', {'x': 1}), NewAsset('b', b'2', 'image/png', {})])

    ((_, named),) = client.named('put_assets_batch')
    assert named['ids'] == ['a', 'b']
    assert named['file_objects'] == [b'1', b'2']
    assert named['content_type'] == ['image/jpeg', 'image/png']
    assert named['metadata'] == [{'x': 1}, {}]
    assert named['geo_field'] == 'aux.geolocation'


@pytest.mark.parametrize('kind, methods', [
    ('images', ['compress_images', 'compress_images']),
    ('videos', ['compress_videos', 'compress_videos']),
    ('lidars', ['compress_lidars']),
])
def test_previews_are_asked_for_by_kind(kind, methods):
    client = Recorder()
    ClientPlatform(client).make_previews(kind, ['a'])

    assert [name for name, _, _ in client.calls] == methods


def test_a_session_that_fits_keeps_its_resolution():
    client = Recorder(get_metadata={'resolution': 1.0, 'start_time': '2026-01-01T00:00:00Z'})
    platform = ClientPlatform(client)

    assert platform.make_span('u', '2026-01-01T01:00:00+00:00', '2026-01-01T02:00:00+00:00') == 1
    assert client.named('update_metadata') == []


def test_a_session_that_is_longer_on_the_server_counts_with_that():
    client = Recorder(get_metadata={'resolution': 1.0, 'start_time': '2026-01-01T00:00:00Z'})
    platform = ClientPlatform(client)

    assert platform.make_span('u', '2026-01-01T04:00:00+00:00', '2026-01-01T05:00:00+00:00') == 2
    assert client.named('update_metadata') == [(('u', {'resolution': 2.0}), {})]


def test_a_resolution_grows_to_a_day_at_most():
    assert coarse_enough(0.5, 5000) == 0.5
    assert coarse_enough(0.5, 6000) == 1.0
    assert coarse_enough(1.0, 10**12) == 86_400


def test_ending_a_session_tells_its_span_its_sources_and_resolves_it():
    client = Recorder()
    ClientPlatform(client).end_session('u', 's', 'e', [{'id': 'x'}], [{'name': 'cam'}])

    assert [name for name, _, _ in client.calls] == [
        'extend_time_span', 'add_source_data', 'resolve_session']
    assert client.named('extend_time_span') == [(('u', ['s', 'e']), {})]


def test_a_server_that_hashes_is_asked_to():
    client = Recorder(can_check_content=True, get_hashes={'a': 'f00'})

    assert ClientPlatform(client).hashes('images', ['a']) == {'a': 'f00'}
    assert not client.named('get_bytes')


def test_from_a_server_that_does_not_hash_bytes_are_downloaded():
    class Elsewhere(Recorder):
        def get_bytes(self, name, **_):
            if name == 'gone':
                raise AssetError('gone', status=404)
            return b'body'

    platform = ClientPlatform(Elsewhere(can_check_content=False))

    assert platform.hashes('images', ['a', 'gone']) == {'a': sha256(b'body'), 'gone': None}


def test_a_server_that_does_not_list_entities_cannot_tell_which_are_missing():
    assert ClientPlatform(Recorder(can_check_content=False)).missing_entities('s', ['e']) is None


def test_of_a_session_that_is_gone_all_entities_are_missing():
    class Gone(Recorder):
        def missing_entities(self, *_):
            raise ResponseError('no such session', status=404)

    assert ClientPlatform(Gone(can_check_content=True)).missing_entities('s', ['e']) == ['e']
