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

"""Healthy bags of every kind."""

from dataclasses import replace
import os

from bag_writers import (
    contents,
    drive,
    FILES,
    fix,
    FOLDERS,
    image,
    START_NS,
    STEP_NS,
    write_db3_with_log,
    write_mcap,
    write_rosbag2,
    written,
)
import pytest

from scenebox_ros.bags import open_bag
from scenebox_ros.errors import BagError, DecodeError


@pytest.mark.parametrize('kind', FILES)
def test_a_file_gives_every_message_in_order_of_time(kind, tmp_path):
    with open_bag(FILES[kind](tmp_path)) as bag:
        assert contents(bag) == written(kind)
        assert bag.losses == []


@pytest.mark.parametrize('kind', FOLDERS)
def test_a_folder_gives_every_message_in_order_of_time(kind, tmp_path):
    with open_bag(FOLDERS[kind](tmp_path)) as bag:
        assert contents(bag) == written(kind)
        assert bag.losses == []
        assert bag.notes == []


@pytest.mark.parametrize('kind', [*FILES])
def test_topics_tell_types_counts_and_times(kind, tmp_path):
    with open_bag(FILES[kind](tmp_path)) as bag:
        assert [(each.topic, each.msgtype, each.count, each.problem) for each in bag.topics] == [
            ('/camera/image_raw', 'sensor_msgs/msg/Image', 30, ''),
            ('/gps/fix', 'sensor_msgs/msg/NavSatFix', 30, ''),
        ]
        assert (bag.start_ns, bag.end_ns) == (START_NS, START_NS + 59 * STEP_NS)
        assert bag.num_messages == 60


@pytest.mark.parametrize('kind', ['mcap_zstd', 'mcap_without_chunks', 'db3', 'ros1_lz4'])
def test_messages_can_be_chosen_by_topic_and_time_with_both_ends_included(kind, tmp_path):
    with open_bag(FILES[kind](tmp_path)) as bag:
        times = [each.log_ns for each in bag.messages(
            ['/gps/fix'], START_NS + 10 * STEP_NS, START_NS + 20 * STEP_NS)]

    assert times == [START_NS + index * STEP_NS for index in range(10, 21, 2)]


@pytest.mark.parametrize('kind', ['mcap_zstd', 'db3', 'ros1'])
def test_read_gives_the_message(kind, tmp_path):
    with open_bag(FILES[kind](tmp_path)) as bag:
        first = next(bag.messages(['/gps/fix'])).read()

    assert (first.latitude, first.header.frame_id) == (48.0, 'sensor')


