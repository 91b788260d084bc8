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
from functools import cache
from importlib import import_module
from typing import Any

from scenebox_ros.decode.types import can_decode, full_name, HOMES, refusal
from scenebox_ros.decode.walk import numeric_fields
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Reading
from scenebox_ros.model.settings import Role

__all__ = ['can_decode', 'decode', 'full_name', 'numeric_fields', 'refusal']


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
        an image or a fix otherwise.

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
    read = _reader(msgtype, role == 'scalar')
    try:
        readings = read(msg)
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no {msgtype}: {error}') from error
    return readings if isinstance(readings, (list, tuple)) else [readings]


@cache
def _reader(msgtype: str, as_scalar: bool) -> Callable[[Any], Any]:
    from scenebox_ros.decode.sample import sampler_of

    name = full_name(msgtype)
    reason = refusal(name)
    if reason:
        raise DecodeError(reason)
    if as_scalar or name not in HOMES:
        return sampler_of(name)
    # Modules load with the first message that needs them: a GPS node never loads OpenCV.
    _, module, function = HOMES[name]
    return getattr(import_module(f'scenebox_ros.decode.{module}'), function)  # type: ignore[no-any-return]
