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

"""Topics that have fallen silent: a publisher is there, or is waited for, and nothing comes."""

from __future__ import annotations

from collections.abc import Mapping
import time


class Silence:
    """Remember since when each topic's count has not grown."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[int, float]] = {}

    def look(self, counts: Mapping[str, int], after_s: float) -> dict[str, float]:
        """Give the seconds by topic, of those that are silent for longer; 0 never tells."""
        now = time.monotonic()
        self._since = {
            topic: known if (known := self._since.get(topic)) and known[0] == count
            else (count, now)
            for topic, count in counts.items()
        }
        silent = {topic: now - since for topic, (_, since) in self._since.items()}
        return {topic: s for topic, s in silent.items() if after_s and s >= after_s}
