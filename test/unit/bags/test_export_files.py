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

"""Exports: names, tables, layouts, what is kept and what is refused."""

import csv
from dataclasses import replace
import errno
import json

from bag_writers import (
    drive,
    fix,
    header,
    image,
    Message,
    START_NS,
    STEP_NS,
    STORE,
    write_mcap,
    write_rosbag2,
)
import numpy as np
import pytest

from scenebox_ros import stamps
from scenebox_ros.bags.export import export
from scenebox_ros.bags.folder import Folder, safe_name
from scenebox_ros.bags.layouts import Kitti, Plain
from scenebox_ros.bags.recordings import Options
from scenebox_ros.bags.tables import Table
from scenebox_ros.capture.frames import encode
from scenebox_ros.cli.outcome import Exit, exit_code
from scenebox_ros.errors import InvalidArgumentsError, SettingsError
from scenebox_ros.model.readings import CloudFrame
from scenebox_ros.model.records import Record
from scenebox_ros.model.settings import StreamSettings


@pytest.mark.parametrize('text', ['../../etc/passwd', 'a/b', 'ü', '', '..', 'x' * 300, 'a\0b'])
def test_any_text_becomes_a_name_of_its_own_folder(text, tmp_path):
    name = safe_name(text)

    assert name not in ('', '.', '..')
    assert '/' not in name
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    (tmp_path / name).mkdir()


def test_texts_that_look_alike_have_different_names():
    assert len({safe_name(text) for text in ['a/b', 'a_b', 'a b', 'a.b']}) == 4


