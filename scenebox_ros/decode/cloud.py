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
Point clouds: a lidar's, depth camera's or laser scanner's message as a structured array.

Layouts: ``sensor_msgs/msg`` PointCloud2, PointCloud, LaserScan and MultiEchoLaserScan, Livox's
``CustomMsg`` of ``livox_ros_driver``, ``livox_ros_driver2`` and ``livox_interfaces``, and
``foxglove_msgs/msg/PointCloud``.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.fields import dtype_of, Field, is_shared, Points, unique_names
from scenebox_ros.codecs.packing import pack
from scenebox_ros.decode.header import frame_id_of, stamp_of
from scenebox_ros.decode.source import payload_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import CloudFrame

_LIVOX = np.dtype([
    ('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('offset_time', '<u4'),
    ('reflectivity', 'u1'), ('tag', 'u1'), ('line', 'u1'),
])  # fmt: skip
# foxglove PackedElementField: UINT8 = 1, INT8 = 2 ... FLOAT64 = 8; PointField has INT8 first.
_FOXGLOVE_TYPES = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 7, 8: 8}
_SCAN_NUMBERS = ('angle_min', 'angle_increment', 'time_increment', 'range_min', 'range_max')
_LIVOX_VALUES = attrgetter(*(_LIVOX.names or ()))


def decode_cloud(msg: Any) -> CloudFrame:
    """
    View a ``sensor_msgs/PointCloud2`` as a structured array, without copying the points.

    Returns
    -------
    CloudFrame
        ``points`` views ``msg.data``: shape (height, width), a field per PointField with its own
        byte order, padding of points and rows left where it is. Fields that share bytes are
        copied apart.

    Raises
    ------
    DecodeError
        If the fields do not fit the point, or ``data`` ends early.

    """
    try:
        dtype = dtype_of(msg.fields, int(msg.point_step), bool(msg.is_bigendian))
        height, width, step = int(msg.height), int(msg.width), int(msg.row_step)
        payload = payload_of(msg.data)
        is_dense = bool(msg.is_dense)
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no PointCloud2: {error}') from error
    step = _row_step(height, width, step, dtype.itemsize, len(payload))
    points = np.ndarray((height, width), dtype, payload, 0, (step, dtype.itemsize))
    return CloudFrame(_apart(points), stamp_of(msg), frame_id_of(msg), is_dense, payload)


def _apart(points: Points) -> Points:
    return pack(points) if is_shared(points.dtype) else points


def _row_step(height: int, width: int, row_step: int, point_step: int, size: int) -> int:
    """Check that all rows are there; give the bytes from one row to the next."""
    if height < 0 or width < 0:
        raise DecodeError(f'a cloud of height {height} and width {width} cannot be')
    row = width * point_step
    # Some drivers leave row_step empty or fill in the size of all rows; one row needs none, and
    # rows that fill data exactly can only lie end to end.
    if height <= 1 or (row_step != row and size == height * row):
        row_step = row
    if row_step < row:
        raise DecodeError(
            f'row_step is {row_step}, but a row of {width} points has {row} bytes; '
            'check the driver that fills row_step'
        )
    needed = (height - 1) * row_step + row if height and width else 0
    if size < needed:
        raise DecodeError(
            f'cloud data ends early: {size} bytes of {needed} ({height} x {width} points of '
            f'{point_step} bytes, row_step {row_step})'
        )
    return row_step


