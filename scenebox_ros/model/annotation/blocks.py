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
What annotations are made of: boxes, polygons, lines, points, ellipses, labels, poses.

Coordinates are pixels from the image's top left corner. All four common arguments come first in
the constructors, as in the published package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scenebox_ros.errors import RuleError
from scenebox_ros.model.constants import AssetIngestionLimits

Pair = Sequence[float]


def check_confidence(value: float | None, owner: str) -> None:
    """Refuse a confidence outside 0 to 1."""
    if value is not None and not 0 <= value <= 1:
        raise RuleError(f'{owner}: confidence is {value}; pass a number from 0 to 1')


def check_label(value: str | None, owner: str) -> None:
    """Refuse an absent label."""
    if not value:
        raise RuleError(f'{owner}: label is {value!r}; pass the name of the class')


def _check_present(owner: str, **values: float | None) -> None:
    for name, value in values.items():
        if value is None or value < 0:
            raise RuleError(f'{owner}: {name} is {value}; pass a number that is not negative')


def _check_vertices(coordinates: Sequence[Pair] | None, limit: int, owner: str) -> None:
    if not coordinates:
        raise RuleError(f'{owner}: coordinates are missing; pass a list of (x, y)')
    if len(coordinates) > limit:
        raise RuleError(f'{owner}: {len(coordinates)} points; at most {limit} can be stored')
    _check_present(owner, smallest_coordinate=min(min(pair[0], pair[1]) for pair in coordinates))


@dataclass
class Block:
    """
    One labelled shape.

    Parameters
    ----------
    label
        Name of its class.
    uid
        Identifies it within its asset; generated when the annotation is built, if absent.
    confidence, attributes
        From 0 to 1; anything else that is known about it.

    Raises
    ------
    RuleError
        If the label is missing or the confidence is out of range. It is an AssertionError, too.

    """

    label: str | None = None
    uid: str | None = None
    confidence: float | None = None
    attributes: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check the common rules, then the shape's own."""
        owner = type(self).__name__
        check_label(self.label, owner)
        check_confidence(self.confidence, owner)
        self._check(owner)

    def _check(self, owner: str) -> None:
        """Check the shape's own rules."""


@dataclass
class Point(Block):
    """
    A point, alone or as a keypoint of a pose.

    Parameters
    ----------
    left, top
        Pixels, not negative.

    Examples
    --------
    >>> Point(label='nose', left=1, top=2).to_dic()['left']
    1

    """

    left: float | None = None
    top: float | None = None
    category_id: int | str | None = None
    geometry: Any = None

    def _check(self, owner: str) -> None:
        _check_present(owner, left=self.left, top=self.top)

    def to_dic(self) -> dict[str, Any]:
        """
        Write it as a keypoint.

        Returns
        -------
        dict
            Every key, null where it is unset.

        Examples
        --------
        >>> Point('eye', left=3, top=4).to_dic()['left']
        3

        """
        return {
            'label': self.label,
            'uid': self.uid,
            'confidence': self.confidence,
            'attributes': self.attributes,
            'left': self.left,
            'top': self.top,
            'category_id': self.category_id,
            'geometry': self.geometry,
        }


@dataclass
class BoundingBox(Block):
    """
    An upright box.

    Parameters
    ----------
    x_min, x_max, y_min, y_max
        Pixels, not negative; the maxima are not below the minima.

    Examples
    --------
    >>> box = BoundingBox(label='car', x_min=1, x_max=3, y_min=2, y_max=5)

    """

    x_min: float | None = None
    x_max: float | None = None
    y_min: float | None = None
    y_max: float | None = None
    category_id: int | str | None = None

    def _check(self, owner: str) -> None:
        _check_present(
            owner, x_min=self.x_min, x_max=self.x_max, y_min=self.y_min, y_max=self.y_max
        )
        x_min, x_max, y_min, y_max = self.bounds
        if x_max < x_min or y_max < y_min:
            raise RuleError(
                f'{owner}: x {x_min} to {x_max}, y {y_min} to {y_max}; maxima must not be below '
                'minima'
            )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """All four sides: x_min, x_max, y_min, y_max."""
        sides = (self.x_min, self.x_max, self.y_min, self.y_max)
        return tuple(side or 0 for side in sides)  # type: ignore[return-value]


