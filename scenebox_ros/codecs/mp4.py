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
MP4 files that start fast: what a finished one is, and how packets are copied into one.

``codecs.recording`` has files while they grow; its ``salvage`` finishes what a crash has left.
"""

from __future__ import annotations

from collections.abc import Iterator
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
TIMES = {'video_track_timescale': str(TICKS_PER_S), 'movie_timescale': str(TICKS_PER_S),
         'fflags': '+bitexact'}
_DONE = {**TIMES, 'movflags': 'faststart'}
# What the index takes: of its own, and per packet (size, place, two times, key frame).
_START = re.compile(r'start_ns=(\d+)')
# What holds its pictures itself. FFmpeg reads lists, too (concat, HLS, DASH, SDP), and would open
# whatever file or address somebody wrote into what he calls a video.
CONTAINERS = ('apng,asf,av1,avi,dv,flv,gif,h264,hevc,ivf,m4v,matroska,mjpeg,mov,mp4,mpeg,mpegts,'
              'mpegvideo,mxf,nut,obu,ogg,rm,webm,yuv4mpegpipe')
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
        # Without the file's path, which is nothing for those who asked a server.
        reason = getattr(error, 'strerror', None) or error
        raise EncodeError(f'{what} failed: {reason}') from error


def index_bytes(packets: int) -> int:
    """Give the room that an index of so many packets takes at most."""
    return 8192 + 48 * packets


def metadata(start_ns: int) -> dict[str, str]:
    """Say when a video began, for players and for :func:`start_of`."""
    return {'creation_time': stamps.to_iso(start_ns), 'comment': f'start_ns={start_ns}'}


def start_of(container: Any) -> int | None:
    """Read the stamp of the first frame that a recording keeps in its metadata."""
    found = _START.search(container.metadata.get('comment', ''))
    return int(found[1]) if found else None


def has_video(container: Any) -> bool:
    """Tell whether an open file has a video stream whose codec is known."""
    return bool(container.streams.video) and container.streams.video[0].codec_context is not None


def open_to_read(source: Any) -> Any:
    """Open a file or a stream with PyAV; odd bytes in its metadata are no reason to refuse it."""
    av = load_av()
    options = {'format_whitelist': CONTAINERS}
    try:
        return av.open(source, options=options, metadata_errors='replace')
    except TypeError:  # PyAV 19 has no such choice any more
        return av.open(source, options=options)


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
    return clip_of(template, target, blob, start_ns, len(shown), shown)


def clip_of(
    stream: Any, path: Path | None, blob: bytes | None, start_ns: int, frames: int,
    shown: list[int],
) -> Clip:
    """Say what a finished video is; ``shown`` has at least its last two frames' times in ticks."""
    context = stream.codec_context
    codec = CODECS.get(context.name, context.name)
    end_ns = start_ns + end_of(shown) * (stamps.NS_PER_S // TICKS_PER_S)
    return Clip(path, blob, codec, context.width, context.height, frames, start_ns, end_ns)


def _write(
    packets: Iterator[Any], template: Any, start_ns: int, path: Path, count: int
) -> list[int]:
    """Write the file; return the times its frames are shown at, in ticks."""
    av = load_av()
    shown: list[int] = []
    with translated('writing the video'), av.open(
        str(path), 'w', format='mp4', options=_done(count)
    ) as container:
        container.metadata.update(metadata(start_ns))
        stream = add_copy(container, template)
        held: list[Any] = []
        for packet in _from_zero(packets):
            if held and packet.pts > held[0].pts:
                for earlier in held:
                    container.mux(earlier)
                held = []
            shown.append(packet.pts)
            packet.stream = stream
            held.append(packet)
        if not held:
            raise EncodeError('the video would hold no frame')
        end_with(held, end_of(shown) - max(shown))
        for packet in held:
            container.mux(packet)
    return shown


def _done(count: int) -> dict[str, str]:
    """Keep room for the index in front; without a count, FFmpeg makes room afterwards."""
    if not count:
        return _DONE
    return {**TIMES, 'moov_size': str(index_bytes(count))}


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


def end_of(pts: list[int]) -> int:
    """Let the last frame be shown for as long as the one before."""
    last = sorted(pts)[-2:]
    return last[-1] + (last[-1] - last[0] if len(last) > 1 else 0)


def end_with(packets: list[Any], ticks: int) -> None:
    """
    Say how long a video's last picture is shown: the first of its last packets.

    Players leave out a picture that is shown for no time, and so does FFmpeg one that the end of
    the last packet does not reach. Those behind it are shown before it.
    """
    for packet in (packets[0], packets[-1]):
        packet.duration = round(max(1, ticks) * TIME_BASE / packet.time_base)


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
