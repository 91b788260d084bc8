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

"""Deliver one batch: what the server has already is not sent again, what it lacks is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
import logging
from typing import Any

from scenebox_ros.errors import SceneBoxError
from scenebox_ros.model.plain import chunks
from scenebox_ros.model.records import ASSET_KINDS, PLACE_IS_HELD, Record
from scenebox_ros.spool import Entry
from scenebox_ros.upload.platform import NewAsset, Platform
from scenebox_ros.upload.sessions import Sessions

log = logging.getLogger(__name__)
MAX_ENTITIES = 1000


@dataclass(frozen=True)
class Delivered:
    """
    What a batch brought: new assets, assets that were there, entities, bytes.

    ``elsewhere`` counts the assets that were there by the other sessions that they belong to.
    """

    kind: str
    stored: int = 0
    existing: int = 0
    entities: int = 0
    body_bytes: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)


def batches_of(entries: Sequence[Entry]) -> list[list[Entry]]:
    """
    Group entries that can travel together: same session, kind and priority; order is kept.

    What is urgent (marks, previews) would else be as late as the last byte of its company.
    """
    groups: dict[tuple[str, str, int], list[Entry]] = {}
    for entry in entries:
        record = entry.record
        groups.setdefault((record.session, record.kind, record.priority), []).append(entry)
    return list(groups.values())


def deliver(
    batch: Sequence[Entry], sessions: Sessions, platform: Platform, previews: bool
) -> Delivered:
    """
    Deliver entries of one session and kind; on return the server has acknowledged all of them.

    Raises
    ------
    SceneBoxError
        If anything of it failed. Delivering the whole batch again changes nothing.

    """
    records = [entry.record for entry in batch]
    first = records[0]
    if first.kind == 'session':
        sessions.tell(first.session)
        return Delivered(first.kind)
    if first.kind == 'end':
        for record in records:
            sessions.end(record.session, record.document)
        return Delivered(first.kind)
    uid = sessions.uid(first.session)
    delivered = Delivered(first.kind)
    if first.kind in ASSET_KINDS:
        delivered = _deliver_assets(records, uid, sessions, platform, previews)
    sessions.widen(first.session, uid, records)
    # Of assets that were there too: an earlier attempt may have ended between the two.
    entities = _deliver_entities(records, uid, platform)
    sessions.stored(first.session, records)
    return replace(delivered, entities=entities)


def _deliver_assets(
    records: Sequence[Record], uid: str, sessions: Sessions, platform: Platform, previews: bool
) -> Delivered:
    kind = records[0].kind
    set_id = sessions.set_id(records[0].session, kind)
    documents = platform.documents(kind, [record.id for record in records])
    known = {name: document for name, document in documents.items() if document}
    # A document whose bytes are gone is no asset: it is stored again, with the bytes.
    for name in platform.without_bytes(kind, list(known)) if known else ():
        del known[name]
    new = [record for record in records if record.id not in known]
    outside = [name for name, document in known.items()
               if set_id not in (document.get('sets') or ())]
    if outside:
        platform.add_to_set(set_id, outside)
    places = surer_places(records, known)
    if places:
        platform.change_aux(kind, places)
    if new:
        platform.put_assets(kind, [_new_asset(record, uid, set_id) for record in new])
        if previews:
            _ask_for_previews(kind, new, platform)
    size = sum(len(record.body) for record in new)
    others = Counter(str(document.get('session_uid')) for document in known.values()
                     if document.get('session_uid') not in (None, uid))
    return Delivered(kind, len(new), len(records) - len(new), 0, size, others)


def surer_places(
    records: Sequence[Record], known: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """
    Give the positions of records that lie between two fixes, for documents that lack such a one.

    Where a recording was cut off, or was still going on, the last frames had the last fix's.
    """
    return {
        record.id: {'geolocation': said['geolocation'], PLACE_IS_HELD: False}
        for record in records if record.id in known
        for said, there in [(record.document['aux'], known[record.id].get('aux'))]
        if there and 'geolocation' in said and not said.get(PLACE_IS_HELD)
        and (there.get(PLACE_IS_HELD) or 'geolocation' not in there)
    }


def _ask_for_previews(kind: str, new: Sequence[Record], platform: Platform) -> None:
    try:
        platform.make_previews(kind, [record.id for record in new])
    except SceneBoxError as error:
        # An asset without a preview is whole all the same.
        log.warning('no previews of %d %s: %s', len(new), kind, error)


def _new_asset(record: Record, uid: str, set_id: str) -> NewAsset:
    document: dict[str, Any] = {**record.document, 'sets': [set_id], 'session_uid': uid}
    if record.kind == 'images':
        document.setdefault('preprocesses', [])
    return NewAsset(record.id, bytes(record.body), record.content_type, document)


def _deliver_entities(records: Sequence[Record], uid: str, platform: Platform) -> int:
    entities: list[Mapping[str, Any]] = [
        {'session': uid, **entity} for record in records for entity in record.entities
    ]
    for some in chunks(entities, MAX_ENTITIES):
        platform.add_entities(some)
    return len(entities)
