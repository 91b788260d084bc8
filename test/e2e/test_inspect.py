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

"""``scenebox inspect``: on a terminal, as JSON, and as events of a session."""

import json
import shutil

from e2e_support import last_json
import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture(scope='module')
def odd_drive(tmp_path_factory):
    """A drive with a gap, stamps that go back and pictures that are black."""
    from scenebox_ros.demo.drive import Drive, Message
    from scenebox_ros.demo.recording import recorder
    from scenebox_ros.demo.sensors import Camera, Lidar

    drive = Drive(duration_s=3.0, camera=Camera(160, 90, 100.0), lidar=Lidar(4, 90))
    folder = tmp_path_factory.mktemp('odd') / 'odd_drive'
    first_ns = drive.start_ns
    with recorder(folder) as write:
        for message in drive.messages():
            after_s = (message.log_ns - first_ns) / 1e9
            if message.topic == '/imu/data' and 1.0 < after_s < 2.0:
                continue
            if message.topic.endswith('compressed') and after_s < 0.5:
                message = Message(message.log_ns, message.topic, message.msgtype,
                                  black(message.msg))
            write(message)
    return folder


def black(msg):
    from dataclasses import replace

    import cv2
    import numpy as np

    body = cv2.imencode('.jpg', np.zeros((90, 160, 3), np.uint8))[1]
    return replace(msg, data=body.ravel())


def test_a_table_and_the_findings_are_shown(scenebox, odd_drive):
    done = scenebox('inspect', odd_drive)

    assert done.returncode == 0, done.stderr
    assert 'sensor_msgs/msg/Imu' in done.stdout
    assert '10 Hz' in done.stdout
    assert 'gap: /imu/data from 0.99 to 2.00 s' in done.stdout
    assert 'black' not in done.stdout


def test_pictures_are_judged_when_asked(scenebox, odd_drive):
    found = last_json(scenebox('inspect', odd_drive, '--pictures', '--json'))

    black_ones = [each for each in found['findings'] if each['kind'] == 'black']
    assert [each['count'] for each in black_ones] == [5]
    assert {topic['topic'] for topic in found['topics']} >= {'/imu/data', '/gnss/fix'}


def test_findings_become_events_of_the_session_once(server, scenebox, odd_drive):
    early = scenebox('inspect', odd_drive, '--attach', server=server)
    scenebox('upload', odd_drive, server=server)
    first = scenebox('inspect', odd_drive, '--attach', server=server)
    before = server.content()['entities']['odd_drive']
    scenebox('inspect', odd_drive, '--attach', server=server)

    assert early.returncode == 1
    assert 'upload the recording first' in early.stdout
    assert first.returncode == 0, first.stderr
    assert 'attached to session odd_drive' in first.stdout
    assert server.content()['entities']['odd_drive'] == before
    with server.client() as client:
        (session,) = client.search_meta('sessions', {'filters': [
            {'field': 'session_name', 'values': ['odd_drive']}]})
        events = [event['entity_value'] for event in
                  client.iterate_entities(session['id'], ['quality'])]
    assert sorted(event[:2] for event in events) == [
        ['gap', '/imu/data'], ['no_fix', '/gnss/fix']]


def test_a_recording_without_a_session_does_not_keep_the_others_from_theirs(
    server, scenebox, odd_drive, tmp_path
):
    other = tmp_path / 'never_uploaded.mcap'
    shutil.copy(next(odd_drive.glob('*.mcap')), other)
    scenebox('upload', odd_drive, server=server)

    done = scenebox('inspect', other, odd_drive, '--attach', '--json', server=server)

    assert done.returncode == 1
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert 'upload the recording first' in first['not_attached']
    assert second['attached'] == 2


def test_a_broken_recording_is_told_and_the_others_are_inspected(scenebox, odd_drive, tmp_path):
    empty = tmp_path / 'empty.mcap'
    empty.write_bytes(b'')

    done = scenebox('inspect', empty, odd_drive, '--json')

    assert done.returncode == 1
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert 'is empty' in first['refused']
    assert second['num_messages'] > 100
