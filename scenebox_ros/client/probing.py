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

"""What images and videos are: sizes, formats and durations, read without decoding them."""

from __future__ import annotations

from dataclasses import dataclass
import json
import logging
import os
import shutil
import subprocess
from typing import Any

import httpx

from scenebox_ros.client.pool import Pool
from scenebox_ros.client.sources import check_open
from scenebox_ros.errors import DecodeError, SceneBoxError

log = logging.getLogger(__name__)
FFPROBE_LIMIT_S = 60
# A JPEG with a thumbnail and a colour profile may tell its size this late.
HEADER_BYTES = 1024 * 1024
FIRST_BYTES = 64 * 1024
READ_ERRORS = (
    OSError, SceneBoxError, ValueError, KeyError, IndexError, ImportError,
    subprocess.SubprocessError,
)


@dataclass(frozen=True)
class ImageFacts:
    """Size and format of an image; None where they could not be read."""

    width: int | None = None
    height: int | None = None
    format: str | None = None

    @property
    def content_type(self) -> str | None:
        """MIME type of the formats that the platform is told about."""
        name = (self.format or '').lower()
        return f'image/{name}' if name in ('png', 'jpeg') else None


@dataclass(frozen=True)
class VideoFacts:
    """Size, duration and rate of a video; None where they could not be read."""

    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    fps: float | None = None


def image_facts(kind: str, source: Any, pool: Pool) -> ImageFacts:
    """
    Read what an image is.

    Parameters
    ----------
    kind, source
        ``path``, ``url`` or ``bytes``, and which.
    pool
        Connections, for URLs.

    Returns
    -------
    ImageFacts
        Empty if it is no image of a known format, or cannot be read.

    """
    try:
        if kind == 'url':
            return _image_at(source, pool)
        if kind == 'path':
            return _image_in_file(source)
        return _image_of(_all_bytes(source))
    except (DecodeError, OSError, SceneBoxError, httpx.HTTPError) as error:
        log.debug('cannot read size and format of an image: %s', error)
        return ImageFacts()


def _image_of(blob: bytes | memoryview) -> ImageFacts:
    from scenebox_ros.codecs.probe import probe

    found = probe(blob)
    return ImageFacts(found.width, found.height, found.format.upper())


def _image_in_file(path: str) -> ImageFacts:
    if not os.path.isfile(path):
        raise DecodeError(f'{path!r} is not a file')
    # Not mapped: a file that shrinks meanwhile would end the process.
    with open(path, 'rb') as file:
        blob = file.read(FIRST_BYTES)
        try:
            return _image_of(blob)
        except DecodeError:
            return _image_of(blob + file.read())


def _image_at(url: str, pool: Pool) -> ImageFacts:
    """Read no more of a URL than the header."""
    response = pool.send('GET', url, follow=True)
    try:
        if response.status_code >= 300:
            raise SceneBoxError(f'the URL answers {response.status_code}')
        read = b''
        for piece in response.iter_bytes(16 * 1024):
            read += piece
            try:
                return _image_of(read)
            except DecodeError:
                if len(read) > HEADER_BYTES:
                    raise
        return _image_of(read)
    finally:
        response.close()


def _all_bytes(source: Any) -> bytes | memoryview:
    """Read a file-like object from its position, and go back there."""
    if not hasattr(source, 'read'):
        return memoryview(source)
    check_open(source)
    position = source.tell()
    blob = source.read()
    source.seek(position)
    if not isinstance(blob, bytes):
        raise DecodeError('the file is open as text')
    return blob


def _whole(source: Any) -> Any:
    """Give bytes, or the path of an open file: a video may be larger than the memory."""
    name = getattr(source, 'name', None)
    is_file = isinstance(name, str) and os.path.isfile(name)
    return name if is_file else _all_bytes(source)


def video_facts(kind: str, source: Any) -> VideoFacts:
    """
    Read what a video is, by ``ffprobe`` where it is installed, else by PyAV.

    Parameters
    ----------
    kind, source
        ``path``, ``url`` or ``bytes``, and which.

    Returns
    -------
    VideoFacts
        Empty if it is no video, cannot be read, or nothing is installed that reads it.

    """
    try:
        if kind in ('path', 'url') and shutil.which('ffprobe'):
            return _by_ffprobe(source if kind == 'url' else os.path.abspath(source))
        return _by_codecs(_whole(source) if kind == 'bytes' else source)
    except READ_ERRORS as error:
        log.debug('cannot read duration and size of a video: %s', type(error).__name__)
        return VideoFacts()


def _by_codecs(source: Any) -> VideoFacts:
    from scenebox_ros.codecs.clips import probe_video

    found = probe_video(bytes(source) if isinstance(source, memoryview) else source)
    return VideoFacts(found.width, found.height, found.duration_s, found.fps)


def _by_ffprobe(target: str) -> VideoFacts:
    command = ['ffprobe', '-v', 'error', '-show_format', '-show_streams', '-of', 'json']
    command += ['-i', target]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=FFPROBE_LIMIT_S)
    streams = json.loads(ran.stdout)['streams']
    video = next((one for one in streams if one.get('codec_type') == 'video'), streams[0])
    return VideoFacts(
        int(video.get('width') or 0),
        int(video.get('height') or 0),
        float(video['duration']),
        _rate(str(video.get('avg_frame_rate') or '0/0')),
    )


def _rate(fraction: str) -> float:
    above, _, below = fraction.partition('/')
    divisor = float(below or 1)
    return float(above) / divisor if divisor else 0.0
