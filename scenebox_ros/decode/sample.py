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

"""
Scalars: what a message measures, as one sample per quantity.

Paths are those of the message definition: ``angular_velocity.z``. Covariances and headers are no
quantities. A value that is NaN or infinite is no measurement and gives no sample. Layouts:
``sensor_msgs``, ``geometry_msgs``, ``nav_msgs``, ``std_msgs`` and ``diagnostic_msgs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import isfinite
from operator import attrgetter
from typing import Any

from scenebox_ros.decode.header import frame_id_of, stamp_of
from scenebox_ros.decode.walk import Leaf, leaves, MAX_ARRAY, plain_of
from scenebox_ros.decode.words import decode_log, decode_string
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Reading, Sample

_XYZ = ('x', 'y', 'z')
_XYZW = (*_XYZ, 'w')


def _under(stem: str, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f'{stem}.{path}' for path in paths)


_POSE = (*_under('position', _XYZ), *_under('orientation', _XYZW))
_TWIST = (*_under('linear', _XYZ), *_under('angular', _XYZ))
# Imu.msg: an estimate that is not there has -1 as the first element of its covariance.
_IMU = {
    'orientation_covariance': _under('orientation', _XYZW),
    'angular_velocity_covariance': _under('angular_velocity', _XYZ),
    'linear_acceleration_covariance': _under('linear_acceleration', _XYZ),
}
# Paths of the types that come often; all others are walked.
PATHS: dict[str, tuple[str, ...]] = {
    'geometry_msgs/msg/Pose': _POSE,
    'geometry_msgs/msg/PoseStamped': _under('pose', _POSE),
    'geometry_msgs/msg/PoseWithCovarianceStamped': _under('pose.pose', _POSE),
    'geometry_msgs/msg/Twist': _TWIST,
    'geometry_msgs/msg/TwistStamped': _under('twist', _TWIST),
    'geometry_msgs/msg/TwistWithCovarianceStamped': _under('twist.twist', _TWIST),
    'nav_msgs/msg/Odometry': (*_under('pose.pose', _POSE), *_under('twist.twist', _TWIST)),
    'sensor_msgs/msg/FluidPressure': ('fluid_pressure',),
    'sensor_msgs/msg/Illuminance': ('illuminance',),
    'sensor_msgs/msg/MagneticField': _under('magnetic_field', _XYZ),
    'sensor_msgs/msg/Range': ('range',),
    'sensor_msgs/msg/RelativeHumidity': ('relative_humidity',),
    'sensor_msgs/msg/Temperature': ('temperature',),
}
_BATTERY = ('voltage', 'temperature', 'current', 'charge', 'capacity', 'design_capacity',
            'percentage', 'present')
# BatteryState.msg, its constants in order of their numbers.
_BATTERY_WORDS = {
    'power_supply_status': ('UNKNOWN', 'CHARGING', 'DISCHARGING', 'NOT_CHARGING', 'FULL'),
    'power_supply_health': (
        'UNKNOWN', 'GOOD', 'OVERHEAT', 'DEAD', 'OVERVOLTAGE', 'UNSPEC_FAILURE', 'COLD',
        'WATCHDOG_TIMER_EXPIRE', 'SAFETY_TIMER_EXPIRE',
    ),
    'power_supply_technology': (
        'UNKNOWN', 'NIMH', 'LION', 'LIPO', 'LIFE', 'NICD', 'LIMN', 'TERNARY', 'VRLA',
    ),
}  # fmt: skip
# What the recorder says about itself is not the vehicle's data.
OWN_HARDWARE = 'scenebox'
_LEVELS = ('OK', 'WARN', 'ERROR', 'STALE')


def decode_samples(msg: Any) -> list[Sample]:
    """
    Turn any message into samples: numbers and booleans as they are, words and enums as states.

    Returns
    -------
    list of Sample
        In the order of the message; without covariances, frame ids, headers, arrays of more than
        64 elements, empty strings, NaN and infinities.

    Raises
    ------
    DecodeError
        If the header has no time.

    """
    found = leaves(msg, in_words=True)
    return _samples(msg, ((path, value) for path, value in found if _is_quantity(path)))


def _is_quantity(path: str) -> bool:
    last = path.rpartition('.')[2]
    return 'covariance' not in last and not last.endswith('frame_id')


def sampler_of(msgtype: str) -> Callable[[Any], Sequence[Reading]]:
    """Give the function that turns messages of a type into samples."""
    if msgtype in SPECIAL:
        return SPECIAL[msgtype]
    if msgtype.endswith('MultiArray'):
        return decode_multi_array
    return _by_paths(PATHS[msgtype]) if msgtype in PATHS else decode_samples


@cache
def _by_paths(paths: tuple[str, ...]) -> Callable[[Any], list[Sample]]:
    # With the paths known, one getter reads them all: a tenth of the cost of walking.
    values_of = attrgetter(*paths)

    def read(msg: Any) -> list[Sample]:
        try:
            values = values_of(msg) if len(paths) > 1 else (values_of(msg),)
        except AttributeError as error:
            raise DecodeError(f'{type(msg).__name__} lacks a field: {error}') from error
        return _samples(msg, zip(paths, values, strict=True))

    return read


def decode_imu(msg: Any) -> list[Sample]:
    """
    Read a ``sensor_msgs/Imu``, without the estimates that it says it does not have.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        paths = [
            path
            for covariance, group in _IMU.items()
            if getattr(msg, covariance)[0] != -1
            for path in group
        ]
    except (AttributeError, TypeError, IndexError) as error:
        raise DecodeError(f'this is no Imu: {error}') from error
    return _by_paths(tuple(paths))(msg) if paths else []


