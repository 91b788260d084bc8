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

"""Videos made of images: of a session's documents, or of files by their uris."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import csv
import io
from pathlib import Path, PurePosixPath
from typing import Any, TYPE_CHECKING

from scenebox_ros.errors import AccessError, VideoMakerError
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media import clips
from scenebox_ros.server.media.assets import documents_of, read_bytes, read_stored, wanted_ids
from scenebox_ros.server.media.videos import keep_video, start_of
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.naming import parse_uri, Stored

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

MAX_IMAGES = 20_000
MAX_CSV = 64 * 1024 * 1024
# How long MP4 can show a frame, in microseconds: 31 bits.
MAX_GAP_NS = (2**31 - 1) * 1000
CSV_COLUMNS = ('timestamp', 'image_uri')
Picture = tuple[int, bytes]


@job('video_from_images', heavy=True)
def make_of_images(running: Job) -> Any:
    """Make a video of images that a search finds, each at its own time."""
    payload = running.payload
    # The count first: this many documents fit into memory, all of a fleet's do not.
    ids = _skipped(running, wanted_ids(running, 'images'))
    chosen = sorted(documents_of(running, 'images', ids), key=start_of)
    if not chosen:
        raise VideoMakerError('none of the images is there any more')
    fps = payload.get('fps')
    begin_ns = start_of(chosen[0])

    def pictures() -> Iterator[Picture]:
        for number, document in enumerate(chosen):
            at_ns = begin_ns + round(number * 1e9 / fps) if fps else start_of(document)
            running.progress(50.0 * number / len(chosen), 'reading images')
            yield at_ns, read_bytes(running, document)

    return _make(running, pictures())


@job('video_from_uris', heavy=True)
def make_of_uris(running: Job) -> Any:
    """Make a video of image files of this server: of a CSV's rows, or of a folder."""
    payload = running.payload
    rows = _of_csv(running) if payload.get('csv_uri') else _of_folder(running)
    chosen = _skipped(running, sorted(rows, key=lambda row: row[0]))

    def pictures() -> Iterator[Picture]:
        for number, (at_ns, stored) in enumerate(chosen):
            running.progress(50.0 * number / len(chosen), 'reading images')
            yield at_ns, read_stored(running, stored)

    return _make(running, pictures())


def _of_csv(running: Job) -> list[tuple[int, Stored]]:
    found = _stored(running, running.payload['csv_uri'])
    if found.size > MAX_CSV:
        raise VideoMakerError(f'the CSV has {found.size} bytes of at most {MAX_CSV}; split it')
    table = read_stored(running, found)
    try:
        lines = csv.DictReader(io.StringIO(table.decode('utf-8-sig')))
        names, rows = lines.fieldnames, list(lines)
    except (UnicodeDecodeError, csv.Error) as error:
        raise VideoMakerError(f'the CSV cannot be read: {error}; write it as UTF-8') from error
    if not set(CSV_COLUMNS) <= set(names or ()):
        raise VideoMakerError(f'the CSV has columns {names}; it needs {", ".join(CSV_COLUMNS)}')
    return [(parse_ns(row['timestamp']), _stored(running, row['image_uri'])) for row in rows]


def _of_folder(running: Job) -> list[tuple[int, Stored]]:
    """Find a folder's images, which are named by their time in nanoseconds."""
    payload, objects, own = running.payload, running.core.objects, running.owner.organization_id
    most = MAX_IMAGES * (payload.get('image_skip_factor') or 1) + 1
    owner, prefix = parse_uri(f's3://{payload["bucket"]}/{payload["folder"]}/')
    if owner == own:
        found = objects.listing(own, prefix, most)
    else:
        found = objects.in_folder(own, payload['folder'], most)
    names = [(PurePosixPath(stored.key).stem, stored) for stored in found]
    times = {stored.key: int(name) for name, stored in names if name.isdigit()}
    # The list tells names; where the bytes are, each object's own row tells.
    located = [(at_ns, objects.find(own, key)) for key, at_ns in times.items()]
    return [(at_ns, stored) for at_ns, stored in located if stored is not None]


def _stored(running: Job, uri: str) -> Stored:
    owner, _ = parse_uri(uri)
    _check_reach(running, owner)
    found = running.core.objects.find_uri(uri)
    if found is None:
        raise VideoMakerError(f'{uri} is not on this server; upload it')
    return found


def _check_reach(running: Job, owner: str) -> None:
    if owner not in running.owner.organizations:
        raise AccessError('these files belong to another organization')


def _skipped(running: Job, items: list[Any]) -> list[Any]:
    chosen = items[:: running.payload.get('image_skip_factor') or 1]
    if not chosen:
        raise VideoMakerError('no image was found; check session, sensor, folder and search')
    if len(chosen) > MAX_IMAGES:
        raise VideoMakerError(f'{len(chosen)} images of at most {MAX_IMAGES}; skip some')
    return chosen


def _make(running: Job, pictures: Iterable[Picture]) -> Any:
    payload, objects = running.payload, running.core.objects
    target, reel = objects.temporary(), objects.temporary()
    try:
        spans = _wound(pictures, reel)
        sides = payload.get('height'), payload.get('width')
        size = sides if all(sides) else None
        about = running.compute(clips.write_pictures, reel, spans, target, size)
        like = {'sensor': payload.get('sensor'), 'session_uid': payload.get('session_uid')}
        keep_video(running, payload['video_id'], target, about, spans[0][0], like,
                   payload.get('tags') or [])  # fmt: skip
    finally:
        target.unlink(missing_ok=True)
        reel.unlink(missing_ok=True)
    return {'id': payload['video_id'], 'frames': about['frames']}


def _wound(pictures: Iterable[Picture], reel: Path) -> list[clips.Span]:
    """Write image files one after the other, as many as may come; tell where each is."""
    spans: list[clips.Span] = []
    with reel.open('xb') as file:
        for at_ns, body in pictures:
            # A video's times are microseconds: what is nearer to the last frame is not seen.
            gap_ns = at_ns - spans[-1][0] if spans else 1000
            if gap_ns > MAX_GAP_NS:
                raise VideoMakerError(
                    f'images {gap_ns / 1e9:.0f} s apart cannot be in one video, which shows each '
                    f'for at most {MAX_GAP_NS / 1e9:.0f} s; make several'
                )
            if gap_ns >= 1000:
                spans.append((at_ns, file.tell(), len(body)))
                file.write(body)
    return spans
