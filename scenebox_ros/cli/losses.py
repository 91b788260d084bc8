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

"""What was lost of recordings, in words; the same reason is told once."""

from __future__ import annotations

from collections import Counter

from scenebox_ros.bags.report import IngestReport
from scenebox_ros.bags.transfer import TransferReport
from scenebox_ros.cli.console import plural, say


def tell_losses(report: TransferReport) -> None:
    """Say what of the recordings did not arrive, and why."""
    for path, ingest in report.ingests.items():
        for line in losses_of(ingest):
            say(f'{path}: {line}')
        if not ingest.topics:
            say(f'{path}: no topic becomes anything; scenebox upload --dry-run says why')
    for path, reason in report.refused.items():
        say(reason if path in reason else f'{path}: {reason}')
    if report.upload.set_aside:
        say(f'entries that the server refused: {report.upload.set_aside}; '
            f'{report.upload.last_error}')


def losses_of(ingest: IngestReport) -> list[str]:
    """Say what was lost of one recording: places, and messages by topic."""
    places = Counter(
        f'{loss.topic} {loss.reason}' if loss.topic else loss.reason for loss in ingest.losses
    )
    lines = [f'lost: {reason}' + (f' ({count} times)' if count > 1 else '')
             for reason, count in places.items()]
    for topic, told in ingest.topics.items():
        if told.undecodable:
            lines.append(f'{topic}: {plural(told.undecodable, "message")} cannot be decoded: '
                         f'{next(iter(told.reasons), "")}')
    for topic, counts in ingest.capture.streams.items():
        if counts.failed:
            lines.append(f'{topic}: {plural(counts.failed, "frame")} cannot be encoded')
        if counts.refused:
            lines.append(f'{topic}: {plural(counts.refused, "record")} found no room in the spool')
    return lines
