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

"""Parts of videos, and several videos as one; copied where that is possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scenebox_ros.codecs.clips import decoded, opened, Source
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.mp4 import Clip, copy, start_of, TIME_BASE
from scenebox_ros.codecs.video import VideoWriter
from scenebox_ros.errors import EncodeError
from scenebox_ros.stamps import NS_PER_S


def subclip(
    source: Source,
    start_s: float,
    end_s: float,
    target: Path | None = None,
    *,
    is_exact: bool = False,
    options: VideoOptions | None = None,
) -> Clip:
    """
    Cut a part out of a video.

    Parameters
    ----------
    source
        A path, or the file's bytes.
    start_s, end_s
        Seconds after the first frame; the end is not included.
    target
        The file to make; None makes bytes.
    is_exact
        Encode the part again, to start at just that frame. Otherwise packets are copied, which is
        fast and loses nothing, from the key frame at or before the start on.
    options
        How to encode, if the cut is exact.

    Returns
    -------
    Clip
        ``start_ns`` is the stamp of its first frame (or, if the source has no stamps, the time
        after the source's start).

    Raises
    ------
    EncodeError
        If the part is empty.
    DecodeError
        If the source is not a video.

    """
    if not 0 <= start_s < end_s:
        raise EncodeError(f'the part from {start_s} s to {end_s} s is empty; end after the start')
    if is_exact:
        return _encoded_part(source, start_s, end_s, target, options)
    with opened(source) as (container, stream):
        first = stream.start_time or 0
        unit = float(stream.time_base)
        container.seek(first + int(start_s / unit), stream=stream)
        packets = _until(container.demux(stream), first + end_s / unit)
        start, packets = _peeked(packets)
        start_ns = (start_of(container) or 0) + round((start - first) * unit * NS_PER_S)
        return copy(packets, stream, start_ns, target)


def _until(packets: Iterator[Any], end: float) -> Iterator[Any]:
    for packet in packets:
        if packet.size and packet.pts is not None:
            if (packet.pts if packet.dts is None else packet.dts) >= end:
                return
            yield packet


def _peeked(packets: Iterator[Any]) -> tuple[int, Iterator[Any]]:
    """Look at the time of the first packet."""
    first = next(packets, None)
    if first is None:
        raise EncodeError('the video has no frame in this part')
    start = int(first.pts)

    def again() -> Iterator[Any]:
        yield first
        yield from packets

    return start, again()


def _encoded_part(
    source: Source, start_s: float, end_s: float, target: Path | None,
    options: VideoOptions | None,
) -> Clip:
    with opened(source) as (container, stream), VideoWriter(target, options) as writer:
        start_ns = start_of(container) or 0
        for time_s, frame in decoded(container, stream, start_s):
            if time_s >= end_s:
                break
            writer.write(frame, start_ns + round(time_s * NS_PER_S))
        if not writer.frames:
            raise EncodeError(f'the video has no frame from {start_s} s to {end_s} s')
        return writer.close()


def concatenate(
    sources: Sequence[Source], target: Path | None = None, *, has_gaps: bool = True
) -> Clip:
    """
    Join videos of the same codec, size and settings without encoding them again.

    Parameters
    ----------
    sources
        Paths, or files' bytes, in their order.
    target
        The file to make; None makes bytes.
    has_gaps
        Keep the true time between them, where their stamps are known and increase; otherwise each
        starts where the one before ends.

    Raises
    ------
    EncodeError
        If there is none, or one does not fit the first.
    DecodeError
        If one is not a video.

    """
    if not sources:
        raise EncodeError('there is nothing to join; pass one video or more')
    with opened(sources[0]) as (container, template):
        start_ns = start_of(container)
        joined = _joined(sources, _kind(template), start_ns if has_gaps else None)
        return copy(joined, template, start_ns or 0, target)


def _kind(stream: Any) -> tuple[Any, ...]:
    context = stream.codec_context
    return context.name, context.width, context.height, context.extradata


def _joined(
    sources: Sequence[Source], kind: tuple[Any, ...], origin_ns: int | None
) -> Iterator[Any]:
    """Walk through the packets of all sources, with times in ticks from the first one's start."""
    offset = gap = 0
    last_decoded: int | None = None
    for number, source in enumerate(sources):
        with opened(source) as (container, stream):
            if _kind(stream) != kind:
                raise EncodeError(
                    f'video {number} is {_kind(stream)[:3]} and does not fit the first, '
                    f'{kind[:3]}, or has other settings; encode it like the first'
                )
            start_ns = start_of(container)
            if origin_ns is not None and start_ns is not None:
                offset = max(offset, (start_ns - origin_ns) // 1000)
            ticks = stream.time_base / TIME_BASE
            first = stream.start_time or 0
            end = offset
            for packet in container.demux(stream):
                if not packet.size or packet.pts is None:
                    continue
                decoded_at = packet.pts if packet.dts is None else packet.dts
                packet.pts = offset + round((packet.pts - first) * ticks)
                packet.dts = offset + round((decoded_at - first) * ticks)
                if last_decoded is not None and packet.dts <= last_decoded:
                    packet.dts = last_decoded + 1
                last_decoded, packet.time_base = packet.dts, TIME_BASE
                gap = max(gap, 0) if packet.pts <= end else packet.pts - end
                end = max(end, packet.pts)
                yield packet
            offset = end + gap
