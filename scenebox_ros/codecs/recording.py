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
MP4 files that survive a crash while they grow, and become ordinary ones without being copied.

While it is recorded, a file is ``<name>.part``: a gap in front, then fragments, each complete in
itself, so that a crash loses at most the fragment that was open (a second, or one group of
pictures) and what the encoder still looks at. At the end FFmpeg writes the index into the gap,
which makes the fragments' headers a part of the pictures' bytes, and the file gets its name. Small
files, those whose index is larger than the gap, those that end with a picture that is not shown
last, and those of an FFmpeg before 8.1 are copied instead. :func:`salvage` does that with a
``.part`` that a crash has left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import os
from pathlib import Path
import struct
import tempfile
from typing import Any

from scenebox_ros.codecs import mp4
from scenebox_ros.codecs.mp4 import Clip, has_video, load_av, open_to_read, start_of, translated
from scenebox_ros.errors import EncodeError

_GAP = 1 << 17  # room for the index of 2560 packets
_LARGE = 16 * _GAP  # below, copying costs less than the gap would
_FLAGS = 'frag_keyframe+empty_moov+default_base_moof+delay_moov'
_FRAGMENT_BYTES = 16_000_000  # FFmpeg keeps one in memory
_FRAGMENTS = {**mp4.TIMES, 'movflags': _FLAGS, 'frag_duration': str(mp4.TICKS_PER_S),
              'frag_size': str(_FRAGMENT_BYTES), 'flush_packets': '1'}
_HYBRID = {**_FRAGMENTS, 'movflags': f'{_FLAGS}+hybrid_fragmented', 'moov_size': str(_GAP)}
_HYBRID_SINCE = (62, 12)  # libavformat of FFmpeg 8.1: before, the gap was not behind the head
_BOX = struct.Struct('>I4s')
# What FFmpeg writes behind the gap; its end turns the second into the head of the pictures.
_BEHIND = _BOX.pack(8, b'free'), _BOX.pack(36, b'free')


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
        # From the one that is shown last on: how long that is, is only known at the end.
        self._held: list[Any] = []
        self._packets = self._start_ns = 0
        self._last: list[int] = []

    def open(self, add_stream: Callable[[Any], Any], start_ns: int) -> Any:
        """Start the file with the stream that ``add_stream(container)`` adds; return that."""
        av = load_av()
        if self._target is None:
            self._folder = tempfile.TemporaryDirectory(prefix='scenebox_video_')
            self._part = Path(self._folder.name, 'clip.mp4.part')
        else:
            self._part = self._target.with_name(self._target.name + '.part')
        options = _HYBRID if _is_hybrid() else _FRAGMENTS
        with translated(f'opening {self._part.name}'):
            self._container = av.open(str(self._part), 'w', format='mp4', options=options)
            self._container.metadata.update(mp4.metadata(start_ns))
            self._stream = add_stream(self._container)
            self._container.start_encoding()
        self._start_ns = start_ns
        return self._stream

    def mux(self, packet: Any) -> None:
        """Write the packets before; this one's times are in its own time base."""
        packet.stream = self._stream
        self._packets += 1
        shown = round(packet.pts * packet.time_base / mp4.TIME_BASE)
        self._last = sorted([*self._last, shown])[-2:]
        if self._held and packet.pts > self._held[0].pts:
            self._write()
        self._held.append(packet)

    def _write(self) -> None:
        held, self._held = self._held, []
        with translated(f'writing {self._part.name}'):
            for packet in held:
                self._container.mux(packet)

    def close(self) -> Clip:
        """End the file and make it start fast."""
        mp4.end_with(self._held, mp4.end_of(self._last) - self._last[-1])
        try:
            return self._finished() if self._can_finish() else self._copied()
        finally:
            if self._folder is not None:
                self._folder.cleanup()

    def _can_finish(self) -> bool:
        has_room = mp4.index_bytes(self._packets) <= _GAP
        # FFmpeg takes the end of the last fragment for the end of all, also where the picture that
        # is shown last was in the one before: players would leave it out.
        in_order = len(self._held) == 1
        return _is_hybrid() and has_room and in_order and self._part.stat().st_size >= _LARGE

    def _finished(self) -> Clip:
        """Write the index into the gap: the file is done where it is."""
        self._write()
        self._release()
        blob = None if self._target else self._part.read_bytes()
        with translated(f'reading {self._part.name}'), open_to_read(str(self._part)) as made:
            clip = mp4.clip_of(made.streams.video[0], self._target, blob, self._start_ns,
                               self._packets, self._last)
        if self._target is not None:
            os.replace(self._part, self._target)
        return clip

    def _copied(self) -> Clip:
        # One more key packet makes FFmpeg write the fragment that is open. It is in none itself.
        last = self._held[-1]
        extra = load_av().Packet(bytes(last))
        extra.stream, extra.time_base, extra.is_keyframe = self._stream, last.time_base, True
        extra.pts = extra.dts = last.dts + last.duration
        self._held.append(extra)
        self._write()
        clip = salvage(self._part, self._target, keeps_part=True, packets=self._packets)
        self._drop()
        return clip

    def _release(self) -> None:
        container, self._container, self._stream, self._held = self._container, None, None, []
        with translated(f'closing {self._part.name}'):
            container.close()

    def _drop(self) -> None:
        # The index may not fit, and the file goes anyway.
        with contextlib.suppress(EncodeError):
            self._release()
        self._part.unlink(missing_ok=True)

    def discard(self) -> None:
        """End the file and remove it."""
        if self._container is None:
            return
        self._drop()
        if self._folder is not None:
            self._folder.cleanup()


def _is_hybrid() -> bool:
    return tuple(load_av().library_versions['libavformat']) >= _HYBRID_SINCE


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
    with translated(f'reading {part.name}'):
        _mend(part)
    with translated(f'reading {part.name}'), open_to_read(str(part)) as source:
        if not has_video(source):
            raise EncodeError(f'{part.name} holds no video; remove it')
        clip = mp4.copy(
            _packets(source), source.streams.video[0], start_of(source) or 0, target, packets)
    if not keeps_part:
        part.unlink()
    return clip


def _mend(part: Path) -> None:
    """Give the gap of a file that never was finished a head, and take back what an end began."""
    with part.open('r+b') as file:
        at = int.from_bytes(file.read(4), 'big')
        file.seek(at + _GAP)
        if at > 64 or file.read(8) != _BEHIND[0]:
            return
        file.seek(at)
        size, kind = _BOX.unpack(file.read(8))
        file.seek(at + size)
        if kind == b'moov' and file.read(8) == _BOX.pack(max(0, _GAP - size), b'free'):
            return  # it only lacks its name
        for place, head in ((at, _BOX.pack(_GAP, b'free')), (at + _GAP + 8, _BEHIND[1])):
            file.seek(place)
            file.write(head)


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