@dataclass
class Polygon(Block):
    """A closed polygon of at most 500 vertices, a list of (x, y)."""

    coordinates: Sequence[Pair] | None = None
    category_id: int | str | None = None

    def _check(self, owner: str) -> None:
        _check_vertices(self.coordinates, AssetIngestionLimits.MAX_POLYGON_COORDINATES, owner)


@dataclass
class Line(Block):
    """An open line of at most 100 points, a list of (x, y); ``complete`` is not stored."""

    coordinates: Sequence[Pair] | None = None
    complete: bool = False
    category_id: int | str | None = None

    def _check(self, owner: str) -> None:
        _check_vertices(self.coordinates, AssetIngestionLimits.MAX_LINE_COORDINATES, owner)


@dataclass
class Ellipse(Block):
    """
    An ellipse.

    Parameters
    ----------
    centre_x, centre_y, radius_x, radius_y
        Pixels; radii are not negative.
    rotation
        Degrees from the x axis towards the y axis.

    """

    centre_x: float | None = None
    centre_y: float | None = None
    radius_x: float | None = None
    radius_y: float | None = None
    rotation: float | None = None

    def _check(self, owner: str) -> None:
        if self.centre_x is None or self.centre_y is None:
            raise RuleError(f'{owner}: the centre is missing; pass centre_x and centre_y')
        _check_present(owner, radius_x=self.radius_x, radius_y=self.radius_y)


@dataclass
class Label:
    """The class of a whole asset, for :class:`ClassificationAnnotation`."""

    label: str
    class_name: str | None = None
    category_id: int | str | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        """Check label and confidence."""
        check_label(self.label, 'Label')
        check_confidence(self.confidence, 'Label')


@dataclass
class Connection:
    """A line between two keypoints of a pose, by their indexes."""

    start_index: int
    end_index: int
    confidence: float | None = None

    def __post_init__(self) -> None:
        """Check the confidence."""
        check_confidence(self.confidence, 'Connection')

    def to_dic(self) -> dict[str, Any]:
        """
        Write it as it is stored.

        Returns
        -------
        dict
            ``start_index``, ``end_index`` and ``confidence``.

        Examples
        --------
        >>> Connection(0, 1).to_dic()
        {'start_index': 0, 'end_index': 1, 'confidence': None}

        """
        return {
            'start_index': self.start_index,
            'end_index': self.end_index,
            'confidence': self.confidence,
        }


@dataclass
class Pose:
    """
    Keypoints and the lines between them.

    Parameters
    ----------
    keypoints
        At most 1000.
    connections
        At most 2000, between indexes of keypoints.

    """

    label: str
    keypoints: list[Point]
    connections: list[Connection]
    attributes: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check counts and indexes."""
        limits = AssetIngestionLimits
        _check_count('keypoints', self.keypoints, limits.MAX_POSE_KEYPOINTS)
        _check_count('connections', self.connections, limits.MAX_POSE_CONNECTIONS)
        for index in self._indexes():
            if not 0 <= index < len(self.keypoints):
                raise RuleError(
                    f'Pose: a connection goes to keypoint {index}; there are '
                    f'{len(self.keypoints)}, counted from 0'
                )

    def _indexes(self) -> Iterable[int]:
        for connection in self.connections:
            yield connection.start_index
            yield connection.end_index


def _check_count(name: str, items: Sequence[Any], limit: int) -> None:
    if len(items) > limit:
        raise RuleError(f'Pose: {len(items)} {name}; at most {limit} can be stored')
