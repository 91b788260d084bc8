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
Undo the sensor's motion during a scan, given its poses.

Times of points have no standard; :func:`point_times_ns` knows the drivers' habits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.fields import Points, to_bytes_view
from scenebox_ros.errors import EncodeError

Times = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Poses:
    """
    Where the sensor was, moment by moment, in a frame that does not move.

    Attributes
    ----------
    stamps_ns
        Shape (m,), rising, m >= 2.
    translations_m
        Shape (m, 3).
    rotations
        Shape (m, 4): quaternions x, y, z, w, sensor to fixed frame.

    """

    stamps_ns: Times
    translations_m: Vectors
    rotations: Vectors

    @classmethod
    def of(
        cls, entries: Sequence[tuple[int, Sequence[float], Sequence[float]]]
    ) -> Poses:
        """
        Collect stamps, translations and rotations, in any order.

        Raises
        ------
        EncodeError
            If there are fewer than two different stamps, or a quaternion is zero.

        """
        ordered = sorted({entry[0]: entry for entry in entries}.values(), key=lambda one: one[0])
        if len(ordered) < 2:
            raise EncodeError(f'{len(ordered)} poses do not say how the sensor moved; give two')
        turned = np.array([entry[2] for entry in ordered], np.float64)
        norms = np.linalg.norm(turned, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and (norms > 1e-9).all()):
            raise EncodeError('a pose has a quaternion of length 0; it must have length 1')
        if not np.isfinite([entry[1] for entry in ordered]).all():
            raise EncodeError('a pose has a translation that is not finite; leave it out')
        return cls(
            np.array([entry[0] for entry in ordered], np.int64),
            np.array([entry[1] for entry in ordered], np.float64),
            turned / norms,
        )

    def at(self, stamps_ns: Times) -> tuple[Vectors, Vectors]:
        """
        Interpolate translations (n, 3) and rotations (n, 4).

        Raises
        ------
        EncodeError
            If a stamp is before the first or after the last pose.

        """
        first, last = int(self.stamps_ns[0]), int(self.stamps_ns[-1])
        if stamps_ns.size and not first <= stamps_ns.min() <= stamps_ns.max() <= last:
            raise EncodeError(
                f'points from {stamps_ns.min()} to {stamps_ns.max()} ns, poses from {first} to '
                f'{last} ns: wait for poses that cover the scan'
            )
        after = np.clip(np.searchsorted(self.stamps_ns, stamps_ns), 1, self.stamps_ns.size - 1)
        begin = self.stamps_ns[after - 1]
        part = (stamps_ns - begin) / (self.stamps_ns[after] - begin)
        one, other = self.translations_m[after - 1], self.translations_m[after]
        moved = one + (other - one) * part[:, None]
        return moved, _slerp(self.rotations[after - 1], self.rotations[after], part)


def _slerp(one: Vectors, other: Vectors, part: Vectors) -> Vectors:
    """Turn from one quaternion towards another, the short way."""
    cosine = np.sum(one * other, axis=1)
    other = np.where(cosine[:, None] < 0, -other, other)
    angle = np.arccos(np.clip(np.abs(cosine), 0, 1))
    # Close quaternions: sin(angle) loses its digits, and a straight line is as good.
    close = angle < 1e-6
    sine = np.where(close, 1.0, np.sin(angle))
    left = np.where(close, 1 - part, np.sin((1 - part) * angle) / sine)
    right = np.where(close, part, np.sin(part * angle) / sine)
    mixed = one * left[:, None] + other * right[:, None]
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))


def rotate(vectors: Vectors, quaternions: Vectors) -> Vectors:
    """Turn vectors (n, 3) by quaternions (n, 4)."""
    axis, real = quaternions[:, :3], quaternions[:, 3:]
    twice = 2 * np.cross(axis, vectors)
    return np.asarray(vectors + real * twice + np.cross(axis, twice))


def multiply(left: Vectors, right: Vectors) -> Vectors:
    """Multiply quaternions (n, 4): turned by the right one first, then by the left one."""
    axis, real = left[:, :3], left[:, 3:]
    other_axis, other_real = right[:, :3], right[:, 3:]
    return np.concatenate([
        real * other_axis + other_real * axis + np.cross(axis, other_axis),
        real * other_real - np.sum(axis * other_axis, axis=1, keepdims=True),
    ], axis=1)


