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

"""Clients in other processes, and ids that follow from content."""

import io
import pickle

from fake_platform import HOST, TOKEN
import pytest

from scenebox_ros.client import (
    AssetManagerClient,
    content_id,
    JobManagerClient,
    SceneEngineClient,
    Timeouts,
)
from scenebox_ros.client.http import Http
from scenebox_ros.errors import AssetError, MetadataNotFoundError

BASES = {'root': HOST, 'v1': f'{HOST}/v1', 'v2': f'{HOST}/v2'}


def http():
    return Http(BASES, TOKEN, timeouts=Timeouts(connect_s=3))


@pytest.mark.parametrize(
    'make',
    [
        lambda: SceneEngineClient(asset_manager_url=f'{HOST}/v1', http=http()),
        lambda: AssetManagerClient('images', http=http()),
        lambda: JobManagerClient(TOKEN, job_id='job_1', http=http()),
    ],
)
def test_a_client_can_be_handed_to_another_process(make, monkeypatch):
    monkeypatch.setattr(AssetManagerClient, '_first_identity', lambda self: None)
    client = make()
    client._http.pool._open()
    copy = pickle.loads(pickle.dumps(client))

    assert repr(copy) == repr(client)
    assert copy._http.token == TOKEN
    assert copy._http.pool is not client._http.pool
    assert copy._http.pool.timeouts == Timeouts(connect_s=3)


def test_what_waits_to_be_sent_is_sent_by_one_process():
    client = SceneEngineClient(asset_manager_url=f'{HOST}/v1', http=http())
    client._buffer.add([{'entity_name': 'x'}])
    copy = pickle.loads(pickle.dumps(client))

    assert copy._buffer.take() == []
    assert len(client._buffer.take()) == 1


@pytest.mark.parametrize('error', [AssetError, MetadataNotFoundError])
def test_an_error_of_another_process_comes_back_whole(error):
    raised = error('no', status=404, code='c', request_id='r')
    copy = pickle.loads(pickle.dumps(raised))

    assert type(copy) is error
    assert (str(copy), copy.status, copy.code, copy.request_id) == ('no', 404, 'c', 'r')


def test_the_same_bytes_have_the_same_id_wherever_they_are(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(b'content')
    held = io.BytesIO(b'content')
    held.seek(3)

    assert content_id(path, 'Left Cam').startswith('left_cam_ed7002b439e9ac845f22357d822bac14')
    assert len({content_id(one) for one in (path, str(path), b'content', held)}) == 1


def test_the_same_bytes_of_another_sensor_are_another_asset():
    assert content_id(b'x', 'left') != content_id(b'x', 'right')


def test_a_path_that_is_not_there_is_not_hashed_as_text():
    with pytest.raises(FileNotFoundError, match='nowhere'):
        content_id('nowhere.png')
