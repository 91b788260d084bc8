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
RVL, the lossless code for depth images that compressedDepth may use.

Source: A. Wilson, "Fast Lossless Depth Image Compression", 2017. The image is runs: so many zeros,
so many readings, and for each reading its difference to the one before, with the sign in the
lowest bit. Numbers are groups of three bits, lowest first, in half-bytes whose top bit says "more
follow"; the half-bytes fill 32-bit words from the top.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import DecodeError

_MAX_GROUPS = 11  # of 3 bits: a 32-bit number


def decode_rvl(blob: bytes | memoryview, count: int) -> npt.NDArray[np.uint16]:
    """
    Decode an RVL image.

    Parameters
    ----------
    blob
        The code; bytes past the last whole 32-bit word are ignored.
    count
        Pixels of the image.

    Returns
    -------
    array
        Shape (count,), uint16.

    Raises
    ------
    DecodeError
        If the code ends early or holds more pixels than ``count``.

    """
    numbers = _numbers(blob)
    deltas, places = _runs(numbers, count)
    steps = numbers[deltas]
    steps = (steps >> 1) ^ -(steps & 1)
    pixels = np.zeros(count, np.uint16)
    pixels[places] = np.cumsum(steps).astype(np.uint16)
    return pixels


def _numbers(blob: bytes | memoryview) -> npt.NDArray[np.int64]:
    """Read all numbers of the code, in one sweep."""
    words = np.frombuffer(blob, '<u4', len(blob) // 4)
    table = np.empty((len(words), 8), np.int64)
    for place in range(8):
        table[:, place] = (words >> np.uint32(28 - 4 * place)) & 0xF
    nibbles = table.reshape(-1)
    last = np.flatnonzero(nibbles < 8)
    if not last.size:
        return np.zeros(0, np.int64)
    first = np.concatenate([[0], last[:-1] + 1])
    groups = last - first + 1
    # Padding at the end cannot make a longer number than any that counts.
    places = np.minimum(np.arange(last[-1] + 1) - np.repeat(first, groups), _MAX_GROUPS)
    return np.asarray(np.add.reduceat((nibbles[: last[-1] + 1] & 7) << 3 * places, first))


def _runs(numbers: npt.NDArray[np.int64], count: int) -> tuple[Any, Any]:
    """Find which numbers are differences, and which pixels they belong to."""
    heads: list[tuple[int, int, int]] = []
    at = pixel = 0
    while pixel < count:
        if at + 2 > len(numbers):
            raise DecodeError(f'RVL code ends early: {pixel} of {count} pixels')
        zeros, readings = int(numbers[at]), int(numbers[at + 1])
        pixel += zeros
        if pixel + readings > count or at + 2 + readings > len(numbers):
            raise DecodeError(f'RVL code does not fit {count} pixels; check width and height')
        if zeros + readings == 0:
            raise DecodeError(f'RVL code has an empty run at pixel {pixel}')
        heads.append((at + 2, pixel, readings))
        at += 2 + readings
        pixel += readings
    if not heads:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    table = np.array(heads, np.int64)
    within = np.arange(table[:, 2].sum()) - np.repeat(
        np.cumsum(table[:, 2]) - table[:, 2], table[:, 2])
    return np.repeat(table[:, 0], table[:, 2]) + within, np.repeat(
        table[:, 1], table[:, 2]) + within
