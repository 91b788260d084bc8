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

"""Coordinate frames: ``tf2_msgs/TFMessage`` and ``geometry_msgs/TransformStamped``."""

from __future__ import annotations

from typing import Any

from scenebox_ros.decode.header import frame_id_of, stamp_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Transform


def decode_transform(msg: Any) -> Transform:
    """
    Read a ``geometry_msgs/TransformStamped``.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        moved, turned = msg.transform.translation, msg.transform.rotation
        return Transform(
            frame_id=frame_id_of(msg),
            child_frame_id=str(msg.child_frame_id),
            translation_m=(float(moved.x), float(moved.y), float(moved.z)),
            rotation=(float(turned.x), float(turned.y), float(turned.z), float(turned.w)),
            stamp_ns=stamp_of(msg),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no TransformStamped: {error}') from error


def decode_tf(msg: Any) -> list[Transform]:
    """
    Read a ``tf2_msgs/TFMessage``; which topic makes it static, the caller knows.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        entries = list(msg.transforms)
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no TFMessage: {error}') from error
    return [decode_transform(entry) for entry in entries]


def transform_from_pose(msg: Any) -> Transform:
    """
    Read a pose or an odometry as where its child frame is.

    Parameters
    ----------
    msg
        ``nav_msgs/Odometry``, or a pose of ``geometry_msgs``: those do not name what is there,
        which then is ``base_link``, the robot's own frame (REP 105).

    Raises
    ------
    DecodeError
        If the message holds no pose.

    """
    pose = msg
    while hasattr(pose, 'pose'):
        pose = pose.pose
    try:
        place, turn = pose.position, pose.orientation
        return Transform(
            frame_id=frame_id_of(msg),
            child_frame_id=str(getattr(msg, 'child_frame_id', '')) or 'base_link',
            translation_m=(float(place.x), float(place.y), float(place.z)),
            rotation=(float(turn.x), float(turn.y), float(turn.z), float(turn.w)),
            stamp_ns=stamp_of(msg),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'no pose in a message of {type(msg).__name__}: {error}') from error
