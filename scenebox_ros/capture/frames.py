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

from array import array
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Union

from scenebox_ros.model.readings import Calibration, CloudFrame, ImageBlob, ImageFrame
from scenebox_ros.model.records import Kind
from scenebox_ros.model.settings import StreamSettings

Frame = Union[ImageFrame, ImageBlob, CloudFrame]
Format = Literal['jpeg', 'png', 'tiff']
PASSED_THROUGH = ('jpeg', 'png')
DEEP = ('depth', 'disparity')
_DEPTH_ENCODINGS = ('16UC1', '32FC1', '64FC1')


@dataclass(frozen=True)
class Asset:
    """
    Encoded bytes and what they are.

    Attributes
    ----------
    kind
        ``images``, ``lidars`` or ``videos``.
    body, content_type, sha256
        The bytes, as they will be stored.
    document, aux
        The parts of the asset's document, and of its ``aux``, that follow from the frame alone.
    id
        What follows from the frame and how it was encoded; empty where the id is known before.

    """

    kind: Kind
    body: bytes | memoryview
    content_type: str
    sha256: str
    document: dict[str, Any] = field(default_factory=dict)
    aux: dict[str, Any] = field(default_factory=dict)
    id: str = ''


@dataclass(frozen=True)
class Aids:
    """
    What a frame's asset needs from other topics.

    Attributes
    ----------
    rectifier
        Removes the lens's distortion (``codecs.geometry.Rectifier``); None leaves it.
    calibration
        The camera's, as it is before frames are changed; None if unknown.
    poses, times_ns
        How the sensor moved (``codecs.deskew.Poses``) and each point's time; None leaves a cloud
        as it came.

    """

    rectifier: Any = None
    calibration: Calibration | None = None
    poses: Any = None
    times_ns: Any = None
    stamp_ns: int = 0


NO_AIDS = Aids()


def target_format(frame: ImageFrame | ImageBlob, settings: StreamSettings) -> Format:
    """Choose the format: as asked, as it came, or one that loses no values."""
    if isinstance(frame, ImageFrame) and frame.channels == 'values':
        # PNG has no form for most of these; what is asked for is a picture, and gets one.
        return 'tiff' if settings.image_format != 'jpeg' else 'jpeg'
    if settings.image_format != 'source':
        return settings.image_format
    if isinstance(frame, ImageBlob):
        return 'jpeg' if frame.format == 'jpeg' else 'png'
    is_plain = frame.pixels.dtype.itemsize == 1 and frame.channels not in DEEP
    return 'jpeg' if is_plain else 'png'


def shaped(frame: ImageFrame | ImageBlob, settings: StreamSettings, aids: Aids) -> str:
    """Name what changes the pixels before they are encoded; empty if nothing does."""
    words = [' rectified'] if aids.rectifier is not None else []
    if settings.max_side and max(frame.width, frame.height) > settings.max_side:
        words.append(f' max {settings.max_side}')
    return ''.join(words)


def how(frame: Frame, settings: StreamSettings, aids: Aids = NO_AIDS) -> str:
    """Name what shapes the asset; it is part of the asset's id (see :func:`ids.asset_id`)."""
    if isinstance(frame, CloudFrame):
        from scenebox_ros.capture import clouds

        return clouds.how(settings, aids)
    format_, shape = target_format(frame, settings), shaped(frame, settings, aids)
    if isinstance(frame, ImageBlob) and frame.format == format_ and not shape:
        return f'{format_} as it came'
    return (f'jpeg q{settings.jpeg_quality}' if format_ == 'jpeg' else format_) + shape


def encode_named(
    frame: Frame, settings: StreamSettings, aids: Aids, topic: str, received_ns: int
) -> Asset:
    """
    Encode a frame as :func:`encode` does, and derive the asset's id.

    From the header's stamp, whatever the policy, so that live and offline agree; where there is
    none from the arrival, so that two black images are still two images.
    """
    from scenebox_ros import ids

    stamp_ns = frame.stamp_ns if frame.stamp_ns > 0 else received_ns
    name = ids.asset_id(topic, stamp_ns, [frame.payload], how(frame, settings, aids))
    return replace(encode(frame, settings, aids), id=name)


def encode(frame: Frame, settings: StreamSettings, aids: Aids = NO_AIDS) -> Asset:
    """
    Encode a frame as its stream's settings ask.

    Raises
    ------
    EncodeError
        If the frame cannot be encoded so.
    DecodeError
        If it came encoded, must be decoded, and is damaged.

    """
    if isinstance(frame, CloudFrame):
        from scenebox_ros.capture import clouds

        return clouds.encode(frame, settings, aids)
    return _encode_image(frame, settings, aids)


