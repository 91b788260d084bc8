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

"""Messages become samples: numbers, states and words under their paths."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from rosbags.typesys import get_types_from_msg, get_typestore, Stores

from scenebox_ros.decode.sample import _BATTERY_WORDS, decode_samples, PATHS, sampler_of
from scenebox_ros.decode.walk import numeric_fields, words_of
from scenebox_ros.errors import DecodeError

HEADER = SimpleNamespace(stamp=SimpleNamespace(sec=5, nanosec=7), frame_id='base')


def read(msgtype, **fields):
    return sampler_of(msgtype)(SimpleNamespace(header=HEADER, **fields))


def values(samples):
    return {sample.name: sample.value for sample in samples}


def xyz(x=1.0, y=2.0, z=3.0, **more):
    return SimpleNamespace(x=x, y=y, z=z, **more)


def imu(orientation=0.0, angular=0.0, linear=0.0):
    return {
        'orientation': xyz(w=4.0), 'orientation_covariance': np.full(9, orientation),
        'angular_velocity': xyz(), 'angular_velocity_covariance': np.full(9, angular),
        'linear_acceleration': xyz(), 'linear_acceleration_covariance': np.full(9, linear),
    }  # fmt: skip


def test_an_imu_gives_ten_quantities_and_no_covariance():
    samples = read('sensor_msgs/msg/Imu', **imu())

    assert list(values(samples)) == [
        *(f'orientation.{axis}' for axis in 'xyzw'),
        *(f'angular_velocity.{axis}' for axis in 'xyz'),
        *(f'linear_acceleration.{axis}' for axis in 'xyz'),
    ]
    assert {(one.stamp_ns, one.frame_id) for one in samples} == {(5_000_000_007, 'base')}


def test_an_estimate_that_an_imu_does_not_have_is_left_out():
    assert list(values(read('sensor_msgs/msg/Imu', **imu(orientation=-1, linear=-1)))) == [
        'angular_velocity.x', 'angular_velocity.y', 'angular_velocity.z',
    ]  # fmt: skip
    assert read('sensor_msgs/msg/Imu', **imu(-1, -1, -1)) == []


def test_odometry_has_dotted_paths():
    pose = SimpleNamespace(pose=SimpleNamespace(position=xyz(), orientation=xyz(w=1.0)))
    twist = SimpleNamespace(twist=SimpleNamespace(linear=xyz(), angular=xyz(z=0.5)))

    found = values(read('nav_msgs/msg/Odometry', child_frame_id='b', pose=pose, twist=twist))

    assert len(found) == 13
    assert found['pose.pose.position.x'] == 1.0
    assert found['twist.twist.angular.z'] == 0.5


def test_a_measurement_that_is_not_finite_is_none():
    assert read('sensor_msgs/msg/Range', range=math.inf) == []
    assert read('sensor_msgs/msg/Temperature', temperature=math.nan, variance=0.0) == []
    assert values(read('sensor_msgs/msg/Range', range=1.5, min_range=0.0)) == {'range': 1.5}


def battery(**said):
    return {
        'voltage': 12.5, 'temperature': math.nan, 'current': -1.0, 'charge': math.nan,
        'capacity': math.nan, 'design_capacity': math.nan, 'percentage': 0.8, 'present': True,
        'power_supply_status': 2, 'power_supply_health': 1, 'power_supply_technology': 3,
        'cell_voltage': [4.0, 4.1], 'location': 'slot', 'serial_number': '', **said,
    }  # fmt: skip


def test_a_battery_speaks_in_words():
    assert values(read('sensor_msgs/msg/BatteryState', **battery())) == {
        'voltage': 12.5, 'current': -1.0, 'percentage': 0.8, 'present': True,
        'power_supply_status': 'DISCHARGING', 'power_supply_health': 'GOOD',
        'power_supply_technology': 'LIPO', 'cell_voltage[0]': 4.0, 'cell_voltage[1]': 4.1,
    }  # fmt: skip


def test_a_battery_status_without_a_word_is_its_number():
    found = values(read('sensor_msgs/msg/BatteryState', **battery(power_supply_status=77)))

    assert found['power_supply_status'] == '77'


def test_joints_are_named_and_what_they_leave_out_is_left_out():
    found = read('sensor_msgs/msg/JointState', name=['a', 'b'], position=[1.0, 2.0],
                 velocity=[], effort=[3.0, math.nan])  # fmt: skip

    assert values(found) == {'position.a': 1.0, 'position.b': 2.0, 'effort.a': 3.0}


@pytest.mark.parametrize('level', [2, b'\x02'])
def test_diagnostics_are_levels_under_the_components_names(level):
    status = [SimpleNamespace(name='lidar: rate', level=level), SimpleNamespace(name='b', level=9)]

    found = values(read('diagnostic_msgs/msg/DiagnosticArray', status=status))

    assert found == {'lidar: rate': 'ERROR', 'b': '9'}


def test_diagnostics_of_our_own_nodes_are_left_out():
    status = [SimpleNamespace(name='/camera_node', level=2, hardware_id='scenebox'),
              SimpleNamespace(name='motor', level=0, hardware_id='left')]

    found = values(read('diagnostic_msgs/msg/DiagnosticArray', status=status))

    assert found == {'motor': 'OK'}


def test_a_multi_array_gives_its_data_and_not_its_layout():
    found = read('std_msgs/msg/Float32MultiArray', layout=SimpleNamespace(data_offset=3),
                 data=np.array([1.5, 2.5], 'f4'))  # fmt: skip

    assert values(found) == {'data[0]': 1.5, 'data[1]': 2.5}
    assert read('std_msgs/msg/UInt8MultiArray', data=bytes(65)) == []


def test_strings_and_booleans_are_states():
    assert sampler_of('std_msgs/msg/String')(SimpleNamespace(data='go'))[0].value == 'go'
    assert sampler_of('std_msgs/msg/Bool')(SimpleNamespace(data=False))[0].value is False
    assert sampler_of('std_msgs/msg/String')(SimpleNamespace(data='')) == []


def test_large_integers_stay_exact():
    big = (1 << 64) - 1

    assert sampler_of('std_msgs/msg/UInt64')(SimpleNamespace(data=np.uint64(big)))[0].value == big


def test_a_message_of_any_type_is_walked():
    message = SimpleNamespace(
        header=HEADER, speed=2.5, child_frame_id='x', covariance=[1.0], mode='AUTO',
        wheels=[SimpleNamespace(rpm=10), SimpleNamespace(rpm=11)],
    )  # fmt: skip

    assert values(decode_samples(message)) == {
        'speed': 2.5, 'mode': 'AUTO', 'wheels[0].rpm': 10, 'wheels[1].rpm': 11,
    }  # fmt: skip


@pytest.mark.parametrize(
    'msgtype',
    [
        *PATHS, 'sensor_msgs/msg/Imu', 'sensor_msgs/msg/BatteryState',
        'sensor_msgs/msg/JointState', 'diagnostic_msgs/msg/DiagnosticArray',
        'std_msgs/msg/Float32MultiArray',
    ],
)  # fmt: skip
def test_a_message_of_another_type_is_told_so(msgtype):
    with pytest.raises(DecodeError):
        read(msgtype)


def defined(definition, **values):
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(definition, 'my_msgs/msg/Machine'))
    return store.types['my_msgs/msg/Machine'](**values)


STATES = 'uint8 STATE_IDLE=0\nuint8 STATE_GO=1\nuint8 STATE_STOPPED=3\n'


@pytest.mark.parametrize(('definition', 'field', 'number', 'value'), [
    (STATES + 'uint8 state', 'state', 3, 'STOPPED'),
    (STATES + 'uint8 state', 'state', 7, '7'),
    ('int8 STATUS_NO=-1\nint8 STATUS_YES=0\nint8 status', 'status', -1, 'NO'),
    # What stays a number: names of no field, bits, limits, a value with two names, one name only.
    ('uint8 IDLE=0\nuint8 GO=1\nuint8 state', 'state', 1, 1),
    ('uint8 MODE_A=1\nuint8 MODE_B=2\nuint8 MODE_C=4\nuint8 mode', 'mode', 2, 2),
    ('int32 RANGE_MIN=0\nint32 RANGE_MAX=9\nint32 range', 'range', 9, 9),
    ('uint8 STATE_A=3\nuint8 STATE_B=3\nuint8 STATE_C=5\nuint8 state', 'state', 5, 5),
    ('uint8 STATE_A=3\nuint8 state', 'state', 3, 3),
    ('uint8 STATE_A=0\nuint8 STATE_B=3\nfloat32 state', 'state', 3.0, 3.0),
])  # fmt: skip
def test_constants_that_begin_with_a_fields_name_are_its_words(definition, field, number, value):
    samples = decode_samples(defined(definition, **{field: number}))

    assert [(one.name, one.value) for one in samples] == [(field, value)]


def test_constants_belong_to_the_field_with_the_longest_name():
    msg = defined(
        'uint8 DOOR_LOCK_OPEN=0\nuint8 DOOR_LOCK_SHUT=3\nuint8 door\nuint8 door_lock',
        door=3, door_lock=3)

    assert values(decode_samples(msg)) == {'door': 3, 'door_lock': 'SHUT'}
    assert numeric_fields(msg) == {'door': 3, 'door_lock': 3}


def test_a_battery_has_the_words_of_its_types_constants():
    battery = get_typestore(Stores.ROS2_KILTED).types['sensor_msgs/msg/BatteryState']

    for field, words in words_of(battery).items():
        assert words == dict(enumerate(_BATTERY_WORDS[field]))
