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

"""Jobs on images, videos and lidars over HTTP."""

from __future__ import annotations

from typing import Any

from scenebox_ros import ids
from scenebox_ros.errors import DependencyError, InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import (
    adopted,
    chosen,
    ids_of,
    need,
    set_for,
    submit,
    unused,
)
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.media import (  # noqa: F401
    films as _films,
    images as _images,
    lidars as _lidars,
)
from scenebox_ros.server.media.clips import read_video_shape
from scenebox_ros.server.media.pictures import PROPERTIES, read_shape
from scenebox_ros.server.media.videos import FRAME_TAGS
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.flatten import OWN_SCHEME
from scenebox_ros.wire import scene_routes as routes

MAX_FACTORS = 20
MAX_SIDE = 8192
FRAMES = ['small', 'full_size_png']
MAX_FRAMES = 10_000
PICTURE_TYPES = ('images', 'objects')


def compress_images(call: Call) -> Any:
    """Begin to make thumbnails of images."""
    read_shape(call.optional('use_preset'), call.optional('desired_shape', list))
    return submit(call, 'image_compression', _compression(call, 'images'))


def compress_videos(call: Call) -> Any:
    """Begin to make smaller videos."""
    read_video_shape(call.optional('use_preset'), call.optional('desired_shape', list))
    return submit(call, 'video_compression', _compression(call, 'videos'), job_id=adopted(call))


def _compression(call: Call, kind: str) -> dict[str, Any]:
    return {
        'ids': _ids(call, kind),
        'desired_shape': call.object.get('desired_shape'),
        'thumbnail_tag': call.optional('thumbnail_tag'),
        'use_preset': call.optional('use_preset'),
    }


def compress_lidars(call: Call) -> Any:
    """Begin to thin clouds out."""
    factors = call.optional('skip_factors', list) or [1, 10, 100]
    if len(factors) > MAX_FACTORS or not all(_is_positive(factor) for factor in factors):
        raise InvalidArgumentsError(
            f'skip_factors are {str(factors)[:80]}; give up to {MAX_FACTORS} integers from 1 up'
        )
    return submit(call, 'lidar_compression', {
        'ids': _ids(call, 'lidars'), 'skip_factors': factors,
        'gzip_compress': call.optional('gzip_compress', bool, True),
    })  # fmt: skip


def image_properties(call: Call) -> Any:
    """Begin to measure images."""
    kind = call.optional('asset_type', str, 'images')
    names = call.strings('properties') if call.object.get('properties') else list(PROPERTIES)
    if unknown := [name for name in names if name not in PROPERTIES]:
        raise InvalidArgumentsError(
            f'property {unknown[0]!r} is not known; known are {", ".join(PROPERTIES)}'
        )
    if kind not in PICTURE_TYPES:
        raise InvalidArgumentsError(f'{kind} have no pixels; choose {", ".join(PICTURE_TYPES)}')
    payload = {**chosen(call, kind), 'asset_type': kind, 'properties': names}
    more = set(call.object) - {'ids', 'search', 'asset_type', 'properties'}
    return submit(call, 'image_properties_enrichment', payload, told=unused(call, *sorted(more)))


def frame_thumbnails(call: Call) -> Any:
    """Begin to take single frames out of videos."""
    tags = call.strings('thumbnail_tags') if call.object.get('thumbnail_tags') else FRAMES
    frames = call.field('frames', list)
    if unknown := [tag for tag in tags if tag not in FRAME_TAGS]:
        raise InvalidArgumentsError(
            f'thumbnail tag {unknown[0]!r} is not known; known are {", ".join(FRAME_TAGS)}'
        )
    if len(frames) > MAX_FRAMES or not all(_is_positive(n, 0) for n in frames):
        raise InvalidArgumentsError(f'frames must be up to {MAX_FRAMES} numbers from 0 up')
    payload = {'ids': _ids(call, 'videos'), 'thumbnail_tags': tags, 'frames': frames}
    return submit(call, 'media_extraction', payload)


def extract_images(call: Call) -> Any:
    """Begin to make images of a stretch of a video."""
    fps = call.optional('fps', (int, float))
    if fps is not None and not 0 < fps <= 1000:
        raise InvalidArgumentsError(f'fps is {fps}; choose more than 0, up to 1000')
    return submit(call, 'image_extraction', {**_stretch(call, 'images'), 'fps': fps})


def extract_subclip(call: Call) -> Any:
    """Begin to make a video of a stretch of another."""
    name = call.optional('subclip_id') or ids.guid()
    payload = {**_stretch(call, 'videos'), 'subclip_id': ids.std(name)}
    reply = submit(call, 'video_extraction', payload)
    return {**reply, 'id': ids.std(name)}


def _stretch(call: Call, kind: str) -> dict[str, Any]:
    document = call.documents.get(call.identity, 'videos', call.field('id'))
    times = {name: call.optional(name) for name in ('extract_start_time', 'extract_end_time')}
    for moment in times.values():
        if moment is not None:
            parse_ns(moment)
    return {'id': document['id'], 'set_id': set_for(call, call.optional('set_id'), kind), **times}


