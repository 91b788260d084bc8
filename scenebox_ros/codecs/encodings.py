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
What the pixels of a ``sensor_msgs/Image`` are, by the name in its field ``encoding``.

Source: ``sensor_msgs/image_encodings.hpp``, every name of it. Two of them are easily got wrong:
``yuv422`` is UYVY (luma second), and ``bayer_rggb8`` names the colours of the first 2 x 2 pixels,
where OpenCV names the 2 x 2 pixels that start one down and one right.
"""

from __future__ import annotations

from dataclasses import dataclass
import re

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import DecodeError


@dataclass(frozen=True)
class Layout:
    """
    How one encoding lays its pixels out.

    Attributes
    ----------
    channels
        Our word for the meaning: ``bgr rgb bgra rgba mono depth values``, ``bayer_rggb`` and its
        three turns, ``uyvy yuyv``, ``nv12 nv21 nv24``.
    dtype
        Of one sample, in native byte order.
    samples
        Samples per pixel in a row; of the first plane where there are two.
    chroma_rows
        Bytes of the second plane, in rows of the first plane's width per 2 rows of it.

    """

    channels: str
    dtype: npt.DTypeLike
    samples: int = 1
    chroma_rows: int = 0

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel in a row."""
        return self.samples * np.dtype(self.dtype).itemsize


LAYOUTS = {
    'mono8': Layout('mono', np.uint8),
    'mono16': Layout('mono', np.uint16),
    'yuv422': Layout('uyvy', np.uint8, 2),
    'uyvy': Layout('uyvy', np.uint8, 2),
    'yuv422_yuy2': Layout('yuyv', np.uint8, 2),
    'yuyv': Layout('yuyv', np.uint8, 2),
    'nv12': Layout('nv12', np.uint8, 1, chroma_rows=1),
    'nv21': Layout('nv21', np.uint8, 1, chroma_rows=1),
    'nv24': Layout('nv24', np.uint8, 1, chroma_rows=4),
}
for _order in ('rgb', 'bgr', 'rgba', 'bgra'):
    LAYOUTS[f'{_order}8'] = Layout(_order, np.uint8, len(_order))
    LAYOUTS[f'{_order}16'] = Layout(_order, np.uint16, len(_order))
for _mosaic in ('rggb', 'bggr', 'gbrg', 'grbg'):
    LAYOUTS[f'bayer_{_mosaic}8'] = Layout(f'bayer_{_mosaic}', np.uint8)
    LAYOUTS[f'bayer_{_mosaic}16'] = Layout(f'bayer_{_mosaic}', np.uint16)

_TYPE = re.compile(r'(8U|8S|16U|16S|32S|32F|64F)C([0-9]{0,3})')
_SAMPLES: dict[str, npt.DTypeLike] = {
    '8U': np.uint8, '8S': np.int8, '16U': np.uint16, '16S': np.int16,
    '32S': np.int32, '32F': np.float32, '64F': np.float64,
}
# What drivers mean by the types that do not say it; the others are numbers without a colour.
_MEANINGS = {
    '8UC1': 'mono', '8UC3': 'bgr', '8UC4': 'bgra', '16UC1': 'depth', '16UC3': 'bgr',
    '16UC4': 'bgra', '32FC1': 'depth', '64FC1': 'depth',
}
MAX_SAMPLES = 512  # OpenCV's CV_CN_MAX


def layout_of(encoding: str) -> Layout:
    """
    Look an encoding's layout up.

    Parameters
    ----------
    encoding
        The message's field; letter case and spaces around it do not matter.

    Returns
    -------
    Layout
        For the names of the standard, and for any ``<8U|8S|16U|16S|32S|32F|64F>C<n>``.

    Raises
    ------
    DecodeError
        If the name is not one of those.

    """
    found = LAYOUTS.get(encoding)
    if found is not None:
        return found
    word = encoding.strip(' \0')
    typed = _TYPE.fullmatch(word.upper())
    if typed:
        return _typed(typed[1], int(typed[2] or 1), encoding)
    found = LAYOUTS.get(word.lower())
    if found is not None:
        return found
    known = ', '.join(sorted(LAYOUTS))
    raise DecodeError(
        f'encoding {encoding[:40]!r} is not supported; publish one of {known}, or a type like '
        '8UC3, 16UC1, 32FC1'
    )


def _typed(kind: str, samples: int, encoding: str) -> Layout:
    if not 1 <= samples <= MAX_SAMPLES:
        raise DecodeError(f'encoding {encoding!r} has no 1 to {MAX_SAMPLES} channels')
    return Layout(_MEANINGS.get(f'{kind}C{samples}', 'values'), _SAMPLES[kind], samples)
