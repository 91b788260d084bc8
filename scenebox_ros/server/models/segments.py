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

"""Masks: which pixel of an image belongs to what, as a picture and a colour for each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.codecs.images import encode_png
from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.models.prediction import Mask, Region
from scenebox_ros.server.models.registry import Model

MAX_CLASSES = 1024


def mask_of(model: Model, said: NDArray[np.float64], height: int, width: int) -> Mask:
    """
    Make a mask of what a model says of each pixel.

    Parameters
    ----------
    model
        Its ``labels`` name the classes; its ``background`` is left black.
    said
        Numbers of classes, shape (h, w); or a score for each class, shape (classes, h, w).
    height, width
        The image's own pixels, which the mask gets.

    Raises
    ------
    InvalidArgumentsError
        If it is neither.

    """
    if said.ndim == 3 and 1 < len(said) <= MAX_CLASSES:
        numbers, sure = _likeliest(said, model.softmax)
    elif said.ndim == 2 and np.all((said >= 0) & (said < MAX_CLASSES) & (said == said.round())):
        numbers, sure = said.astype(np.int64), np.ones(said.shape)
    else:
        raise InvalidArgumentsError(
            f'the mask of model {model.name!r} has shape {said.shape}; it must be numbers of '
            f'classes (h, w), or scores (classes, h, w), of at most {MAX_CLASSES} classes'
        )
    found = [int(number) for number in np.unique(numbers) if number != model.background]
    regions = tuple(
        Region(model.label(number), _mean(sure[numbers == number]), colour(number))
        for number in found
    )
    palette = np.zeros((MAX_CLASSES, 3), np.uint8)
    for number in found:
        palette[number] = list(bytes.fromhex(colour(number)[1:]))[::-1]
    return Mask(encode_png(palette[_enlarged(numbers, height, width)]), regions)


def colour(number: int) -> str:
    """Give a class its colour, the same in every mask; none is black."""
    number, channels = number + 1, [0, 0, 0]
    for bit in range(7, -1, -1):
        for channel in range(3):
            channels[channel] |= (number >> channel & 1) << bit
        number >>= 3
    return '#' + bytes(channels).hex()


def _likeliest(scores: NDArray[np.float64], are_logits: bool
               ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if are_logits:
        scores = np.exp(scores - scores.max(axis=0))
        scores /= scores.sum(axis=0)
    return scores.argmax(axis=0), scores.max(axis=0)


def _mean(sure: NDArray[np.float64]) -> float:
    """Say how sure the model is of a region; scores that are no shares of 1 say nothing."""
    mean = float(sure.mean())
    return mean if 0 <= mean <= 1 else 1.0


def _enlarged(numbers: NDArray[np.int64], height: int, width: int) -> NDArray[np.int64]:
    """Take the nearest pixel: between two classes there is no third."""
    rows = (np.arange(height) + 0.5) * numbers.shape[0] / height
    columns = (np.arange(width) + 0.5) * numbers.shape[1] / width
    return np.asarray(numbers[rows.astype(np.int64)][:, columns.astype(np.int64)])
