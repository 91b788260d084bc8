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

"""Entities of sessions that wait until there are enough of them to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import threading
from typing import Any

BUFFER = 1000


class EntityBuffer:
    """Entities that wait to be sent; any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Mapping[str, Any]] = []

    def __reduce__(self) -> tuple[type[EntityBuffer], tuple[()]]:
        # What waits is sent by the one that it was given to, not by copies in other processes.
        return EntityBuffer, ()

    def add(self, dicts: Sequence[Mapping[str, Any]]) -> bool:
        """Keep entities; tell whether there are enough to be sent."""
        with self._lock:
            self._waiting.extend(dicts)
            return len(self._waiting) > BUFFER

    def take(self) -> list[Mapping[str, Any]]:
        """Take everything that waits."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def put_back(self, dicts: Sequence[Mapping[str, Any]]) -> None:
        """Keep what could not be sent, before what came since."""
        with self._lock:
            self._waiting[:0] = dicts
