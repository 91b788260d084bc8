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

"""Documented methods about users, searches, pages and the client itself, on a real server."""

import json
import sys
from types import ModuleType

import pytest
from server_samples import added_images, name, png

from scenebox_ros.client import AssetManagerClient, SceneEngineClient
from scenebox_ros.client.exceptions import InvalidAuthorization, ResponseError


def test_a_token_says_whose_it_is(engine, platform):
    me = engine.whoami()

    assert (me['username'], me['role']) == ('superadmin', 'superadmin')
    assert engine.get_platform_version() == '0.1.0'
    with (
        SceneEngineClient('aa-bb-cc', platform.url) as stranger,
        pytest.raises(InvalidAuthorization),
    ):
        stranger.whoami()


def test_organizations_and_users_are_added_and_changed(engine):
    organization = engine.add_organization('Northern Rides')
    number = str(organization.get('organization_id') or organization['id'])
    engine.modify_organization(number, 'Southern Rides')
    engine.add_user('jo@example.com', 'jo', 'data_user', number)
    engine.modify_user('jo', email='jo@example.org', role='admin')
    (jo,) = [one for one in engine.list_users() if one['username'] == 'jo']

    assert 'Southern Rides' in [one['name'] for one in engine.list_organizations()]
    assert (jo['email'], jo['role']) == ('jo@example.org', 'admin')
    assert isinstance(engine.list_ownerships(), list)


def test_a_client_goes_on_as_another_user(engine, platform):
    token = platform.user('read_only_user')
    with SceneEngineClient(platform.token, platform.url) as client:
        mine = client.whoami()['role']
        theirs = client.with_auth(token).whoami()['role']

        assert (mine, theirs) == ('superadmin', 'read_only_user')
        with pytest.raises(ResponseError) as caught:
            client.create_set('not mine', 'images')
        assert caught.value.status == 403
        assert token not in str(caught.value)


def test_caches_are_cleared(engine):
    assert engine.clear_cache(partitions=['images'])['acknowledged'] is True


def test_documents_are_searched_and_counted(engine):
    set_id, ids = added_images(engine, 3)
    mine = {'filters': [{'field': 'sets', 'values': [set_id]}]}
    summary = engine.summary_meta('images', {'search': mine, 'dimensions': ['sensor']})

    assert engine.search_assets('images', mine, sort_field='timestamp') == ids
    assert engine.search_assets('images', mine, size=1, offset=1, sort_field='timestamp',
                                sort_order='desc') == ids[1:2]  # fmt: skip
    found = engine.search_meta('images', mine, sort_field='timestamp')
    assert [one['timestamp'][17:19] for one in found] == ['00', '01', '02']
    assert engine.search_meta('images', mine, scan=True, compress=True)
    assert summary['aggregations'][0]['buckets'] == [{'key': 'cam', 'doc_count': 3}]
    assert engine.get_searchable_field_statistics('images')['width']['max'] == 64


def test_an_asset_manager_shares_the_client_s_token(engine):
    manager = engine.get_asset_manager('images')
    manager.put_asset({'sensor': 'x'}, file_object=png(), filename='a.png', id='shared')

    assert isinstance(manager, AssetManagerClient)
    assert engine.get_metadata('shared', 'images')['sensor'] == 'x'
    assert engine.get_asset_manager('images') is manager


def test_metadata_come_with_what_the_session_says_of_that_moment(engine):
    uid = engine.add_session(name('ride'), resolution=1.0)
    engine.update_time_span(uid, '2024-05-01T12:00:00Z', '2024-05-01T12:00:10Z')
    engine.add_event_interval('weather', 'rain', '2024-05-01T12:00:00Z',
                              '2024-05-01T12:00:08Z', uid)  # fmt: skip
    engine.resolve_session(uid, wait_for_completion=True)
    _, (first, _) = added_images(engine, 2, session_uid=uid)
    document = engine.get_metadata(first, 'images', with_session_metadata=True)

    assert document['session_entities'] == {'weather': ['rain']}
    assert document['session_metadata']['id'] == uid


def test_a_job_is_read(engine, finish):
    _, ids = added_images(engine, 1)
    job_id = engine.compress_images(ids, use_preset='tiny')
    finish(job_id)
    job = engine.get_job(job_id)

    assert (job.id, job.status, job.progress) == (job_id, 'finished', 100.0)


def test_artifacts_go_where_they_should(engine, tmp_path):
    engine.update_artifact_path(tmp_path / 'new')

    assert engine.artifacts_path == str(tmp_path / 'new')


@pytest.fixture
def opened(monkeypatch, platform):
    """Stand in for a notebook; give the URLs that its browser opened."""
    urls = []
    shell, page = ModuleType('IPython'), ModuleType('IPython.display')
    shell.get_ipython = object
    page.Javascript = str
    page.display = lambda script: urls.append(json.loads(script[len('window.open('):-2]))
    monkeypatch.setitem(sys.modules, 'IPython', shell)
    monkeypatch.setitem(sys.modules, 'IPython.display', page)
    return urls


def test_pages_of_the_web_app_are_opened(engine, opened, platform):
    engine.display_image('i')
    engine.display_video('v')
    engine.display_object('o')
    engine.display_lidar('l')
    engine.display_session('s')
    engine.display_set('t')
    engine.display_projects('p')
    engine.display_dashboard('d')

    assert [url.removeprefix(platform.url) for url in opened] == [
        '/images?image=i', '/videos?video=v', '/objects?object=o', '/lidars?lidar=l',
        '/sessions?session_uid=s', '/sets?set=t', '/projects?project=p', '/dashboard?dashboard=d',
    ]
