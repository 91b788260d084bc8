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

"""``scenebox export`` by its command line, against what an upload stores; and its inputs."""

import hashlib
import json
import subprocess

from e2e_support import COMMAND, last_json
import pytest

pytestmark = pytest.mark.e2e


def exported(folder):
    """Hashes of an export's assets, by id, as its list and as its files say."""
    lines = [json.loads(line) for line in (folder / 'assets.jsonl').read_text().splitlines()]
    for line in lines:
        body = (folder / line['file']).read_bytes()
        assert hashlib.sha256(body).hexdigest() == line['sha256']
    return {line['id']: line['sha256'] for line in lines}


def test_export_writes_what_an_upload_stores(fresh_server, scenebox, small_drive, tmp_path):
    uploaded = scenebox('upload', small_drive, '--video', server=fresh_server)
    done = scenebox('export', small_drive, '--video', '-o', tmp_path / 'out', '--json')

    assert uploaded.returncode == done.returncode == 0, done.stderr
    held = fresh_server.content()
    on_server = {**held['images'], **held['videos'], **held['lidars']}
    assert exported(tmp_path / 'out' / 'small_drive') == on_server
    assert last_json(done)['written'] == {
        'images': 20, 'lidars': 10, 'videos': 1, 'tables': 3, 'tracks': 1, 'texts': 2}


def test_a_list_of_recordings_comes_from_standard_input(environment, small_drive, tmp_path):
    done = subprocess.run(
        [*COMMAND, 'export', '-', '-o', tmp_path / 'out', '--json'], env=environment,
        input=f'{small_drive}\n\n', capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert list(last_json(done)['recordings']) == [str(small_drive)]


def test_a_time_range_takes_what_was_recorded_in_it(scenebox, small_drive, tmp_path):
    done = scenebox('export', small_drive, '-o', tmp_path, '--json', '--start',
                    '2026-01-01T00:00:00.95Z', '--end', '1767225601.45')

    (report,) = last_json(done)['recordings'].values()
    cameras = [topic for name, topic in report['topics'].items() if 'compressed' in name]
    assert [topic['read'] for topic in cameras] == [5]


def test_a_wrong_time_is_told(scenebox, small_drive, tmp_path):
    done = scenebox('export', small_drive, '-o', tmp_path, '--start', 'yesterday')

    assert done.returncode == 2
    assert "'yesterday' is neither ISO 8601" in done.stderr


def test_types_that_a_recording_lacks_are_given(scenebox, tmp_path):
    path = custom_recording(tmp_path / 'custom')
    msg = tmp_path / 'garden_msgs' / 'msg' / 'Moisture.msg'
    msg.parent.mkdir(parents=True)
    msg.write_text('float32 percent\nuint8 bed\n')

    without = scenebox('export', path, '-o', tmp_path / 'without')
    given = scenebox('export', path, '-o', tmp_path / 'given', '--types', tmp_path / 'garden_msgs',
                     '--stream', '/soil:role=scalar')

    assert 'left out: /soil' in without.stdout
    assert given.returncode == 0, given.stderr
    table = (tmp_path / 'given/custom/tables/soil.csv').read_text().splitlines()
    assert table[0] == 'timestamp,percent,bed'
    assert table[1].endswith(',12.5,3.0')


def custom_recording(folder):
    """Write a recording of a type that nobody knows, as before recordings had definitions."""
    import sqlite3

    from rosbags.rosbag2 import StoragePlugin, Writer
    from rosbags.typesys import get_types_from_msg, get_typestore, Stores

    store = get_typestore(Stores.ROS2_HUMBLE)
    name = 'garden_msgs/msg/Moisture'
    store.register(get_types_from_msg('float32 percent\nuint8 bed\n', name))
    with Writer(folder, version=8, storage_plugin=StoragePlugin.SQLITE3) as writer:
        soil = writer.add_connection('/soil', name, typestore=store)
        for index in range(3):
            raw = store.serialize_cdr(store.types[name](12.5, 3), name)
            writer.write(soil, 1_767_225_600_000_000_000 + index * 10**9, raw)
    (path,) = folder.glob('*.db3')
    with sqlite3.connect(path) as connection:
        connection.execute('DELETE FROM message_definitions')
    connection.close()
    return folder


def test_recordings_of_one_session_are_merged(scenebox, small_drive, tmp_path):
    """Camera and fixes in recordings of their own: the images have their places all the same."""
    from scenebox_ros.bags import open_bag
    from scenebox_ros.demo.drive import Message
    from scenebox_ros.demo.recording import recorder

    paths = []
    for name, topics in [('eyes', ['/camera/front/image_raw/compressed']),
                         ('place', ['/gnss/fix'])]:
        paths.append(tmp_path / name)
        with open_bag(small_drive) as bag, recorder(paths[-1]) as write:
            for message in bag.messages(topics):
                write(Message(message.log_ns, message.topic, message.msgtype, message.read()))

    done = scenebox('export', *paths, '-o', tmp_path / 'out', '--session', 'merged', '--json')

    assert done.returncode == 0, done.stderr
    lines = (tmp_path / 'out/merged/assets.jsonl').read_text().splitlines()
    assert len(lines) == 20
    assert all('geolocation' in json.loads(line)['aux'] for line in lines)


@pytest.mark.shared
def test_real_clouds_and_cameras_become_kitti(scenebox, shared, tmp_path):
    done = scenebox('export', shared / 'data' / 'drive_small', '-o', tmp_path,
                    '--layout', 'kitti')

    assert done.returncode == 0, done.stderr
    folder = tmp_path / 'drive_small'
    assert len(list((folder / 'velodyne_points/data').glob('*.bin'))) == 8
    assert len(list((folder / 'image_00/data').glob('*.jpg'))) == 24
    assert 'P_rect_00: ' in (folder / 'calib_cam_to_cam.txt').read_text()
