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

"""What a model says about one asset."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Label:
    """A class of the whole image, and how sure the model is (0 to 1)."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Found:
    """A thing in the image: its class, how sure the model is, and its box in pixels."""

    label: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Region:
    """All pixels of a class in a mask: how sure the model is, and their colour (``#rrggbb``)."""

    label: str
    confidence: float
    colour: str


@dataclass(frozen=True)
class Mask:
    """Which pixel belongs to what: a PNG of the image's size, and what its colours mean."""

    png: bytes
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Prediction:
    """
    Everything a model says about one asset; what it does not do stays empty.

    Attributes
    ----------
    classes
        Classes of the whole image.
    boxes
        Things in the image, in its own pixels.
    embedding
        A vector.
    mask
        Which pixel belongs to what.

    """

    classes: tuple[Label, ...] = ()
    boxes: tuple[Found, ...] = ()
    embedding: tuple[float, ...] = ()
    mask: Mask | None = None

    def only(self, threshold: float, names: Collection[str]) -> Prediction:
        """Keep what the model is sure enough of, of some classes; all of them if none is named."""
        return replace(
            self,
            classes=tuple(c for c in self.classes if _counts(c, threshold, names)),
            boxes=tuple(b for b in self.boxes if _counts(b, threshold, names)),
            mask=self.mask and replace(self.mask, regions=tuple(
                r for r in self.mask.regions if _counts(r, threshold, names))),
        )  # fmt: skip


def _counts(said: Label | Found | Region, threshold: float, names: Collection[str]) -> bool:
    return said.confidence >= threshold and (not names or said.label in names)