def concatenate(call: Call) -> Any:
    """Begin to join videos."""
    name = ids.std(call.field('output_video_id') or ids.guid())
    payload = {'ids': _ids(call, 'videos', every=True), 'output_video_id': name,
               'video_metadata': call.optional('video_metadata', dict, {})}  # fmt: skip
    return {**submit(call, 'video_concatenation', payload, job_id=adopted(call)), 'id': name}


def from_images(call: Call) -> Any:
    """Begin to make a video of the images of a session's sensor."""
    search = dict(call.optional('search', dict, {}))
    filters = list(search.get('filters') or [])
    filters += [
        {'field': field, 'values': [call.field(field)]}
        for field in ('sensor', 'session_uid')
        if call.optional(field)
    ]
    if not (search or filters):
        raise InvalidArgumentsError('which images? give session_uid and sensor, or a search')
    kind = call.optional('image_format')
    if kind:
        filters.append({'field': 'format', 'values': [kind, kind.upper(), kind.lower()]})
    search['filters'] = filters
    parse(search)  # refused now, not when the job runs
    name = ids.std(call.optional('video_id') or call.optional('id') or ids.guid())
    reply = submit(call, 'video_from_images', {
        'ids': None, 'search': search, 'video_id': name,
        'fps': call.optional('fps', (int, float)), 'sensor': call.optional('sensor'),
        'session_uid': call.optional('session_uid'),
        'set_id': set_for(call, call.optional('video_set_id'), 'videos'),
    })  # fmt: skip
    return {**reply, 'id': name}


def from_uris(call: Call) -> Any:
    """Begin to make a video of image files: of the rows of a CSV, or of a folder."""
    access = call.optional('csv_object_access', dict)
    sides = [call.optional('height', int), call.optional('width', int)]
    if not all(side is None or 0 < side <= MAX_SIDE for side in sides):
        raise InvalidArgumentsError(f'height and width are {sides}; choose 1 to {MAX_SIDE}')
    if access is None and call.object.get('bucket') is None:
        raise InvalidArgumentsError('give csv_object_access, or bucket and folder')
    uri = str((access or {}).get('uri') or '')
    bucket, folder = call.optional('bucket'), call.optional('folder')
    cloud = call.optional('cloud_storage', str, 's3')
    if not (uri if access is not None else f'{cloud}://{bucket}/').startswith(OWN_SCHEME):
        needs_storage(call)
    name = ids.std(call.optional('video_id') or ids.guid())
    skip = call.optional('image_skip_factor', int, 1)
    if not _is_positive(skip):
        raise InvalidArgumentsError(f'image_skip_factor is {skip}; choose 1 or more')
    reply = submit(call, 'video_from_uris', {
        'csv_uri': uri or None, 'bucket': bucket, 'folder': (folder or '').strip('/'),
        'image_skip_factor': skip, 'height': sides[0], 'width': sides[1], 'video_id': name,
        'sensor': call.optional('sensor'), 'session_uid': call.optional('session_uid'),
        'set_id': set_for(call, call.optional('set_id'), 'videos'),
        'tags': call.optional('tags', list),
    })  # fmt: skip
    return {**reply, 'id': name}


def needs_storage(call: Call) -> Any:
    """Refuse what would fetch from a storage that this server is not connected to."""
    raise DependencyError(
        f'{call.request.url.path} reads from a cloud storage, and none is configured on this '
        'server; upload the files, or index them from a machine that can reach them'
    )


def _ids(call: Call, kind: str, every: bool = False) -> list[str]:
    found = ids_of(call)
    if not found:
        raise InvalidArgumentsError('ids is missing or empty; give a list of asset ids')
    need(call, kind, found, every)
    return found


def _is_positive(value: Any, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 10**9


ENDPOINTS = [
    Endpoint(routes.IMAGE_COMPRESS, compress_images, WRITE),
    Endpoint(routes.IMAGE_PROPERTIES, image_properties, WRITE),
    Endpoint(routes.VIDEO_COMPRESS, compress_videos, WRITE),
    Endpoint(routes.VIDEO_CONCATENATE, concatenate, WRITE),
    Endpoint(routes.VIDEO_FRAME_THUMBNAILS, frame_thumbnails, WRITE),
    Endpoint(routes.VIDEO_EXTRACT_IMAGES, extract_images, WRITE),
    Endpoint(routes.VIDEO_EXTRACT_SUBCLIP, extract_subclip, WRITE),
    Endpoint(routes.VIDEO_FROM_IMAGES, from_images, WRITE),
    Endpoint(routes.VIDEO_FROM_URIS, from_uris, WRITE),
    Endpoint(routes.VIDEO_WITH_ANNOTATIONS, from_uris, WRITE),
    Endpoint(routes.LIDAR_COMPRESS, compress_lidars, WRITE),
    *(
        Endpoint(route, needs_storage, WRITE)
        for route in (
            routes.VIDEO_EXTRACT_IMAGES_S8,
            routes.VIDEO_EXTRACT_S8,
            routes.LIDAR_EXTRACT_S8,
        )
    ),
]
