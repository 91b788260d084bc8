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

from collections.abc import Mapping, Sequence
import itertools
import random
from typing import Any, TypeVar

from scenebox_ros.errors import InvalidArgumentsError, SetsError

T = TypeVar('T')
MAX_PARTS = 1000


def named_parts(wish: Mapping[str, Any], parent: str) -> tuple[int | list[float], list[str]]:
    """
    Read into what a set shall be divided.

    Parameters
    ----------
    wish
        ``percentages``, a list of shares, or ``sections``, a number; perhaps ``subset_names`` and
        ``random_seed``.
    parent
        The set's name, with which those of its parts begin.

    Returns
    -------
    tuple
        What :func:`split` takes, and a name for each part.

    Raises
    ------
    InvalidArgumentsError
        If something is of another kind.
    SetsError
        If it cannot be divided so, or names are missing.

    """
    shares, sections = wish.get('percentages'), wish.get('sections')
    parts = shares if isinstance(shares, list) else sections
    if parts is None or isinstance(parts, bool) or not isinstance(parts, (int, list)):
        raise InvalidArgumentsError('give percentages, a list of shares, or sections, an integer')
    if isinstance(parts, list) and not all(isinstance(share, (int, float)) for share in parts):
        raise InvalidArgumentsError('percentages must be a list of numbers')
    if (len(parts) if isinstance(parts, list) else parts) > MAX_PARTS:
        raise SetsError(f'a set is split into at most {MAX_PARTS} parts; split one of them again')
    if not isinstance(wish.get('random_seed'), (int, float, str, type(None))):
        raise InvalidArgumentsError('random_seed must be a number')
    count = len(sizes(0, parts))
    given = wish.get('subset_names') or [f'subset {n + 1}' for n in range(count)]
    if not isinstance(given, list):
        raise InvalidArgumentsError('subset_names must be a list of names')
    if len(given) != count:
        raise SetsError(f'{len(given)} subset_names for {count} parts; give a name for each')
    return parts, [f'{parent} {name}' for name in given]


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