def deskew(points: Points, times_ns: Times, poses: Poses, reference_ns: int) -> Points:
    """
    Move each point to where the sensor would have seen it at one moment.

    Parameters
    ----------
    points
        Points with floating x, y and z.
    times_ns
        When each point was measured, since the epoch; :func:`point_times_ns` gives them.
    poses
        Poses that cover all times and the reference.
    reference_ns
        The moment, usually the cloud's stamp.

    Returns
    -------
    numpy.ndarray
        A copy, x, y and z changed; all other fields and points that are not finite stay.

    Raises
    ------
    EncodeError
        If the poses do not cover the scan, or there is not one time per point.

    """
    if times_ns.size != points.size:
        raise EncodeError(f'{times_ns.size} times for {points.size} points; give one for each')
    if any(points.dtype[axis].kind != 'f' or points.dtype[axis].shape for axis in 'xyz'):
        raise EncodeError('x, y and z are no floating-point numbers; only those can be moved')
    moved = np.frombuffer(bytearray(to_bytes_view(points)), points.dtype).reshape(points.shape)
    flat = moved.reshape(-1)
    places = np.stack([flat[axis].astype(np.float64) for axis in 'xyz'], axis=1)
    is_finite = np.isfinite(places).all(axis=1)
    shift, turn = poses.at(times_ns.reshape(-1)[is_finite])
    here, now = poses.at(np.array([reference_ns], np.int64))
    fixed = rotate(places[is_finite], turn) + shift
    back = np.broadcast_to(now * (-1, -1, -1, 1), (len(fixed), 4))
    seen = rotate(fixed - here, back)
    with np.errstate(over='ignore'):
        for column, axis in enumerate('xyz'):
            flat[axis][is_finite] = seen[:, column]
    return moved


def point_times_ns(points: Points, stamp_ns: int) -> Times | None:
    """
    Give the time of each point since the epoch.

    Parameters
    ----------
    points
        Points with a field ``time`` (Velodyne: seconds after or before the stamp), ``t``,
        ``offset_time`` or ``time_stamp`` (Ouster, Livox, Autoware: nanoseconds after the stamp),
        ``timestamp`` (Hesai, RoboSense, Livox: seconds or nanoseconds since the epoch), or
        ``time_sec`` and ``time_nsec`` (Luminar).
    stamp_ns
        The cloud's stamp.

    Returns
    -------
    numpy.ndarray or None
        int64, the points' shape; None if no field is known to be a time.

    """
    names = points.dtype.names or ()
    if {'time_sec', 'time_nsec'} <= {name for name in names if not points.dtype[name].shape}:
        whole = points['time_sec'].astype(np.int64) * 1_000_000_000
        return np.asarray(whole + points['time_nsec'])
    for name, convert in _TIMES.items():
        if name in names and not points.dtype[name].shape:
            return convert(points[name], stamp_ns)
    return None


def _relative(values: npt.NDArray[Any], stamp_ns: int) -> Times:
    """Integers count nanoseconds, floats seconds, after the stamp."""
    return np.asarray(stamp_ns + _to_ns(values, 10**9 if values.dtype.kind == 'f' else 1))


def _absolute(values: npt.NDArray[Any], stamp_ns: int) -> Times:
    """
    Read times that may count from the epoch.

    Those tell their unit by their size; small ones count from the stamp.
    """
    largest = float(np.max(values, initial=0, where=np.isfinite(values)))
    for limit, ns in ((1e17, 1), (1e14, 10**3), (1e11, 10**6), (1e6, 10**9)):
        if largest > limit:
            return _to_ns(values, ns)
    return _relative(values, stamp_ns)


def _to_ns(values: npt.NDArray[Any], unit_ns: int) -> Times:
    """Count nanoseconds; what is not finite, or more than 64 bits hold, is 0."""
    if values.dtype.kind != 'f':
        return np.asarray(values.astype(np.int64) * unit_ns)
    with np.errstate(invalid='ignore'):
        wide = values.astype(np.float64)
    usable = np.where(np.abs(wide) < 9e18 / unit_ns, wide, 0.0)
    # Whole units apart: a double of seconds since 1970 times 1e9 would lose its last digits.
    whole = np.floor(usable)
    rest = np.round((usable - whole) * unit_ns).astype(np.int64)
    return np.asarray(whole.astype(np.int64) * unit_ns + rest)


_TIMES: dict[str, Callable[[npt.NDArray[Any], int], Times]] = {
    't': _relative,
    'offset_time': _relative,
    'time_stamp': _relative,
    'time': _relative,
    'timestamp': _absolute,
}