def _encode_image(
    frame: ImageFrame | ImageBlob, settings: StreamSettings, aids: Aids
) -> Asset:
    format_ = target_format(frame, settings)
    if isinstance(frame, ImageBlob) and frame.format == format_ and not shaped(
        frame, settings, aids
    ):
        body = _kept(frame.blob)
        width, height, is_depth = frame.width, frame.height, _is_depth(frame)
    else:
        raw = prepared(frame, settings, aids)
        format_, body = _encode_pixels(raw, format_, settings.jpeg_quality)
        width, height, is_depth = raw.width, raw.height, raw.channels == 'depth'
    document = {'width': width, 'height': height, 'format': format_.upper()}
    aux: dict[str, Any] = {'encoding': frame.encoding} if frame.encoding else {}
    aux.update(calibration_aux(aids, (width, height)))
    if settings.rectify:
        aux['rectified'] = aids.rectifier is not None
    if is_depth and format_ == 'png':
        from scenebox_ros.codecs.pixels import DEPTH_UNIT_M

        aux['depth_unit_m'] = DEPTH_UNIT_M
    return new_asset('images', body, f'image/{format_}', document, aux)


def _kept(blob: memoryview) -> bytes | memoryview:
    """Keep the message's bytes as they came, unless many others would be kept with them."""
    whole = blob.obj
    is_own = isinstance(whole, (bytes, array)) and memoryview(whole).nbytes <= 2 * blob.nbytes
    return blob if is_own else bytes(blob)


def _is_depth(blob: ImageBlob) -> bool:
    return blob.format == 'png' and blob.encoding.startswith(_DEPTH_ENCODINGS)


def calibration_aux(aids: Aids, size: tuple[int, int]) -> dict[str, Any]:
    """Give the calibration that fits frames as they are now; none if it is unknown."""
    if aids.calibration is None:
        return {}
    from scenebox_ros.capture.about import calibration_json
    from scenebox_ros.codecs.geometry import adapted

    return {'calibration': calibration_json(
        adapted(aids.calibration, size, is_rectified=aids.rectifier is not None))}


def stored_size(frame: Any, settings: StreamSettings) -> tuple[int, int]:
    """Give width and height of a frame once it is shrunk."""
    size = frame.width, frame.height
    if not settings.max_side or max(size) <= settings.max_side:
        return size
    from scenebox_ros.codecs.geometry import shrunk

    return shrunk(size, settings.max_side)


def prepared(
    frame: ImageFrame | ImageBlob, settings: StreamSettings, aids: Aids = NO_AIDS
) -> ImageFrame:
    """Decode, rectify and shrink a frame, as far as the settings ask."""
    raw = decoded(frame) if isinstance(frame, ImageBlob) else frame
    if aids.rectifier is not None:
        raw = aids.rectifier(raw)
    if settings.max_side:
        from scenebox_ros.codecs import geometry

        raw = geometry.resize(raw, settings.max_side)
    return raw


def _encode_pixels(frame: ImageFrame, format_: Format, quality: int) -> tuple[Format, bytes]:
    from scenebox_ros.codecs import images

    if format_ == 'jpeg':
        return 'jpeg', images.encode_jpeg(frame, quality)
    # A file's numbers are known once it is decoded: what PNG cannot hold stays TIFF.
    return images.encode_lossless(frame)


def decoded(blob: ImageBlob) -> ImageFrame:
    """Decode an image that came in a format that is not kept (WebP, TIFF, or not as asked)."""
    from scenebox_ros.codecs import images

    pixels = images.decode_image(blob.blob)
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    channels = {1: 'mono', 3: 'bgr', 4: 'bgra'}.get(samples, 'values')
    if pixels.dtype.name not in ('uint8', 'uint16'):
        channels = 'values'
    if samples == 1 and blob.encoding.startswith(_DEPTH_ENCODINGS):
        channels = 'depth'
    return ImageFrame(
        pixels, channels, blob.encoding or channels, blob.stamp_ns, blob.frame_id, blob.blob
    )


def new_asset(
    kind: Kind, body: bytes | memoryview, content_type: str, document: dict[str, Any],
    aux: dict[str, Any] | None = None,
) -> Asset:
    """Make an asset of its bytes; here they are hashed."""
    from scenebox_ros import ids

    return Asset(kind, body, content_type, ids.sha256(body), document, aux or {})
