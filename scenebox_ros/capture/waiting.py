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
The line in which records wait: for their encoder, and for the next fix.

Threads: the encoders' pool completes futures; everything else happens in the caller's thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
import logging

from scenebox_ros.capture.frames import Asset
from scenebox_ros.capture.positions import Position, Positions
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.records import Record

log = logging.getLogger(__name__)
MAX_WAITING = 4096
MAX_WAITING_BYTES = 256 * 1024 * 1024


@dataclass
class Held:
    """
    One place in the line.

    Attributes
    ----------
    asset
        The encoder's promise.
    finish
        Makes the record of the asset and its position.
    fail
        Takes the error if there will be no asset.
    stamp_ns, received_ns
        When it was, by the policy's clock, and when it arrived.
    wants_position
        Whether it waits for a fix.

    """

    asset: Future[Asset]
    finish: Callable[[Asset, Position | None], Record]
    fail: Callable[[Exception], None]
    stamp_ns: int
    received_ns: int
    wants_position: bool
    num_bytes: int = 0


def ready(record: Record) -> Held:
    """Give a finished record a place in the line, so that it keeps its turn."""
    future: Future[Asset] = Future()
    future.set_result(Asset(record.kind, b'', '', ''))
    return Held(future, lambda asset, position: record, _never, 0, 0, wants_position=False)


def _never(error: Exception) -> None:
    raise error


class WaitingLine:
    """
    First in, first out; bounded.

    Parameters
    ----------
    positions
        Asked whether waiting longer would help, and for the position.
    wait_ns
        How long the line's head waits for a fix, by the clock of arrivals.
    max_encoding
        Frames being encoded at once; one more waits for the oldest.

    """

    def __init__(self, positions: Positions, wait_ns: int, max_encoding: int) -> None:
        self._positions = positions
        self._wait_ns = wait_ns
        self._max_encoding = max_encoding
        self._line: deque[Held] = deque()
        self._encoding: deque[Held] = deque()
        self._num_bytes = 0

    def __len__(self) -> int:
        return len(self._line)

    def push(self, held: Held) -> None:
        """Take a place at the end; blocks while too many frames are being encoded."""
        self._line.append(held)
        self._encoding.append(held)
        self._settle(self._max_encoding)

    def release(self, now_ns: int, everything: bool = False) -> list[Record]:
        """Give the records whose turn has come, in order."""
        self._settle(len(self._encoding))
        records: list[Record] = []
        while self._line and (everything or self._is_due(self._line[0], now_ns)):
            held = self._line.popleft()
            self._settle(0, until=held)
            self._num_bytes -= held.num_bytes
            record = self._finished(held)
            if record is not None:
                records.append(record)
        return records

    def _is_due(self, head: Held, now_ns: int) -> bool:
        if len(self._line) > MAX_WAITING or self._num_bytes > MAX_WAITING_BYTES:
            return True
        if not head.asset.done():
            return False
        if not head.wants_position or self._positions.reach(head.stamp_ns):
            return True
        return now_ns - head.received_ns > self._wait_ns

    def _settle(self, allowed: int, until: Held | None = None) -> None:
        """Account for what is encoded; wait for the oldest while more than allowed are not."""
        while self._encoding:
            oldest = self._encoding[0]
            must_wait = len(self._encoding) > allowed if until is None else until is oldest
            if not (must_wait or oldest.asset.done()):
                return
            if oldest.asset.exception() is None:
                oldest.num_bytes = len(oldest.asset.result().body)
                self._num_bytes += oldest.num_bytes
            self._encoding.popleft()

    def _finished(self, held: Held) -> Record | None:
        error = held.asset.exception()
        if error is not None:
            # A frame that cannot be encoded is counted; anything else is a bug and must be seen.
            if not isinstance(error, EncodeError):
                raise error
            held.fail(error)
            return None
        position = self._positions.at(held.stamp_ns) if held.wants_position else None
        return held.finish(held.asset.result(), position)
