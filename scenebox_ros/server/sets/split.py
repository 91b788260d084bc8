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

"""Dividing a list at random, the same way for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
import itertools
import random
from typing import TypeVar

from scenebox_ros.errors import SetsError

T = TypeVar('T')


def split(items: Sequence[T], parts: int | Sequence[float], seed: int | None) -> list[list[T]]:
    """
    Shuffle a list and divide it.

    Parameters
    ----------
    items
        What is divided; for the same result it must come in the same order.
    parts
        How many parts, of sizes that differ by one at most; or the share of each. What the
        shares leave over is spread evenly, the first parts getting one more.
    seed
        Another one gives another division.

    Raises
    ------
    SetsError
        If there is no part, or a share is not between 0 and 1, or they sum up to more than 1.

    """
    shuffled = list(items)
    random.Random(seed).shuffle(shuffled)
    bounds = [0]
    for size in sizes(len(shuffled), parts):
        bounds.append(bounds[-1] + size)
    return [shuffled[a:b] for a, b in itertools.pairwise(bounds)]


def sizes(total: int, parts: int | Sequence[float]) -> list[int]:
    """Say how many of a total each part gets; see :func:`split`."""
    if isinstance(parts, int):
        if parts < 1:
            raise SetsError(f'a set cannot be split into {parts} sections; choose 1 or more')
        return [total // parts + (i < total % parts) for i in range(parts)]
    # Shares like 0.7, 0.2, 0.1 sum up to a little more than 1 in binary.
    if not parts or not all(0 < share <= 1 for share in parts) or sum(parts) > 1 + 1e-9:
        raise SetsError(f'shares {list(parts)} cannot work: each above 0, all together at most 1')
    whole = [int(total * share + 1e-9) for share in parts]
    left = total - sum(whole)
    return [n + left // len(parts) + (i < left % len(parts)) for i, n in enumerate(whole)]
