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

"""ROS messages made of plain values, in rosbags' classes (they need no ROS)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from rosbags.typesys import get_typestore, Stores

from scenebox_ros.demo.sensors import Camera
from scenebox_ros.demo.trajectory import CAMERA_AT_M, LIDAR_AT_M, OPTICAL_ROTATION
from scenebox_ros.stamps import NS_PER_S

FIELD_TYPES = {'<f4': 7, '<u2': 4}


@lru_cache(maxsize=1)
def typestore() -> Any:
    """Humble's message classes: the oldest distribution that we support."""
    return get_typestore(Stores.ROS2_HUMBLE)


def _make(msgtype: str, **fields: Any) -> Any:
    return typestore().types[msgtype](**fields)


def _header(stamp_ns: int, frame_id: str) -> Any:
    seconds, rest = divmod(stamp_ns, NS_PER_S)
    time = _make('builtin_interfaces/msg/Time', sec=seconds, nanosec=rest)
    return _make('std_msgs/msg/Header', stamp=time, frame_id=frame_id)


def _vector(x: float, y: float, z: float) -> Any:
    return _make('geometry_msgs/msg/Vector3', x=float(x), y=float(y), z=float(z))


def _rotation(yaw: float) -> Any:
    return _quaternion((0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)))


def _quaternion(xyzw: tuple[float, float, float, float]) -> Any:
    x, y, z, w = xyzw
    return _make('geometry_msgs/msg/Quaternion', x=x, y=y, z=z, w=w)


def compressed_image(stamp_ns: int, frame_id: str, jpeg: bytes) -> Any:
    """Make a ``sensor_msgs/CompressedImage``."""
    return _make(
        'sensor_msgs/msg/CompressedImage', header=_header(stamp_ns, frame_id), format='jpeg',
        data=np.frombuffer(jpeg, np.uint8),
    )


def camera_info(stamp_ns: int, frame_id: str, camera: Camera) -> Any:
    """Make a ``sensor_msgs/CameraInfo`` of an undistorted camera."""
    k = np.array(camera.matrix)
    region = _make(
        'sensor_msgs/msg/RegionOfInterest', x_offset=0, y_offset=0, height=0, width=0,
        do_rectify=False,
    )
    return _make(
        'sensor_msgs/msg/CameraInfo', header=_header(stamp_ns, frame_id), height=camera.height,
        width=camera.width, distortion_model='plumb_bob', d=np.zeros(5), k=k,
        r=np.eye(3).ravel(), p=np.hstack([k.reshape(3, 3), np.zeros((3, 1))]).ravel(),
        binning_x=0, binning_y=0, roi=region,
    )


def point_cloud(stamp_ns: int, frame_id: str, points: npt.NDArray[np.void]) -> Any:
    """Make an unorganised ``sensor_msgs/PointCloud2`` of a structured array."""
    layout: Mapping[str, Any] = points.dtype.fields or {}
    fields = [
        _make(
            'sensor_msgs/msg/PointField', name=name, offset=entry[1],
            datatype=FIELD_TYPES[entry[0].str], count=1,
        )
        for name, entry in layout.items()
    ]
    step = points.dtype.itemsize
    return _make(
        'sensor_msgs/msg/PointCloud2', header=_header(stamp_ns, frame_id), height=1,
        width=points.size, fields=fields, is_bigendian=False, point_step=step,
        row_step=step * points.size, data=points.view(np.uint8), is_dense=False,
    )


def nav_sat_fix(
    stamp_ns: int, frame_id: str, place: tuple[float, float, float], has_fix: bool
) -> Any:
    """Make a ``sensor_msgs/NavSatFix`` at latitude, longitude and altitude."""
    status = _make('sensor_msgs/msg/NavSatStatus', status=0 if has_fix else -1, service=1)
    latitude, longitude, altitude = place
    return _make(
        'sensor_msgs/msg/NavSatFix', header=_header(stamp_ns, frame_id), status=status,
        latitude=latitude, longitude=longitude, altitude=altitude,
        position_covariance=np.diag([0.0225, 0.0225, 0.09]).ravel(), position_covariance_type=2,
    )


def imu(
    stamp_ns: int, frame_id: str, acceleration: npt.NDArray[np.float64], rate: float, yaw: float
) -> Any:
    """Make a ``sensor_msgs/Imu``."""
    return _make(
        'sensor_msgs/msg/Imu', header=_header(stamp_ns, frame_id), orientation=_rotation(yaw),
        orientation_covariance=np.zeros(9), angular_velocity=_vector(0, 0, rate),
        angular_velocity_covariance=np.zeros(9), linear_acceleration=_vector(*acceleration),
        linear_acceleration_covariance=np.zeros(9),
    )


def odometry(
    stamp_ns: int, position: npt.NDArray[np.float64], yaw: float, speed: float
) -> Any:
    """Make a ``nav_msgs/Odometry`` of base_link in odom."""
    x, y, z = map(float, position)
    pose = _make(
        'geometry_msgs/msg/Pose', position=_make('geometry_msgs/msg/Point', x=x, y=y, z=z),
        orientation=_rotation(yaw),
    )
    twist = _make(
        'geometry_msgs/msg/Twist', linear=_vector(speed, 0, 0), angular=_vector(0, 0, 0)
    )
    return _make(
        'nav_msgs/msg/Odometry', header=_header(stamp_ns, 'odom'), child_frame_id='base_link',
        pose=_make(
            'geometry_msgs/msg/PoseWithCovariance', pose=pose, covariance=np.zeros(36)
        ),
        twist=_make(
            'geometry_msgs/msg/TwistWithCovariance', twist=twist, covariance=np.zeros(36)
        ),
    )


def _transform(stamp_ns: int, parent: str, child: str, at: Any, rotation: Any) -> Any:
    return _make(
        'geometry_msgs/msg/TransformStamped', header=_header(stamp_ns, parent),
        child_frame_id=child,
        transform=_make(
            'geometry_msgs/msg/Transform', translation=_vector(*at), rotation=rotation
        ),
    )


def base_link(stamp_ns: int, position: npt.NDArray[np.float64], yaw: float) -> Any:
    """Say where base_link is in odom."""
    return _transform(stamp_ns, 'odom', 'base_link', position, _rotation(yaw))


def mounts() -> list[Any]:
    """Say where the sensors sit on base_link."""
    return [
        _transform(0, 'base_link', 'lidar', LIDAR_AT_M, _rotation(0.0)),
        _transform(0, 'base_link', 'camera_optical', CAMERA_AT_M, _quaternion(OPTICAL_ROTATION)),
        _transform(0, 'base_link', 'gnss', (0.0, 0.0, 1.9), _rotation(0.0)),
        _transform(0, 'base_link', 'imu', (0.0, 0.0, 0.4), _rotation(0.0)),
    ]


def transforms(entries: list[Any]) -> Any:
    """Make a ``tf2_msgs/TFMessage``."""
    return _make('tf2_msgs/msg/TFMessage', transforms=entries)
