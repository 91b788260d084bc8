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

"""What a camera and a rotating lidar on the vehicle see of the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scenebox_ros.demo.trajectory import (
    CAMERA_AT_M,
    LIDAR_AT_M,
    OPTICAL_MATRIX,
    rotations,
    Trajectory,
)
from scenebox_ros.demo.world import Box, cast, Hits, ROAD_HALF_WIDTH_M, SKY

POINT = np.dtype({
    'names': ['x', 'y', 'z', 'intensity', 'ring', 'time'],
    'formats': ['<f4', '<f4', '<f4', '<f4', '<u2', '<f4'],
    'offsets': [0, 4, 8, 12, 16, 18],
    'itemsize': 22,
})


@dataclass(frozen=True)
class Camera:
    """A pinhole camera looking forward; ``focal_px`` gives about 77 degrees across."""

    width: int = 640
    height: int = 360
    focal_px: float = 400.0

    @property
    def matrix(self) -> tuple[float, ...]:
        """Give the intrinsics, row by row."""
        middle = (self.width - 1) / 2, (self.height - 1) / 2
        return (self.focal_px, 0.0, middle[0], 0.0, self.focal_px, middle[1], 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Lidar:
    """A lidar that turns once a sweep; rings from ``lowest_deg`` to ``highest_deg``."""

    rings: int = 16
    columns: int = 720
    sweep_s: float = 0.1
    lowest_deg: float = -15.0
    highest_deg: float = 10.0
    range_m: float = 80.0


def photograph(
    world: list[Box], trajectory: Trajectory, time_s: float, camera: Camera
) -> npt.NDArray[np.uint8]:
    """Render what the camera sees: BGR, shape (height, width, 3)."""
    (position,), yaw = trajectory.at([time_s])
    (turn,) = rotations(yaw)
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    middle_x, middle_y = camera.matrix[2], camera.matrix[5]
    optical = np.stack(
        [columns - middle_x, rows - middle_y, np.full_like(columns, camera.focal_px, float)], -1
    ).reshape(-1, 3)
    optical /= np.linalg.norm(optical, axis=1, keepdims=True)
    directions = (optical @ (turn @ OPTICAL_MATRIX).T).astype(np.float32)
    origin = (position + turn @ np.array(CAMERA_AT_M)).astype(np.float32)
    origins = np.broadcast_to(origin, directions.shape)
    hits = cast(world, origins, directions)
    return _colors(world, hits, origins, directions).reshape(camera.height, camera.width, 3)


def _colors(
    world: list[Box], hits: Hits, origins: npt.NDArray[np.float32],
    directions: npt.NDArray[np.float32],
) -> npt.NDArray[np.uint8]:
    """Paint sky, ground with its markings, and boxes shaded by face with windows on houses."""
    palette = np.array([(70, 110, 80), *(box.color for box in world)], np.float32)
    is_sky = hits.thing == SKY
    distance = np.where(is_sky, 0, hits.distance_m)
    points = origins + directions * distance[:, None]
    colors = palette[np.where(is_sky, 0, hits.thing)]
    ground = hits.thing == 0
    across, along = np.abs(points[:, 1]), points[:, 0]
    colors[ground & (across < ROAD_HALF_WIDTH_M)] = (72, 70, 68)
    dashes = (across < 0.12) & (along % 6.0 < 3.0)
    colors[ground & (dashes | (np.abs(across - 4.6) < 0.1))] = (215, 220, 220)
    houses = np.array([False, *(box.label == 'building' for box in world)])
    side = np.where(hits.axis == 0, points[:, 1], points[:, 0])
    window = (side % 2.4 < 1.2) & (points[:, 2] % 3.0 > 1.0) & (points[:, 2] % 3.0 < 2.3)
    colors[houses[np.where(is_sky, 0, hits.thing)] & window & (hits.axis != 2)] = (110, 80, 50)
    colors *= np.array([0.72, 0.9, 1.0], np.float32)[hits.axis][:, None]
    haze = np.clip(distance / 160.0, 0, 1)[:, None] ** 1.5
    height = np.clip(directions[:, 2:], 0, 1)
    sky = np.array([235, 215, 190], np.float32) * (1 - height) + np.array([200, 140, 80]) * height
    colors = np.where(is_sky[:, None], sky, colors * (1 - haze) + sky * haze)
    return np.clip(colors, 0, 255).astype(np.uint8)


def sweep(
    world: list[Box], trajectory: Trajectory, start_s: float, lidar: Lidar
) -> npt.NDArray[np.void]:
    """
    Turn the lidar once while the vehicle moves.

    Returns
    -------
    numpy.ndarray
        Shape (rings * columns,) of ``POINT``, in the lidar's frame at each ray's own moment;
        column by column, ``time`` in seconds since the sweep began; NaN where nothing came back.

    """
    offsets = np.arange(lidar.columns) * (lidar.sweep_s / lidar.columns)
    azimuth = np.repeat(-2 * np.pi * np.arange(lidar.columns) / lidar.columns, lidar.rings)
    elevation = np.tile(
        np.radians(np.linspace(lidar.lowest_deg, lidar.highest_deg, lidar.rings)), lidar.columns
    )
    own = np.stack([
        np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)
    ], axis=1)
    positions, yaw = trajectory.at(start_s + offsets)
    turns = np.repeat(rotations(yaw), lidar.rings, axis=0)
    directions = np.einsum('nij,nj->ni', turns, own).astype(np.float32)
    origins = np.repeat(positions + np.array(LIDAR_AT_M), lidar.rings, axis=0).astype(np.float32)
    hits = cast(world, origins, directions)
    lost = hits.distance_m > lidar.range_m
    points = np.zeros(len(own), POINT)
    distance = np.where(lost, np.nan, hits.distance_m)
    for index, name in enumerate('xyz'):
        points[name] = own[:, index] * distance
    reflectivity = np.array([0.2, *(box.reflectivity for box in world)], np.float32)
    points['intensity'] = np.where(lost, 0, reflectivity[np.where(lost, 0, hits.thing)] * 100)
    points['ring'] = np.tile(np.arange(lidar.rings), lidar.columns)
    points['time'] = np.repeat(offsets, lidar.rings)
    return points
