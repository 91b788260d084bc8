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

A ring per topic holds the last seconds. A trigger passes on what the ring holds of the seconds
around it, and opens the topic's gate for what is still to come of them; where triggers overlap,
their seconds are one stretch. What is passed on has left the ring, so nothing is passed on twice.

The times may be those of arrival, or the messages' own: then messages may come in any order, late,
and each topic with a clock of its own.
"""

from __future__ import annotations

from bisect import bisect_left, insort
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
    late_s
        How much later than its moment a trigger may come; the rings hold so much more.
    max_bytes
        What all rings together may hold; beyond it the oldest goes, and the pre-roll is shorter.

    """

    before_s: float = 10.0
    after_s: float = 10.0
    topics: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    late_s: float = 0.0
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

    @property
    def late_ns(self) -> int:
        """Give how late triggers may come, in nanoseconds."""
        return round(self.late_s * NS_PER_S)

    @property
    def memory_ns(self) -> int:
        """Give for how long a trigger may concern something that comes."""
        windows = [(self.before_s, self.after_s), *self.topics.values()]
        return round(max(map(sum, windows)) * NS_PER_S) + self.late_ns + CLOCK_JUMP_NS


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


class _Ring(Generic[T]):
    """What one topic said of late, and the triggers, by the topic's own clock."""

    def __init__(self, triggers: Sequence[int]) -> None:
        self.held: deque[_Held[T]] = deque()
        self.triggers = list(triggers)
        self.newest_ns = 0

    def watch_clock(self, now_ns: int, tolerance_ns: int) -> None:
        """Where the clock is set back, move what is remembered with it: seconds stay seconds."""
        jump_ns = now_ns - self.newest_ns
        if jump_ns < -tolerance_ns:
            self.held = deque(replace(one, at_ns=one.at_ns + jump_ns) for one in self.held)
            self.triggers = [at_ns + jump_ns for at_ns in self.triggers]
            self.newest_ns = now_ns

    def asked_for(self, at_ns: int, window: tuple[int, int]) -> bool:
        """Say whether a trigger asks for this moment."""
        before_ns, after_ns = window
        first = bisect_left(self.triggers, at_ns - after_ns)
        return first < len(self.triggers) and self.triggers[first] <= at_ns + before_ns


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
        self._rings: dict[str, _Ring[T]] = {}
        self._triggers: list[int] = []
        self._count = 0
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
            Its time.
        size
            Bytes that holding it costs.

        """
        ring = self._rings.get(topic)
        if ring is None:
            ring = self._rings[topic] = _Ring(self._triggers)
        ring.watch_clock(at_ns, CLOCK_JUMP_NS)
        ring.newest_ns = max(at_ns, ring.newest_ns)
        window = self._settings.window_of(topic)
        if ring.asked_for(at_ns, window):
            return True
        self._count += 1
        ring.held.append(_Held(self._count, topic, thing, at_ns, size))
        self.held_bytes += size
        self._drop_older_than(ring.newest_ns - window[0] - self._settings.late_ns, ring)
        while self.held_bytes > self._settings.max_bytes:
            self._drop_oldest()
        return False

    def trigger(self, at_ns: int) -> list[T]:
        """
        Keep what is around a moment.

        Returns
        -------
        list
            What the rings hold of the seconds around it, in the order of arrival. What is still
            to come of them, :meth:`offer` passes on.

        """
        settings = self._settings
        self._remember(self._triggers, at_ns)
        # By arrival nothing is older than what came before it: an older trigger tells of a clock.
        tolerance_ns = CLOCK_JUMP_NS + (settings.memory_ns if settings.late_s else 0)
        found: list[_Held[T]] = []
        for topic, ring in self._rings.items():
            window = settings.window_of(topic)
            ring.watch_clock(at_ns, tolerance_ns)
            self._remember(ring.triggers, at_ns)
            wanted = [held for held in ring.held if ring.asked_for(held.at_ns, window)]
            if wanted:
                found += wanted
                numbers = {held.number for held in wanted}
                ring.held = deque(one for one in ring.held if one.number not in numbers)
        self.held_bytes -= sum(held.size for held in found)
        return [held.thing for held in sorted(found, key=lambda held: held.number)]

    def clear(self) -> None:
        """Let everything go; it counts as not asked for."""
        for ring in self._rings.values():
            while ring.held:
                self._drop(ring, self.let_go)

    def _remember(self, triggers: list[int], at_ns: int) -> None:
        memory_ns = self._settings.memory_ns
        triggers[:] = [one for one in triggers if abs(one - at_ns) <= memory_ns]
        insort(triggers, at_ns)

    def _drop_older_than(self, oldest_ns: int, ring: _Ring[T]) -> None:
        while ring.held and ring.held[0].at_ns < oldest_ns:
            self._drop(ring, self.let_go)

    def _drop_oldest(self) -> None:
        rings = [ring for ring in self._rings.values() if ring.held]
        self._drop(min(rings, key=lambda ring: ring.held[0].number), self.cut_short)

    def _drop(self, ring: _Ring[T], count: Counter[str]) -> None:
        held = ring.held.popleft()
        self.held_bytes -= held.size
        count[held.topic] += 1
