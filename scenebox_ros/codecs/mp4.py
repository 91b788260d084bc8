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
MP4 files that survive a crash while they grow and start fast once they are done.

While it is recorded, a file is ``<name>.part``: fragments, each complete in itself, so that a
crash loses at most the fragment that was open (a second, or one group of pictures) and what the
encoder still looks at. Closing copies the packets into an ordinary file with its index in front
and moves that to its name in one step. :func:`salvage` does the same with a ``.part`` that a crash
has left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
import os
from pathlib import Path
import re
import tempfile
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import DependencyError, EncodeError

TICKS_PER_S = 1_000_000  # microseconds, which is what the platform's times have
TIME_BASE = Fraction(1, TICKS_PER_S)
_TIMES = {'video_track_timescale': str(TICKS_PER_S), 'movie_timescale': str(TICKS_PER_S),
          'fflags': '+bitexact'}
_FRAGMENTS = {**_TIMES, 'movflags': 'frag_keyframe+empty_moov+default_base_moof+delay_moov',
              'frag_duration': str(TICKS_PER_S), 'flush_packets': '1'}
_DONE = {**_TIMES, 'movflags': 'faststart'}
# What the index takes: of its own, and per packet (size, place, two times, key frame).
_INDEX_BYTES = 8192
_INDEX_BYTES_PER_PACKET = 48
_START = re.compile(r'start_ns=(\d+)')
CODECS = {'h264': 'h264', 'hevc': 'h265', 'mjpeg': 'mjpeg'}


@dataclass(frozen=True)
class Clip:
    """
    A finished video.

    Attributes
    ----------
    path, blob
        Where it is: one of the two is None.
    codec
        ``h264``, ``h265`` or ``mjpeg``.
    start_ns, end_ns
        Stamp of the first frame, and of the last one plus the time it is shown: as long as the
        one before.

    """

    path: Path | None
    blob: bytes | None
    codec: str
    width: int
    height: int
    frames: int
    start_ns: int
    end_ns: int

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last."""
        return (self.end_ns - self.start_ns) / stamps.NS_PER_S

    @property
    def fps(self) -> float:
        """Frames per second on average."""
        return self.frames / self.duration_s if self.duration_s else 0.0


def load_av() -> Any:
    """Import PyAV, saying what to install if it is not there."""
    try:
        import av
    except ImportError as error:
        raise DependencyError('videos need PyAV; install it: pip install "av>=12"') from error
    return av


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn an error of FFmpeg's libraries into ours."""
    av = load_av()
    try:
        yield
    except (av.error.FFmpegError, ValueError, OSError) as error:
        if isinstance(error, EncodeError):
            raise
        raise EncodeError(f'{what} failed: {error}') from error


class Recording:
    """
    One MP4 file while it is written.

    Parameters
    ----------
    target
        The file to make; None makes bytes, by way of a temporary file.

    """

    def __init__(self, target: Path | None) -> None:
        self._target = target
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._container: Any = None
        self._stream: Any = None
        self._part = Path()
        self._packets = 0

    def open(self, add_stream: Callable[[Any], Any], start_ns: int) -> Any:
        """Start the file with the stream that ``add_stream(container)`` adds; return that."""
        av = load_av()
        if self._target is None:
            self._folder = tempfile.TemporaryDirectory(prefix='scenebox_video_')
            self._part = Path(self._folder.name, 'clip.mp4.part')
        else:
            self._part = self._target.with_name(self._target.name + '.part')
        with translated(f'opening {self._part.name}'):
            self._container = av.open(str(self._part), 'w', format='mp4', options=_FRAGMENTS)
            self._container.metadata.update(_metadata(start_ns))
            self._stream = add_stream(self._container)
        return self._stream

    def mux(self, packet: Any) -> None:
        """Write a packet; its times are in its own time base."""
        packet.stream = self._stream
        self._packets += 1
        with translated(f'writing {self._part.name}'):
            self._container.mux(packet)

    def close(self) -> Clip:
        """End the file and make it start fast."""
        with translated(f'closing {self._part.name}'):
            self._container.close()
        self._container = self._stream = None
        try:
            return salvage(self._part, self._target, packets=self._packets)
        finally:
            if self._folder is not None:
                self._folder.cleanup()

    def discard(self) -> None:
        """End the file and remove it."""
        if self._container is None:
            return
        with translated(f'closing {self._part.name}'):
            self._container.close()
        self._container = self._stream = None
        self._part.unlink(missing_ok=True)
        if self._folder is not None:
            self._folder.cleanup()


def _metadata(start_ns: int) -> dict[str, str]:
    return {'creation_time': stamps.to_iso(start_ns), 'comment': f'start_ns={start_ns}'}


def start_of(container: Any) -> int | None:
    """Read the stamp of the first frame that a recording keeps in its metadata."""
    found = _START.search(container.metadata.get('comment', ''))
    return int(found[1]) if found else None


def has_video(container: Any) -> bool:
    """Tell whether an open file has a video stream whose codec is known."""
    return bool(container.streams.video) and container.streams.video[0].codec_context is not None


