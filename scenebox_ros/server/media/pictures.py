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
What is computed from images, as functions that another process can run.

Arrays are (height, width) or (height, width, channels), as ``codecs.images.decode_image`` gives
them: colours in BGR order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.codecs.images import decode_image, encode_jpeg, encode_png, thumbnail
from scenebox_ros.errors import InvalidArgumentsError

Pixels = NDArray[np.uint8]
PRESETS = {'small': 320, 'tiny': 96}
FULL_PNG = 'full_size_png'
PROPERTIES = ('mean_brightness', 'rms_contrast', 'variance_of_laplacian')
NORMALIZE = 'normalize_thumbnail_colors'
# Brightness, contrast and focus are measured on at most so many pixels a side.
MAX_SIDE = 65_000
HISTOGRAM_BINS = 64


@dataclass(frozen=True)
class Shape:
    """
    How large a picture shall become.

    Attributes
    ----------
    max_side
        Its longer side, keeping its proportions; 0 if ``exact`` is given.
    exact
        Height and width, whatever becomes of its proportions.
    is_png
        Keep every bit, and the size.

    """

    max_side: int = 0
    exact: tuple[int, int] | None = None
    is_png: bool = False


def read_shape(preset: str | None, desired: Sequence[Any] | None) -> Shape:
    """
    Read how large a thumbnail shall be; a preset wins over a shape.

    Raises
    ------
    InvalidArgumentsError
        If there is neither, or one that cannot be.

    """
    if preset == FULL_PNG:
        return Shape(is_png=True)
    if preset:
        if preset not in PRESETS:
            known = ', '.join([*PRESETS, FULL_PNG])
            raise InvalidArgumentsError(f'preset {preset!r} is not known; known are {known}')
        return Shape(PRESETS[preset])
    sides = list(desired or [])[:2]
    if len(sides) != 2 or not all(isinstance(n, int) and 0 < n <= MAX_SIDE for n in sides):
        raise InvalidArgumentsError(
            f'desired_shape is {desired!r}; give [height, width] in pixels, or use_preset'
        )
    return Shape(exact=(sides[0], sides[1]))


def make_thumbnail(blob: bytes, shape: Shape, normalize: bool) -> tuple[bytes, int, int]:
    """
    Make a smaller picture of an image file.

    Parameters
    ----------
    blob
        The file.
    shape
        How large.
    normalize
        Stretch each colour to its whole range first.

    Returns
    -------
    blob, width, height
        A JPEG, or a PNG where the shape says so.

    """
    if not normalize and shape.max_side:
        small = thumbnail(blob, shape.max_side)
        height, width = decode_image(small).shape[:2]
        return small, width, height
    pixels = decode_image(blob)
    if normalize:
        pixels = stretch(pixels)
    if shape.is_png:
        return encode_png(pixels), pixels.shape[1], pixels.shape[0]
    height, width = shape.exact or fitting(pixels, shape.max_side)
    small_pixels = resample(eight_bit(pixels), height, width)
    return encode_jpeg(small_pixels, 80), width, height


def fitting(pixels: Any, max_side: int) -> tuple[int, int]:
    """Find the height and width that fit into a longest side; images do not grow."""
    height, width = pixels.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def eight_bit(pixels: Any) -> Pixels:
    """Show any image as 8 bits, gray or BGR."""
    shown = pixels if pixels.ndim == 2 else pixels[..., :3]
    if shown.ndim == 3 and shown.shape[2] < 3:
        shown = shown[..., 0]
    if shown.dtype == np.uint8:
        return np.ascontiguousarray(shown)
    if shown.dtype == np.uint16:
        return np.ascontiguousarray((shown >> 8).astype(np.uint8))
    return stretch(shown)


def stretch(pixels: Any) -> Pixels:
    """Stretch each colour from its 1st to its 99th percentile over 8 bits."""
    flat = pixels.reshape(-1, pixels.shape[2] if pixels.ndim == 3 else 1).astype(np.float32)
    low, high = np.nanpercentile(flat, [1, 99], axis=0)
    scaled = (flat - low) * (255.0 / np.maximum(high - low, 1e-6))
    levels = np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)
    return np.asarray(levels.reshape(pixels.shape))


def resample(pixels: Pixels, height: int, width: int) -> Pixels:
    """Bring an image to a size; every new pixel is the mean of the area it covers."""
    values = pixels.astype(np.float32)
    values = _resample_rows(values, height)
    values = np.swapaxes(_resample_rows(np.swapaxes(values, 0, 1), width), 0, 1)
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _resample_rows(values: Any, count: int) -> Any:
    """Average rows over equal stretches, which may end within a row."""
    nothing = np.zeros_like(values[:1], np.float64)
    total = np.concatenate([nothing, np.cumsum(values, 0, np.float64)])
    edges = np.linspace(0, len(values), count + 1)
    whole = np.minimum(edges.astype(np.int64), len(values) - 1)
    part = (edges - whole).reshape(-1, *[1] * (values.ndim - 1))
    at_edges = total[whole] + (total[whole + 1] - total[whole]) * part
    return np.diff(at_edges, axis=0) * (count / len(values))


def gray(pixels: Any) -> NDArray[np.float64]:
    """Brightness of every pixel, 0 to 255 (ITU-R BT.601)."""
    shown = eight_bit(pixels).astype(np.float64)
    if shown.ndim == 2:
        return shown
    return np.asarray(shown @ np.array([0.114, 0.587, 0.299]))


def measure(blob: bytes, properties: Sequence[str]) -> dict[str, float]:
    """
    Measure an image.

    Returns
    -------
    dict
        ``mean_brightness``: mean of 0 to 255. ``rms_contrast``: standard deviation of it.
        ``variance_of_laplacian``: low where the image is out of focus or empty.

    """
    bright = gray(decode_image(blob))
    values = {'mean_brightness': float(bright.mean()), 'rms_contrast': float(bright.std())}
    if 'variance_of_laplacian' in properties:
        # As OpenCV's Laplacian with its default border, which mirrors without the edge itself.
        mode = 'reflect' if min(bright.shape) > 1 else 'edge'
        wide = np.pad(bright, 1, mode=mode)  # type: ignore[call-overload]
        edges = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:] - 4 * bright
        values['variance_of_laplacian'] = float(edges.var())
    return {name: values[name] for name in properties}


def histogram(blob: bytes) -> list[float]:
    """
    Describe an image by how its brightness and colours are distributed.

    Returns
    -------
    list of float
        ``HISTOGRAM_BINS`` shares of brightness, then of blue, green and red; each part sums to 1.
        A gray image has its brightness four times.

    """
    pixels = eight_bit(decode_image(blob))
    planes: list[Any] = [gray(pixels)]
    planes += [pixels] * 3 if pixels.ndim == 2 else [pixels[..., i] for i in range(3)]
    shares: list[float] = []
    for plane in planes:
        counts, _ = np.histogram(plane, HISTOGRAM_BINS, (0, 256))
        shares += (counts / plane.size).tolist()
    return shares


def crop(blob: bytes, box: tuple[int, int, int, int]) -> bytes:
    """Cut left, top, right, bottom out of an image; a PNG."""
    left, top, right, bottom = box
    return encode_png(np.ascontiguousarray(decode_image(blob)[top:bottom, left:right]))
