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
What a message holds once it is decoded: one reading of a sensor.

All are frozen and view the message's own bytes where the layout allows; keep the message's buffer
unchanged while a reading is in use. Every reading has ``stamp_ns``, the header's stamp (0 if the
message has none), and ``frame_id``, the coordinate frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class ImageFrame:
    """
    One raw image.

    Attributes
    ----------
    pixels
        Shape (height, width) or (height, width, channels); uint8, uint16 or any dtype of a
        ``TYPE_CnC`` encoding; native byte order; may view the message.
    channels
        What the pixels are, in words of ours: ``bgr rgb bgra rgba mono bayer_rggb depth ...``.
    payload
        The message's own ``data``, which the asset's id is derived from.

    """

    pixels: npt.NDArray[np.generic]
    channels: str
    encoding: str
    stamp_ns: int
    frame_id: str
    payload: memoryview

    @property
    def height(self) -> int:
        """Count the rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Count the columns."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True, eq=False)
class ImageBlob:
    """One image that arrived encoded; ``format`` is ``jpeg``, ``png``, ``webp`` or ``tiff``."""

    blob: memoryview
    format: str
    width: int
    height: int
    stamp_ns: int
    frame_id: str
    encoding: str = ''  # of the pixels inside, where the message tells: 'bgr8', '16UC1'

    @property
    def payload(self) -> memoryview:
        """Give the message's own bytes, which the asset's id is derived from."""
        return self.blob


@dataclass(frozen=True, eq=False)
class VideoPacket:
    """One packet of an encoded video stream; ``codec`` is ``h264`` or ``h265``."""

    blob: memoryview
    codec: str
    is_key: bool
    width: int
    height: int
    stamp_ns: int
    frame_id: str

    @property
    def payload(self) -> memoryview:
        """Give the message's own bytes, which the asset's id is derived from."""
        return self.blob


@dataclass(frozen=True, eq=False)
class CloudFrame:
    """
    One point cloud with all its fields.

    Attributes
    ----------
    points
        Structured array of shape (height, width), a field per PointField with its own dtype and
        byte order, subarrays where ``count`` exceeds 1; padding is kept as the dtype's gaps.
    payload
        The message's own ``data``, which the asset's id is derived from.

    """

    points: npt.NDArray[np.void]
    stamp_ns: int
    frame_id: str
    is_dense: bool
    payload: memoryview

    def __len__(self) -> int:
        """Count the points, NaN ones too."""
        return int(self.points.size)


@dataclass(frozen=True)
class Fix:
    """
    One GNSS position.

    Attributes
    ----------
    latitude, longitude
        Degrees, WGS 84.
    altitude_m
        Metres above the ellipsoid; None if unknown.
    status
        ``sensor_msgs/NavSatStatus``: -2 unknown, -1 no fix, 0 fix, 1 SBAS, 2 GBAS.
    covariance
        East, north, up in square metres, row by row (9 numbers); None if unknown.

    """

    latitude: float
    longitude: float
    altitude_m: float | None
    status: int
    covariance: tuple[float, ...] | None
    stamp_ns: int
    frame_id: str


@dataclass(frozen=True)
class Sample:
    """One value of a quantity; ``name`` is its path below the topic, ``angular_velocity.z``."""

    name: str
    value: float | str | bool
    stamp_ns: int
    frame_id: str = ''


@dataclass(frozen=True)
class Calibration:
    """A camera's intrinsics (``sensor_msgs/CameraInfo``); matrices row by row."""

    width: int
    height: int
    distortion_model: str
    d: tuple[float, ...]
    k: tuple[float, ...]
    r: tuple[float, ...]
    p: tuple[float, ...]
    stamp_ns: int
    frame_id: str


@dataclass(frozen=True)
class Transform:
    """Where ``child_frame_id`` is in ``frame_id``: metres, and a quaternion (x, y, z, w)."""

    frame_id: str
    child_frame_id: str
    translation_m: tuple[float, float, float]
    rotation: tuple[float, float, float, float]
    stamp_ns: int
    is_static: bool = False


@dataclass(frozen=True)
class Text:
    """Words a message said (a log line, a robot description)."""

    name: str
    text: str
    stamp_ns: int
    frame_id: str = ''
    fields: Mapping[str, str] = field(default_factory=dict)


Reading = Union[
    ImageFrame, ImageBlob, VideoPacket, CloudFrame, Fix, Sample, Calibration, Transform, Text
]
