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

"""What an ingest did: every message of the bag is accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from scenebox_ros.bags.storage import Loss
from scenebox_ros.capture import CaptureReport
from scenebox_ros.model.settings import Role

_MAX_REASONS = 8


@dataclass
class TopicReport:
    """
    What became of one topic's messages.

    Attributes
    ----------
    read
        Messages read out of the bag.
    kept
        Readings that became something; one message may hold many.
    undecodable
        Messages that could not be deserialized or decoded, ``reasons`` with how often.

    """

    msgtype: str
    role: Role
    read: int = 0
    num_bytes: int = 0
    kept: int = 0
    undecodable: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def refuse(self, reason: str) -> None:
        """Count a message that cannot be decoded; rare reasons beyond a few are merged."""
        self.undecodable += 1
        is_full = len(self.reasons) >= _MAX_REASONS and reason not in self.reasons
        key = 'other reasons' if is_full else reason
        self.reasons[key] = self.reasons.get(key, 0) + 1


@dataclass(frozen=True)
class Progress:
    """
    How far an ingest is.

    Attributes
    ----------
    messages, total_messages
        Of the topics that are used; the total is an estimate if a time range was asked for.
    num_bytes
        Bytes of messages handled so far.
    log_ns
        Where in the recording it is.

    """

    messages: int
    total_messages: int
    num_bytes: int
    log_ns: int
    seconds: float

    @property
    def bytes_per_s(self) -> float:
        """Bytes a second so far; 0 before there is a rate."""
        return self.num_bytes / self.seconds if self.seconds else 0.0

    @property
    def eta_s(self) -> Optional[float]:
        """Seconds to go, at the rate so far; None before there is a rate."""
        if not self.messages or not self.seconds:
            return None
        return max(0, self.total_messages - self.messages) * self.seconds / self.messages


@dataclass(frozen=True)
class IngestReport:
    """
    What an ingest did.

    Attributes
    ----------
    session
        The session's local key.
    topics
        By name; only those that are used.
    losses, notes
        As of the bags, after all of them were read.
    num_bytes
        Bytes of messages.
    capture
        What capture made of the readings.
    is_complete
        False if the ingest was stopped before the end.
    skipped
        Topics with messages that were left out, and why.

    """

    session: str
    topics: Mapping[str, TopicReport]
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]
    num_bytes: int
    seconds: float
    capture: CaptureReport
    is_complete: bool = True
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def num_undecodable(self) -> int:
        """Messages of all topics that could not be decoded."""
        return sum(topic.undecodable for topic in self.topics.values())

    @property
    def is_perfect(self) -> bool:
        """Whether everything that was asked for was there and could be used."""
        failed = self.capture.total('failed') + self.capture.total('refused')
        return self.is_complete and not self.losses and not self.num_undecodable and not failed

    def to_dict(self) -> dict[str, Any]:
        """Give the report as a JSON value."""
        return {**asdict(self), 'capture': self.capture.as_json(), 'perfect': self.is_perfect}
