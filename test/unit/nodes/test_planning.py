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

"""What a sensor node makes of the topics that are there."""

import pytest

from scenebox_ros.bags import Overrides
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.nodes.planning import (
    changed_settings,
    read_lines,
    session_settings,
    TopicPlan,
)
from scenebox_ros.nodes.topics import Choice

PRESENT = {
    '/front/image_raw': ['sensor_msgs/msg/Image'],
    '/front/image_raw/compressed': ['sensor_msgs/msg/CompressedImage'],
    '/front/camera_info': ['sensor_msgs/msg/CameraInfo'],
    '/rear/image_raw/compressed': ['sensor_msgs/msg/CompressedImage'],
    '/rear/camera_info': ['sensor_msgs/msg/CameraInfo'],
    '/points': ['sensor_msgs/msg/PointCloud2'],
    '/tf': ['tf2_msgs/msg/TFMessage'],
    '/fix': ['sensor_msgs/msg/NavSatFix'],
    '/imu': ['sensor_msgs/msg/Imu'],
    '/odom': ['nav_msgs/msg/Odometry'],
    '/map': ['nav_msgs/msg/OccupancyGrid'],
    '/packets': ['velodyne_msgs/msg/VelodyneScan'],
}
CAMERA, LIDAR, GPS = ('image', 'calibration'), ('lidar',), ('fix', 'scalar')
DATUM = {'/odom': {'role': 'fix', 'datum': [48.1, 11.5]}}


def plan(roles, names=(), exclude=(), transport='compressed', **changes):
    return TopicPlan(roles, Choice(names, exclude, transport), **changes)


def recorded(made):
    return sorted(topic for topic, row in made.wanted(PRESENT)[0].items()
                  if row.settings.is_recorded)


def aids(made):
    return sorted(topic for topic, row in made.wanted(PRESENT)[0].items()
                  if not row.settings.is_recorded)


def test_each_node_takes_the_topics_of_its_types():
    assert recorded(plan(CAMERA)) == [
        '/front/camera_info', '/front/image_raw/compressed', '/rear/camera_info',
        '/rear/image_raw/compressed']
    assert recorded(plan(LIDAR)) == ['/points']
    assert recorded(plan(GPS)) == ['/fix', '/imu', '/odom']


def test_of_two_vehicles_each_takes_what_is_in_its_namespace_and_what_is_named():
    both = {f'{car}{topic}': kinds for car in ('/car7', '/car8')
            for topic, kinds in PRESENT.items()}
    both |= {'/tf': PRESENT['/tf'], '/diagnostics': ['diagnostic_msgs/msg/DiagnosticArray']}

    def wanted(roles, *names, namespace='/car7', **changes):
        made = TopicPlan(roles, Choice(names, namespace=namespace), **changes)
        return sorted(made.wanted(both)[0]), made.left_elsewhere(both, made.wanted(both)[0])

    assert wanted(LIDAR) == (['/car7/fix', '/car7/points'], '')
    assert wanted(GPS) == (['/car7/fix', '/car7/imu', '/car7/odom', '/diagnostics'], '')
    assert wanted(LIDAR, '/car8/points') == (['/car7/fix', '/car8/points'], '')
    assert wanted(LIDAR, fix_topics=['/car8/fix'])[0] == ['/car7/points', '/car8/fix']
    assert wanted(LIDAR, namespace='/car') == ([], '/car7/points')
    assert wanted(GPS, namespace='/car') == (['/diagnostics'], '/car7/fix')
    assert wanted(LIDAR, '^/', namespace='/car')[0] == wanted(LIDAR, namespace='/')[0]


def test_fixes_come_along_for_geotags_and_transforms_only_for_deskewing():
    assert aids(plan(LIDAR)) == ['/fix']
    assert aids(plan(LIDAR, file=Overrides(streams={'/points': {'deskew_to': 'odom'}}))) == [
        '/fix', '/tf']
    assert aids(plan(LIDAR, exclude=['/fix'])) == []


def test_a_camera_that_is_named_brings_its_calibration():
    assert recorded(plan(CAMERA, names=['/rear/image_raw/compressed'])) == [
        '/rear/camera_info', '/rear/image_raw/compressed']


@pytest.mark.parametrize('entries, topics', [
    (['/imu'], ['/imu']), (['^/(imu|odom)$'], ['/imu', '/odom']),
    (['sensor_msgs/msg/NavSatFix', '/odom'], ['/fix', '/odom']),
])
def test_topics_are_chosen_by_name_pattern_and_type(entries, topics):
    assert recorded(plan(GPS, names=entries)) == topics
    assert recorded(plan(GPS, exclude=entries)) == [
        topic for topic in ['/fix', '/imu', '/odom'] if topic not in topics]


