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

"""Words: lines of a log and texts, as states or as what describes the robot."""

from __future__ import annotations

from typing import Any

from scenebox_ros import stamps
from scenebox_ros.decode.header import stamp_of
from scenebox_ros.decode.walk import plain_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Reading, Sample, Text

_LOG_LEVELS = {1: 'DEBUG', 2: 'INFO', 4: 'WARN', 8: 'ERROR', 16: 'FATAL',
               10: 'DEBUG', 20: 'INFO', 30: 'WARN', 40: 'ERROR', 50: 'FATAL'}
# A longer text is no state that something is in.
MAX_STATE = 1024


def decode_log(msg: Any) -> list[Sample]:
    """
    Read a line of ``/rosout``: the node's name, and level and words as its state.

    ``rcl_interfaces/Log`` of ROS 2 (levels 10 to 50), ``rosgraph_msgs/Log`` of ROS 1 (1 to 16).

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        level = int(plain_of(msg.level) or 0)
        stamp_ns = stamp_of(msg) if hasattr(msg, 'header') else stamps.from_ros(msg.stamp)
        words = f'{_LOG_LEVELS.get(level, level)}: {msg.msg}'
        return [Sample(str(msg.name).strip('/') or 'log', words, stamp_ns)]
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no Log: {error}') from error


def decode_string(msg: Any) -> list[Reading]:
    """
    Read a ``std_msgs/String``: a word is a state; a longer text describes (a robot's model).

    Raises
    ------
    DecodeError
        If the message does not have the type's field.

    """
    try:
        text = str(msg.data)
    except AttributeError as error:
        raise DecodeError(f'this is no String: {error}') from error
    if len(text) > MAX_STATE:
        return [Text('', text, 0)]
    return [Sample('data', text, 0)] if text else []
