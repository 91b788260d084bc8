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

"""The drive: which messages a recorder on the vehicle would have written, and the truth beside."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cached_property
import math
from typing import Any

import cv2
import numpy as np

from scenebox_ros.demo import messages
from scenebox_ros.demo.sensors import Camera, Lidar, photograph, sweep
from scenebox_ros.demo.trajectory import Trajectory
from scenebox_ros.demo.world import Box, by_stretch, make_street, STRETCH_M
from scenebox_ros.stamps import NS_PER_S


@dataclass(frozen=True)
class Message:
    """One message of the drive: when it was recorded, where, and what it says."""

    log_ns: int
    topic: str
    msgtype: str
    msg: Any


@dataclass(frozen=True)
class Drive:
    """
    A drive along the street; the same values give the same messages.

    Attributes
    ----------
    duration_s, seed
        How long it takes, and which street it is.
    start_ns
        The first stamp, nanoseconds since the epoch.
    camera_hz, lidar_hz, fix_hz, imu_hz, odometry_hz
        Messages a second.
    jpeg_quality
        Of the camera's CompressedImage.

    """

    duration_s: float = 6.0
    seed: int = 7
    start_ns: int = 1_767_225_600 * NS_PER_S
    camera_hz: float = 10.0
    lidar_hz: float = 5.0
    fix_hz: float = 5.0
    imu_hz: float = 100.0
    odometry_hz: float = 20.0
    jpeg_quality: int = 85
    camera: Camera = field(default_factory=Camera)
    lidar: Lidar = field(default_factory=Lidar)

    @cached_property
    def trajectory(self) -> Trajectory:
        """Give the way of the vehicle."""
        return Trajectory(self.duration_s)

    @cached_property
    def world(self) -> list[Box]:
        """List what stands beside the road."""
        return make_street(self.seed, self.duration_s * self.trajectory.speed_mps)

    @cached_property
    def _by_stretch(self) -> dict[int, list[Box]]:
        return by_stretch(self.world)

    def _in_sight(self, time_s: float) -> list[Box]:
        """List what may be seen at a moment: a long street costs no more than a short one."""
        ((x, _, _),), _ = self.trajectory.at([time_s])
        return self._by_stretch[int(x // STRETCH_M)]

    def messages(self) -> Iterator[Message]:
        """Make every message, in the order of recording."""
        rng = np.random.default_rng(self.seed)
        made = [
            *self._pictures(), *self._sweeps(), *self._fixes(rng), *self._inertial(rng),
            *self._odometry(), self._mounts(),
        ]
        return iter(sorted(made, key=lambda message: (message.log_ns, message.topic)))

    def truth(self) -> dict[str, Any]:
        """Say where everything really was: poses at the cameras' and lidar's stamps, the boxes."""
        return {
            'origin': self.trajectory.origin,
            'boxes': [asdict(box) for box in self.world],
            'images': [self._pose(time_s) for time_s in self._times(self.camera_hz)],
            'lidars': [self._pose(time_s) for time_s in self._times(self.lidar_hz)],
        }

    def _pose(self, time_s: float) -> dict[str, Any]:
        (position,), (yaw,) = self.trajectory.at([time_s])
        latitude, longitude = self.trajectory.geodetic(position)
        return {
            'stamp_ns': self._stamp(time_s), 'position_m': position.tolist(),
            'yaw_rad': float(yaw), 'latitude': latitude, 'longitude': longitude,
        }

    def _times(self, rate_hz: float) -> list[float]:
        return [count / rate_hz for count in range(round(self.duration_s * rate_hz))]

    def _stamp(self, time_s: float) -> int:
        return self.start_ns + round(time_s * NS_PER_S)

    def _message(self, time_s: float, delay_ms: float, topic: str, msg: Any) -> Message:
        # Recorded later than stamped, as on a real vehicle: log order is not stamp order.
        log_ns = self._stamp(time_s) + round(delay_ms * 1e6)
        return Message(log_ns, topic, msg.__msgtype__, msg)

    def _pictures(self) -> Iterator[Message]:
        times = self._times(self.camera_hz)
        with ThreadPoolExecutor(2) as pool:
            jpegs = pool.map(self._photograph, times)
            for time_s, jpeg in zip(times, jpegs, strict=True):
                stamp_ns = self._stamp(time_s)
                image = messages.compressed_image(stamp_ns, 'camera_optical', jpeg)
                info = messages.camera_info(stamp_ns, 'camera_optical', self.camera)
                yield self._message(time_s, 35, '/camera/front/image_raw/compressed', image)
                yield self._message(time_s, 36, '/camera/front/camera_info', info)

    def _photograph(self, time_s: float) -> bytes:
        pixels = photograph(self._in_sight(time_s), self.trajectory, time_s, self.camera)
        quality = [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality]
        return cv2.imencode('.jpg', pixels, quality)[1].tobytes()

    def _sweeps(self) -> Iterator[Message]:
        for time_s in self._times(self.lidar_hz):
            points = sweep(self._in_sight(time_s), self.trajectory, time_s, self.lidar)
            cloud = messages.point_cloud(self._stamp(time_s), 'lidar', points)
            yield self._message(time_s, self.lidar.sweep_s * 1000 + 8, '/lidar/points', cloud)

    def _fixes(self, rng: np.random.Generator) -> Iterator[Message]:
        for count, time_s in enumerate(self._times(self.fix_hz)):
            (position,), _ = self.trajectory.at([time_s])
            noisy = position + np.append(rng.normal(0, 0.15, 2), 0)
            latitude, longitude = self.trajectory.geodetic(noisy)
            # A receiver that has just been switched on, and one lost fix on the way.
            has_fix = count not in {0, 17}
            place = (latitude, longitude, 408.0) if has_fix else (math.nan,) * 3
            fix = messages.nav_sat_fix(self._stamp(time_s), 'gnss', place, has_fix)
            yield self._message(time_s, 60, '/gnss/fix', fix)

    def _inertial(self, rng: np.random.Generator) -> Iterator[Message]:
        for time_s in self._times(self.imu_hz):
            acceleration, rate, yaw = self.trajectory.motion(time_s)
            noisy = acceleration + rng.normal(0, 0.02, 3)
            imu = messages.imu(self._stamp(time_s), 'imu', noisy, rate, yaw)
            yield self._message(time_s, 2, '/imu/data', imu)

    def _odometry(self) -> Iterator[Message]:
        for time_s in self._times(self.odometry_hz):
            (position,), (yaw,) = self.trajectory.at([time_s])
            speed = self.trajectory.speed_mps
            stamp_ns = self._stamp(time_s)
            odometry = messages.odometry(stamp_ns, position, float(yaw), speed)
            transform = messages.transforms([messages.base_link(stamp_ns, position, float(yaw))])
            yield self._message(time_s, 3, '/odom', odometry)
            yield self._message(time_s, 3, '/tf', transform)

    def _mounts(self) -> Message:
        return self._message(0.0, 0, '/tf_static', messages.transforms(messages.mounts()))