def test_any_type_gives_its_numbers_if_it_is_named_or_the_file_says_so():
    assert recorded(plan(GPS, names=['/map'])) == ['/map']
    assert '/map' in recorded(plan(GPS, file=Overrides(streams={'/map': {'role': 'scalar'}})))


def test_the_file_leaves_topics_out_and_makes_fixes_of_poses():
    file = Overrides(streams={'/rear/.*': {'role': 'skip'}, **DATUM})

    assert '/rear/image_raw/compressed' not in recorded(plan(CAMERA, file=file))
    assert '/odom' in aids(plan(CAMERA, file=file))
    rows, _ = plan(GPS, file=file).wanted(PRESENT)
    assert rows['/odom'].settings.role == 'fix'


def test_parameters_win_over_the_file_and_lines_over_both():
    made = plan(
        CAMERA, file=Overrides(streams={'/front/image_raw/compressed': {
            'jpeg_quality': 50, 'every_nth': 3, 'max_rate_hz': 2.0}}),
        given={'jpeg_quality': 60, 'every_nth': 4},
        lines=read_lines(['/front/.*:jpeg_quality=70']))
    settings = made.wanted(PRESENT)[0]['/front/image_raw/compressed'].settings

    assert (settings.max_rate_hz, settings.every_nth, settings.jpeg_quality) == (2.0, 4, 70)


def test_a_nodes_parameters_do_not_concern_what_other_nodes_record():
    rows, _ = plan(CAMERA, given={'stamps': 'receive'}).wanted(PRESENT)

    assert rows['/fix'].settings.stamps == 'header'


@pytest.mark.parametrize('made, topic, words', [
    (plan(LIDAR, names=['/imu']), '/imu', r'Imu is for another node \(scalar\); .* records lidar'),
    (plan(LIDAR, names=['/packets']), '/packets', 'Velodyne'),
    (plan(CAMERA, names=['/map']), '/map', 'no sensor data that is known'),
    (plan(CAMERA, fix_topics=['/odom']), '/odom', 'poses do with a datum'),
    (plan(GPS, file=Overrides(streams={'/odom': {'role': 'fix'}})), '/odom', 'give the datum'),
    (plan(CAMERA, file=Overrides(streams={'/points': {'role': 'image'}})), '/points',
     "role 'image' is not possible"),
    (plan(CAMERA, names=['/rear/image_raw/compressed'],
          file=Overrides(streams={'/rear/.*': {'role': 'skip'}})), '/rear/image_raw/compressed',
     'left out by the settings'),
])
def test_what_cannot_be_recorded_is_refused_in_words(made, topic, words):
    _, refused = made.wanted(PRESENT)

    assert list(refused) == [topic]
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(refused[topic])


def test_two_cameras_of_one_name_are_named_apart_but_only_among_those_taken():
    rows, _ = plan(CAMERA, transport='all').wanted(PRESENT)
    assert rows['/front/image_raw'].settings.sensor == 'front_image_raw'
    rows, _ = plan(CAMERA).wanted(PRESENT)
    assert rows['/front/image_raw/compressed'].settings.sensor == 'front'


def test_the_session_takes_the_files_word_where_no_parameter_was_given():
    file = Overrides(session={'resolution_s': 0.5, 'geotag_wait_s': 1.0})
    values = {'resolution_s': 1.0, 'video_segment_s': 60.0}

    assert session_settings(file, values, set()) == {
        'resolution_s': 0.5, 'geotag_wait_s': 1.0, 'video_segment_s': 60.0}
    assert session_settings(file, values, {'resolution_s'})['resolution_s'] == 1.0


def test_only_live_settings_change_while_a_topic_is_recorded():
    before = StreamSettings(role='image', sensor='left')

    after = changed_settings(
        before, StreamSettings(role='image', sensor='x', jpeg_quality=5), {'jpeg_quality'})
    assert after == StreamSettings(role='image', sensor='left', jpeg_quality=5)
    with pytest.raises(SettingsError, match='video cannot be changed while the node runs'):
        changed_settings(before, StreamSettings(role='image', video=True), {'jpeg_quality'})


def test_a_line_that_cannot_be_read_is_refused():
    with pytest.raises(SettingsError, match='names no settings'):
        read_lines(['/camera'])
    with pytest.raises(SettingsError, match='no YAML'):
        read_lines(['/camera:fields=[a'])
    with pytest.raises(SettingsError, match='jpeg_quality is 0'):
        read_lines(['/camera:jpeg_quality=0'])
