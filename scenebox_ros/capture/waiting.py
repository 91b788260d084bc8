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
from scenebox_ros.capture.positions import Positions
from scenebox_ros.errors import DecodeError, EncodeError
from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.records import Record

log = logging.getLogger(__name__)
MAX_WAITING = 4096
MAX_WAITING_BYTES = 256 * 1024 * 1024


@dataclass(eq=False)
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
        Whether it still waits for a fix.
    is_raw
        Whether it holds pixels or points until they are encoded, many times what it becomes.
    position
        Where it was, once that is settled.

    """

    asset: Future[Asset]
    finish: Callable[[Asset, Position | None], Record]
    fail: Callable[[Exception], None]
    stamp_ns: int
    received_ns: int
    wants_position: bool
    is_raw: bool = False
    position: Position | None = None
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
    max_raw
        Raw frames being encoded at once; one more waits for the oldest. Of all frames, twice as
        many: what passes through between raw ones must not let their encoders wait.

    """

    def __init__(self, positions: Positions, wait_ns: int, max_raw: int) -> None:
        self._positions = positions
        self._wait_ns = wait_ns
        self._max_raw = max_raw
        self._num_raw = 0
        self._line: deque[Held] = deque()
        self._encoding: deque[Held] = deque()
        self._unplaced: deque[Held] = deque()
        self._num_bytes = 0

    def __len__(self) -> int:
        return len(self._line)

    def push(self, held: Held) -> None:
        """Take a place at the end; blocks while too many frames are being encoded."""
        self._line.append(held)
        self._encoding.append(held)
        self._num_raw += held.is_raw
        if held.wants_position and self._positions.reach(held.stamp_ns):
            self._place(held)
        elif held.wants_position:
            self._unplaced.append(held)
        while self._num_raw > self._max_raw or len(self._encoding) > 2 * self._max_raw:
            self._settle_oldest()
        self._settle()

    def fixed(self) -> None:
        """Hear of a new fix: what it was waited for gets its position."""
        waiting, self._unplaced = self._unplaced, deque()
        for held in waiting:
            if self._positions.reach(held.stamp_ns):
                self._place(held)
            else:
                self._unplaced.append(held)

    def release(self, now_ns: int, everything: bool = False) -> list[Record]:
        """Give the records whose turn has come, in order."""
        self._settle()
        # By the clock of arrivals, not when the encoder is done: the same in every run.
        while self._unplaced and (everything or self._is_too_late(self._unplaced[0], now_ns)):
            self._place(self._unplaced.popleft())
        records: list[Record] = []
        while self._line and (everything or self._is_due(self._line[0])):
            held = self._line.popleft()
            if held.wants_position:
                # It leaves before its time, because too much waits.
                self._unplaced.remove(held)
                self._place(held)
            if self._encoding and self._encoding[0] is held:
                self._settle_oldest()
            self._num_bytes -= held.num_bytes
            record = self._finished(held)
            if record is not None:
                records.append(record)
        return records

    def _place(self, held: Held) -> None:
        held.position = self._positions.at(held.stamp_ns)
        held.wants_position = False

    def _is_too_late(self, held: Held, now_ns: int) -> bool:
        return now_ns - held.received_ns > self._wait_ns

    def _is_due(self, head: Held) -> bool:
        if len(self._line) > MAX_WAITING or self._num_bytes > MAX_WAITING_BYTES:
            return True
        return head.asset.done() and not head.wants_position

    def _settle(self) -> None:
        """Account for what is encoded, in order."""
        while self._encoding and self._encoding[0].asset.done():
            self._settle_oldest()

    def _settle_oldest(self) -> None:
        """Account for the oldest; waits until it is encoded."""
        oldest = self._encoding[0]
        if oldest.asset.exception() is None:
            oldest.num_bytes = len(oldest.asset.result().body)
            self._num_bytes += oldest.num_bytes
        self._encoding.popleft()
        self._num_raw -= oldest.is_raw

    def _finished(self, held: Held) -> Record | None:
        error = held.asset.exception()
        if error is not None:
            if not isinstance(error, Exception):
                raise error
            # One frame must not end the recording; what is no error of ours is a bug of ours.
            if not isinstance(error, (EncodeError, DecodeError)):
                log.error('a frame was lost to a bug, please report it', exc_info=error)
            held.fail(error)
            return None
        return held.finish(held.asset.result(), held.position)
