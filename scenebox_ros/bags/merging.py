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

"""Reports of parts, as one report of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from scenebox_ros.bags.report import IngestReport, TopicReport
from scenebox_ros.capture import CaptureReport, StreamCounts
from scenebox_ros.upload import UploadReport


def merged_ingests(parts: Sequence[IngestReport]) -> IngestReport:
    """Sum up reports of parts of the same recordings."""
    topics: dict[str, TopicReport] = {}
    for part in parts:
        for name, topic in part.topics.items():
            into = topics.setdefault(name, TopicReport(topic.msgtype, topic.role))
            into.read += topic.read
            into.num_bytes += topic.num_bytes
            into.kept += topic.kept
            into.undecodable += topic.undecodable
            for reason, count in topic.reasons.items():
                into.reasons[reason] = into.reasons.get(reason, 0) + count
    return replace(
        parts[0],
        topics=topics,
        losses=tuple(dict.fromkeys(loss for part in parts for loss in part.losses)),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        num_bytes=sum(part.num_bytes for part in parts),
        seconds=max(part.seconds for part in parts),
        capture=_merged_captures([part.capture for part in parts]),
        is_complete=all(part.is_complete for part in parts),
    )


def _merged_captures(parts: Sequence[CaptureReport]) -> CaptureReport:
    streams: dict[str, StreamCounts] = {}
    for part in parts:
        for name, counts in part.streams.items():
            streams[name] = _summed(streams.get(name, StreamCounts()), counts)
    filled = [part for part in parts if part.end_ns]
    return CaptureReport(
        session=parts[0].session,
        start_ns=min((part.start_ns for part in filled), default=0),
        end_ns=max((part.end_ns for part in filled), default=0),
        streams=streams,
        errors={name: error for part in parts for name, error in part.errors.items()},
    )


def _summed(one: StreamCounts, two: StreamCounts) -> StreamCounts:
    total = {entry.name: getattr(one, entry.name) + getattr(two, entry.name)
             for entry in fields(StreamCounts)}
    total['clock_offset_s'] = max(one.clock_offset_s, two.clock_offset_s, key=abs)
    return StreamCounts(**total)


def merged_uploads(parts: Iterable[UploadReport]) -> UploadReport:
    """Sum up what several uploaders did."""
    parts = list(parts)
    stored: Counter[str] = Counter()
    existing: Counter[str] = Counter()
    for part in parts:
        stored.update(part.stored)
        existing.update(part.existing)
    return UploadReport(
        stored=dict(stored),
        existing=dict(existing),
        entities=sum(part.entities for part in parts),
        body_bytes=sum(part.body_bytes for part in parts),
        set_aside=sum(part.set_aside for part in parts),
        failures=sum(part.failures for part in parts),
        sessions={key: uid for part in parts for key, uid in part.sessions.items()},
        ended=tuple(key for part in parts for key in part.ended),
        last_error=next((part.last_error for part in parts if part.last_error), ''),
    )


def merged_notes(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put together what the parts noted about their session: its span, sensors, videos."""
    whole: dict[str, Any] = {}
    spans = [bound for part in parts for bound in part.get('span_ns', ())]
    for part in parts:
        whole = {**part, **whole}
    if spans:
        whole['span_ns'] = [min(spans), max(spans)]
    for name in ('sensors', 'videos'):
        whole[name] = {key: value for part in parts for key, value in part.get(name, {}).items()}
    return whole
