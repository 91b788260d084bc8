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


"""Making a scene engine's client: URLs, environment, token, web app."""

import logging

import httpx
import pytest
from scene_platform import BASES, client_of, platform

from scenebox_ros.client import SceneEngineClient
from scenebox_ros.client.pool import Pool
from scenebox_ros.errors import AssetError, InvalidArgumentsError, ResponseError

STATUS = {'asset_manager_url': 'http://am/v1', 'frontend_url': 'http://web/', 'version': '1.0'}


@pytest.fixture
def asked(monkeypatch):
    """What clients ask that open their own connections."""
    requests, status = [], dict(STATUS)

    def answer(request):
        requests.append(request)
        return httpx.Response(200, json=status if request.url.path == '/status' else {})

    real = Pool.__init__
    monkeypatch.setattr(
        Pool, '__init__',
        lambda self, timeouts=None, transport=None: real(
            self, timeouts, httpx.MockTransport(answer)
        ),
    )
    for name in ('SCENEBOX_ENV', 'SCENE_ENGINE_URL'):
        monkeypatch.delenv(name, raising=False)
    return requests, status


@pytest.mark.parametrize(
    'url', ['http://se', 'http://se/', 'http://se/v1', 'http://se/v1/']
)
def test_a_url_may_end_in_any_way(asked, url):
    client = SceneEngineClient('token', url)
    client.set_lock('a')

    assert client.scene_engine_url == 'http://se/v1'
    assert asked[0][-1].url.path == '/v1/sets/a/lock'


def test_a_host_may_have_the_letters_v1(asked):
    SceneEngineClient('token', 'http://srv1/')

    assert asked[0][0].url == 'http://srv1/status'


def test_the_server_tells_where_its_asset_manager_is(asked):
    assert SceneEngineClient('token', 'http://se').asset_manager_url == 'http://am/v1'


def test_nothing_is_asked_where_both_urls_are_given(asked):
    SceneEngineClient('token', 'http://se', 'http://am/v1')

    assert asked[0] == []


def test_the_environment_s_url_replaces_the_default(asked, monkeypatch):
    monkeypatch.setenv('SCENE_ENGINE_URL', 'http://other/')

    assert SceneEngineClient('token').scene_engine_url == 'http://other/v1'
    assert SceneEngineClient('token', 'http://se').scene_engine_url == 'http://se/v1'


def test_a_named_environment_needs_no_request(asked):
    client = SceneEngineClient('token', environment='DEV')

    assert asked[0] == []
    assert client.asset_manager_url == 'https://asset-manager.dev.scenebox.ai/v1'
    assert client.get_frontend_url('sets?set=a b') == 'https://dev.scenebox.ai/sets?set=a%20b'


def test_an_unknown_environment_is_refused(asked):
    with pytest.raises(ValueError, match="'moon' does not exist; pass one of dev, demo, prod"):
        SceneEngineClient('token', environment='moon')


@pytest.mark.parametrize('number', [0, -1, 2.5, float('inf'), '0'])
def test_threads_are_one_or_more(asked, number):
    with pytest.raises(InvalidArgumentsError, match=r'num_threads is .* 1 or more'):
        SceneEngineClient('token', environment='dev', num_threads=number)


def test_the_number_of_threads_may_be_a_whole_float(asked):
    count = SceneEngineClient('token', environment='dev', num_threads=2.0).num_threads

    assert (count, type(count)) == (2, int)


@pytest.mark.parametrize('oldest, is_fine', [('0.2.81', True), ('0.2.9', True), ('1.0', False)])
def test_a_server_may_ask_for_a_later_protocol(asked, oldest, is_fine):
    asked[1]['supported_version'] = oldest

    if is_fine:
        SceneEngineClient('token', 'http://se')
    else:
        with pytest.raises(ValueError, match=r'from 1\.0 on.*update scenebox_ros'):
            SceneEngineClient('token', 'http://se')


def test_a_missing_asset_manager_is_told_when_it_is_needed(asked):
    asked[1].pop('asset_manager_url')
    client = SceneEngineClient('token', 'http://se')

    with pytest.raises(AssetError, match='pass asset_manager_url'):
        client.get_asset_manager('images')


def test_asset_managers_are_made_once_per_type_and_token():
    client = client_of(platform())
    images = client.get_asset_manager('images')

    assert client.get_asset_manager('images') is images
    assert client.get_asset_manager('videos') is not images
    assert client.with_auth('other').get_asset_manager('images') is not images
    assert 'aa-bb-cc' not in str(vars(client))
    assert 'other' not in str(vars(client))


def test_an_unknown_asset_type_is_refused():
    with pytest.raises(ValueError, match="'my_assets' does not exist"):
        client_of(platform()).get_asset_manager('my_assets')


def test_the_token_is_in_no_error_and_no_repr():
    fake = platform()
    fake.answer('PUT /v1/sets/a/lock', {'error': f'token {BASES} aa-bb-cc is bad'}, status=500)
    client = client_of(fake)

    with pytest.raises(ResponseError) as raised:
        client.set_lock('a')
    assert 'aa-bb-cc' not in str(raised.value)
    assert 'aa-bb-cc' not in repr(client)


def test_a_missing_version_is_a_value_error():
    with pytest.raises(ValueError, match='tells no version'):
        client_of(platform()).get_platform_version()


def test_a_page_outside_of_a_notebook_is_logged_as_an_error(caplog):
    fake = platform()
    fake.rules.insert(0, fake.rules.pop())
    with caplog.at_level(logging.ERROR):
        client_of(fake).display_image('img_1')

    assert 'cannot open the page' in caplog.text


def test_a_client_can_be_closed_twice_and_sends_what_is_buffered():
    fake = platform()
    with client_of(fake) as client:
        client.add_entities([{'session': 'session_1', 'entity_id': 'e'}], buffered=True)
        assert fake.sent('POST /v1/session_manager/.*') == []
    client.close()

    assert len(fake.sent('POST /v1/session_manager/add_entities/')) == 1
