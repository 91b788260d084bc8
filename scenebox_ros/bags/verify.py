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

"""
Compare what recordings should have given with what the platform holds, item by item.

The recordings are read and captured anew into a ledger of ids and hashes; nothing of the upload's
own state is believed. Bytes are hashed again where they lie.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from scenebox_ros.bags.agreement import difference, is_exact, what_counts
from scenebox_ros.bags.recordings import Callback, capture_group, is_named, Options, sessions_of
from scenebox_ros.model.plain import chunks
from scenebox_ros.model.records import MADE_OF, Record
from scenebox_ros.upload.sessions import name_apart

ASSET_KINDS = ('images', 'videos', 'lidars')
CHUNK = 500


@dataclass(frozen=True)
class Item:
    """One thing that should be on the platform."""

    kind: str
    id: str
    topic: str
    stamp_ns: int
    sha256: str = ''
    is_exact: bool = False
    says: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """One item that is not there, or not as it should be, and how."""

    item: Item
    fault: str


class Holder(Protocol):
    """What verify asks of a platform."""

    def documents(self, asset_type: str, ids: Sequence[str]) -> Mapping[str, Any]:
        """Give the documents of those that exist, by id; others are missing or None."""

    def hashes(self, asset_type: str, ids: Sequence[str]) -> Mapping[str, str | None]:
        """Hash the bytes of assets; SHA-256 by id, None if they are not there."""

    def missing_entities(self, session_uid: str, ids: Sequence[str]) -> Sequence[str] | None:
        """Give the ids of those entities that the session does not have; None: it cannot tell."""

    def find_session(self, name: str) -> str | None:
        """Find a session by its name, for recordings without assets; give its uid."""


@dataclass(frozen=True)
class VerifyReport:
    """
    What was compared, and what is wrong.

    Attributes
    ----------
    expected
        Items by kind (``images lidars videos entities``).
    gaps
        What is missing or different.
    sessions
        The platform's uids of the sessions that the assets belong to.
    recordings
        How many recordings were read.
    encoded_anew
        Assets that another version of their encoder made.
    refused
        Recordings that cannot be read at all, and why.
    unchecked
        How many entities could not be looked for, because the platform cannot list them.

    """

    expected: Mapping[str, int]
    gaps: Sequence[Gap]
    sessions: Sequence[str]
    recordings: int
    encoded_anew: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    unchecked: int = 0

    @property
    def is_perfect(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.gaps and not self.refused

    def to_dict(self) -> dict[str, Any]:
        """Give the report as a JSON value."""
        return {'perfect': self.is_perfect, **asdict(self)}


@dataclass
class _Findings:
    """What was found so far."""

    gaps: list[Gap] = field(default_factory=list)
    encoded_anew: int = 0
    unchecked: int = 0


@dataclass
class _Ledger:
    """A sink that remembers what should be there, without the bytes."""

    about: Mapping[str, Any] = field(default_factory=dict)
    assets: dict[str, dict[str, Item]] = field(default_factory=dict)
    entities: dict[str, Item] = field(default_factory=dict)

    def put(self, records: Sequence[Record]) -> None:
        for record in records:
            if record.kind in ASSET_KINDS:
                item = Item(record.kind, record.id, record.stream, record.stamp_ns, record.sha256,
                            is_exact(record), what_counts(record.document))
                self.assets.setdefault(record.kind, {})[record.id] = item
            elif record.kind == 'session':
                self.about = record.document
            for entity in record.entities:
                name = str(entity['entity_id'])
                self.entities[name] = Item('entities', name, record.stream, record.stamp_ns)


def verify(
    paths: Sequence[Path],
    holder: Holder,
    options: Options | None = None,
    progress: Callback | None = None,
) -> VerifyReport:
    """
    Verify that recordings have arrived.

    Parameters
    ----------
    paths
        Recordings.
    holder
        The platform.
    options
        As they were for the upload.
    progress
        Called while the recordings are read.

    Returns
    -------
    VerifyReport
        Every gap with topic, stamp and fault.

    """
    options = options or Options()
    findings = _Findings()
    expected: Counter[str] = Counter()
    refused: dict[str, str] = {}
    sessions: list[str] = []
    for group in sessions_of(paths, options):
        ledger = _Ledger()
        refused |= capture_group(group, ledger, options, progress).refused
        uids: Counter[str] = Counter()
        for kind, items in ledger.assets.items():
            expected[kind] += len(items)
            _compare_assets(kind, items, holder, uids, findings)
        expected['entities'] += len(ledger.entities)
        uid = _session_of(ledger, uids, holder, options)
        _compare_entities(ledger.entities, uid, holder, findings)
        sessions += [uid] if uid and uid not in sessions else []
    read = len(paths) - len(refused)
    return VerifyReport(
        dict(expected), findings.gaps, sessions, read, findings.encoded_anew, refused,
        findings.unchecked,
    )


def _session_of(
    ledger: _Ledger, uids: Counter[str], holder: Holder, options: Options
) -> str | None:
    """Find the session that recordings went to: the one of their name, or of their assets."""
    name = str(ledger.about.get('name', ''))
    if uids and not is_named(options):
        return uids.most_common(1)[0][0]
    made_of = ledger.about.get('metadata', {}).get(MADE_OF)
    apart = holder.find_session(name_apart(name, made_of)) if made_of else None
    return apart or (holder.find_session(name) if name else None)


def _compare_assets(
    kind: str, items: Mapping[str, Item], holder: Holder, uids: Counter[str], findings: _Findings
) -> None:
    for chunk in chunks(items.values(), CHUNK):
        documents = holder.documents(kind, [item.id for item in chunk])
        present = [item for item in chunk if documents.get(item.id)]
        findings.gaps += [
            Gap(item, 'not on the server') for item in chunk if not documents.get(item.id)
        ]
        hashes = holder.hashes(kind, [item.id for item in present])
        for item in present:
            document = documents[item.id]
            uids[document.get('session_uid') or ''] += 1
            fault = _fault(item, document, hashes.get(item.id)) or difference(item.says, document)
            if fault:
                findings.gaps.append(Gap(item, fault))
            else:
                findings.encoded_anew += item.sha256 != hashes[item.id]
    uids.pop('', None)


def _fault(item: Item, document: Mapping[str, Any], held: str | None) -> str:
    """Say what is wrong with an asset that has a document; empty if nothing is."""
    if held is None:
        return 'its document is on the server, but its bytes are not'
    promised = document.get('sha256')
    if promised and held != promised:
        return f'its bytes have changed on the server: hash {held[:12]}, stored {promised[:12]}'
    # Another version of an encoder may give other bytes for the same frame: the id says that the
    # frame is the same, the stored hash that the bytes are those that were sent.
    if held != item.sha256 and (item.is_exact or not promised):
        return f'its bytes differ: hash {held[:12]} on the server, {item.sha256[:12]} expected'
    return ''


def _compare_entities(
    items: Mapping[str, Item], uid: str | None, holder: Holder, findings: _Findings
) -> None:
    if not uid:
        findings.gaps += [Gap(item, 'its session is not on the server') for item in items.values()]
        return
    missing = holder.missing_entities(uid, list(items))
    if missing is None:
        findings.unchecked += len(items)
    else:
        findings.gaps += [Gap(items[name], f'not in session {uid}') for name in missing]
