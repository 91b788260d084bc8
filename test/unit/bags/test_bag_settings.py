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

"""What the settings ask of a bag's topics: quantities by path, a datum, transforms."""

from datetime import date

from bag_writers import header, Message, START_NS, STORE, write_mcap
import numpy as np
import pytest

from scenebox_ros.bags import ingest, open_bag, plan
from scenebox_ros.bags.overrides import Overrides, parse_stream_flag
from scenebox_ros.bags.recordings import capture_settings, Options, sessions_of
from scenebox_ros.codecs.pcd import decode_pcd
from scenebox_ros.errors import SettingsError

TYPES = STORE.types


class Records(list):
    def put(self, records):
        self.extend(records)

    def entities(self, kind):
        return [one for record in self for one in record.entities if one['entity_type'] == kind]


def pose(x, kind='geometry_msgs/msg/Pose'):
    return TYPES[kind](
        TYPES['geometry_msgs/msg/Point'](x, 0.0, 0.0),
        TYPES['geometry_msgs/msg/Quaternion'](0.0, 0.0, 0.0, 1.0))


def odometry(index):
    log_ns = START_NS + index * 50_000_000
    zero = TYPES['geometry_msgs/msg/Vector3'](0.0, 0.0, 0.5)
    return Message('/odom', 'nav_msgs/msg/Odometry', log_ns, TYPES['nav_msgs/msg/Odometry'](
        header(STORE, log_ns), 'base',
        TYPES['geometry_msgs/msg/PoseWithCovariance'](pose(float(index)), np.zeros(36)),
        TYPES['geometry_msgs/msg/TwistWithCovariance'](
            TYPES['geometry_msgs/msg/Twist'](zero, zero), np.zeros(36))))


def word(index, text):
    return Message('/mode', 'std_msgs/msg/String', START_NS + index * 50_000_000,
                   TYPES['std_msgs/msg/String'](text))


def cloud(index):
    log_ns = START_NS + index * 50_000_000
    points = np.zeros(3, [(name, '<f4') for name in ('x', 'y', 'z', 'time')])
    points['x'], points['time'] = 5.0, [0, 0.02, 0.04]
    fields = [TYPES['sensor_msgs/msg/PointField'](name, 4 * at, 7, 1)
              for at, name in enumerate(points.dtype.names)]
    head = header(STORE, log_ns)
    head.frame_id = 'base'
    return Message('/points', 'sensor_msgs/msg/PointCloud2', log_ns, TYPES[
        'sensor_msgs/msg/PointCloud2'](
            head, 1, 3, fields, False, 16, 48, points.view(np.uint8), True))


def taken(tmp_path, messages, **streams):
    records = Records()
    overrides = Overrides(streams={f'/{topic}': said for topic, said in streams.items()})
    with open_bag(write_mcap(tmp_path / 'a.mcap', messages)) as bag:
        report = ingest(bag, plan(bag, 'Test', overrides), records, workers=1)
    return records, report


def test_only_the_quantities_that_are_named_are_kept(tmp_path):
    records, _ = taken(tmp_path, [odometry(i) for i in range(3)],
                       odom={'fields': ['pose.pose.position.x', 'twist.twist.angular']})

    names = {one['entity_name'] for one in records.entities('scalar')}
    assert names == {'odom.pose.pose.position.x', 'odom.twist.twist.angular.x',
                     'odom.twist.twist.angular.y', 'odom.twist.twist.angular.z'}


def test_odometry_with_a_datum_is_the_track(tmp_path):
    records, _ = taken(tmp_path, [odometry(i) for i in range(5)],
                       odom={'role': 'fix', 'datum': [48.0, 11.0]})

    track = records.entities('geo')
    assert len(track) == 5
    assert track[0]['geolocation'] == {'lat': pytest.approx(48.0), 'lon': pytest.approx(11.0)}
    # x is east where no heading is said.
    assert track[4]['geolocation']['lon'] > 11.00005


def test_odometry_without_a_datum_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(SettingsError, match='give the datum'):
        taken(tmp_path, [odometry(0)], odom={'role': 'fix'})


