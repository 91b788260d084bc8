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

"""Which session a recording becomes: named by itself, by its path, or by the user."""

from pathlib import Path

from e2e_support import last_json
import pytest

from scenebox_ros.bags.recordings import Options, session_names, sessions_of
from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import record
from scenebox_ros.demo.sensors import Camera, Lidar

pytestmark = pytest.mark.e2e


@pytest.fixture(scope='module')
def namesakes(tmp_path_factory):
    """Two recordings of one name in two folders; the second began later."""
    top = tmp_path_factory.mktemp('namesakes')
    for number, day in enumerate(('monday', 'tuesday')):
        (top / day).mkdir()
        record(short_drive(number), top / day / 'run')
    return top


def short_drive(days):
    return Drive(duration_s=0.4, camera=Camera(80, 45, 50.0), lidar=Lidar(4, 60),
                 start_ns=1_767_225_600_000_000_000 + days * 86_400_000_000_000)


def test_recordings_of_one_name_are_named_by_their_paths(tmp_path):
    (tmp_path / 'run').mkdir()
    paths = [tmp_path / name for name in ('a/run.mcap', 'b/run.mcap', 'b/run.bag', 'c/other')]

    names = [group.name for group in sessions_of(paths, Options())]
    assert names == ['a_run_mcap', 'b_run_mcap', 'b_run_bag', 'other']
    assert [group.name for group in sessions_of(paths[1:2], Options())] == ['run']
    (group,) = sessions_of(paths, Options(session='night'))
    assert (group.name, group.paths) == ('night', tuple(paths))


@pytest.mark.parametrize(('name', 'session'), [
    ('run\udcff', r'run\xff'), ('a\tb\x7f', r'a\tb\x7f'), ('a\nb', r'a\nb'), ('ü ☃', 'ü ☃')])
def test_bytes_that_no_server_takes_are_written_out(name, session):
    path = Path(f'/a/{name}.mcap')

    assert session_names([path]) == {path: session}


def test_namesakes_are_two_sessions_in_one_upload(fresh_server, scenebox, namesakes):
    done = scenebox('upload', namesakes, server=fresh_server)

    held = fresh_server.content()
    assert done.returncode == 0, done.stderr
    assert set(held['entities']) == {'monday_run', 'tuesday_run'}
    assert scenebox('verify', namesakes, server=fresh_server).returncode == 0


@pytest.mark.parametrize('flags', [[], ['--server-side']])
def test_namesakes_are_two_sessions_in_two_uploads(fresh_server, scenebox, namesakes, flags):
    for day in ('monday', 'tuesday'):
        assert scenebox('upload', namesakes / day, *flags, server=fresh_server).returncode == 0
    held = fresh_server.content()
    for day in ('tuesday', 'monday'):
        again = scenebox('upload', namesakes / day, '--json', server=fresh_server)
        assert last_json(again)['upload']['stored'] == {}
        assert scenebox('verify', namesakes / day, server=fresh_server).returncode == 0

    assert set(held['entities']) == {'run', 'run 2026-01-02T00:00:00'}
    assert sum('videos' not in name for name in held['sets']) == 4
    assert fresh_server.content() == held


def test_who_names_a_session_gets_it(fresh_server, scenebox, namesakes):
    monday = namesakes / 'monday'
    scenebox('upload', monday, server=fresh_server)
    before = fresh_server.content()

    named = scenebox('upload', monday, '--session', 'Night drive', server=fresh_server)
    after = fresh_server.content()
    again = scenebox('upload', monday, '--session', 'Night drive', '--json', server=fresh_server)

    assert named.returncode == 0, named.stderr
    assert 'of them belong to session' in named.stdout
    assert (after['images'], after['lidars']) == (before['images'], before['lidars'])
    assert after['entities']['Night drive'] == before['entities']['run']
    assert last_json(again)['upload']['stored'] == {}
    assert fresh_server.content() == after
    for more in ([], ['--session', 'Night drive']):
        assert scenebox('verify', monday, *more, server=fresh_server).returncode == 0


def test_a_session_can_get_a_recording_that_is_years_away(
    fresh_server, scenebox, namesakes, tmp_path
):
    record(short_drive(1500), tmp_path / 'later')

    for path in (namesakes / 'monday', tmp_path / 'later'):
        done = scenebox('upload', path, '--session', 'Fleet', server=fresh_server)
        assert done.returncode == 0, done.stderr
    for path in (namesakes / 'monday', tmp_path / 'later'):
        verified = scenebox('verify', path, '--session', 'Fleet', server=fresh_server)
        assert verified.returncode == 0, verified.stdout


def test_metadata_tags_and_topics_are_given_by_flags(fresh_server, scenebox, namesakes):
    flags = ['--session', 'Wet', '--tag', 'night', '--tag', 'rain', '--metadata', 'wheels=4',
             '--topic', '/camera/.*']
    planned = scenebox('upload', namesakes / 'monday', '--dry-run', *flags)
    done = scenebox('upload', namesakes / 'monday', *flags, server=fresh_server)

    assert "session 'Wet'" in planned.stdout
    assert 'skip: left out by the settings' in planned.stdout
    assert done.returncode == 0, done.stderr
    assert fresh_server.content()['lidars'] == {}
    with fresh_server.client() as client:
        (uid,) = client.search_assets(
            'sessions', {'filters': [{'field': 'tags', 'values': ['rain']}]})
        document = client.get_asset_manager('sessions').get_metadata(uid)
    assert document['tags'] == ['night', 'rain']
    assert document['session_aux']['wheels'] == 4
