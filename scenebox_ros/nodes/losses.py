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

"""What the middleware lost: publishers number their messages, and gaps say how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

# Publishers of one topic whose last number is known; more come only as players start anew.
MOST_PUBLISHERS = 64


class Losses:
    """
    Count lost messages by topic.

    The middleware's own event tells of messages that never arrived, but not of those that it gave
    up for newer ones while nobody took them. Where it hands over the publishers' numbers, they
    count instead.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._last: dict[str, dict[bytes, int]] = {}

    def heard(self, topic: str, info: Mapping[str, Any]) -> None:
        """Count what is missing between this message and the one before of its publisher."""
        number, gid = info.get('publication_sequence_number'), info.get('publisher_gid')
        if number is None or gid is None:
            return
        last = self._last.setdefault(topic, {})
        publisher = gid['data']
        self.counts[topic] += max(0, number - last.pop(publisher, number - 1) - 1)
        last[publisher] = number
        if len(last) > MOST_PUBLISHERS:
            del last[next(iter(last))]

    def told(self, topic: str, count: int) -> None:
        """Count what the middleware's event tells, where messages have no numbers."""
        if topic not in self._last:
            self.counts[topic] += count

    def forget(self, topic: str) -> None:
        """Expect any number next: the topic is no longer listened to."""
        self._last.pop(topic, None)