def decode_foxglove_cloud(msg: Any) -> CloudFrame:
    """
    View a ``foxglove_msgs/PointCloud`` as a structured array, without copying the points.

    Raises
    ------
    DecodeError
        If a field's type is unknown, the fields do not fit the point, or ``data`` is no whole
        number of points.

    """
    try:
        fields = [
            Field(str(one.name), int(one.offset), _FOXGLOVE_TYPES.get(int(one.type), 0))
            for one in msg.fields
        ]
        dtype = dtype_of(fields, int(msg.point_stride))
        payload = payload_of(msg.data)
    except (AttributeError, TypeError) as error:
        raise DecodeError(f'this is no Foxglove PointCloud: {error}') from error
    if len(payload) % dtype.itemsize:
        raise DecodeError(
            f'cloud data has {len(payload)} bytes, no whole number of points of {dtype.itemsize}'
        )
    points = np.ndarray((1, len(payload) // dtype.itemsize), dtype, payload)
    return CloudFrame(_apart(points), stamp_of(msg), frame_id_of(msg), False, payload)


def decode_point_cloud(msg: Any) -> CloudFrame:
    """
    Read a ``sensor_msgs/PointCloud``, PointCloud2's predecessor: x, y, z and a field per channel.

    Raises
    ------
    DecodeError
        If a channel does not have a value for each point.

    """
    try:
        xyz = [(point.x, point.y, point.z) for point in msg.points]
        channels = [(str(one.name), _floats(one.values)) for one in msg.channels]
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no PointCloud: {error}') from error
    columns = dict(zip('xyz', np.array(xyz, '<f4').reshape(-1, 3).T, strict=True))
    names = unique_names([*columns, *(name for name, _ in channels)])
    for name, (_, values) in zip(names[3:], channels, strict=True):
        if values.size != len(xyz):
            raise DecodeError(f'channel {name!r} has {values.size} values for {len(xyz)} points')
        columns[name] = values
    return _frame(msg, _table(columns), is_dense=False)


def decode_scan(msg: Any) -> CloudFrame:
    """
    Turn a ``sensor_msgs/LaserScan`` into points, one per beam.

    Returns
    -------
    CloudFrame
        Shape (1, beams): x, y, z in metres, ``range`` as it was measured, ``intensity`` if the
        scanner gives it, ``time`` in seconds after the stamp. A range that is no measurement
        (outside of range_min to range_max) gives NaN for x, y and z.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        ranges, intensities = _floats(msg.ranges), _floats(msg.intensities)
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no LaserScan: {error}') from error
    columns = _beams(msg, ranges, np.arange(ranges.size))
    if intensities.size == ranges.size:
        columns['intensity'] = intensities
    points = _table(columns)
    is_dense = bool(np.isfinite(points['x']).all())
    return _frame(msg, points, is_dense, ranges.view(np.uint8).data)


def decode_echoes(msg: Any) -> CloudFrame:
    """
    Turn a ``sensor_msgs/MultiEchoLaserScan`` into points, one per echo; ``echo`` counts from 0.

    Otherwise as :func:`decode_scan`.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        echoes = [_floats(one.echoes) for one in msg.ranges]
        strengths = [_floats(one.echoes) for one in msg.intensities]
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'this is no MultiEchoLaserScan: {error}') from error
    counts = [one.size for one in echoes]
    ranges = np.concatenate(echoes) if echoes else np.empty(0, '<f4')
    columns = _beams(msg, ranges, np.repeat(np.arange(len(counts)), counts))
    if [one.size for one in strengths] == counts and strengths:
        columns['intensity'] = np.concatenate(strengths)
    columns['echo'] = np.array([n for count in counts for n in range(count)], 'u2')
    points = _table(columns)
    is_dense = bool(np.isfinite(points['x']).all())
    return _frame(msg, points, is_dense, ranges.view(np.uint8).data)


def _beams(
    msg: Any, ranges: npt.NDArray[Any], beam: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    try:
        start, step, delay_s, nearest, farthest = (
            float(getattr(msg, name)) for name in _SCAN_NUMBERS
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise DecodeError(f'the scan lacks its angles or limits: {error}') from error
    # Angles that are not finite give no points, and no warnings.
    with np.errstate(invalid='ignore', over='ignore'):
        # LaserScan.msg: values < range_min or > range_max should be discarded.
        # An infinite range is no return (REP 117), also where the scanner knows no limit.
        is_hit = (ranges >= nearest) & (ranges <= farthest) & np.isfinite(ranges)
        measured = np.where(is_hit, ranges, np.nan)
        angle = start + beam * step
        return {
            'x': measured * np.cos(angle),
            'y': measured * np.sin(angle),
            'z': measured * 0,
            'range': ranges,
            'time': beam * delay_s,
        }


def decode_livox(msg: Any) -> CloudFrame:
    """
    Read a Livox ``CustomMsg``.

    Returns
    -------
    CloudFrame
        Shape (1, n): x, y, z in metres, ``offset_time`` in nanoseconds after the stamp,
        ``reflectivity``, ``tag`` and ``line``.

    Raises
    ------
    DecodeError
        If the message does not have the type's fields.

    """
    try:
        count = len(msg.points)
        points = np.fromiter(map(_LIVOX_VALUES, msg.points), _LIVOX, count)
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f'this is no Livox CustomMsg: {error}') from error
    return _frame(msg, points, is_dense=True)


def _floats(values: Any) -> npt.NDArray[np.float32]:
    # numpy would take None for NaN: ask for a length first.
    return np.ascontiguousarray(values, '<f4').reshape(len(values))


def _table(columns: dict[str, npt.NDArray[Any]]) -> Points:
    """Lay columns side by side; doubles become floats."""
    kinds = [(name, '<f4' if column.dtype.kind == 'f' else column.dtype.str)
             for name, column in columns.items()]
    points = np.empty(len(columns['x']), np.dtype(kinds))
    with np.errstate(over='ignore'):
        for name, column in columns.items():
            points[name] = column
    return points


def _frame(
    msg: Any, points: Points, is_dense: bool, payload: memoryview | None = None
) -> CloudFrame:
    body = payload if payload is not None else points.view(np.uint8).data
    return CloudFrame(points.reshape(1, -1), stamp_of(msg), frame_id_of(msg), is_dense, body)
