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
Pre- and post-roll: what happened before a trigger is kept, too.

A ring per topic holds the last seconds. A trigger passes on what the ring holds and opens the
topic's gate for the seconds after; triggers that overlap keep the gate open longer. What is passed
on has left the ring, so nothing is passed on twice.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from scenebox_ros.errors import SettingsError
from scenebox_ros.stamps import NS_PER_S

T = TypeVar('T')
CLOCK_JUMP_NS = NS_PER_S


@dataclass(frozen=True)
class RollSettings:
    """
    How much around a trigger is kept.

    Attributes
    ----------
    before_s, after_s
        Seconds before and after a trigger.
    topics
        Other seconds (before, after) for some topics.
    max_bytes
        What all rings together may hold; beyond it the oldest goes, and the pre-roll is shorter.

    """

    before_s: float = 10.0
    after_s: float = 10.0
    topics: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    max_bytes: int = 256_000_000

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the value."""
        for before_s, after_s in [(self.before_s, self.after_s), *self.topics.values()]:
            if before_s < 0 or after_s < 0:
                raise SettingsError(
                    f'a roll of {before_s} s before and {after_s} s after: neither may be negative'
                )

    def window_of(self, topic: str) -> tuple[int, int]:
        """Give a topic's window around a trigger: nanoseconds before, nanoseconds after."""
        before_s, after_s = self.topics.get(topic, (self.before_s, self.after_s))
        return round(before_s * NS_PER_S), round(after_s * NS_PER_S)


def read_rolls(lines: Sequence[str]) -> dict[str, tuple[float, float]]:
    """
    Read lines like ``/lidar/points 2.0 5.0``: topic, seconds before, seconds after.

    Raises
    ------
    SettingsError
        If a line is not of this form.

    """
    rolls = {}
    for line in lines:
        try:
            topic, before, after = line.split()
            rolls[topic] = float(before), float(after)
        except ValueError as error:
            raise SettingsError(
                f'{line!r} is no roll; write a topic, seconds before and seconds after, like '
                "'/lidar/points 2.0 5.0'"
            ) from error
    return rolls


@dataclass(frozen=True, eq=False)
class _Held(Generic[T]):
    """One thing in a ring; ``number`` is its place in the order of arrival."""

    number: int
    topic: str
    thing: T
    at_ns: int
    size: int


class Roll(Generic[T]):
    """
    Rings of what just came, one a topic.

    Parameters
    ----------
    settings
        How much is kept.

    Attributes
    ----------
    held_bytes
        What the rings hold now.
    let_go
        By topic, what no trigger asked for.
    cut_short
        By topic, what had to go earlier because the rings were full.

    """

    def __init__(self, settings: RollSettings) -> None:
        self._settings = settings
        self._rings: dict[str, deque[_Held[T]]] = {}
        self._trigger_ns: int | None = None
        self._count = 0
        self._newest_ns = 0
        self.held_bytes = 0
        self.let_go: Counter[str] = Counter()
        self.cut_short: Counter[str] = Counter()

    def reconfigure(self, settings: RollSettings) -> None:
        """Use other seconds from now on."""
        self._settings = settings

    def offer(self, topic: str, thing: T, at_ns: int, size: int) -> bool:
        """
        Take what came; say whether it is to be passed on at once.

        Parameters
        ----------
        topic
            Where it came from.
        thing
            Anything.
        at_ns
            When it arrived.
        size
            Bytes that holding it costs.

        """
        self._watch_clock(at_ns)
        before_ns, after_ns = self._settings.window_of(topic)
        if self._trigger_ns is not None and at_ns <= self._trigger_ns + after_ns:
            return True
        self._count += 1
        ring = self._rings.setdefault(topic, deque())
        ring.append(_Held(self._count, topic, thing, at_ns, size))
        self.held_bytes += size
        self._drop_older_than(at_ns - before_ns, ring)
        while self.held_bytes > self._settings.max_bytes:
            self._drop_oldest()
        return False

    def trigger(self, at_ns: int) -> list[T]:
        """
        Keep what is around a moment.

        Returns
        -------
        list
            What the rings hold of the seconds before, in the order of arrival. What comes in the
            seconds after, :meth:`offer` passes on.

        """
        self._watch_clock(at_ns)
        self._trigger_ns = max(at_ns, self._trigger_ns or at_ns)
        found: list[_Held[T]] = []
        for topic, ring in self._rings.items():
            before_ns, _ = self._settings.window_of(topic)
            self._drop_older_than(at_ns - before_ns, ring)
            found += ring
            ring.clear()
        self.held_bytes -= sum(held.size for held in found)
        return [held.thing for held in sorted(found, key=lambda held: held.number)]

    def _watch_clock(self, now_ns: int) -> None:
        """Where the clock is set back, move what is remembered with it: seconds stay seconds."""
        jump_ns = now_ns - self._newest_ns
        if jump_ns < -CLOCK_JUMP_NS:
            for topic, ring in self._rings.items():
                moved = (replace(held, at_ns=held.at_ns + jump_ns) for held in ring)
                self._rings[topic] = deque(moved)
            if self._trigger_ns is not None:
                self._trigger_ns += jump_ns
            self._newest_ns = now_ns
        self._newest_ns = max(now_ns, self._newest_ns)

    def _drop_older_than(self, oldest_ns: int, ring: deque[_Held[T]]) -> None:
        while ring and ring[0].at_ns < oldest_ns:
            self._drop(ring, self.let_go)

    def _drop_oldest(self) -> None:
        rings = [ring for ring in self._rings.values() if ring]
        self._drop(min(rings, key=lambda ring: ring[0].number), self.cut_short)

    def _drop(self, ring: deque[_Held[T]], count: Counter[str]) -> None:
        held = ring.popleft()
        self.held_bytes -= held.size
        count[held.topic] += 1
