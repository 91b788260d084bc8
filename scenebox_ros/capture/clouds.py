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

"""One point cloud to the bytes of its asset: deskewed, thinned, in the format asked for."""

from __future__ import annotations

from typing import Any

from scenebox_ros.capture.frames import Aids, Asset, new_asset
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import CloudFrame
from scenebox_ros.model.settings import StreamSettings

_NUMPY_FIELDS = ('x', 'y', 'z', 'intensity')


def how(settings: StreamSettings, aids: Aids) -> str:
    """Name what shapes the asset, in the order in which it is done."""
    is_pcd = settings.lidar_format not in ('numpy', 'packets')
    words = [f'pcd {settings.lidar_format}' if is_pcd else settings.lidar_format]
    if aids.poses is not None:
        words.append(f'deskewed to {settings.deskew_to}')
    if settings.drop_nan:
        words.append('without nan')
    if settings.min_range_m or settings.max_range_m:
        words.append(f'{settings.min_range_m:g} to {settings.max_range_m or "any":} m')
    if settings.every_nth_point > 1:
        words.append(f'every {settings.every_nth_point}')
    if settings.voxel_m:
        words.append(f'voxel {settings.voxel_m:g} m')
    if settings.fields:
        words.append(f'fields {" ".join(settings.fields)}')
    if is_pcd and settings.keep_padding:
        words.append('with padding')
    return ' '.join(words)


def encode(frame: CloudFrame, settings: StreamSettings, aids: Aids) -> Asset:
    """
    Encode a cloud.

    Raises
    ------
    EncodeError
        If it lacks a field that is asked for, or its poses do not cover it.

    """
    points: Any = frame.points
    if aids.poses is not None:
        from scenebox_ros.codecs import deskew

        points = deskew.deskew(points, aids.times_ns, aids.poses, aids.stamp_ns)
    points = _thinned(points, settings)
    if points.ndim == 1:
        points = points.reshape(1, -1)
    body, document = _encoded(points, settings, aids.stamp_ns or frame.stamp_ns)
    document['num_points'] = int(points.size)
    aux = {'deskewed': aids.poses is not None} if settings.deskew_to else {}
    return new_asset('lidars', body, 'application/octet-stream', document, aux)


def _thinned(points: Any, settings: StreamSettings) -> Any:
    from scenebox_ros.codecs import thin

    return thin.thin(points, thin.ThinSettings(
        drop_nan=settings.drop_nan,
        min_range_m=settings.min_range_m,
        max_range_m=settings.max_range_m,
        every_nth=settings.every_nth_point,
        voxel_m=settings.voxel_m,
    ))


def _encoded(
    points: Any, settings: StreamSettings, stamp_ns: int
) -> tuple[bytes, dict[str, Any]]:
    from scenebox_ros.codecs import deskew, lidar_formats, packing, pcd

    document: dict[str, Any] = {'format': settings.lidar_format, 'binary_format': None}
    if settings.lidar_format == 'numpy':
        names = settings.fields or _NUMPY_FIELDS
        body, document['num_fields'] = lidar_formats.encode_numpy(points, names)
        document['fields'] = [name for name in names if name in (points.dtype.names or ())]
        return body, document
    if settings.lidar_format == 'packets':
        times = deskew.point_times_ns(points, stamp_ns)
        body, layout = lidar_formats.encode_binary(points, stamp_ns if times is None else times)
        fields_count = len(lidar_formats.BINARY_FIELDS)
        return body, {**document, 'format': 'binary', 'binary_format': layout,
                      'num_fields': fields_count}
    if settings.fields:
        points = packing.pack(_only(points, settings.fields))
    body = pcd.encode_pcd(points, settings.lidar_format, keep_padding=settings.keep_padding)
    return body, {**document, 'format': 'pcd', 'num_fields': len(points.dtype.names or ())}


def _only(points: Any, names: tuple[str, ...]) -> Any:
    known = points.dtype.names or ()
    missing = [name for name in names if name not in known]
    if missing:
        raise EncodeError(f'the cloud has no field {missing[0]!r}; it has {", ".join(known)}')
    return points[list(names)]
