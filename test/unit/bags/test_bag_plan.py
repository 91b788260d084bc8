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

from types import SimpleNamespace

from bag_writers import drive, write_mcap
import pytest

from scenebox_ros.bags import (
    load_overrides,
    open_bag,
    Overrides,
    parse_stream_flag,
    plan,
    plan_rows,
    TopicInfo,
)
from scenebox_ros.bags.plan import sensor_name
from scenebox_ros.errors import SettingsError

TOPICS = {
    '/front/image_raw/compressed': 'sensor_msgs/msg/CompressedImage',
    '/front/image_raw': 'sensor_msgs/msg/Image',
    '/front/camera_info': 'sensor_msgs/msg/CameraInfo',
    '/lidar/points': 'sensor_msgs/msg/PointCloud2',
    '/scan': 'sensor_msgs/msg/LaserScan',
    '/fix': 'sensor_msgs/msg/NavSatFix',
    '/imu/data': 'sensor_msgs/msg/Imu',
    '/odom': 'nav_msgs/msg/Odometry',
    '/tf': 'tf2_msgs/msg/TFMessage',
    '/map': 'nav_msgs/msg/OccupancyGrid',
    '/packets': 'velodyne_msgs/msg/VelodyneScan',
}


def infos():
    return [TopicInfo(topic, msgtype, 10) for topic, msgtype in TOPICS.items()]


def rows(overrides=None, topics=None):
    found = plan_rows(topics or infos(), overrides or Overrides())
    return {row.info.topic: row for row in found}


def roles(overrides=None):
    return {topic: row.settings.role for topic, row in rows(overrides).items()}


def test_types_decide_what_topics_become():
    assert roles() == {
        '/front/image_raw/compressed': 'image', '/front/image_raw': 'image',
        '/front/camera_info': 'calibration', '/lidar/points': 'lidar', '/scan': 'lidar',
        '/fix': 'fix', '/imu/data': 'scalar', '/odom': 'scalar', '/tf': 'transform',
        '/map': 'skip', '/packets': 'skip',
    }


@pytest.mark.parametrize('topic, name', [
    ('/camera/front/image_raw', 'camera_front'), ('/camera/image_raw/compressed', 'camera'),
    ('/velodyne_points', 'velodyne_points'), ('/gps/fix', 'gps'), ('/fix', 'fix'),
    ('image', 'image'), ('/', 'sensor'),
])
def test_sensors_are_named_by_their_topics(topic, name):
    assert sensor_name(topic) == name


def test_two_topics_of_one_kind_and_sensor_get_different_names():
    assert rows()['/front/image_raw'].settings.sensor == 'front_image_raw'
    assert rows()['/front/camera_info'].settings.sensor == 'front'


def test_skipped_topics_say_why():
    assert 'nav_msgs/msg/OccupancyGrid is no sensor data' in rows()['/map'].reason
    assert 'Velodyne packets' in rows()['/packets'].reason


def test_what_the_bridge_says_about_itself_is_skipped():
    text = 'std_msgs/msg/String'
    topics = [TopicInfo('/truck/scenebox/session', text, 3), TopicInfo('/driver/status', text, 3),
              TopicInfo('/camera_node/status', text, 3)]

    roles = {row.info.topic: row.settings.role for row in plan_rows(topics, Overrides())}
    assert roles == {'/truck/scenebox/session': 'skip', '/driver/status': 'scalar',
                     '/camera_node/status': 'skip'}


def test_a_topic_that_cannot_be_deserialized_is_skipped_with_the_reason():
    reader = SimpleNamespace(problem='type is unknown')
    topics = [TopicInfo('/fix', TOPICS['/fix'], 3, reader=reader)]

    assert rows(topics=topics)['/fix'].settings.role == 'skip'
    assert rows(topics=topics)['/fix'].reason == 'type is unknown'