def test_the_pixels_of_a_message_are_not_copied(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', [image(1)])
    with open_bag(path) as bag:
        message = next(bag.messages())
        pixels = message.read().data

    assert pixels.base is not None
    assert bytes(message.payload).endswith(pixels.tobytes())


def test_a_topic_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    with (
        open_bag(FILES['db3'](tmp_path)) as bag,
        pytest.raises(BagError, match=r"'/cam' is not in a.db3; it has /camera/image_raw, /gps"),
    ):
        bag.messages(['/cam'])


@pytest.mark.parametrize('options', [
    {'use_statistics': False}, {'repeat_channels': False}, {'repeat_schemas': False},
    {'use_summary_offsets': False}, {'enable_crcs': False}, {'enable_data_crcs': True},
])
def test_what_an_mcap_writer_may_leave_out_costs_nothing(options, tmp_path):
    with open_bag(write_mcap(tmp_path / 'a.mcap', drive(), **options)) as bag:
        assert contents(bag) == written('mcap')
        assert bag.losses == []
        assert next(bag.messages(['/gps/fix'])).read().altitude == 500.0


def test_chunks_that_overlap_in_time_are_merged(tmp_path):
    messages = drive(40)
    shuffled = messages[::2] + messages[1::2]
    with open_bag(write_mcap(tmp_path / 'a.mcap', shuffled, chunk_size=10_000)) as bag:
        assert [each.log_ns for each in bag.messages()] == [each.log_ns for each in messages]


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('version', [8, 9])
def test_metadata_of_both_writers_versions_is_read(storage, version, tmp_path):
    folder = write_rosbag2(tmp_path / 'bag', drive(), storage, version=version)
    with open_bag(folder) as bag:
        assert contents(bag) == written(storage)


def test_messages_in_a_left_over_log_are_read_and_nothing_is_written_beside_the_bag(tmp_path):
    path = write_db3_with_log(tmp_path / 'a.db3', drive())
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with open_bag(path) as bag:
        found = contents(bag)
        notes = bag.notes

    assert found == written('db3')
    assert 'a.db3-wal was left over and has been merged' in notes[0]
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_file_in_a_folder_that_cannot_be_written_is_read(tmp_path):
    path = write_db3_with_log(tmp_path / 'a.db3', drive())
    tmp_path.chmod(0o500)
    try:
        with open_bag(path) as bag:
            assert len(contents(bag)) == 60
    finally:
        tmp_path.chmod(0o700)


def test_a_name_with_signs_of_a_url_is_read(tmp_path):
    path = FILES['db3'](tmp_path).rename(tmp_path / 'run #1 50%41?x.db3')
    with open_bag(path) as bag:
        assert len(contents(bag)) == 60


def test_a_type_that_nothing_defines_says_what_to_give(tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, "UPDATE topics SET type = 'my_msgs/msg/Speed' WHERE name = '/gps/fix'")
    with open_bag(path) as bag:
        assert 'give its .msg file' in bag.topics[1].problem
        with pytest.raises(DecodeError, match=r'my_msgs/msg/Speed.*give its .msg file'):
            next(bag.messages(['/gps/fix'])).read()


def test_a_type_that_no_definition_helps_asks_for_none(tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, "UPDATE topics SET type = 'velodyne_msgs/msg/VelodyneScan'"
                  " WHERE name = '/gps/fix'")
    with open_bag(path) as bag:
        assert "record the driver's PointCloud2 topic" in bag.topics[1].problem
        assert '.msg file' not in bag.topics[1].problem


@pytest.mark.parametrize('given', ['.', 'my_msgs', 'my_msgs/msg', 'my_msgs/msg/Speed.msg'])
def test_a_type_can_be_given_as_a_file_or_a_folder(given, tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, "UPDATE topics SET type = 'my_msgs/msg/Speed' WHERE name = '/gps/fix'")
    folder = tmp_path / 'types' / 'my_msgs' / 'msg'
    folder.mkdir(parents=True)
    (folder / 'Speed.msg').write_text(
        'std_msgs/Header header\nsensor_msgs/NavSatStatus status\nfloat64 one\nfloat64 two\n'
        'float64 three\nfloat64[9] nine\nuint8 last\n')
    with open_bag(path, types=[tmp_path / 'types' / given]) as bag:
        assert next(bag.messages(['/gps/fix'])).read().one == 48.0


def test_a_wrong_definition_file_is_refused(tmp_path):
    (tmp_path / 'Bad.msg').write_text('float64[ speed\n')
    with pytest.raises(BagError, match=r'Bad.msg cannot be parsed'):
        open_bag(FILES['db3'](tmp_path), types=[tmp_path / 'Bad.msg'])


def test_old_type_names_are_understood(tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, "UPDATE topics SET type = 'sensor_msgs/Image' WHERE name LIKE '/cam%'")
    with open_bag(path) as bag:
        message = next(bag.messages(['/camera/image_raw']))

        assert message.msgtype == 'sensor_msgs/msg/Image'
        assert message.read().encoding == 'rgb8'


def test_splits_are_one_bag(tmp_path):
    messages = drive()
    for index, start in enumerate(range(0, 60, 20)):
        write_mcap(tmp_path / f'run_{index}.mcap', messages[start:start + 20])
    with open_bag(tmp_path) as bag:
        assert contents(bag) == written('mcap')
        assert len(bag.topics) == 2


def test_a_bag_can_be_closed_twice(tmp_path):
    bag = open_bag(FILES['db3'](tmp_path))
    bag.close()
    bag.close()


def test_a_message_of_a_wrong_size_says_so(tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, "UPDATE messages SET data = x'0001000001020304' WHERE id = 1")
    with (
        open_bag(path) as bag,
        pytest.raises(DecodeError, match='8 bytes are no sensor_msgs/msg/NavSatFix'),
    ):
        next(bag.messages()).read()


def test_a_bag_without_messages_has_topics_and_no_times(tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, 'DELETE FROM messages')
    with open_bag(path) as bag:
        assert (bag.num_messages, bag.start_ns, bag.end_ns) == (0, 0, 0)
        assert contents(bag) == []
        assert len(bag.topics) == 2


def test_a_bag_without_an_index_of_times_is_in_order(tmp_path):
    path = FILES['db3'](tmp_path)
    execute(path, 'DROP INDEX timestamp_idx')
    with open_bag(path) as bag:
        assert contents(bag) == written('db3')


def execute(path, query):
    import sqlite3

    db = sqlite3.connect(path)
    db.execute(query)
    db.commit()
    db.close()


def test_fixes_at_time_zero_are_read(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', [fix(0, log_ns=0), fix(1, log_ns=5)])
    with open_bag(path) as bag:
        assert [each.log_ns for each in bag.messages()] == [0, 5]


@pytest.mark.parametrize(('definition', 'said'), [
    ('Part part', "type 'my_msgs/msg/Part', which it has, is not defined"),
    ('Speed again', 'the definition contains itself'),
])
def test_what_is_wrong_with_a_given_type_is_told(tmp_path, definition, said):
    path = FILES['db3'](tmp_path)
    execute(path, "UPDATE topics SET type = 'my_msgs/msg/Speed' WHERE name = '/gps/fix'")
    folder = tmp_path / 'my_msgs/msg'
    folder.mkdir(parents=True)
    (folder / 'Speed.msg').write_text(definition)
    os.mkfifo(folder / 'Pipe.msg')  # is not waited for

    with open_bag(path, types=[tmp_path / 'my_msgs']) as bag:
        message = next(bag.messages(['/gps/fix']))
        with pytest.raises(DecodeError, match=said):
            message.read()


def test_a_log_time_beyond_63_bits_is_a_time(tmp_path):
    late = [replace(each, log_ns=each.log_ns + 2**63) for each in drive(5)]
    with open_bag(write_mcap(tmp_path / 'late.mcap', late)) as bag:
        found = contents(bag)

    assert [item[1] for item in found] == [each.log_ns for each in late]
