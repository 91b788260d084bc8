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

"""How well two annotations of one asset agree, and what that makes over many assets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.model.constants.platform import AnnotationComparisonDefaultValues as Default
from scenebox_ros.server.annotations.shapes import (
    box_of,
    is_upright,
    outline,
    overlap,
    touching,
)

NOT_APPLICABLE = 'N/A'
MAX_ENTITIES = 2000
# Pairs of boxes that may be compared; one that is measured on a grid counts as several.
MAX_WORK, GRID_WORK = 1_000_000, 20
Entity = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """
    What was found where.

    Attributes
    ----------
    base, other
        Labels; None where one of the two has nothing there.
    iou
        How much they overlap; 0 where only one has something.
    base_uid, other_uid
        The entities.

    """

    base: str | None
    other: str | None
    iou: float
    base_uid: str | None = None
    other_uid: str | None = None


def match(
    base: Sequence[Entity],
    other: Sequence[Entity],
    base_mapping: Mapping[str, str] | None = None,
    other_mapping: Mapping[str, str] | None = None,
    iou_threshold: float = 0.0,
    match_labels: bool = False,
    tell: Callable[[float], None] = lambda percent: None,
) -> list[Pair]:
    """
    Match the entities of two annotations, those that overlap most first.

    Parameters
    ----------
    base, other
        Entities; those without an outline, or with an ignored label, are left out.
    base_mapping, other_mapping
        Labels to others that can be compared; None takes the platform's own.
    iou_threshold
        Overlap that a match needs; it must be more than nothing in any case.
    match_labels
        Match only what has the same label.
    tell
        Told how far it is, 0 to 100, now and then; what it raises ends the matching.

    Returns
    -------
    list of Pair
        Every entity is in one pair.

    Raises
    ------
    InvalidAnnotationError
        If there is more to compare than can be done in minutes.

    """
    left, right = _usable(base, base_mapping), _usable(other, other_mapping)
    candidates, work = [], 0
    boxes = np.array([box_of(shape) for _, shape, _ in right]).reshape(-1, 4)
    upright = [is_upright(shape) for _, shape, _ in right]
    for i, (label, shape, _) in enumerate(left):
        tell(100.0 * i / len(left))
        is_plain = is_upright(shape)
        for j in np.flatnonzero(touching(box_of(shape), boxes)).tolist():
            other_label, other_shape, _ = right[j]
            if match_labels and label != other_label:
                continue
            work += 1 if is_plain and upright[j] else GRID_WORK
            if work > MAX_WORK:
                raise InvalidAnnotationError(
                    f'more than {MAX_WORK} pairs of boxes, or {MAX_WORK // GRID_WORK} of other '
                    'outlines, overlap; use match_labels, or annotations of fewer entities'
                )
            iou = overlap(shape, other_shape)
            if iou > 0 and iou >= iou_threshold:
                candidates.append((iou, i, j))
    pairs: list[Pair] = []
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    for iou, i, j in sorted(candidates, key=lambda found: (-found[0], found[1], found[2])):
        if i in free_left and j in free_right:
            free_left.remove(i)
            free_right.remove(j)
            pairs.append(Pair(left[i][0], right[j][0], iou, left[i][2], right[j][2]))
    pairs += [Pair(left[i][0], None, 0.0, left[i][2], None) for i in sorted(free_left)]
    pairs += [Pair(None, right[j][0], 0.0, None, right[j][2]) for j in sorted(free_right)]
    return pairs


def _usable(
    entities: Sequence[Entity], mapping: Mapping[str, str] | None
) -> list[tuple[str, Any, str]]:
    if len(entities) > MAX_ENTITIES:
        raise InvalidAnnotationError(
            f'an annotation has {len(entities)} entities; at most {MAX_ENTITIES} are compared'
        )
    names = Default.LABEL_MAPPING if mapping is None else mapping
    usable = []
    for entity in entities:
        if not isinstance(entity, Mapping):
            raise InvalidAnnotationError(f'the entity {str(entity)[:80]!r} is no object')
        label = names.get(str(entity.get('label')), str(entity.get('label')))
        shape = outline(entity)
        if shape is not None and label not in Default.IGNORED_LABELS:
            usable.append((label, shape, str(entity.get('uid'))))
    return usable


def performance(pairs: Iterable[Mapping[str, Any]], iou_threshold: float = 0.0) -> dict[str, Any]:
    """
    Say how well the other annotations find what the base says, label by label.

    Parameters
    ----------
    pairs
        As ``vars`` of :class:`Pair`, of any number of assets.
    iou_threshold
        Pairs that overlap less count as two that do not match.

    Returns
    -------
    dict
        Per label ``precision``, ``recall`` and ``f1`` (``N/A`` where nothing was found right), and
        the counts they come from.

    Raises
    ------
    InvalidAnnotationError
        If something is no such pair.

    """
    counts: dict[str, dict[str, int]] = defaultdict(
        lambda: {'true_positive': 0, 'false_positive': 0, 'false_negative': 0}
    )
    for pair in pairs:
        if not _is_pair(pair):
            raise InvalidAnnotationError(
                f'{str(pair)[:80]} is no pair of a comparison; compare the annotations again')
        base, other = pair.get('base'), pair.get('other')
        agree = base == other and pair.get('iou', 0.0) >= iou_threshold
        if agree and base is not None:
            counts[base]['true_positive'] += 1
            continue
        if base is not None:
            counts[base]['false_negative'] += 1
        if other is not None:
            counts[other]['false_positive'] += 1
    return {label: {**_rates(found), **found} for label, found in sorted(counts.items())}


def _is_pair(value: Any) -> bool:
    """Tell whether this is what a comparison makes: documents may say anything."""
    return (
        isinstance(value, Mapping)
        and all(isinstance(value.get(side), (str, type(None))) for side in ('base', 'other'))
        and isinstance(value.get('iou', 0.0), (int, float))
    )


def _rates(found: Mapping[str, int]) -> dict[str, Any]:
    right = found['true_positive']
    said, there = right + found['false_positive'], right + found['false_negative']
    precision, recall = (right / said if said else 0.0), (right / there if there else 0.0)
    f1: Any = NOT_APPLICABLE
    if right:
        f1 = 2 * precision * recall / (precision + recall)
    return {'precision': precision, 'recall': recall, 'f1': f1}