def test_a_word_becomes_a_state(tmp_path):
    records, _ = taken(tmp_path, [word(0, 'docked'), word(1, 'driving')])

    assert [one['entity_value'] for one in records.entities('state')] == ['docked', 'driving']


def test_a_clouds_motion_comes_from_odometry(tmp_path):
    messages = [odometry(0), cloud(1), odometry(1), odometry(2), odometry(3)]
    records, report = taken(
        tmp_path, messages, odom={'role': 'transform'}, points={'deskew_to': 'sensor'})

    (record,) = [one for one in records if one.kind == 'lidars']
    assert record.document['aux']['deskewed'] is True, report.capture.errors
    # 20 m/s forwards: what was seen later is farther from where the sensor was at the stamp.
    np.testing.assert_allclose(decode_pcd(record.body)['x'].ravel(), [5, 5.4, 5.8], atol=1e-5)


def test_lists_can_be_given_on_the_command_line():
    said = parse_stream_flag('/imu:fields=[angular_velocity.z, orientation],priority=3')

    assert said.streams == {
        '/imu': {'fields': ['angular_velocity.z', 'orientation'], 'priority': 3}}


def test_only_some_topics_are_used_if_any_are_named():
    overrides = Overrides(only=('/cam/.*', '/gps/fix'))

    assert overrides.of('/imu') == {'role': 'skip'}
    assert overrides.of('/cam/front') == overrides.of('/gps/fix') == {}
    assert overrides.unused(['/cam/front', '/imu']) == ['/gps/fix']
    assert overrides.with_later(Overrides(only=('/imu',))).of('/imu') == {}
    with pytest.raises(SettingsError, match='neither a topic nor a regular expression'):
        Overrides(only=('[',))


def test_tags_and_metadata_are_checked_and_added_up():
    first = Overrides({'metadata': {'a': 1}, 'tags': 'night'})

    both = first.with_later(Overrides({'metadata': {'b': 2}}))
    assert both.session == {'metadata': {'a': 1, 'b': 2}, 'tags': 'night'}


@pytest.mark.parametrize('wrong', [
    {'metadata': 5}, {'tags': [5]}, {'tags': 5}, {'resolution_s': 'fine'}, {'session_name': ['a']},
    {'metadata': {'a': float('nan')}}, {'metadata': {'a': {1, 2}}}, {'metadata': {'a': b'x'}},
])
def test_a_wrong_setting_of_the_session_is_named(wrong):
    with pytest.raises(SettingsError, match=f'^{next(iter(wrong))} is '):
        Overrides(wrong)


def test_metadata_that_mean_themselves_are_refused():
    endless = {}
    endless['a'] = endless

    with pytest.raises(SettingsError, match='no JSON'):
        Overrides({'metadata': endless})


def test_dates_in_metadata_are_written_out():
    said = Overrides({'metadata': {'day': date(2026, 1, 31), 'depth': [1, {2: 'x'}]}})

    assert said.session['metadata'] == {'day': '2026-01-31', 'depth': [1, {'2': 'x'}]}


def test_metadata_have_no_name_that_is_the_recordings_own():
    with pytest.raises(SettingsError, match=r"'calibrations'.*choose another name"):
        Overrides({'metadata': {'calibrations': 3}})


@pytest.mark.parametrize('wrong', [{'sensor': 5}, {'fields': 5}, {'fields': [5]}, {'datum': 5}])
def test_a_wrong_setting_of_a_topic_is_named(wrong):
    with pytest.raises(SettingsError, match=f'^{next(iter(wrong))} is '):
        Overrides(streams={'/a': wrong})


@pytest.mark.parametrize(('flag', 'name'), [('', 'from the file'), ('flag', 'flag')])
def test_the_session_is_called_as_the_file_says_unless_a_flag_does(tmp_path, flag, name):
    paths = [write_mcap(tmp_path / f'{run}.mcap', [word(0, 'go')]) for run in ('one', 'two')]
    options = Options(flag, Overrides({'session_name': 'from the file'}))

    # Several recordings of a given name are one session, however it was given.
    (group,) = sessions_of(paths, options)
    assert (group.name, group.paths) == (name, tuple(paths))
    with open_bag(paths[0]) as bag:
        assert capture_settings([bag], 'one', options).session_name == name
