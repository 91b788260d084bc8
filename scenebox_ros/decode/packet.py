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

"""Packets of encoded video: ``ffmpeg_image_transport_msgs/FFMPEGPacket``, Foxglove's messages."""

from __future__ import annotations

from typing import Any

from scenebox_ros.codecs.nal import codec_of, is_key, size_of
from scenebox_ros.decode.source import header_of, payload_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import VideoPacket


def decode_packet(msg: Any) -> VideoPacket:
    """
    Read one packet of an encoded video stream.

    Parameters
    ----------
    msg
        An FFMPEGPacket (``encoding`` names the codec or the encoder: ``hevc``, ``libx264``,
        ``h264;yuv420p;...``) or a foxglove CompressedVideo (``format``: ``h264``, ``h265``).

    Returns
    -------
    VideoPacket
        ``blob`` views the message. Whether it is a key frame is read from the bytes. Width and
        height are 0 if neither the message nor, in a key frame, the stream tells.

    Raises
    ------
    DecodeError
        If the codec is not H.264 or H.265, or there are no bytes.

    """
    stamp_ns, frame_id = header_of(msg)
    words = str(getattr(msg, 'encoding', None) or getattr(msg, 'format', ''))
    size = int(getattr(msg, 'width', 0)), int(getattr(msg, 'height', 0))
    return packet_of(payload_of(msg.data), words, size, stamp_ns, frame_id)


def packet_of(
    payload: memoryview, words: str, size: tuple[int, int], stamp_ns: int, frame_id: str
) -> VideoPacket:
    """Make a packet of bytes and of the words that name their codec."""
    codec = codec_of(words)
    if codec is None:
        raise DecodeError(f'video codec {words[:40]!r} is not supported; publish h264 or h265')
    if not payload.nbytes:
        raise DecodeError(f'the {codec} packet has no bytes; check the publisher')
    has_key = is_key(payload, codec)
    width, height = size if all(size) or not has_key else size_of(payload, codec)
    return VideoPacket(payload, codec, has_key, width, height, stamp_ns, frame_id)
