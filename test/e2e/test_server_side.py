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

"""``scenebox upload --server-side``: the server makes the same of a recording."""

import shutil

from e2e_support import last_json, ROOT
import pytest

pytestmark = pytest.mark.e2e


def assets(server):
    held = server.content()
    return {kind: held[kind] for kind in ('images', 'videos', 'lidars', 'entities')}


def test_the_server_makes_the_same_ids_and_bytes(fresh_server, scenebox, small_drive):
    there = scenebox('upload', small_drive, '--server-side', server=fresh_server)
    by_server = assets(fresh_server)
    here = scenebox('upload', small_drive, '--json', server=fresh_server)

    assert there.returncode == 0, there.stderr
    assert 'indexed by the server' in there.stdout
    assert len(by_server['images']) == 20
    assert last_json(here)['upload']['stored'] == {}
    assert assets(fresh_server) == by_server
    assert scenebox('verify', small_drive, server=fresh_server).returncode == 0


def test_several_recordings_are_one_session(fresh_server, server, scenebox, small_drive):
    paths = [small_drive, ROOT / 'scenebox_ros/demo/recordings/luminar/luminar_ros2.mcap']
    flags = ['--session', 'Together']
    there = scenebox('upload', *paths, *flags, '--server-side', '--json', server=fresh_server)
    here = scenebox('upload', *paths, *flags, server=server)

    assert there.returncode == here.returncode == 0, there.stderr + here.stderr
    assert len(last_json(there)['jobs']) == 1
    assert set(assets(fresh_server)['entities']) == {'Together'}
    assert assets(fresh_server) == assets(server)
    assert scenebox('verify', *paths, *flags, server=fresh_server).returncode == 0


def test_clouds_have_a_set(fresh_server, scenebox, small_drive):
    scenebox('upload', small_drive, '--server-side', server=fresh_server)

    with fresh_server.client() as client:
        names = {document['name'] for document in client.search_meta('sets', {})}
    assert {'small_drive_images', 'small_drive_lidars'} <= names


def test_what_the_server_lost_is_told(fresh_server, scenebox, tmp_path):
    whole = ROOT / 'scenebox_ros/demo/recordings/luminar/luminar_ros2.mcap'
    cut = tmp_path / 'cut.mcap'
    cut.write_bytes(whole.read_bytes()[:2_000_000])

    done = scenebox('upload', cut, '--server-side', '--json', server=fresh_server)

    assert done.returncode == 1
    assert any('lost in' in note for note in last_json(done)['notes'][str(cut)])


@pytest.mark.parametrize('flags', [['--video'], ['--start', '5'], ['--types', '.']])
def test_settings_that_the_server_cannot_follow_are_refused(
    server, scenebox, small_drive, flags
):
    done = scenebox('upload', small_drive, '--server-side', *flags, server=server)

    assert done.returncode == 2
    assert flags[0] in done.stderr


@pytest.mark.shared
def test_a_ros1_bag_is_indexed_too(fresh_server, scenebox, shared, tmp_path):
    bag = tmp_path / 'laser.bag'
    shutil.copy(shared / 'data/tilt_laser_gps/ros1/tilt_laser.bag', bag)

    done = scenebox('upload', bag, '--server-side', server=fresh_server)

    assert done.returncode == 0, done.stderr
    assert len(fresh_server.content()['lidars']) == 178
    assert scenebox('verify', bag, server=fresh_server).returncode == 0