def test_a_topics_own_name_wins_over_expressions_and_later_ones_over_earlier():
    overrides = Overrides(streams={
        '/front/image_raw': {'jpeg_quality': 70}, '/front/.*': {'every_nth': 2, 'priority': 1},
        '/.*image.*': {'priority': 5, 'jpeg_quality': 50},
    })
    settings = rows(overrides)['/front/image_raw'].settings

    assert (settings.jpeg_quality, settings.every_nth, settings.priority) == (70, 2, 5)


def test_an_expression_must_match_the_whole_topic():
    assert roles(Overrides(streams={'/fron': {'role': 'skip'}})) == roles()


def test_any_type_can_be_taken_as_numbers():
    assert roles(Overrides(streams={'/map': {'role': 'scalar'}}))['/map'] == 'scalar'


def test_a_role_that_a_type_cannot_have_is_refused_with_those_it_can():
    with pytest.raises(SettingsError, match=r"'image'.*/lidar/points.*lidar or scalar or skip"):
        roles(Overrides(streams={'/lidar/points': {'role': 'image'}}))


@pytest.mark.parametrize('streams, message', [
    ({'/a': {'rolle': 'skip'}}, r"unknown setting 'rolle'; known are role"),
    ({'/a[': {'role': 'skip'}}, r'neither a topic nor a regular expression'),
    ({'/a': 'skip'}, r"settings of '/a' are 'skip'"),
    ({'/a': {'jpeg_quality': 0}}, 'jpeg_quality is 0'),
])
def test_overrides_that_cannot_work_are_refused(streams, message):
    with pytest.raises(SettingsError, match=message):
        Overrides(streams=streams)


def test_a_yaml_file_names_session_settings_and_streams(tmp_path):
    path = tmp_path / 'scenebox.yaml'
    path.write_text('session_name: night\nresolution_s: 0.5\nmetadata: {car: 7}\n'
                    'streams:\n  /front/.*: {video: true}\n  /odom: {role: skip}\n')
    bag_path = write_mcap(tmp_path / 'a.mcap', drive(4))
    with open_bag(bag_path) as bag:
        settings = plan(bag, 'day', load_overrides(path))

    assert (settings.session_name, settings.resolution_s) == ('night', 0.5)
    assert settings.metadata == {'car': 7}
    assert sorted(settings.streams) == ['/camera/image_raw', '/gps/fix']


@pytest.mark.parametrize('text, message', [
    ('sesion_name: x', r"unknown setting 'sesion_name'; known are session_name"),
    ('[1, 2]', 'holds no settings'), ('{', 'is no YAML'), ('streams: 3', 'streams is 3'),
])
def test_a_wrong_yaml_file_is_refused(text, message, tmp_path):
    (tmp_path / 'a.yaml').write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_overrides(tmp_path / 'a.yaml')


def test_an_empty_yaml_file_changes_nothing(tmp_path):
    (tmp_path / 'a.yaml').write_text('')

    assert load_overrides(tmp_path / 'a.yaml') == Overrides()


def test_a_flag_names_a_topic_and_settings():
    assert parse_stream_flag('/front/(?:a|b):video=true,sensor=front,every_nth=3').streams == {
        '/front/(?:a|b)': {'video': True, 'sensor': 'front', 'every_nth': 3}}


@pytest.mark.parametrize('text', ['/front', '/front:', ':video=true', '/front:video'])
def test_a_flag_without_settings_is_refused(text):
    with pytest.raises(SettingsError, match='TOPIC:NAME=VALUE'):
        parse_stream_flag(text)


def test_flags_win_over_a_file():
    both = Overrides({'resolution_s': 1.0}, {'/.*': {'priority': 1}, '/a': {'video': True}})
    both = both.with_later(parse_stream_flag('/.*:priority=2'))

    assert both.of('/a') == {'priority': 2, 'video': True}
    assert both.session == {'resolution_s': 1.0}


def test_entries_that_concern_no_topic_are_listed():
    assert Overrides(streams={'/a.*': {}, '/b': {}}).unused(['/abc']) == ['/b']
