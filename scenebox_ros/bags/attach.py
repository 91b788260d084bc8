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

"""Findings about a recording as events of its session, where they can be searched and seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scenebox_ros import ids, stamps
from scenebox_ros.bags.inspect import BagInspection
from scenebox_ros.bags.quality import Finding
from scenebox_ros.model.plain import chunks
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.upload import Platform

# Events are searched by this name; the value says what and where.
EVENT = 'quality'
# A moment must have a length to be seen on a timeline.
_MIN_LENGTH_NS = 1_000_000
_CHUNK = 500


def events_of(
    inspection: BagInspection, span_ns: tuple[int, int] | None = None
) -> list[dict[str, Any]]:
    """
    Make an event of every finding.

    Parameters
    ----------
    inspection
        What was found.
    span_ns
        The session's start and end: events are kept inside, so that none makes it longer.

    Returns
    -------
    list of dict
        Entities without their session; the same finding has the same id.

    """
    first, last = span_ns or (inspection.start_ns, inspection.end_ns)
    offsets = {topic.topic: _offset_ns(topic.stamp_offset_s) for topic in inspection.topics}
    return [
        _event(finding, offsets.get(finding.topic or '', 0), first, last)
        for finding in inspection.findings
    ]


def attach(platform: Platform, session_uid: str, events: Sequence[dict[str, Any]]) -> int:
    """
    Store events in a session.

    Returns
    -------
    int
        How many events; repeating it adds none.

    Raises
    ------
    SceneBoxError
        If the platform cannot be reached or refuses.

    """
    for some in chunks(events, _CHUNK):
        platform.add_entities([{'session': session_uid, **event} for event in some])
    return len(events)


def _offset_ns(offset_s: float | None) -> int:
    """Give what leads from log times to the session's; as capture, believe no wild clock."""
    if offset_s is None or abs(offset_s) > StreamSettings.max_clock_offset_s:
        return 0
    return round(offset_s * stamps.NS_PER_S)


def _event(finding: Finding, offset_ns: int, first_ns: int, last_ns: int) -> dict[str, Any]:
    start_ns = _within(finding.start_ns, offset_ns, first_ns, last_ns, first_ns)
    end_ns = _within(finding.end_ns, offset_ns, first_ns, last_ns, last_ns)
    end_ns = max(end_ns, start_ns + _MIN_LENGTH_NS)
    where = finding.topic or 'recording'
    return {
        'timestamp': stamps.to_iso(start_ns),
        'start_time': stamps.to_iso(start_ns),
        'end_time': stamps.to_iso(end_ns),
        'enrichments': [],
        'entity_id': ids.entity_id(
            EVENT, where, finding.kind, finding.start_ns, finding.end_ns, finding.message),
        'entity_name': EVENT,
        'entity_value': [finding.kind, where, finding.message],
        'entity_type': 'state_set',
        'influence': 'interval',
    }


def _within(
    moment_ns: int | None, offset_ns: int, first_ns: int, last_ns: int, otherwise_ns: int
) -> int:
    if moment_ns is None:
        return otherwise_ns
    return min(max(moment_ns + offset_ns, first_ns), last_ns)
