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

"""What the uploader asks of a platform, and how the SceneBox client does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
import re
from typing import Any, Protocol

from scenebox_ros import ids
from scenebox_ros.errors import ResponseError
from scenebox_ros.model.records import MADE_OF
from scenebox_ros.upload.pacing import TokenBucket

NOT_FOUND = 404
GEO_FIELD = 'aux.geolocation'
PREVIEW_PRESETS = ('small', 'tiny')
THINNED_BY = (1, 10, 100)
COARSEST_S = 86_400.0
# What the platform takes: points of a session's timeline, and seconds between them.
MAX_SESSION_LENGTH = 10_800
DEFAULT_SESSION_RESOLUTION = 1.0


@dataclass(frozen=True, eq=False)
class NewAsset:
    """An asset to store: its id, its bytes and its whole document."""

    id: str
    body: bytes
    content_type: str
    document: Mapping[str, Any] = field(default_factory=dict)


class Platform(Protocol):
    """A platform that takes sessions, assets and entities; all methods may be repeated."""

    @property
    def server(self) -> str:
        """Give the server's URL, without a token."""

    def renew_token(self) -> None:
        """Look for a new token."""

    def pace(self, bucket: TokenBucket | None) -> None:
        """Send bodies no faster than the bucket allows; None: as fast as can be."""

    def add_session(
        self, name: str, session_type: str, resolution: float, metadata: Mapping[str, Any]
    ) -> str:
        """Add a session, or find the one of this name; give its uid."""

    def update_session(self, uid: str, metadata: Mapping[str, Any]) -> None:
        """Merge into what the session says about itself."""

    def make_span(self, uid: str, start: str, end: str) -> float:
        """Make the session's resolution coarse enough for a wider span; give it in seconds."""

    def create_set(self, name: str, asset_type: str) -> str:
        """Create a set, or find the one of this name; give its id."""

    def add_to_set(self, set_id: str, ids: Sequence[str]) -> None:
        """Add assets that exist to a set."""

    def documents(self, asset_type: str, ids: Sequence[str]) -> Mapping[str, Any]:
        """Give the documents of those that exist, by id; others are missing or None."""

    def without_bytes(self, asset_type: str, ids: Sequence[str]) -> Sequence[str]:
        """Give those that have a document but no bytes; none where the platform cannot tell."""

    def recording_of(self, session_name: str) -> str | None:
        """Say which recording made the session of this name; None if none says so."""

    def put_assets(self, asset_type: str, assets: Sequence[NewAsset]) -> None:
        """Store assets; on return bytes and documents are there, and the bytes are verified."""

    def change_aux(self, asset_type: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Merge into what the ``aux`` of assets says, by id."""

    def make_previews(self, asset_type: str, ids: Sequence[str]) -> None:
        """Ask for what the web app shows first."""

    def add_entities(self, entities: Sequence[Mapping[str, Any]]) -> None:
        """Add entities to their sessions; one with a known id changes nothing."""

    def end_session(
        self,
        uid: str,
        start: str,
        end: str,
        sources: Sequence[Mapping[str, str]],
        sensors: Sequence[Mapping[str, str]],
    ) -> None:
        """Widen the session to a span of time, say where its data came from, and resolve it."""


def moment_of(iso: str) -> datetime:
    """Read a time of the platform's: ISO 8601 with a zone."""
    return datetime.fromisoformat(iso.replace('Z', '+00:00'))


def coarse_enough(resolution_s: float, span_s: float) -> float:
    """Double a resolution until a session can span so many seconds; at most a day."""
    while span_s > longest_span_s(resolution_s) and resolution_s < COARSEST_S:
        resolution_s = min(COARSEST_S, 2 * resolution_s)
    return resolution_s


def longest_span_s(resolution_s: float) -> float:
    """Say how long a session of this resolution can be, with a point to spare at both ends."""
    return (MAX_SESSION_LENGTH - 2) * resolution_s


def _hash_of(assets: Any, name: str) -> str | None:
    try:
        return ids.sha256(assets.get_bytes(name, add_to_redis_cache=False))
    except ResponseError as error:
        if error.status != NOT_FOUND:
            raise
        return None


class ClientPlatform:
    """
    A platform behind the SceneBox client.

    Parameters
    ----------
    client
        A ``scenebox_ros.client.SceneEngineClient``.
    read_token
        Gives the token as it is now, to replace one that expired; None keeps the client's own.

    """

    def __init__(self, client: Any, read_token: Callable[[], str | None] | None = None) -> None:
        self._client = client
        self._read_token = read_token
        self._token: str | None = None
        self._bucket: TokenBucket | None = None

    @property
    def server(self) -> str:
        """Give the server's URL, without a token."""
        # Neither a password nor a token may get into the spool or into messages.
        return re.sub(r'//[^/@]*@', '//', str(self._client.scene_engine_url).partition('?')[0])

    def renew_token(self) -> None:
        """Take the token that the reader gives, if it is another one."""
        token = self._read_token() if self._read_token else None
        if token and token != self._token:
            self._token = token
            self._client = self._client.with_auth(token)
            self.pace(self._bucket)

    def pace(self, bucket: TokenBucket | None) -> None:
        """Send bodies no faster than the bucket allows; None: as fast as can be."""
        self._bucket = bucket
        self._client.pace_uploads(bucket)

    def add_session(
        self, name: str, session_type: str, resolution: float, metadata: Mapping[str, Any]
    ) -> str:
        """Add a session, or find the one of this name; give its uid."""
        uid = str(self._client.add_session(
            name, session_type=session_type, resolution=resolution,
            session_aux_metadata=dict(metadata),
        ))
        if metadata.get('tags'):
            self.update_session(uid, metadata)
        return uid

    def update_session(self, uid: str, metadata: Mapping[str, Any]) -> None:
        """Merge into what the session says about itself."""
        sessions = self._client.get_asset_manager('sessions')
        # Sessions are searched by the tags of their documents.
        tags = {'tags': list(metadata['tags'])} if metadata.get('tags') else {}
        sessions.update_metadata(
            uid, {'session_aux': dict(metadata), **tags}, replace_sets=True)

    def make_span(self, uid: str, start: str, end: str) -> float:
        """Make the session's resolution coarse enough for a wider span; give it in seconds."""
        sessions = self._client.get_asset_manager('sessions')
        document = sessions.get_metadata(uid)
        bounds = [moment_of(bound) for bound in
                  (start, end, document.get('start_time'), document.get('end_time')) if bound]
        known = float(document.get('resolution') or DEFAULT_SESSION_RESOLUTION)
        resolution = coarse_enough(known, (max(bounds) - min(bounds)).total_seconds())
        if resolution != known:
            sessions.update_metadata(uid, {'resolution': resolution})
        return resolution

    def create_set(self, name: str, asset_type: str) -> str:
        """Create a set, or find the one of this name; give its id."""
        return str(self._client.create_set(name, asset_type))

    def add_to_set(self, set_id: str, ids: Sequence[str]) -> None:
        """Add assets that exist to a set."""
        self._client.add_assets_to_set(set_id, ids=list(ids), wait_for_completion=True)

    def documents(self, asset_type: str, ids: Sequence[str]) -> Mapping[str, Any]:
        """Give the documents of those that exist, by id; others are missing or None."""
        assets = self._client.get_asset_manager(asset_type)
        return dict(assets.get_metadata_in_batch(list(ids)))

    def put_assets(self, asset_type: str, assets: Sequence[NewAsset]) -> None:
        """Store assets; on return bytes and documents are there, and the bytes are verified."""
        self._client.get_asset_manager(asset_type).put_assets_batch(
            metadata=[dict(asset.document) for asset in assets],
            ids=[asset.id for asset in assets],
            file_objects=[asset.body for asset in assets],
            content_type=[asset.content_type for asset in assets],
            geo_field=GEO_FIELD,
            wait_for_completion=False,
        )

    def change_aux(self, asset_type: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Merge into what the ``aux`` of assets says, by id."""
        self._client.get_asset_manager(asset_type).update_metadata_batch(
            list(changes), [{'aux': dict(change)} for change in changes.values()],
            replace_sets=True, geo_field=GEO_FIELD)

    def without_bytes(self, asset_type: str, ids: Sequence[str]) -> Sequence[str]:
        """Give those that have a document but no bytes; none where the platform cannot tell."""
        if not self._client.can_check_content():
            return []
        return [name for name, digest in self.hashes(asset_type, ids).items() if digest is None]

    def recording_of(self, session_name: str) -> str | None:
        """Say which recording made the session of this name; None if none says so."""
        uid = self.find_session(session_name)
        if uid is None:
            return None
        document = self._client.get_asset_manager('sessions').get_metadata(uid)
        made_of = (document.get('session_aux') or {}).get(MADE_OF)
        return str(made_of) if made_of else None

    def hashes(self, asset_type: str, ids: Sequence[str]) -> Mapping[str, str | None]:
        """
        Hash the bytes of assets; SHA-256 by id, None if they are not there.

        A server that hashes them where they lie is asked to; from another they are downloaded.
        """
        assets = self._client.get_asset_manager(asset_type)
        if self._client.can_check_content():
            return dict(assets.get_hashes(list(ids)))
        return {name: _hash_of(assets, name) for name in ids}

    def missing_entities(self, session_uid: str, ids: Sequence[str]) -> Sequence[str] | None:
        """Give the ids of those entities that the session does not have; None: it cannot tell."""
        if not self._client.can_check_content():
            return None
        try:
            return list(self._client.missing_entities(session_uid, list(ids)))
        except ResponseError as error:
            if error.status != NOT_FOUND:
                raise
            return list(ids)

    def find_session(self, name: str) -> str | None:
        """Find a session by its name; give its uid."""
        query = {'filters': [{'field': 'session_name', 'values': [name]}]}
        found = self._client.search_assets('sessions', query)
        return str(found[0]) if found else None

    def make_previews(self, asset_type: str, ids: Sequence[str]) -> None:
        """Ask for what the web app shows first."""
        if asset_type == 'lidars':
            self._client.compress_lidars(list(ids), skip_factors=list(THINNED_BY))
            return
        compress = {'images': 'compress_images', 'videos': 'compress_videos'}[asset_type]
        for preset in PREVIEW_PRESETS:
            getattr(self._client, compress)(list(ids), use_preset=preset)

    def add_entities(self, entities: Sequence[Mapping[str, Any]]) -> None:
        """Add entities to their sessions; one with a known id changes nothing."""
        self._client.add_entities([dict(entity) for entity in entities])

    def end_session(
        self,
        uid: str,
        start: str,
        end: str,
        sources: Sequence[Mapping[str, str]],
        sensors: Sequence[Mapping[str, str]],
    ) -> None:
        """Widen the session to a span of time, say where its data came from, and resolve it."""
        self._client.extend_time_span(uid, [start, end])
        self._client.add_source_data(
            uid, [dict(source) for source in sources], [dict(sensor) for sensor in sensors]
        )
        self._client.resolve_session(uid)
