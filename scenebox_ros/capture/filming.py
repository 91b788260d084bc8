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

"""What the thread of a stream's videos does: frames and packets are written, videos finished."""

from __future__ import annotations

import logging
from typing import Any, TYPE_CHECKING

from scenebox_ros.capture.frames import Asset, prepared, shaped
from scenebox_ros.capture.segments import Segment, Shot, Taken, video_asset
from scenebox_ros.errors import DecodeError, EncodeError
from scenebox_ros.model.readings import ImageBlob, ImageFrame, VideoPacket

if TYPE_CHECKING:
    from scenebox_ros.codecs.continued import PacketDecoder

log = logging.getLogger(__name__)


def write(segment: Segment, taken: Taken) -> None:
    """Write a frame or a packet; what cannot be written is counted."""
    picture, stamp_ns, shot = taken.picture, taken.stamp_ns, taken.shot
    try:
        if isinstance(picture, VideoPacket):
            is_written = segment.writer.write(picture.blob, stamp_ns)
            # Parameter sets that come alone are no picture that could be lost.
            segment.failed += not is_written and has_picture(picture)
        elif shot.settings.video_format == 'mjpeg':
            segment.writer.write(_as_jpeg(picture, shot), stamp_ns)
        else:
            _encode(segment, taken, picture)
    except (EncodeError, DecodeError) as error:
        segment.failed += 1
        segment.error = str(error)
    except Exception as error:  # one frame must not end the recording
        segment.failed += 1
        segment.error = f'a bug: {error}'
        log.exception('a frame of a video was lost to a bug, please report it')


def _encode(segment: Segment, taken: Taken, picture: ImageFrame | ImageBlob) -> None:
    """Encode a frame; keep those that the encoder may still lose."""
    from scenebox_ros.codecs.video import EncoderLostError

    writer = segment.writer
    try:
        if not segment.loses_frames:
            shown = prepared(picture, taken.shot.settings, taken.shot.aids)
            writer.write(shown, taken.stamp_ns)
    except EncoderLostError:
        segment.loses_frames = True
    if segment.loses_frames or writer.held:
        segment.left.append(taken)
    if not segment.loses_frames:
        del segment.left[:len(segment.left) - writer.held]


def settle(segment: Segment) -> None:
    """Get from a hardware encoder what it holds: it may fail now, but not later."""
    from scenebox_ros.codecs.video import EncoderLostError

    if getattr(segment.writer, 'is_hardware', False) and not segment.loses_frames:
        try:
            segment.writer.flush()
        except EncoderLostError:
            segment.loses_frames = True
        del segment.left[:len(segment.left) - segment.writer.held]


def has_picture(packet: VideoPacket) -> bool:
    """Tell whether a packet holds a picture that could be lost."""
    from scenebox_ros.codecs import nal

    return nal.has_picture(packet.blob, packet.codec)


def _as_jpeg(picture: ImageFrame | ImageBlob, shot: Shot) -> Any:
    """Give a JPEG as it came; what is none, or must change, is encoded."""
    is_jpeg = isinstance(picture, ImageBlob) and picture.format == 'jpeg'
    if is_jpeg and not shaped(picture, shot.settings, shot.aids):
        return picture.payload
    from scenebox_ros.codecs import images

    frame = prepared(picture, shot.settings, shot.aids)
    return images.encode_jpeg(frame, shot.settings.jpeg_quality)


def decoder_after(segment: Segment, codec: str) -> PacketDecoder:
    """Give the decoder that goes on where a video of packets ends."""
    from scenebox_ros.codecs.continued import PacketDecoder

    if segment.is_continued:
        return segment.writer.decoder  # type: ignore[no-any-return]
    return PacketDecoder(codec)


def finished(segment: Segment, decoder: PacketDecoder | None) -> Asset:
    """End a video; the decoder is for what comes after it."""
    if segment.is_continued:
        return video_asset(segment.writer.close(goes_on=decoder is not None))
    clip = segment.writer.close()
    if decoder is not None:
        try:
            decoder.read(clip)
        except (DecodeError, EncodeError) as error:
            log.warning('the pictures after a video are lost, it cannot be decoded: %s', error)
    return video_asset(clip)
