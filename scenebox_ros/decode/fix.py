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
Positions: a GNSS message, or a pose in a frame whose place on Earth is known, as a fix.

Layouts: ``sensor_msgs/msg/NavSatFix``, ``gps_msgs/msg/GPSFix`` (``gps_common`` in ROS 1) and
``foxglove_msgs/msg/LocationFix``.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from scenebox_ros.decode.header import frame_id_of, stamp_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.geodesy import LocalFrame
from scenebox_ros.model.readings import Fix
from scenebox_ros.model.track import fault_of

__all__ = ['decode_fix', 'decode_gps_fix', 'decode_location_fix', 'fault_of', 'fix_from_pose']

_MAX_ALTITUDE_M = 1e6  # what is higher, or as deep, fills the field of an unknown one
# GPSStatus has receivers' own words; NavSatStatus has four. DGPS, RTK and WAAS are corrections
# from the ground or from satellites.
_GPS_STATUS = {-1: -1, 0: 0, 1: 1, 2: 2, 18: 2, 19: 2, 20: 2, 33: 1}


def decode_fix(msg: Any) -> Fix:
    """
    Read a ``sensor_msgs/NavSatFix``.

    Returns
    -------
    Fix
        As the receiver said it, even if it is no position: :func:`fault_of` tells. An altitude
        that is NaN, or beyond 1,000 km, and a covariance of type UNKNOWN are None.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        covariance = _covariance(msg.position_covariance, int(msg.position_covariance_type))
        return _fix(msg, int(msg.status.status), covariance)
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no NavSatFix: {error}') from error


def decode_gps_fix(msg: Any) -> Fix:
    """
    Read a ``gps_msgs/GPSFix``; statuses beyond NavSatStatus's become the nearest of its own.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        status = int(msg.status.status)
        covariance = _covariance(msg.position_covariance, int(msg.position_covariance_type))
        return _fix(msg, _GPS_STATUS.get(status, min(status, 0)), covariance)
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no GPSFix: {error}') from error


def decode_location_fix(msg: Any) -> Fix:
    """
    Read a ``foxglove_msgs/LocationFix``; it has no status, so it is taken as a fix.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        covariance = _covariance(msg.position_covariance, int(msg.position_covariance_type))
        return _fix(msg, 0, covariance)
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no LocationFix: {error}') from error


def fix_from_pose(msg: Any, datum: LocalFrame) -> Fix:
    """
    Turn a pose in local metres into a fix.

    Parameters
    ----------
    msg
        ``nav_msgs/Odometry``, or ``geometry_msgs/Pose``, ``PoseStamped``,
        ``PoseWithCovariance(Stamped)``.
    datum
        Where the pose's frame lies on the Earth, and how it is turned.

    Raises
    ------
    DecodeError
        If the message holds no pose.

    """
    pose = msg
    while hasattr(pose, 'pose'):
        pose = pose.pose
    try:
        x, y, z = (float(getattr(pose.position, axis)) for axis in 'xyz')
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'no pose in a message of {type(msg).__name__}: {error}') from error
    is_finite = isfinite(x) and isfinite(y) and isfinite(z)
    place = datum.to_position(x, y, z) if is_finite else None
    return Fix(
        latitude=place.latitude if place else float('nan'),
        longitude=place.longitude if place else float('nan'),
        altitude_m=place.altitude_m if place else None,
        status=0 if place else -1,
        covariance=None,
        stamp_ns=stamp_of(msg),
        frame_id=frame_id_of(msg),
    )


def _fix(msg: Any, status: int, covariance: tuple[float, ...] | None) -> Fix:
    altitude = float(msg.altitude)
    return Fix(
        latitude=float(msg.latitude),
        longitude=float(msg.longitude),
        altitude_m=altitude if abs(altitude) <= _MAX_ALTITUDE_M else None,
        status=status,
        covariance=covariance,
        stamp_ns=stamp_of(msg),
        frame_id=frame_id_of(msg),
    )


def _covariance(values: Iterable[Any], kind: int) -> tuple[float, ...] | None:
    """Give nine numbers; type 0 is UNKNOWN, and what is not nine finite numbers says nothing."""
    covariance = tuple(map(float, values))
    is_usable = kind > 0 and len(covariance) == 9 and all(map(isfinite, covariance))
    return covariance if is_usable else None
