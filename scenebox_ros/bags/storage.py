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

"""What every kind of recording file looks like to the bag: channels, and raw messages in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
import heapq
from itertools import count
from operator import itemgetter
from typing import Any, Generic, Optional, Protocol, TypeVar

# Log time in nanoseconds, the channel's id, the message's bytes.
Raw = tuple[int, int, memoryview]
# Anything that begins with its time.
Timed = TypeVar('Timed', bound=tuple[Any, ...])

by_time = itemgetter(0)
# Overlapping blocks are open at the same time, up to this many bytes of messages.
MAX_OPEN_BYTES = 64 << 20
# MCAP counts time without a sign.
END_OF_TIME = 2**64


@dataclass(frozen=True)
class Definition:
    """A message type's own text; ``form`` is ``ros2msg``, ``ros2idl``, ``ros1msg`` or empty."""

    form: str = ''
    text: str = ''


@dataclass(frozen=True)
class Channel:
    """
    One topic as one file writes it.

    Attributes
    ----------
    msgtype
        As the file spells it; the bag normalizes it.
    encoding
        ``cdr`` and ``ros1`` can be read; others are only counted.
    latched
        A late subscriber got the last message too, as of ``/tf_static``.

    """

    id: int
    topic: str
    msgtype: str
    encoding: str
    definition: Definition = Definition()
    latched: bool = False


@dataclass(frozen=True)
class Loss:
    """
    What a recording should hold and does not.

    Attributes
    ----------
    topic
        None if it concerns the whole file, or if nobody can tell.
    start_ns, end_ns
        Log times between which messages are missing; None where that is unknown.
    reason
        What is broken, in words, with the file's name.
    messages
        How many were lost; None if unknown.

    """

    topic: Optional[str]
    start_ns: Optional[int]
    end_ns: Optional[int]
    reason: str
    messages: Optional[int] = None


class Storage(Protocol):
    """One open recording file."""

    channels: dict[int, Channel]
    counts: dict[int, int]
    start_ns: int
    end_ns: int
    losses: list[Loss]
    notes: list[str]
    # Of the message types, where the file tells: 'humble'.
    distro: str

    def read(self, wanted: Collection[int], start_ns: int, end_ns: int) -> Iterator[Raw]:
        """Give the wanted channels' messages from start to end, both included, by log time."""

    def close(self) -> None:
        """Let go of the file; may be called twice."""


@dataclass(frozen=True, eq=False)
class Source(Generic[Timed]):
    """Messages in order of time that are not read before they are due."""

    start_ns: int
    num_bytes: int
    read: Callable[[], Iterator[Timed]]


def in_time_order(sources: Collection[Source[Timed]]) -> Iterator[Timed]:
    """
    Merge sources by log time, opening each only when its time has come.

    Memory stays bounded when many sources overlap: beyond ``MAX_OPEN_BYTES`` the next source
    waits, and its messages come later than their time says.
    """
    waiting = sorted(sources, key=lambda source: source.start_ns, reverse=True)
    ties = count()
    heap: list[tuple[int, int, Timed, Iterator[Timed], int]] = []
    open_bytes = 0

    def push(messages: Iterator[Timed], num_bytes: int) -> int:
        first = next(messages, None)
        if first is None:
            return 0
        heapq.heappush(heap, (first[0], next(ties), first, messages, num_bytes))
        return num_bytes

    while heap or waiting:
        while waiting and _is_due(waiting[-1], heap, open_bytes):
            source = waiting.pop()
            open_bytes += push(source.read(), source.num_bytes)
        if not heap:
            continue
        _, _, rest, messages, num_bytes = heapq.heappop(heap)
        yield rest
        until = min(heap[0][0] if heap else END_OF_TIME,
                    waiting[-1].start_ns if waiting else END_OF_TIME)
        for rest in messages:
            if rest[0] >= until:
                break
            yield rest
        else:
            open_bytes -= num_bytes
            continue
        heapq.heappush(heap, (rest[0], next(ties), rest, messages, num_bytes))


def _is_due(
    source: Source[Timed],
    heap: list[tuple[int, int, Timed, Iterator[Timed], int]],
    open_bytes: int,
) -> bool:
    if not heap:
        return True
    if open_bytes and open_bytes + source.num_bytes > MAX_OPEN_BYTES:
        return False
    # At the same time the earlier source goes first, and is out of memory before the next is in.
    return source.start_ns < heap[0][0]
