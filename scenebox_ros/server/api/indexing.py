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

"""Indexing over HTTP: uploaded recordings and videos become sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.errors import (
    AccessError,
    DependencyError,
    InvalidArgumentsError,
    MetadataNotFoundError,
)
from scenebox_ros.model.records import ASSET_KINDS
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import adopted, need, set_for, submit, unused
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.indexing import jobs as _handlers  # noqa: F401
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.sets.contents import access_of, stored_of
from scenebox_ros.server.sets.service import Sets
from scenebox_ros.server.store.documents import Owner
from scenebox_ros.server.store.flatten import OWN_SCHEME
from scenebox_ros.wire import scene_routes as routes

MAX_FILES = 1000
# What an index may go into sets of: what is captured, and the session itself.
KINDS = (*ASSET_KINDS, 'sessions')


def index_rosbag(call: Call) -> Any:
    """Begin to capture ROS 1 bags, or single files of any kind, into a session."""
    return _index(call, is_folder=False, skip=call.optional('image_skip_factor', int, 10))


def index_rosbag2(call: Call) -> Any:
    """Begin to capture a ROS 2 bag, which may be several files, into a session."""
    return _index(call, is_folder=True, skip=call.optional('image_skip_factor', int, 1))


def _index(call: Call, is_folder: bool, skip: int) -> Any:
    if call.optional('deep_analysis', bool, False):
        raise DependencyError(
            f'deep_analysis needs models, and {call.object.get("models")} are not registered on '
            'this server; index without it'
        )
    if not 1 <= skip <= 1_000_000:
        raise InvalidArgumentsError(f'image_skip_factor is {skip}; choose 1 or more')
    session = sessions_of(call.core).get(call.identity, call.field('session_uid'))
    given = call.optional('sets_map', dict, {})
    sets = {kind: set_for(call, given[kind], kind) for kind in KINDS if given.get(kind)}
    return submit(call, 'rosbag_indexing', {
        'session_uid': session.uid, 'files': _files(call), 'is_folder': is_folder,
        'sets_map': sets,
        'topics': call.optional('topics', list), 'sensors': call.optional('sensors', list),
        'image_skip_factor': skip,
    }, told=unused(call, 'indexing_parameters', 'models', 'search'))  # fmt: skip


def _files(call: Call) -> list[dict[str, str]]:
    given = call.field('file_objects_dicts', list)
    if not 0 < len(given) <= MAX_FILES:
        raise InvalidArgumentsError(f'file_objects_dicts must name 1 to {MAX_FILES} files')
    for access in given:
        uri = access.get('uri') if isinstance(access, Mapping) else None
        if not isinstance(uri, str) or not uri.startswith(OWN_SCHEME):
            raise DependencyError(
                f'{str(uri)[:80]} is in a storage that this server is not connected to; '
                'upload the file'
            )
        _check_stored(call, uri)
    return [{'filename': str(one.get('filename') or ''), 'uri': one['uri']} for one in given]


def _check_stored(call: Call, uri: str) -> None:
    if stored_of(call.core, Owner(call.organization), {'object_access': {'uri': uri}}) is None:
        raise MetadataNotFoundError(f'{uri[:200]} is not on this server; upload it', status=404)


def register_session(call: Call) -> Any:
    """Begin to make a session of bags that are documents on this server."""
    if call.object.get('session_directory_path'):
        raise AccessError(
            'folders of the server are not read on request; run `scenebox upload` there, '
            'or name uploaded bags in source_data'
        )
    name = call.field('session_name')
    files = []
    for bag in call.strings('source_data'):
        access = access_of(call.documents.get(call.identity, 'rosbags', bag))
        _check_stored(call, str(access.get('uri') or bag))
        files.append({'filename': str(access.get('filename') or bag),
                      'uri': str(access.get('uri') or '')})  # fmt: skip
    wish = {'session_name': name, 'session_type': 'rosbags', 'status': 'in progress'}
    uid, _ = sessions_of(call.core).add(call.identity, wish)
    sets = Sets(call.core.database, call.documents, call.core.search)
    made = {
        kind: sets.add(call.identity, {'name': f'{name}_{kind}', 'assets_type': kind})
        for kind in ASSET_KINDS
    }
    reply = submit(call, 'rosbag_indexing', {
        'session_uid': uid, 'files': files, 'is_folder': True, 'sets_map': made,
        'topics': None, 'sensors': None, 'image_skip_factor': 1,
    }, told=unused(call, 'session_configuration'))  # fmt: skip
    return {**reply, 'session_uid': uid}


def index_video_session(call: Call) -> Any:
    """Begin to make a session of videos."""
    given = call.object.get('video_session_data') or []
    items = given if isinstance(given, list) else [given]
    raw = call.optional('raw_videos', dict, {})
    videos = []
    for item in items:
        if not isinstance(item, Mapping):
            raise InvalidArgumentsError(f'video_session_data holds {str(item)[:60]!r}')
        about = item.get('metadata')
        start = about.get('timestamp') if isinstance(about, Mapping) else None
        named = item.get('asset_ids') or raw.get(str(item.get('filename'))) or []
        videos += [{'id': name, 'start_time': start} for name in _listed(named)]
    if not items:
        videos = [{'id': name} for names in raw.values() for name in _listed(names)]
        videos += [{'id': name} for name in call.optional('video_filenames', list) or []]
    told = unused(call, 'extraction_config', 'enrichments', 'session_formatting_strategy')
    return _video_session(call, videos, call.optional('session_uid'), {}, told=told)


def add_video_session(call: Call) -> Any:
    """Begin to make a session of one video."""
    for wish in ('wake_word_detection', 'create_jira_tickets'):
        if call.object.get(wish):
            raise DependencyError(f'{wish} needs a service that this server does not have')
    aux = {'vehicle': call.optional('vehicle')} if call.optional('vehicle') else {}
    return _video_session(call, [{'id': call.field('video_id')}], None, aux, adopted(call),
                          unused(call, 'auto_populate'))  # fmt: skip


def _video_session(call: Call, videos: list[dict[str, Any]], uid: str | None, aux: Any,
                   job_id: str | None = None, told: Sequence[str] = ()) -> Any:
    if not videos or not all(isinstance(one['id'], str) for one in videos):
        raise InvalidArgumentsError('no video is named; give asset_ids of uploaded videos')
    need(call, 'videos', [one['id'] for one in videos])
    for one in videos:
        if one.get('start_time'):
            parse_ns(one['start_time'])
    sessions = sessions_of(call.core)
    if uid is None:
        name = call.optional('session_name') or videos[0]['id']
        wish = {'session_name': name, 'session_type': 'videos', 'session_aux_metadata': aux,
                'status': 'in progress'}  # fmt: skip
        uid, _ = sessions.add(call.identity, wish)
    uid = sessions.get(call.identity, uid).uid
    payload = {'session_uid': uid, 'videos': videos}
    reply = submit(call, 'video_indexing', payload, job_id=job_id, told=told)
    return {**reply, 'session_uid': uid}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def needs_storage(call: Call) -> Any:
    """Refuse what would read from a storage that this server is not connected to."""
    raise DependencyError(
        'no cloud storage is configured on this server; run `scenebox upload` where the files are'
    )


ENDPOINTS = [
    Endpoint(routes.INDEX_ROSBAG, index_rosbag, WRITE),
    Endpoint(routes.INDEX_ROSBAG2, index_rosbag2, WRITE),
    Endpoint(routes.INDEX_REGISTER_SESSION, register_session, WRITE),
    Endpoint(routes.INDEX_VIDEO_SESSION, index_video_session, WRITE),
    Endpoint(routes.SESSION_ADD_VIDEO, add_video_session, WRITE),
    Endpoint(routes.INDEX_S3, needs_storage, WRITE),
    Endpoint(routes.INDEX_RECORDING, needs_storage, WRITE),
]
