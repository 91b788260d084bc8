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

"""Videos that a crash has cut off: finished, and handed to the sink, when capture starts again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import json
import logging
from pathlib import Path
from typing import Any

from scenebox_ros.capture.origin import Origin
from scenebox_ros.capture.segments import remove_all, segment_id, SUFFIX, video_asset
from scenebox_ros.errors import EncodeError, SpoolFullError
from scenebox_ros.model.records import Record, Sink
from scenebox_ros.stamps import to_iso

log = logging.getLogger(__name__)
TIMES = ('timestamp', 'start_time', 'end_time')


def recover(folder: Path, sink: Sink) -> list[str]:
    """
    Finish the videos that a dead process has left in a folder.

    What a living process writes there is left alone, so every process may call this.

    Parameters
    ----------
    folder
        The ``video_folder`` of :class:`Capture`.
    sink
        Where the records go, into the sessions that they were taken in.

    Returns
    -------
    list of str
        Ids of the videos. One that held no whole picture is removed; what the sink has no room
        for stays, for the next time.

    """
    found: list[str] = []
    for notes in sorted(folder.glob(f'*{SUFFIX}')):
        with _locked(notes) as is_dead:
            if not is_dead:
                continue
            record = _record(notes)
            if record is not None:
                try:
                    sink.put([record])
                except SpoolFullError as error:
                    log.warning('the video %s stays in %s: %s', record.id, folder, error)
                    return found
                found.append(record.id)
                log.warning('finished the video %s that a crash had cut off', record.id)
            remove_all(notes)
    return found


@contextmanager
def _locked(notes: Path) -> Iterator[bool]:
    """Take the lock of a video's notes; False if another process has it or they are gone."""
    import fcntl

    try:
        with notes.open('rb') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield notes.exists()
    except (BlockingIOError, FileNotFoundError):
        yield False


def _record(notes: Path) -> Record | None:
    from scenebox_ros.codecs.video import probe

    head, frames = _read(notes)
    video = notes.with_suffix('.mp4')
    part = video.with_name(f'{video.name}.part')
    try:
        asset = _finished(video, part)
        count = len(frames) if video.exists() else probe(bytes(asset.body)).frames
        origin = Origin(**head['origin'])
        first_ns = frames[0][0]
    except (EncodeError, OSError, LookupError, TypeError) as error:
        log.warning('%s cannot be finished: %s', part.name, error)
        return None
    digests = [digest for _, digest in frames[:count]]
    asset_id = segment_id(origin.topic, first_ns, digests, head['how'])
    times = {name: asset.document[name] for name in TIMES}
    return origin.record(asset_id, asset, times or {'timestamp': to_iso(first_ns)}, first_ns)


def _finished(video: Path, part: Path) -> Any:
    """Give the asset of a finished file, or of what the crash left of one."""
    from scenebox_ros.codecs.video import salvage

    if video.exists():
        # Finished, but its record was not stored yet: packets are copied once more.
        part = video
    return video_asset(salvage(part, None, keeps_part=True))


def _read(notes: Path) -> tuple[dict[str, Any], list[tuple[int, bytes]]]:
    """Read what was noted; a last line that was cut off is left out."""
    lines = notes.read_bytes().split(b'\n')[:-1]
    try:
        head = json.loads(lines[0]) if lines else {}
    except ValueError:
        head = {}
    frames = []
    for line in lines[1:]:
        stamp, _, digest = line.decode('ascii', 'replace').partition(' ')
        try:
            frames.append((int(stamp), bytes.fromhex(digest)))
        except ValueError:
            break
    return head if isinstance(head, dict) else {}, frames
