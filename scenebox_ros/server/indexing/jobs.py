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

"""Indexing: uploaded recordings and videos become sessions, by the project's own capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
import shutil
from typing import Any, TYPE_CHECKING

from scenebox_ros.bags import find_bags, IngestReport, Progress
from scenebox_ros.errors import BagError, IndexingException, MetadataNotFoundError
from scenebox_ros.model.records import ASSET_KINDS
from scenebox_ros.server.indexing.apart import ingest_apart, Task
from scenebox_ros.server.indexing.sink import StoreSink
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media import clips
from scenebox_ros.server.media.assets import as_file
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.sets.archive import blocks, safe
from scenebox_ros.server.sets.contents import stored_of
from scenebox_ros.server.sets.jobs import sets_of
from scenebox_ros.stamps import to_iso

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

MAX_NOTES = 50
MAX_NAME = 200
MAX_DEPTH = 8


@job('rosbag_indexing', heavy=True)
def index_bags(running: Job) -> Any:
    """Capture bags into a session; what is damaged is salvaged, and told in the notes."""
    payload, core, reach = running.payload, running.core, running.owner
    uid, sets = payload['session_uid'], payload['sets_map']
    sessions = sessions_of(core)
    session = sessions.get(reach, uid)
    sink = StoreSink(core, reach, session.uid, {k: sets[k] for k in ASSET_KINDS if sets.get(k)})
    task = Task(
        (), str(session.document['session_name']), session.uid, session.resolution_s,
        _some(payload.get('topics')), _some(payload.get('sensors')),
        payload.get('image_skip_factor') or 1,
    )  # fmt: skip
    with _recordings(running, payload['files'], payload['is_folder']) as paths:
        report = ingest_apart(
            replace(task, paths=paths), sink, lambda told: _tell(running, told), running.check
        )
    running.check()
    _note(running, report)
    if not any(topic.read for topic in report.topics.values()):
        raise IndexingException(
            'no message could be read: '
            + ('; '.join(loss.reason for loss in report.losses[:3]) or 'the topics are empty')
        )
    if sets.get('sessions'):
        sets_of(running).join(reach, sets['sessions'], [session.uid])
    sessions.update(reach, uid, {'status': 'ready'}, replace=True)
    sessions.resolve(reach, uid)
    return {'stored': sink.stored, 'existing': sink.existing, 'entities': sink.entities,
            'losses': len(report.losses)}  # fmt: skip


def _some(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(names) if names else None


@contextmanager
def _recordings(running: Job, files: Sequence[Mapping[str, str]], is_folder: bool
                ) -> Iterator[tuple[Path, ...]]:
    """
    Lend the recordings that the files are: one of all of them, or one of each.

    Files with folders in their names are what recordings these folders hold.
    """
    folder = running.core.settings.folder / 'indexing' / running.id
    # Left by a server that was killed while it did this job.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        paths = [_fetch(running, folder, access) for access in files]
        if any(path.parent != folder for path in paths):
            yield tuple(find_bags(folder))
        else:
            yield (folder,) if is_folder and len(paths) > 1 else tuple(paths)
    except (IndexingException, BagError) as error:
        # What was uploaded, not where the server put it for a moment.
        told = str(error).replace(f'{folder}/', '').replace(str(folder), 'what was uploaded')
        raise IndexingException(told) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(running: Job, folder: Path, access: Mapping[str, str]) -> Path:
    found = stored_of(running.core, running.owner, {'object_access': dict(access)})
    if found is None:
        raise IndexingException(
            f'{access.get("filename")!r} ({access.get("uri")}) is not on this server; upload it'
        )
    name = str(access.get('filename') or found.filename)
    path = folder.joinpath(*(safe(part)[-MAX_NAME:] for part in name.split('/')[-MAX_DEPTH:]))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        raise IndexingException(f'two of the files are called {name!r}; rename one')
    with path.open('xb') as file:
        for block in blocks(running.core, found):
            file.write(block)
            running.check()
    return path


def _tell(running: Job, told: Progress) -> None:
    percent = 95.0 * told.messages / max(told.total_messages, 1)
    running.progress(percent, f'{told.messages} of {told.total_messages} messages')


def _note(running: Job, report: IngestReport) -> None:
    told = [f'lost in {loss.topic or "the recording"}: {loss.reason}' for loss in report.losses]
    told += [str(note) for note in report.notes]
    told += [
        f'{topic.undecodable} messages of {name} could not be decoded'
        for name, topic in report.topics.items()
        if topic.undecodable
    ]
    for text in told[:MAX_NOTES]:
        running.note(text)
    if len(told) > MAX_NOTES:
        running.note(f'and {len(told) - MAX_NOTES} more')


@job('video_indexing', heavy=True)
def index_videos(running: Job) -> Any:
    """Let videos be part of a session, each at its own time, and resolve it."""
    payload, core, reach = running.payload, running.core, running.owner
    uid = payload['session_uid']
    said, sources, sensors = [], [], {}
    for item in payload['videos']:
        try:
            video = core.documents.get(reach, 'videos', item['id'])
        except MetadataNotFoundError:
            running.note(f'video {item["id"]} does not exist')
            continue
        start = item.get('start_time') or video.get('start_time') or video.get('timestamp')
        begin_ns = parse_ns(str(start))
        duration = video.get('duration')
        if not duration:
            with as_file(running, video) as source:
                duration = running.compute(clips.probe, source)['duration']
        end_ns = begin_ns + round(duration * 1e9)
        times = {'start_time': to_iso(begin_ns), 'end_time': to_iso(end_ns)}
        sensor = str(video.get('sensor') or 'main')
        core.documents.update(reach, 'videos', str(video['id']), {
            **times, 'timestamp': times['start_time'], 'duration': duration, 'session_uid': uid,
        })  # fmt: skip
        said.append({
            'session': uid, **times, 'timestamp': times['start_time'], 'entity_name': 'video',
            'entity_id': str(video['id']), 'entity_type': 'media', 'entity_value': video['id'],
            'media_asset_id': video['id'], 'influence': 'affect_forward', 'extend_session': True,
        })  # fmt: skip
        sources.append({'sensor': sensor, 'id': video['id'], 'type': 'videos'})
        sensors[sensor] = {'name': sensor, 'type': 'camera'}
    if not said:
        raise IndexingException('none of the videos exists; upload them first')
    sessions = sessions_of(core)
    sessions.add_entities(reach, said)
    change = {
        'source_data': sources, 'sensors': list(sensors.values()), 'status': 'ready',
        'auxiliary_data': [
            {'id': one['id'], 'type': 'concatenated_video', 'tags': [one['sensor']]}
            for one in sources
        ],
    }  # fmt: skip
    sessions.update(reach, uid, change, replace=True)
    sessions.resolve(reach, uid)
    return {'videos': len(said)}
