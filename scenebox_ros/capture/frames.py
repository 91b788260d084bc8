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

"""One frame to the bytes of its asset, and to the document that is stored beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast, Literal, Union

from scenebox_ros.model.readings import CloudFrame, ImageBlob, ImageFrame
from scenebox_ros.model.records import Kind
from scenebox_ros.model.settings import StreamSettings

Frame = Union[ImageFrame, ImageBlob, CloudFrame]
PASSED_THROUGH = ('jpeg', 'png')
DEEP = ('depth', 'disparity')


@dataclass(frozen=True)
class Asset:
    """
    Encoded bytes and what they are.

    Attributes
    ----------
    kind
        ``images`` or ``lidars``.
    body, content_type, sha256
        The bytes, as they will be stored.
    document
        The part of the asset's document that follows from the frame alone.

    """

    kind: Kind
    body: bytes | memoryview
    content_type: str
    sha256: str
    document: dict[str, Any] = field(default_factory=dict)


def target_format(frame: ImageFrame | ImageBlob, settings: StreamSettings) -> str:
    """Choose ``jpeg`` or ``png``: as asked, as it came, or PNG where JPEG would lose values."""
    if settings.image_format != 'source':
        return settings.image_format
    if isinstance(frame, ImageBlob):
        return frame.format if frame.format in PASSED_THROUGH else 'png'
    is_plain = frame.pixels.dtype.itemsize == 1 and frame.channels not in DEEP
    return 'jpeg' if is_plain else 'png'


def how(frame: Frame, settings: StreamSettings) -> str:
    """Name what shapes the asset; it is part of the asset's id (see :func:`ids.asset_id`)."""
    if isinstance(frame, CloudFrame):
        return f'pcd {settings.lidar_format}' + (' without nan' if settings.drop_nan else '')
    format_ = target_format(frame, settings)
    if isinstance(frame, ImageBlob) and frame.format == format_:
        return f'{format_} as it came'
    return f'jpeg q{settings.jpeg_quality}' if format_ == 'jpeg' else format_


def encode(frame: Frame, settings: StreamSettings) -> Asset:
    """
    Encode a frame as its stream's settings ask.

    Raises
    ------
    EncodeError
        If the frame cannot be encoded so.

    """
    if isinstance(frame, CloudFrame):
        return _encode_cloud(frame, settings)
    return _encode_image(frame, settings)


def _encode_image(frame: ImageFrame | ImageBlob, settings: StreamSettings) -> Asset:
    format_ = cast(Literal['jpeg', 'png'], target_format(frame, settings))
    if isinstance(frame, ImageBlob) and frame.format == format_:
        body: bytes = bytes(frame.blob)
        width, height = frame.width, frame.height
    else:
        raw = decoded(frame) if isinstance(frame, ImageBlob) else frame
        body = _encode_pixels(raw, format_, settings.jpeg_quality)
        width, height = raw.width, raw.height
    document = {'width': width, 'height': height, 'format': format_.upper()}
    return _asset('images', body, f'image/{format_}', document)


def _encode_pixels(frame: ImageFrame, format_: str, quality: int) -> bytes:
    from scenebox_ros.codecs import images

    if format_ == 'jpeg':
        return images.encode_jpeg(frame, quality)
    return images.encode_png(frame)


def decoded(blob: ImageBlob) -> ImageFrame:
    """Decode an image that came in a format that is not kept (WebP, TIFF, or not as asked)."""
    from scenebox_ros.codecs import images

    pixels = images.decode_image(blob.blob)
    channels = {2: 'mono', 3: 'bgr', 4: 'bgra'}[pixels.ndim if pixels.ndim == 2 else
                                                pixels.shape[2]]
    return ImageFrame(
        pixels, channels, blob.encoding or channels, blob.stamp_ns, blob.frame_id, blob.blob
    )


def _encode_cloud(frame: CloudFrame, settings: StreamSettings) -> Asset:
    from scenebox_ros.codecs import pcd

    points = frame.points
    if settings.drop_nan:
        points = _without_nan(points)
    body = pcd.encode_pcd(points, data=settings.lidar_format)
    document = {
        'format': 'pcd',
        'binary_format': None,
        'num_fields': len(points.dtype.names or ()),
        'num_points': int(points.size),
    }
    return _asset('lidars', body, 'application/octet-stream', document)


def _without_nan(points: Any) -> Any:
    """Leave out the points that are nowhere; what is left is one row."""
    import numpy as np

    flat = points.reshape(-1)
    axes = [axis for axis in ('x', 'y', 'z') if axis in (points.dtype.names or ())]
    finite = np.ones(flat.shape, bool)
    for axis in axes:
        finite &= np.isfinite(flat[axis])
    return flat[finite].reshape(1, -1)


def _asset(kind: Kind, body: bytes, content_type: str, document: dict[str, Any]) -> Asset:
    from scenebox_ros import ids

    return Asset(kind, body, content_type, ids.sha256(body), document)