def salvage(
    part: Path, target: Path | None, *, keeps_part: bool = False, packets: int = 0
) -> Clip:
    """
    Make a finished MP4 of a recording's ``.part`` file, also of one that a crash has cut off.

    Parameters
    ----------
    part
        The file; it is removed once the finished one is in its place.
    target
        The file to make, or None for bytes.
    keeps_part
        Leave the file where it is.
    packets
        How many there are at most, if that is known: saves moving all of them at the end.

    Returns
    -------
    Clip
        All frames up to the last whole packet.

    Raises
    ------
    EncodeError
        If the file holds no frame, or cannot be written.

    """
    with translated(f'reading {part.name}'), open_to_read(str(part)) as source:
        if not has_video(source):
            raise EncodeError(f'{part.name} holds no video; remove it')
        clip = copy(
            _packets(source), source.streams.video[0], start_of(source) or 0, target, packets)
    if not keeps_part:
        part.unlink()
    return clip


def open_to_read(source: Any) -> Any:
    """Open a file or a stream with PyAV; odd bytes in its metadata are no reason to refuse it."""
    av = load_av()
    try:
        return av.open(source, metadata_errors='replace')
    except TypeError:  # PyAV 19 has no such choice any more
        return av.open(source)


def _packets(source: Any) -> Iterator[Any]:
    """Demux a recording; one that is cut off ends where it is cut."""
    av = load_av()
    try:
        for packet in source.demux(video=0):
            if packet.is_corrupt:
                return
            if packet.size and packet.pts is not None:
                yield packet
    except av.error.FFmpegError:
        return


def copy(
    packets: Iterator[Any], template: Any, start_ns: int, target: Path | None, count: int = 0
) -> Clip:
    """
    Copy packets into a finished file, which starts fast.

    Parameters
    ----------
    packets
        In the order of decoding; the first one is shown first and will be at time 0.
    template
        The stream that they come from.
    start_ns
        Stamp of the first one.
    target
        The file to make, in one step; None makes bytes.
    count
        How many packets there are at most, or 0: their index then gets its place in front by
        moving them once all are written.

    """
    with tempfile.TemporaryDirectory(
        prefix='scenebox_video_', dir=target.parent if target else None
    ) as folder:
        path = Path(folder, 'clip.mp4')
        shown = _write(packets, template, start_ns, path, count)
        if target is not None:
            os.replace(path, target)
        blob = None if target else path.read_bytes()
    context = template.codec_context
    codec = CODECS.get(context.name, context.name)
    end_ns = start_ns + _end(shown) * (stamps.NS_PER_S // TICKS_PER_S)
    size = context.width, context.height
    return Clip(target, blob, codec, *size, len(shown), start_ns, end_ns)


def _write(
    packets: Iterator[Any], template: Any, start_ns: int, path: Path, count: int
) -> list[int]:
    """Write the file; return the times its frames are shown at, in ticks."""
    av = load_av()
    shown: list[int] = []
    with translated('writing the video'), av.open(
        str(path), 'w', format='mp4', options=_done(count)
    ) as container:
        container.metadata.update(_metadata(start_ns))
        stream = add_copy(container, template)
        held = None
        for packet in _from_zero(packets):
            if held is not None:
                container.mux(held)
            shown.append(packet.pts)
            packet.stream, held = stream, packet
        if held is None:
            raise EncodeError('the video would hold no frame')
        # Only now is it known how long the last frame is shown; never for no time at all.
        held.duration = max(1, _end(shown) - max(shown))
        container.mux(held)
    return shown


def _done(count: int) -> dict[str, str]:
    """Keep room for the index in front; without a count, FFmpeg makes room afterwards."""
    if not count:
        return _DONE
    return {**_TIMES, 'moov_size': str(_INDEX_BYTES + count * _INDEX_BYTES_PER_PACKET)}


def _from_zero(packets: Iterator[Any]) -> Iterator[Any]:
    """Count the packets' times in our ticks, from the first one's on."""
    first = None
    for packet in packets:
        first = packet.pts if first is None else first
        per_unit = packet.time_base / TIME_BASE
        decoded = packet.pts if packet.dts is None else packet.dts
        packet.pts = round((packet.pts - first) * per_unit)
        packet.dts = round((decoded - first) * per_unit)
        packet.time_base = TIME_BASE
        yield packet


def _end(pts: list[int]) -> int:
    """Let the last frame be shown for as long as the one before."""
    last = sorted(pts)[-2:]
    return last[-1] + (last[-1] - last[0] if len(last) > 1 else 0)


def add_copy(container: Any, template: Any) -> Any:
    """Add a stream with the same codec and parameters as another file's."""
    if hasattr(container, 'add_stream_from_template'):
        stream = container.add_stream_from_template(template)
    else:
        stream = container.add_stream(template=template)
    # Players of Apple want the tag that says that the parameter sets are in the header.
    if template.codec_context.name == 'hevc':
        stream.codec_context.codec_tag = 'hvc1'
    elif template.codec_context.name == 'h264':
        stream.codec_context.codec_tag = 'avc1'
    return stream
