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

"""Jobs on videos: smaller ones, frames, clips, and videos joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
import math
from pathlib import Path
from typing import Any, TYPE_CHECKING

from scenebox_ros import stamps
from scenebox_ros.errors import JobError
from scenebox_ros.model.plain import chunks
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media import clips
from scenebox_ros.server.media.assets import (
    as_file,
    documents_of,
    for_each,
    keep_asset,
    keep_thumbnails,
    wanted_ids,
)
from scenebox_ros.server.media.pictures import FULL_PNG
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.merge import Document

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

MAX_IMAGES = 20_000
FRAME_TAGS = {'tiny': 96, 'small': clips.SMALL_FRAME, FULL_PNG: 0}
# Frames that are in memory together; PNG files of large ones have 20 MB each.
PIECE, PNG_PIECE = 50, 8


@job('video_compression', heavy=True)
def compress_videos(running: Job) -> Any:
    """Encode each video again, smaller, as a thumbnail of it."""
    payload = running.payload
    shape = clips.read_video_shape(payload.get('use_preset'), payload.get('desired_shape'))
    tag = str(payload.get('use_preset') or payload.get('thumbnail_tag') or 'custom')

    def work(document: Document) -> None:
        target = running.core.objects.temporary()
        try:
            with as_file(running, document) as source:
                width, height, frames = running.compute(clips.compress, source, target, shape)
            about = {'filename': f'{tag}.mp4', 'content_type': 'video/mp4', 'width': width,
                     'height': height, 'frames': frames}  # fmt: skip
            keep_thumbnails(running, 'videos', document, [(tag, target, about)])
        finally:
            target.unlink(missing_ok=True)

    return {'compressed': len(for_each(running, 'videos', work, 'compressing videos'))}


@job('media_extraction', heavy=True)
def extract_frame_thumbnails(running: Job) -> Any:
    """Keep frames of each video as pictures, under ``<tag>_frame_<number>``."""
    frames = sorted(set(running.payload['frames']))
    tags = running.payload['thumbnail_tags']

    def work(document: Document) -> None:
        with as_file(running, document) as source:
            for tag, is_png, some in _pieces(tags, frames):
                pictures = running.compute(
                    clips.frame_pictures, source, some, FRAME_TAGS[tag], is_png
                )
                keep_thumbnails(running, 'videos', document, [
                    (f'{tag}_frame_{number}', body, {
                        'filename': f'{tag}_frame_{number}.{"png" if is_png else "jpg"}',
                        'content_type': 'image/png' if is_png else 'image/jpeg',
                        'frame': number, 'width': width, 'height': height,
                    })
                    for number, _, body, width, height in pictures
                ])  # fmt: skip

    return {'extracted': len(for_each(running, 'videos', work, 'taking frames out'))}


def _pieces(tags: Sequence[str], frames: Sequence[int]
            ) -> Iterator[tuple[str, bool, Sequence[int]]]:
    """Divide frames into as many as may be in memory, for each tag; tell which are PNG files."""
    for tag in tags:
        is_png = tag == FULL_PNG
        for some in chunks(frames, PNG_PIECE if is_png else PIECE):
            yield tag, is_png, some


@job('image_extraction', heavy=True)
def extract_images(running: Job) -> Any:
    """Make images of a stretch of a video, so many a second."""
    payload = running.payload
    document = running.core.documents.get(running.owner, 'videos', payload['id'])
    begin_ns = start_of(document)
    made: list[str] = []
    with as_file(running, document) as source:
        start_s, end_s = _stretch(running, document, source)
        frames = running.compute(
            clips.frames_between, source, start_s, end_s, payload.get('fps')
        )
        if len(frames) > MAX_IMAGES:
            raise JobError(f'{len(frames)} images of at most {MAX_IMAGES}; give fps, or less time')
        for some in chunks(frames, PIECE):
            pictures = running.compute(clips.frame_pictures, source, some, 0, False)
            made += [_keep_frame(running, document, begin_ns, picture) for picture in pictures]
            running.progress(100.0 * len(made) / len(frames), 'taking images out')
    return {'images': made}


def _keep_frame(
    running: Job, video: Document, begin_ns: int, picture: tuple[int, float, bytes, int, int]
) -> str:
    number, time_s, body, width, height = picture
    name = f'{video["id"]}_frame_{number}.jpg'
    keep_asset(running, 'images', name, body, 'image/jpeg', {
        'filename': name,
        'width': width,
        'height': height,
        'format': 'JPEG',
        'sensor': video.get('sensor'),
        'timestamp': stamps.to_iso(begin_ns + round(time_s * 1e9)),
        'sets': _sets(running),
        'preprocesses': [],
        **_session(video),
        'aux': {'video_id': video['id'], 'frame': number},
    })  # fmt: skip
    return name


@job('video_extraction', heavy=True)
def extract_subclip(running: Job) -> Any:
    """Make a video of a stretch of another, cut to the frame."""
    payload = running.payload
    document = running.core.documents.get(running.owner, 'videos', payload['id'])
    target = running.core.objects.temporary()
    try:
        with as_file(running, document) as source:
            start_s, end_s = _stretch(running, document, source)
            about = running.compute(clips.cut, source, target, start_s, end_s)
        start_ns = start_of(document) + round(about['begin_s'] * 1e9)
        name = payload['subclip_id']
        keep_video(running, name, target, about, start_ns, document, ['extracted'])
    finally:
        target.unlink(missing_ok=True)
    return {'id': name}


@job('video_concatenation', heavy=True)
def concatenate_videos(running: Job) -> Any:
    """Join videos into one, in the order given."""
    payload = running.payload
    by_id = {doc['id']: doc for doc in documents_of(running, 'videos', wanted_ids(running, ''))}
    documents = [by_id[name] for name in wanted_ids(running, '') if name in by_id]
    if len(documents) < len(payload['ids']):
        raise JobError('some videos to join do not exist; see the notes')
    target = running.core.objects.temporary()
    try:
        with ExitStack() as files:
            sources = [files.enter_context(as_file(running, doc)) for doc in documents]
            about = running.compute(clips.join, sources, target)
        extra = payload.get('video_metadata') or {}
        name = payload['output_video_id']
        described = {**documents[0], **extra}
        start = start_of(documents[0])
        keep_video(running, name, target, about, start, described, ['concatenated'], extra)
    finally:
        target.unlink(missing_ok=True)
    return {'id': name}


def keep_video(
    running: Job, name: str, path: Path, about: Document, start_ns: int, like: Document,
    tags: Sequence[str], extra: Document | None = None,
) -> None:  # fmt: skip
    """Store a video that was made, and its document, which is like that of another."""
    end_ns = start_ns + round(about['duration'] * 1e9)
    start = stamps.to_iso(start_ns)
    keep_asset(running, 'videos', name, path, 'video/mp4', {
        'timestamp': start,
        'width': about['width'],
        'height': about['height'],
        'sensor': like.get('sensor'),
        'duration': about['duration'],
        'fps': about['fps'],
        'frames': about['frames'],
        'sets': _sets(running),
        'start_time': start,
        'end_time': stamps.to_iso(end_ns),
        'tags': list(tags),
        **_session(like),
        **(extra or {}),
        'filename': f'{name}.mp4',
    })  # fmt: skip


def _stretch(running: Job, document: Document, source: Path) -> tuple[float, float]:
    """Turn the payload's times into seconds after the video's first frame."""
    begin_ns = start_of(document)
    start, end = (running.payload.get(f'extract_{edge}_time') for edge in ('start', 'end'))
    duration_s = running.compute(clips.probe, source)['duration']
    start_s = max(0.0, (parse_ns(start) - begin_ns) / 1e9) if start else 0.0
    end_s = (parse_ns(end) - begin_ns) / 1e9 if end else math.inf
    if start_s >= min(end_s, duration_s):
        raise JobError(
            f'the stretch from {start} to {end} is outside of the video, which begins at '
            f'{stamps.to_iso(begin_ns)} and lasts {duration_s:.3f} s'
        )
    return start_s, end_s


def start_of(document: Document) -> int:
    """Say when an asset begins, in nanoseconds."""
    given = document.get('start_time') or document.get('timestamp')
    return parse_ns(given) if given else 0


def _sets(running: Job) -> list[str]:
    return [running.payload['set_id']] if running.payload.get('set_id') else []


def _session(like: Document) -> Document:
    return {'session_uid': like['session_uid']} if like.get('session_uid') else {}
