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

"""Where the vehicle is at any moment, and where its sensors sit on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
import math

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

# WGS 84
SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_SQUARED = 6.694_379_990_14e-3

LIDAR_AT_M = (0.0, 0.0, 1.8)
CAMERA_AT_M = (1.4, 0.0, 1.5)
# Optical frame (x right, y down, z forward) in base_link (x forward, y left, z up): x, y, z, w.
OPTICAL_ROTATION = (-0.5, 0.5, -0.5, 0.5)
OPTICAL_MATRIX = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], np.float64)


@dataclass(frozen=True)
class Trajectory:
    """
    A gentle slalom along the street.

    Attributes
    ----------
    duration_s
        How long the drive takes.
    speed_mps
        Metres per second, constant.
    origin
        Latitude and longitude of the map frame's origin, degrees.

    """

    duration_s: float
    speed_mps: float = 9.0
    origin: tuple[float, float] = (47.3920, 8.5100)
    step_s: float = field(default=0.001, repr=False)

    @cached_property
    def _path(self) -> tuple[Doubles, Doubles, Doubles]:
        # Two seconds more on either side, so that sweeps and derivatives have neighbours.
        times = np.arange(-2.0, self.duration_s + 2.0, self.step_s)
        yaw = 0.12 * np.sin(times * 2 * math.pi / 7.0)
        moves = self.speed_mps * self.step_s * np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
        way = np.cumsum(moves, axis=0)
        way = way - way[np.searchsorted(times, 0.0)]
        # Each of the two in one piece: what is not, np.interp copies as a whole for every moment.
        return times, np.ascontiguousarray(way.T), yaw

    def at(self, times_s: npt.ArrayLike) -> tuple[Doubles, Doubles]:
        """
        Give positions and headings.

        Parameters
        ----------
        times_s
            Seconds since the start, shape (n,).

        Returns
        -------
        tuple
            Positions (n, 3) of base_link in metres, map frame; headings (n,) in radians.

        """
        times, way, yaw = self._path
        moments = np.atleast_1d(np.asarray(times_s, np.float64))
        x = np.interp(moments, times, way[0])
        y = np.interp(moments, times, way[1])
        return np.stack([x, y, np.zeros_like(x)], axis=1), np.interp(moments, times, yaw)

    def motion(self, time_s: float) -> tuple[Doubles, float, float]:
        """Give acceleration in base_link (m/s²), yaw rate (rad/s) and yaw (rad) at a moment."""
        around = np.array([time_s - 0.01, time_s, time_s + 0.01])
        _, yaw = self.at(around)
        rate = float(yaw[2] - yaw[0]) / 0.02
        return np.array([0.0, self.speed_mps * rate, 9.81]), rate, float(yaw[1])

    def geodetic(self, position_m: npt.ArrayLike) -> tuple[float, float]:
        """Turn a position in the map frame (x east, y north) into latitude and longitude."""
        east, north = np.asarray(position_m, np.float64)[:2]
        latitude, longitude = map(math.radians, self.origin)
        curvature = 1 - ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
        prime_vertical = SEMI_MAJOR_M / math.sqrt(curvature)
        meridian = prime_vertical * (1 - ECCENTRICITY_SQUARED) / curvature
        return (
            math.degrees(latitude + north / meridian),
            math.degrees(longitude + east / (prime_vertical * math.cos(latitude))),
        )


def rotations(yaw: Doubles) -> Doubles:
    """Make the matrices (n, 3, 3) that turn base_link into the map frame."""
    cosine, sine = np.cos(yaw), np.sin(yaw)
    matrices = np.zeros((len(yaw), 3, 3))
    matrices[:, 0, 0], matrices[:, 0, 1] = cosine, -sine
    matrices[:, 1, 0], matrices[:, 1, 1] = sine, cosine
    matrices[:, 2, 2] = 1.0
    return matrices
