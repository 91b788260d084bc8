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


"""Cuboids, in images and in space: eight corners each, front square first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenebox_ros.errors import RuleError
from scenebox_ros.model.annotation.blocks import Block

Corner = Sequence[float]
CORNERS = ('tl1', 'bl1', 'tr1', 'br1', 'tl2', 'bl2', 'tr2', 'br2')


@dataclass
class _Cuboid(Block):
    """
    Eight corners: ``tl`` top left, ``bl`` bottom left ...; 1 is the front, 2 the back square.

    Raises
    ------
    RuleError
        If a corner is missing. Negative coordinates are fine.

    """

    tl1: Corner | None = None
    bl1: Corner | None = None
    tr1: Corner | None = None
    br1: Corner | None = None
    tl2: Corner | None = None
    bl2: Corner | None = None
    tr2: Corner | None = None
    br2: Corner | None = None
    category_id: int | str | None = None

    def _check(self, owner: str) -> None:
        missing = [name for name in CORNERS if not getattr(self, name)]
        if missing:
            raise RuleError(f'{owner}: corner {missing[0]} is missing; pass all of {CORNERS}')

    @property
    def corners(self) -> list[Corner]:
        """All corners, in the order in which they are stored."""
        return [getattr(self, name) for name in CORNERS]


@dataclass
class Cuboid2D(_Cuboid):
    """A cuboid drawn in an image; corners are (x, y) in pixels."""


@dataclass
class Cuboid3D(_Cuboid):
    """A cuboid in a point cloud; corners are (x, y, z)."""
