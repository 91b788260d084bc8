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

"""What became of recordings, for a person: a line each, and below it what was not perfect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scenebox_ros import stamps
from scenebox_ros.bags.report import IngestReport
from scenebox_ros.bags.storage import Loss
from scenebox_ros.cli.console import say, size
from scenebox_ros.model.plain import plural

# Topics named in a line; more are counted.
SHOWN = 4


def tell_captures(ingests: Mapping[str, IngestReport], refused: Mapping[str, str]) -> None:
    """Tell of every recording what was read and what was not."""
    for path, ingest in ingests.items():
        say(f'{path}: {_summary(ingest)}')
        for line in _faults(ingest):
            say(f'  {line}')
    for reason in refused.values():
        say(reason)


def loss_lines(losses: Sequence[Loss]) -> Iterator[str]:
    """Write losses, those of many topics with one reason as one line."""
    by_reason: dict[str, list[Loss]] = {}
    for loss in losses:
        by_reason.setdefault(loss.reason, []).append(loss)
    for reason, group in by_reason.items():
        counted = sum(loss.messages or 0 for loss in group)
        topics = _names(loss.topic for loss in group if loss.topic)
        what = ' of '.join(part for part in (
            plural(counted, 'message') if counted else '', topics) if part)
        span = _span(group) or ('' if what else ' there')
        yield f'lost: {what or "what was"}{span}: {reason}'


def _span(group: Sequence[Loss]) -> str:
    starts = [loss.start_ns for loss in group if loss.start_ns is not None]
    ends = [loss.end_ns for loss in group if loss.end_ns is not None]
    if not starts:
        return ''
    until = f' to {stamps.to_iso(max(ends))}' if ends else ' on'
    return f' from {stamps.to_iso(min(starts))}{until}'


def _summary(ingest: IngestReport) -> str:
    captured = ingest.capture
    if not captured.total('received'):
        return 'nothing in it becomes anything'
    rate = ingest.num_bytes / max(ingest.seconds, 1e-9)
    return (
        f'{captured.total("received")} readings of {plural(len(ingest.topics), "topic")}, '
        f'{size(ingest.num_bytes)} in {ingest.seconds:.1f} s ({size(rate)}/s)'
    )


def _faults(ingest: IngestReport) -> Iterator[str]:
    yield from loss_lines(ingest.losses)
    for topic, told in ingest.topics.items():
        if told.undecodable:
            yield (f'{topic}: {plural(told.undecodable, "message")} cannot be decoded: '
                   f'{next(iter(told.reasons), "")}')
    for topic, counts in ingest.capture.streams.items():
        if counts.failed:
            reason = ingest.capture.errors.get(topic, '')
            yield f'{topic}: {plural(counts.failed, "frame")} cannot be encoded: {reason}'
        if counts.refused:
            yield f'{topic}: {plural(counts.refused, "record")} found no room in the spool'
        if counts.stamps_unbelieved:
            yield (f'{topic}: {plural(counts.stamps_unbelieved, "stamp")} up to '
                   f'{abs(counts.clock_offset_s):.0f} s away from the recording\'s clock, which '
                   'counts instead')
    by_reason: dict[str, list[str]] = {}
    for topic, reason in ingest.skipped.items():
        by_reason.setdefault(reason, []).append(topic)
    for reason, topics in by_reason.items():
        yield f'left out: {_names(topics)}: {reason}'
    yield from (f'note: {note}' for note in ingest.notes)


def _names(topics: Iterable[str]) -> str:
    names = sorted(set(topics))
    more = len(names) - SHOWN
    return ', '.join(names[:SHOWN]) + (f' and {more} more' if more > 0 else '')
