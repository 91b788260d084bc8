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

"""How the sensors moved: transforms, static and moving, as the poses that deskewing needs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import Transform

# Forty seconds at 100 Hz: far more than any cloud waits.
KEPT = 4096
MAX_LINKS = 4096
_MAX_DEPTH = 64
Entry = tuple[int, tuple[float, float, float], tuple[float, float, float, float]]


@dataclass
class _Link:
    """Where one frame is in its parent; one entry if that never changes."""

    parent: str
    is_static: bool
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        if self.is_static:
            self.entries = [entry]
        else:
            insort(self.entries, entry)
            del self.entries[:-KEPT]

    def within(self, start_ns: int, end_ns: int) -> list[Entry]:
        """Give the entries of a span, and the ones around it."""
        first = max(0, bisect_right(self.entries, start_ns, key=_stamp) - 1)
        return self.entries[first:bisect_left(self.entries, end_ns, key=_stamp) + 1]


def _stamp(entry: Entry) -> int:
    return entry[0]


class Motion:
    """The tree of coordinate frames and how it moved of late."""

    def __init__(self) -> None:
        self._links: dict[str, _Link] = {}

    def add(self, transform: Transform, stamp_ns: int) -> None:
        """Take a transform, with the stamp that counts."""
        child, parent = (
            name.lstrip('/') for name in (transform.child_frame_id, transform.frame_id))
        link = self._links.get(child)
        if link is None or (link.parent, link.is_static) != (parent, transform.is_static):
            if len(self._links) >= MAX_LINKS and link is None:
                return
            link = self._links[child] = _Link(parent, transform.is_static)
        link.add((stamp_ns, transform.translation_m, transform.rotation))

    def covers(self, frame_id: str, fixed: str, end_ns: int) -> bool:
        """Say whether every transform between two frames is known up to a time."""
        chain = self._chain(frame_id, fixed)
        return chain is not None and all(
            link.is_static or link.entries[-1][0] >= end_ns for link in chain)

    def poses(self, frame_id: str, fixed: str, start_ns: int, end_ns: int) -> Any:
        """
        Give the poses of a sensor's frame in a fixed one over a span.

        Returns
        -------
        scenebox_ros.codecs.deskew.Poses
            Those of the transforms, of the whole way between the frames.

        Raises
        ------
        EncodeError
            If no chain of transforms joins the frames, or they do not cover the span.

        """
        from scenebox_ros.codecs.deskew import Poses

        chain = self._chain(frame_id, fixed)
        if chain is None:
            raise EncodeError(f'no transforms lead from {frame_id!r} to {fixed!r}; record them')
        moving = [link.within(start_ns, end_ns) for link in chain if not link.is_static]
        if not moving:
            raise EncodeError(f'{frame_id!r} does not move in {fixed!r}: all its mounts are fixed')
        first = max(entries[0][0] for entries in moving)
        last = min(entries[-1][0] for entries in moving)
        if not (first <= start_ns and end_ns <= last):
            raise EncodeError(
                f'transforms from {frame_id!r} to {fixed!r} reach from {first} to {last} ns, the '
                f'points from {start_ns} to {end_ns} ns')
        stamps = sorted({entry[0] for entries in moving for entry in entries
                         if first <= entry[0] <= last})
        if len(stamps) < 2:
            raise EncodeError(f'one transform does not say how {frame_id!r} moved')
        return Poses.of(_composed([
            link.entries[0] if link.is_static else link.within(start_ns, end_ns)
            for link in chain
        ], stamps))

    def _chain(self, frame_id: str, fixed: str) -> list[_Link] | None:
        """Give the links from a frame up to another one."""
        name = frame_id.lstrip('/')
        chain: list[_Link] = []
        fixed = fixed.lstrip('/')
        while name != fixed:
            link = self._links.get(name)
            if link is None or len(chain) >= _MAX_DEPTH:
                return None
            chain.append(link)
            name = link.parent
        return chain


def _composed(chain: Sequence[Union[Entry, list[Entry]]], stamps: list[int]) -> list[Any]:
    """Multiply the transforms of a chain, from the sensor up, at each stamp."""
    import numpy as np

    from scenebox_ros.codecs.deskew import multiply, Poses, rotate

    times = np.array(stamps, np.int64)
    place = np.zeros((len(stamps), 3))
    turn = np.tile(np.array([0.0, 0.0, 0.0, 1.0]), (len(stamps), 1))
    for part in chain:
        if isinstance(part, list):
            shifted, turned = Poses.of(part).at(times)
        else:
            once = Poses.of([(0, *part[1:]), (1, *part[1:])]).at(np.zeros(1, np.int64))
            shifted, turned = (np.repeat(one, len(stamps), axis=0) for one in once)
        place = rotate(place, turned) + shifted
        turn = multiply(turned, turn)
    return [(stamp, place[row], turn[row]) for row, stamp in enumerate(stamps)]
