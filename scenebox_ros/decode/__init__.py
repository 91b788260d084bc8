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
Decoding: a ROS message becomes readings, whichever library made the message's class.

Messages are read by attribute: rclpy's classes, rosbags' and any other with the same fields work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from scenebox_ros.decode.types import can_decode, full_name, HOMES, POSES, refusal
from scenebox_ros.decode.walk import numeric_fields
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.geodesy import LocalFrame, Position
from scenebox_ros.model.readings import Reading
from scenebox_ros.model.settings import Role, StreamSettings

__all__ = ['can_decode', 'decode', 'decode_as', 'full_name', 'numeric_fields', 'POSES', 'refusal']
_Datum = tuple[float, ...]


def decode(msgtype: str, msg: Any, role: Role | None = None) -> Sequence[Reading]:
    """
    Turn a message into readings.

    Parameters
    ----------
    msgtype
        ``sensor_msgs/msg/Image``; ROS 1's ``sensor_msgs/Image`` is the same.
    msg
        Any object with the type's fields.
    role
        ``scalar`` reads the numbers and words of a message of any type, also of one that becomes
        an image or a fix otherwise; ``transform`` reads a pose as where its frame is.

    Returns
    -------
    sequence of Reading
        One frame or fix; a sample per quantity; a transform per child frame. A type that is not
        known is read as scalars.

    Raises
    ------
    DecodeError
        If the message's content cannot be read, or its type is one that only its driver can read.

    """
    return _read(_reader(msgtype, role, ()), msgtype, msg)


def decode_as(msgtype: str, msg: Any, settings: StreamSettings) -> Sequence[Reading]:
    """
    Turn a message into the readings that its stream's settings ask for.

    Parameters
    ----------
    msgtype, msg
        As for :func:`decode`.
    settings
        Of them ``role``, ``datum`` and, for scalars, ``fields`` count.

    Raises
    ------
    DecodeError
        As :func:`decode`; also if the message has none of the fields, or a pose no datum.

    """
    readings = _read(_reader(msgtype, settings.role, settings.datum), msgtype, msg)
    if settings.fields and settings.role == 'scalar':
        from scenebox_ros.decode.select import selected

        return selected(readings, msg, full_name(msgtype), settings.fields)
    return readings


def _read(read: Callable[[Any], Any], msgtype: str, msg: Any) -> Sequence[Reading]:
    try:
        readings = read(msg)
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no {msgtype}: {error}') from error
    return readings if isinstance(readings, (list, tuple)) else [readings]


@lru_cache(maxsize=1024)
def _reader(msgtype: str, role: Role | None, datum: _Datum) -> Callable[[Any], Any]:
    name = full_name(msgtype)
    reason = refusal(name)
    if reason:
        raise DecodeError(reason)
    if name in POSES and role in ('fix', 'transform'):
        return _pose_reader(name, role, datum)
    if role == 'scalar' or name not in HOMES:
        from scenebox_ros.decode.sample import sampler_of

        return sampler_of(name)
    # Modules load with the first message that needs them: a GPS node never loads OpenCV.
    _, module, function = HOMES[name]
    return _function(module, function)


def _pose_reader(name: str, role: Role, datum: _Datum) -> Callable[[Any], Any]:
    if role == 'transform':
        return _function('transform', 'transform_from_pose')
    if not datum:
        raise DecodeError(
            f'{name} has metres and no position; set datum, where its frame is on the Earth')
    altitude_m = datum[2] if len(datum) > 2 else None
    frame = LocalFrame(Position(datum[0], datum[1], altitude_m), *datum[3:])
    to_fix = _function('fix', 'fix_from_pose')
    return lambda msg: to_fix(msg, frame)


@cache
def _function(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(import_module(f'scenebox_ros.decode.{module}'), name)
    return found