def test_files_are_named_by_sensor_and_stamp(tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', drive(20))

    report = export([path], tmp_path / 'out')

    images = sorted((tmp_path / 'out/run/images/camera').iterdir())
    assert [each.name for each in images[:2]] == [
        f'{START_NS + STEP_NS}.jpg', f'{START_NS + 3 * STEP_NS}.jpg']
    assert report.written['images'] == len(images) == 10
    track = json.loads((tmp_path / 'out/run/track.geojson').read_text())
    assert track['features'][0]['geometry']['coordinates'][0] == [11.0, 48.0]
    assert len(track['features'][0]['properties']['times']) == 10


def test_a_second_export_keeps_what_is_there_and_mends_what_is_not(tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', drive(20))
    export([path], tmp_path / 'out')
    one, two, *_ = sorted((tmp_path / 'out/run/images/camera').iterdir())
    whole, before = one.read_bytes(), two.stat().st_mtime_ns
    one.write_bytes(whole[:100])

    again = export([path], tmp_path / 'out')

    assert dict(again.written) == {'images': 1}
    assert one.read_bytes() == whole
    assert two.stat().st_mtime_ns == before
    assert not list((tmp_path / 'out').rglob('*.part'))


def test_recordings_of_one_name_have_a_folder_each(tmp_path):
    paths = []
    for name in 'ab':
        (tmp_path / name).mkdir()
        paths.append(write_mcap(tmp_path / name / 'run.mcap', [image(ord(name))]))

    report = export(paths, tmp_path / 'out')

    assert [path.name for path in report.folders] == ['a_run', 'b_run']
    assert report.written['images'] == 2


def test_another_recording_is_not_mixed_into_a_folder(tmp_path):
    first = write_mcap(tmp_path / 'run.mcap', drive(4))
    (tmp_path / 'b').mkdir()
    second = write_mcap(tmp_path / 'b' / 'run.mcap', drive(4))
    export([first], tmp_path / 'out')

    with pytest.raises(InvalidArgumentsError, match='holds the export of'):
        export([second], tmp_path / 'out')
    export([second], tmp_path / 'out', Options(session='second'))


def test_other_settings_are_not_mixed_into_a_folder(tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', drive(4))
    export([path], tmp_path / 'out', layout='kitti')

    with pytest.raises(InvalidArgumentsError, match='same recording with other settings'):
        export([path], tmp_path / 'out', Options(start_ns=START_NS + STEP_NS), layout='kitti')


def test_an_export_that_was_cut_off_has_its_folder_to_itself(tmp_path, monkeypatch):
    first = write_mcap(tmp_path / 'run.mcap', drive(4))
    (tmp_path / 'b').mkdir()
    second = write_mcap(tmp_path / 'b' / 'run.mcap', drive(4))

    def fail(*_):
        raise OSError(errno.ENOSPC, 'No space')

    monkeypatch.setattr(Plain, 'put', fail)
    with pytest.raises(OSError, match=r'make room.*out'):
        export([first], tmp_path / 'out')
    with pytest.raises(InvalidArgumentsError, match=f'holds the export of {first}'):
        export([second], tmp_path / 'out')


@pytest.mark.parametrize('below', ['', 'deeper'])
def test_nothing_is_written_into_a_recording(below, tmp_path):
    folder = write_rosbag2(tmp_path / 'run', drive(4))

    with pytest.raises(InvalidArgumentsError, match='is in the recording'):
        export([folder], folder / below)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize('below', ['', 'deeper'])
def test_a_file_where_the_folder_should_be_is_a_wrong_command_line(below, tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', drive(4))
    (tmp_path / 'out').write_text('mine')

    with pytest.raises(InvalidArgumentsError, match=r'out.*choose another folder') as caught:
        export([path], tmp_path / 'out' / below)
    assert exit_code(caught.value) == Exit.USAGE
    assert (tmp_path / 'out').read_text() == 'mine'


def test_two_frames_of_one_stamp_are_two_files(tmp_path):
    first, second = image(1), image(2)
    same = replace(second, message=replace(second.message, header=first.message.header))

    report = export([write_mcap(tmp_path / 'run.mcap', [first, same])], tmp_path / 'out')

    assert report.written['images'] == 2


def test_kitti_numbers_the_frames_and_says_their_times(tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', drive(6))

    export([path], tmp_path / 'out', layout='kitti')

    folder = tmp_path / 'out/run'
    assert sorted(each.name for each in (folder / 'image_00/data').iterdir()) == [
        f'{number:010d}.jpg' for number in range(3)]
    times = (folder / 'image_00/timestamps.txt').read_text().splitlines()
    assert times[0] == '2023-11-14 22:13:20.010000000'
    assert len((folder / 'oxts/data/0000000000.txt').read_text().split()) == 30
    assert (folder / 'sensors.txt').read_text() == 'image_00 camera\n'


def pose_at(index, longitude):
    """Make a fix ten seconds after the one before."""
    log_ns = START_NS + index * 10 * 10**9
    return replace(
        fix(0), log_ns=log_ns, message=replace(
            fix(0).message, header=header(STORE, log_ns), longitude=longitude))


def test_kittis_own_readers_understand_positions_and_times(tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', [pose_at(0, 11.0), pose_at(1, 11.0001)])

    export([path], tmp_path / 'out', layout='kitti')

    folder = tmp_path / 'out/run/oxts'
    values = (folder / 'data/0000000000.txt').read_text().split()
    assert list(map(float, values[:3])) == [48.0, 11.0, 500.0]
    # The readers make whole numbers of the last five, and cut three of nine digits of the time.
    assert list(map(int, values[-5:])) == [-1] * 5
    times = (folder / 'timestamps.txt').read_text().splitlines()
    assert times == ['2023-11-14 22:13:20.000000000', '2023-11-14 22:13:30.000000000']


def camera_info(topic, width):
    types = STORE.types
    region = types['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    k = np.array([width, 0, np.nan, 0, width, 0, 0, 0, 1.0])
    return Message(topic, 'sensor_msgs/msg/CameraInfo', START_NS, types[
        'sensor_msgs/msg/CameraInfo'](
            header(STORE, START_NS), width, width, 'plumb_bob', np.zeros(5), k,
            np.eye(3).reshape(-1), np.zeros(12), 0, 0, region))


def test_a_calibration_has_the_number_of_its_camera_and_kittis_own_form(tmp_path):
    frames = [replace(image(number), topic=topic) for number, topic in [
        (1, '/b/image_raw'), (2, '/a/image_raw')]]
    infos = [camera_info(topic, width) for topic, width in [
        ('/a/camera_info', 111), ('/b/camera_info', 222), ('/c/camera_info', 333)]]

    export([write_mcap(tmp_path / 'run.mcap', [*infos, *frames])], tmp_path / 'out',
           layout='kitti')

    folder = tmp_path / 'out/run'
    assert (folder / 'sensors.txt').read_text() == 'image_00 b\nimage_01 a\n'
    said = dict(line.split(': ', 1) for line in
                (folder / 'calib_cam_to_cam.txt').read_text().splitlines())
    assert [said[f'S_0{number}'] for number in range(3)] == ['222 222', '111 111', '333 333']
    assert said['K_00'].split()[2] == 'nan'


def test_a_way_is_cut_at_the_antimeridian(tmp_path):
    there = [179.9998, 179.9999, -179.9999, -179.9998]
    path = write_mcap(tmp_path / 'run.mcap', [pose_at(*each) for each in enumerate(there)])

    export([path], tmp_path / 'out')

    features = json.loads((tmp_path / 'out/run/track.geojson').read_text())['features']
    assert [[lon for lon, _ in each['geometry']['coordinates']] for each in features] == [
        there[:2], there[2:]]
    assert [len(each['properties']['times']) for each in features] == [2, 2]


def lidar(form):
    """Make the record of a cloud in a format of the platform."""
    points = np.zeros((1, 2), [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<f4')])
    points['x'], points['intensity'] = 3.5, 7
    frame = CloudFrame(points, START_NS, 'lidar', True, memoryview(points.tobytes()))
    asset = encode(frame, StreamSettings(role='lidar', lidar_format=form))
    return Record(
        'lidars', 'run', 'a', '/lidar', START_NS, {**asset.document, 'sensor': 'top'}, (),
        asset.body, asset.content_type, asset.sha256)


@pytest.mark.parametrize(('form', 'name'), [
    ('binary', '.pcd'), ('ascii', '.pcd'), ('numpy', '.bin'), ('packets', '.bin')])
def test_clouds_of_any_format_have_the_right_name_and_become_kittis(form, name, tmp_path):
    folder = Folder(tmp_path)

    assert Plain().put(folder, lidar(form)) == f'lidars/top/{START_NS}{name}'
    kitti = np.fromfile(tmp_path / Kitti().put(folder, lidar(form)), '<f4')
    assert kitti.tolist() == [3.5, 0, 0, 7] * 2


def test_an_unknown_layout_is_refused(tmp_path):
    path = write_mcap(tmp_path / 'run.mcap', drive(4))

    with pytest.raises(SettingsError, match=r"'tum'.*plain or kitti"):
        export([path], tmp_path / 'out', layout='tum')


def said(second, name, value):
    return {'timestamp': f'2026-01-01T00:00:0{second}Z', 'entity_name': f'imu.{name}',
            'entity_value': value}


def test_a_quantity_that_comes_late_has_its_column_in_all_rows(tmp_path):
    folder = Folder(tmp_path)
    table = Table(folder, 'imu.csv', 'imu.')
    for entity in [said(0, 'x', 1.5), said(0, 'y', 2.0), said(1, 'x', 3.0), said(2, 'z', 'a,b')]:
        table.add(entity)
    table.close()

    rows = list(csv.DictReader((tmp_path / 'imu.csv').open()))
    assert [row['x'] for row in rows] == ['1.5', '3.0', '']
    assert [row['z'] for row in rows] == ['', '', 'a,b']
    assert list(rows[0]) == ['timestamp', 'x', 'y', 'z']
    assert [path.name for path in tmp_path.iterdir()] == ['imu.csv']


def test_two_messages_of_one_moment_are_two_rows(tmp_path):
    table = Table(Folder(tmp_path), 'imu.csv', 'imu.')
    for value in [1.0, 2.0]:
        table.add(said(0, 'x', value))
    table.close()

    assert len(list(csv.DictReader((tmp_path / 'imu.csv').open()))) == 2


def test_a_message_that_came_twice_is_one_row_also_if_only_a_part_comes_again(tmp_path):
    table = Table(Folder(tmp_path), 'imu.csv', 'imu.')
    for name, value in [('x', 1.0), ('y', 2.0), ('x', 1.0)]:
        table.add(said(0, name, value))
    table.close()

    assert len(list(csv.DictReader((tmp_path / 'imu.csv').open()))) == 1


def test_topics_that_look_alike_have_a_table_each(tmp_path):
    frames = [replace(fix(number), topic=topic) for number, topic in enumerate(
        ['/a/fix', '/a_fix', '/A/fix'])]

    report = export([write_mcap(tmp_path / 'run.mcap', frames)], tmp_path / 'out')

    tables = sorted((tmp_path / 'out/run/tables').iterdir())
    assert len(tables) == report.written['tables'] == 3
    assert [path.name[:5] for path in tables] == ['a_fix'] * 3


def test_clouds_become_four_floats_a_point(tmp_path):
    from scenebox_ros.codecs.pcd import encode_pcd

    points = np.zeros((1, 3), [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<u2')])
    points['x'], points['intensity'] = [1, 2, 3], [7, 8, 9]

    said = {'format': 'pcd', 'num_points': 3}
    record = Record('lidars', 'run', 'a', '/lidar', document=said, body=encode_pcd(points))
    name = Kitti().put(Folder(tmp_path), record)

    four = np.fromfile(tmp_path / name, '<f4').reshape(-1, 4)
    np.testing.assert_array_equal(four, [[1, 0, 0, 7], [2, 0, 0, 8], [3, 0, 0, 9]])


@pytest.mark.parametrize('span', [{'start_ns': START_NS + 60 * 10**9}, {'end_ns': START_NS - 1}])
def test_a_time_in_which_nothing_was_recorded_is_told(tmp_path, span):
    path = write_mcap(tmp_path / 'run.mcap', drive(20))

    report = export([path], tmp_path / 'out', Options(**span))

    (note,) = report.ingests[str(path)].notes
    assert 'nothing of run.mcap is of the time that is wanted' in note
    assert stamps.to_iso(START_NS)[:16] in note
