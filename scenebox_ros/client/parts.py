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
Decide how large the parts of an upload are, and how many go at once.

A part counts when the storage has acknowledged it. What is under way is lost when the run is cut
off: what the network takes in ``SPAN_S`` and a part of the least size, or only that if it is slow.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
import threading

MIB = 2**20
# The least that S3 and Google Cloud Storage take, but for the last part.
LEAST = 5 * MIB
# What the original client sends. Larger ones are no faster.
MOST = 50 * MIB
# S3 numbers parts up to here.
MAX_PARTS = 10_000
SPAN_S = 4.0


@dataclass(frozen=True)
class Part:
    """A range of the file: ``size`` bytes from ``start``; parts count from 1."""

    number: int
    start: int
    size: int


class Flow:
    """
    What the network has taken so far, and what follows for the next parts.

    Attributes
    ----------
    count
        How many parts to send at once.
    size
        How large the next one should be, in bytes.

    """

    def __init__(self, most_at_once: int) -> None:
        self.count = 1
        self.size = LEAST
        self._most_at_once = max(1, most_at_once)
        self._lock = threading.Lock()

    def took(self, num_bytes: int, seconds: float) -> None:
        """Learn from a part that was acknowledged after so long."""
        with self._lock:
            in_span = self.count * num_bytes / max(seconds, 1e-3) * SPAN_S
            # Rounded up: it may be a connection that limits, not the network.
            self.count = min(self._most_at_once, math.ceil(in_span / LEAST))
            self.size = int(min(MOST, max(LEAST, in_span / self.count)))


def next_size(wanted: int, left: int, number: int) -> int:
    """
    Tell how large a part becomes.

    Parameters
    ----------
    wanted
        How large it should be.
    left
        How many bytes no part has yet.
    number
        The part's number.

    Returns
    -------
    int
        As wanted, or more where the numbers would not suffice otherwise, or what is left.

    """
    least = math.ceil(left / max(1, MAX_PARTS + 1 - number))
    return min(left, max(wanted, least))
