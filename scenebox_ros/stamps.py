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

"""Times: integer nanoseconds since the Unix epoch inside, ISO 8601 in UTC at the edge."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

NS_PER_S = 1_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def from_ros(stamp: Any) -> int:
    """
    Turn a ``builtin_interfaces/Time`` into nanoseconds.

    Parameters
    ----------
    stamp
        Any object with ``sec`` and ``nanosec`` (ROS 2) or ``secs`` and ``nsecs`` (ROS 1).

    Returns
    -------
    int
        Nanoseconds since the Unix epoch.

    """
    if hasattr(stamp, 'sec'):
        return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)
    return int(stamp.secs) * NS_PER_S + int(stamp.nsecs)


def to_iso(stamp_ns: int) -> str:
    """
    Write nanoseconds as the platform does: ``2026-01-31T12:30:00.250000+00:00``.

    The platform's times have microseconds: what is finer is cut off, so order is kept.
    """
    return to_datetime(stamp_ns).isoformat()


def to_datetime(stamp_ns: int) -> datetime:
    """Turn nanoseconds into an aware datetime in UTC, cut to microseconds."""
    # Integers all the way: a float of seconds has no room for today's nanoseconds.
    return EPOCH + timedelta(microseconds=stamp_ns // 1000)


def from_datetime(moment: datetime) -> int:
    """Turn an aware datetime into nanoseconds; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000
