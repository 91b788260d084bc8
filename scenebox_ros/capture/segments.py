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
One video while it grows, and the notes beside its file that outlive a crash.

The notes are lines of text: first, as JSON, where the video comes from; then stamp and digest of
each frame. Whoever writes them holds a lock on the file, which ends with the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
import logging
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from scenebox_ros import ids
from scenebox_ros.capture.frames import Aids, Asset, new_asset
from scenebox_ros.capture.origin import Origin
from scenebox_ros.model.readings import ImageBlob, ImageFrame, VideoPacket
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.stamps import to_iso

log = logging.getLogger(__name__)
SUFFIX = '.notes'


@dataclass(frozen=True)
class Shot:
    """What a frame of a video brings along; that of the first one counts for the whole video."""

    settings: StreamSettings
    aids: Aids
    aux: dict[str, Any]
    origin: Origin


class SegmentLog:
    """
    The notes of one video.

    Parameters
    ----------
    folder
        Where notes and video are; made if it is not there.
    head
        Where the video comes from.

    """

    def __init__(self, folder: Path, head: Mapping[str, Any]) -> None:
        import fcntl

        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f'{uuid4().hex}{SUFFIX}'
        self.video = self.path.with_suffix('.mp4')
        # Locked before it has its name: a restart elsewhere must not take it for a dead one's.
        unnamed = self.path.with_suffix('.new')
        self._file = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._write(json.dumps(head))
        os.replace(unnamed, self.path)

    def note(self, stamp_ns: int, digest: bytes) -> None:
        """Note a frame; on a full disk the video goes on without its notes."""
        try:
            self._write(f'{stamp_ns} {digest.hex()}')
        except OSError as error:
            log.debug('a frame is not noted in %s: %s', self.path.name, error)

    def remove(self) -> None:
        """Remove notes and video: the record is safe, or never will be."""
        remove_all(self.path)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, line: str) -> None:
        os.write(self._file, f'{line}\n'.encode())


def remove_all(notes: Path) -> None:
    """Remove a video's files; the notes last, so that a crash here leaves nothing behind."""
    video = notes.with_suffix('.mp4')
    for path in (video.with_name(f'{video.name}.part'), video, notes):
        path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Taken:
    """A frame or packet on its way into a video; ``index`` is its place there."""

    index: int
    picture: ImageFrame | ImageBlob | VideoPacket
    stamp_ns: int
    received_ns: int
    shot: Shot


@dataclass
class Segment:
    """
    One video while it grows.

    The writer's thread owns ``writer``, ``failed`` and ``left``: frames that a hardware encoder
    holds, and from the moment when it fails, which ``loses_frames`` says, all that come.
    """

    cell: int
    layout: tuple[Any, ...]
    first_stamp_ns: int
    writer: Any
    aux: dict[str, Any]
    how: str
    log: SegmentLog | None = None
    is_continued: bool = False
    digests: list[bytes] = field(default_factory=list)
    last_ns: int = 0
    received_ns: int = 0
    size: tuple[int, int] = (0, 0)
    failed: int = 0
    error: str = ''
    left: list[Taken] = field(default_factory=list)
    loses_frames: bool = False


def segment_id(topic: str, first_stamp_ns: int, digests: list[bytes], how: str) -> str:
    """Derive a video's id from its frames, not from how they were encoded."""
    return ids.asset_id(topic, first_stamp_ns, digests, how)


def video_asset(clip: Any) -> Asset:
    """Make the asset of a finished video."""
    document = {
        'width': clip.width,
        'height': clip.height,
        'duration': clip.duration_s,
        'fps': clip.fps,
        'timestamp': to_iso(clip.start_ns),
        'start_time': to_iso(clip.start_ns),
        'end_time': to_iso(clip.end_ns),
        'tags': [],
        'num_frames': clip.frames,
        'codec': clip.codec,
    }
    body = clip.blob if clip.path is None else clip.path.read_bytes()
    return new_asset('videos', body, 'video/mp4', document)