def decode_battery(msg: Any) -> list[Sample]:
    """
    Read a ``sensor_msgs/BatteryState``; status, health and technology become words.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        values = [(path, getattr(msg, path)) for path in _BATTERY]
        for path, words in _BATTERY_WORDS.items():
            number = int(getattr(msg, path))
            values.append((path, words[number] if 0 <= number < len(words) else str(number)))
        cells = [
            (f'{path}[{index}]', value)
            for path in ('cell_voltage', 'cell_temperature')
            for index, value in enumerate(getattr(msg, path, ()))
        ]
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no BatteryState: {error}') from error
    return _samples(msg, [*values, *cells])


def decode_joints(msg: Any) -> list[Sample]:
    """
    Read a ``sensor_msgs/JointState``: ``position.<joint>``, ``velocity.<joint>``, ``effort...``.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        return _samples(msg, [
            (f'{quantity}.{joint}', value)
            for quantity in ('position', 'velocity', 'effort')
            # Each of them may be left empty.
            for joint, value in zip(msg.name, getattr(msg, quantity), strict=False)
        ])
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no JointState: {error}') from error


def decode_multi_array(msg: Any) -> list[Sample]:
    """
    Read a ``std_msgs/...MultiArray`` of up to 64 values: ``data[0]``; its layout is no quantity.

    Raises
    ------
    DecodeError
        If the message has no array.

    """
    try:
        values = list(msg.data) if len(msg.data) <= MAX_ARRAY else []
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no MultiArray: {error}') from error
    return _samples(msg, [(f'data[{index}]', value) for index, value in enumerate(values)])


def decode_diagnostics(msg: Any) -> list[Sample]:
    """
    Read a ``diagnostic_msgs/DiagnosticArray``: each component's level as a word, under its name.

    Our own nodes are left out.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        levels = [
            (str(one.name), int(plain_of(one.level) or 0)) for one in msg.status
            if getattr(one, 'hardware_id', '') != OWN_HARDWARE
        ]
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no DiagnosticArray: {error}') from error
    return _samples(msg, [
        (name, _LEVELS[level] if level < len(_LEVELS) else str(level)) for name, level in levels
    ])


def _samples(msg: Any, values: Iterable[tuple[str, Any]]) -> list[Sample]:
    stamp_ns, frame_id = stamp_of(msg), frame_id_of(msg)
    made = []
    for name, value in values:
        plain = plain_of(value)
        if plain is not None and is_measured(plain):
            made.append(Sample(name, plain, stamp_ns, frame_id))
    return made


def is_measured(value: Leaf) -> bool:
    """Tell whether a value says something: NaN, infinities and empty words do not."""
    return isfinite(value) if isinstance(value, float) else value != ''


SPECIAL: dict[str, Callable[[Any], Sequence[Reading]]] = {
    'diagnostic_msgs/msg/DiagnosticArray': decode_diagnostics,
    'rcl_interfaces/msg/Log': decode_log,
    'rosgraph_msgs/msg/Log': decode_log,
    'sensor_msgs/msg/BatteryState': decode_battery,
    'sensor_msgs/msg/Imu': decode_imu,
    'sensor_msgs/msg/JointState': decode_joints,
    'std_msgs/msg/String': decode_string,
}
