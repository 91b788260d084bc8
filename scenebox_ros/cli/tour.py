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

"""What there is to see of a session: counts, and one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
import time
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.codecs.pcd import decode_pcd
from scenebox_ros.demo.picture import draw_session

ASSET_TYPES = ('images', 'videos', 'lidars')
RESOLVED = 'resolved'
WAIT_S = 120.0
FRAMES = 8


@dataclass(frozen=True)
class Summary:
    """
    A session as the server tells it.

    Attributes
    ----------
    counts
        Assets by type, and ``fixes``.
    num_bytes
        Of all assets.
    seconds
        Its length.
    status
        Of its resolution.

    """

    uid: str
    name: str
    counts: Mapping[str, int]
    num_bytes: int
    seconds: float
    status: str

    @property
    def content(self) -> str:
        """Say what is in it: counts that are not zero."""
        told = ', '.join(f'{count} {kind}' for kind, count in self.counts.items() if count)
        return told or 'quantities only'

    @property
    def is_visible(self) -> bool:
        """Tell whether there is anything to draw."""
        return any(self.counts.get(kind) for kind in ('images', 'lidars', 'fixes'))

    @property
    def richness(self) -> tuple[int, int]:
        """Order sessions by how much there is to draw."""
        kinds = sum(bool(count) for count in self.counts.values())
        return kinds, sum(self.counts.values())


def summarize(client: SceneEngineClient, uid: str) -> Summary:
    """Wait until a session is resolved, and say what is in it."""
    status = _wait_until_resolved(client, uid)
    session = client.get_asset_manager('sessions').get_metadata(uid)
    documents = {kind: assets_of(client, uid, kind) for kind in ASSET_TYPES}
    counts = {kind: len(found) for kind, found in documents.items()}
    counts['fixes'] = sum(1 for _ in client.iterate_entities(uid, ['geolocation']))
    num_bytes = sum(
        int(document.get('num_bytes') or 0) for found in documents.values() for document in found
    )
    start, end = (_seconds(session.get(key)) for key in ('start_time', 'end_time'))
    return Summary(uid, str(session['session_name']), counts, num_bytes, end - start, status)


def assets_of(client: SceneEngineClient, uid: str, kind: str) -> Sequence[Mapping[str, Any]]:
    """List a session's assets of a type by time."""
    found = client.get_asset_manager(kind).search_meta_large(filters={'session_uid': [uid]})
    return sorted(found, key=lambda document: str(document.get('timestamp')))


def draw(client: SceneEngineClient, summary: Summary, path: Path) -> Path:
    """Draw a session out of what the server holds."""
    images, lidars = (assets_of(client, summary.uid, kind) for kind in ('images', 'lidars'))
    step = max(1, len(images) // FRAMES)
    manager = client.get_asset_manager('images')
    frames = [manager.get_bytes(str(document['id'])) for document in images[::step]]
    cloud = None
    if lidars:
        middle = str(lidars[len(lidars) // 2]['id'])
        cloud = decode_pcd(client.get_asset_manager('lidars').get_bytes(middle))
    fixes = sorted(
        client.iterate_entities(summary.uid, ['geolocation']), key=lambda fix: fix['timestamp']
    )
    track = [(fix['geolocation']['lat'], fix['geolocation']['lon']) for fix in fixes]
    return draw_session(f'{summary.name}: {summary.content}', frames, cloud, track, path)


def _wait_until_resolved(client: SceneEngineClient, uid: str) -> str:
    deadline = time.monotonic() + WAIT_S
    status = str(client.get_session_resolution_status(uid))
    while status != RESOLVED and time.monotonic() < deadline:
        time.sleep(0.1)
        status = str(client.get_session_resolution_status(uid))
    return status


def _seconds(moment: str | None) -> float:
    if not moment:
        return 0.0
    from datetime import datetime

    return stamps.from_datetime(datetime.fromisoformat(moment)) / stamps.NS_PER_S
