"""Recordings of others: every folder, with the outcome that its README implies."""

import os
from pathlib import Path

from bag_writers import contents, repository
import pytest

from scenebox_ros.bags import find_bags, open_bag
from scenebox_ros.errors import BagError, DecodeError

SHARED = Path(os.environ.get('SCENEBOX_SHARED', repository().parent / 'shared')) / 'data'
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason='the shared recordings are not here'),
]
UPSTREAM = 'rosbag2_upstream_a'
DAMAGED = 'damaged_a'
OTHERS = f'{DAMAGED}/others_fixtures'

# Recording: messages, topics, messages whose type is unknown or whose bytes are not of their type.
WHOLE = {
    'all_types_mcap': (188, 94, 0),
    'amber_message_zstd': (2, 1, 0),
    'comma_gnss_imu_a': (1868, 4, 0),
    'drive_small': (366, 10, 0),
    'gps_nav_bag': (5348, 7, 1034),
    'image_encodings_a': (40, 20, 0),
    'klintan_crystal_db3': (5, 5, 0),
    'lidar_layouts_a': (16, 8, 0),
    'luminar_ros2': (15, 3, 0),
    'nav2_zstd_file': (693, 3, 0),
    'nebula_vlp16_packets/1673400471837873222': (4, 1, 4),
    'plotjuggler_metadata_v2': (4695, 5, 0),
    't265_fisheye_ros2': (50, 5, 0),
    'tilt_laser_gps/ros1/tilt_laser.bag': (4093, 9, 0),
    'tilt_laser_gps/ros2': (3025, 7, 0),
    f'{UPSTREAM}/cdr_test_sqlite3': (7, 2, 0),
    f'{UPSTREAM}/empty_bag': (0, 2, 0),
    f'{UPSTREAM}/split_mcap_5_files': (6074, 8, 0),
    f'{UPSTREAM}/splits_no_metadata_sqlite3': (3177, 1, 0),
    f'{DAMAGED}/db3_no_metadata': (188, 94, 0),
    f'{DAMAGED}/mcap_one_byte_flipped.mcap': (188, 94, 0),
    f'{OTHERS}/no-messages.bag': (0, 0, 0),
    f'{OTHERS}/test_sample.bag': (14, 2, 0),
    f'{OTHERS}/test_sample.mcap': (14, 2, 0),
    f'{OTHERS}/test_sample.mcap.zstd': (14, 2, 0),
    f'{OTHERS}/test_sample_no_rosout.mcap': (3, 1, 3),
}
# Recording: messages that are left, and a word of the loss.
BROKEN = {
    f'{DAMAGED}/db3_cut_at_half.db3': (0, 'ends after page 18 of 36'),
    f'{DAMAGED}/mcap_cut_at_60_percent.mcap': (188, 'ends inside a record'),
    f'{DAMAGED}/mcap_cut_mid_images.mcap': (10, 'ends inside the chunk'),
    f'{DAMAGED}/mcap_only_magic.mcap': (0, 'never closed'),
    f'{DAMAGED}/mcap_zstd_chunk_hole.mcap': (0, 'zstd data is damaged'),
    f'{DAMAGED}/metadata_lists_missing_split': (188, 'test_bag_sqlite3_1.db3 is missing'),
    f'{OTHERS}/test_sample_truncated.mcap': (14, 'ends inside a record'),
    f'{OTHERS}/test_truncated.bag': (3, 'ends inside the chunk'),
    f'{OTHERS}/test_unindexed.bag': (14, 'never closed'),
}
REFUSED = {
    'foxglove_json_camera': "no ROS messages.*'json'",
    f'{DAMAGED}/mcap_zero_bytes.mcap': 'is empty',
    f'{OTHERS}/empty-file.bag': 'is empty',
    f'{OTHERS}/git_lfs_pointer.db3': 'git lfs pull',
    f'{UPSTREAM}/wrong_rmw_mcap': "no ROS messages.*'wrong_format'",
}
NO_RECORDINGS = ['coco_a', 'pcd_samples_a', 'photos_gps_a', 'raw_frames_a']


def count_unreadable(bag):
    unreadable = 0
    for message in bag.messages():
        try:
            message.read()
        except DecodeError:  # noqa: PERF203
            unreadable += 1
    return unreadable


@pytest.mark.parametrize('name', WHOLE)
def test_a_whole_recording_gives_everything(name):
    messages, topics, unreadable = WHOLE[name]
    with open_bag(SHARED / name) as bag:
        assert (len(contents(bag)), len(bag.topics)) == (messages, topics)
        assert count_unreadable(bag) == unreadable
        assert bag.losses == []
        assert bag.num_messages == messages


@pytest.mark.parametrize('name', BROKEN)
def test_a_broken_recording_gives_what_is_left_and_says_what_is_not(name):
    messages, word = BROKEN[name]
    with open_bag(SHARED / name) as bag:
        assert len(contents(bag)) == messages
        assert any(word in loss.reason for loss in bag.losses)


@pytest.mark.parametrize('name', REFUSED)
def test_what_holds_nothing_of_ros_is_refused_in_one_line(name):
    with pytest.raises(BagError, match=REFUSED[name]) as caught:
        open_bag(SHARED / name)

    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('name', NO_RECORDINGS)
def test_a_folder_without_recordings_says_so(name):
    with pytest.raises(BagError, match='no recordings in'):
        find_bags(SHARED / name)


def test_every_recording_is_in_one_of_the_tables():
    found = {str(path.relative_to(SHARED)) for path in find_bags(SHARED)}

    assert found == {*WHOLE, *BROKEN, *REFUSED}


def test_the_topics_of_a_bag_with_old_type_names_are_readable():
    with open_bag(SHARED / 'klintan_crystal_db3') as bag:
        assert {each.msgtype for each in bag.topics} >= {
            'sensor_msgs/msg/Image', 'sensor_msgs/msg/NavSatFix'}


def test_reading_leaves_the_recording_as_it_was():
    folder = SHARED / 'plotjuggler_metadata_v2'
    before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    with open_bag(folder) as bag:
        assert len(contents(bag)) == 4695

    assert {each.name: each.stat().st_mtime_ns for each in folder.iterdir()} == before
