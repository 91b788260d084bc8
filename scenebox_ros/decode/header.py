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

"""Headers: when and in which coordinate frame a message was made."""

from __future__ import annotations

from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import DecodeError


def stamp_of(msg: Any) -> int:
    """
    Give the header's stamp in nanoseconds, or Foxglove's ``timestamp``; 0 if there is none.

    Raises
    ------
    DecodeError
        If there is a header without a time.

    """
    header = getattr(msg, 'header', None)
    if header is None:
        beside = getattr(msg, 'timestamp', None)
        is_time = hasattr(beside, 'sec') or hasattr(beside, 'secs')
        return stamps.from_ros(beside) if is_time else 0
    try:
        return stamps.from_ros(header.stamp)
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'the header of {type(msg).__name__} has no stamp: {error}') from error


def frame_id_of(msg: Any) -> str:
    """Give the header's coordinate frame, or the one beside the data; empty if there is none."""
    return str(getattr(getattr(msg, 'header', msg), 'frame_id', ''))
