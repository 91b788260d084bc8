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
H.264 and H.265 streams from outside: units, key frames, parameter sets, sizes.

Source: ITU-T H.264 (7.3, Annex B) and H.265 (7.3, Annex B). Packets are byte streams: units with a
start code of 00 00 01 before each.
"""

from __future__ import annotations

from collections.abc import Iterator
import re

_START = re.compile(rb'\x00\x00\x01')
_KEY = {'h264': {5}, 'h265': set(range(16, 22))}
_FIRST_NO_SLICE = {'h264': 6, 'h265': 32}
_SEQUENCE = {'h264': 7, 'h265': 33}
_PARAMETERS = {'h264': {7, 8, 13, 15}, 'h265': {32, 33, 34}}
_LEADING = range(6, 10)
_NONE_LEADS = (18, 20)  # BLA_N_LP, IDR_N_LP
# A unit's header is one or two bytes, its parameters a few hundred.
_MAX_SEQUENCE_BYTES = 4096
_MAX_SIDE = 65536


def codec_of(words: str) -> str | None:
    """Read ``h264`` or ``h265`` from the name of a codec or an encoder (``libx264``, ``hevc``)."""
    low = words.lower()
    if '264' in low or 'avc' in low.split(';')[0]:
        return 'h264'
    if '265' in low or 'hevc' in low:
        return 'h265'
    return None


def units(blob: bytes | memoryview, codec: str) -> Iterator[tuple[int, memoryview]]:
    """Walk through a packet's units: the type of each and its bytes, without the start code."""
    view = memoryview(blob).cast('B')
    starts = [match.end() for match in _START.finditer(view)]
    ends = [start - 3 for start in starts[1:]] + [len(view)]
    for start, end in zip(starts, ends, strict=False):
        if start < end:
            yield _kind(view[start], codec), view[start:end]


def _kind(head: int, codec: str) -> int:
    return head & 0x1F if codec == 'h264' else head >> 1 & 0x3F


def is_key(blob: bytes | memoryview, codec: str) -> bool:
    """Tell whether decoding can start with this packet."""
    view = memoryview(blob).cast('B')
    # Only up to the first slice: a packet is one picture, and that can be large.
    for match in _START.finditer(view, 0, max(0, len(view) - 1)):
        kind = _kind(view[match.end()], codec)
        if kind in _KEY[codec]:
            return True
        if kind < _FIRST_NO_SLICE[codec]:
            return False
    return False


def may_be_led(blob: bytes | memoryview, codec: str) -> bool:
    """Tell whether pictures may follow this key frame that are shown before it (H.265)."""
    return codec == 'h265' and _first_picture(blob, codec) not in _NONE_LEADS


def is_leading(blob: bytes | memoryview, codec: str) -> bool:
    """Tell whether a picture is shown before the key frame it follows; it may need one before."""
    return codec == 'h265' and _first_picture(blob, codec) in _LEADING


def _first_picture(blob: bytes | memoryview, codec: str) -> int:
    view = memoryview(blob).cast('B')
    for match in _START.finditer(view, 0, max(0, len(view) - 1)):
        kind = _kind(view[match.end()], codec)
        if kind < _FIRST_NO_SLICE[codec]:
            return kind
    return -1


def has_picture(blob: bytes | memoryview, codec: str) -> bool:
    """Tell whether a packet holds a picture, and not only what describes the next ones."""
    view = memoryview(blob).cast('B')
    return any(
        0 < _kind(view[match.end()], codec) < _FIRST_NO_SLICE[codec]
        or (codec == 'h265' and _kind(view[match.end()], codec) == 0)
        for match in _START.finditer(view, 0, max(0, len(view) - 1))
    )


def parameter_sets(blob: bytes | memoryview, codec: str) -> bytes:
    """Cut out the units that a decoder needs before the first picture, with start codes."""
    return b''.join(
        b'\0\0\0\1' + bytes(unit).rstrip(b'\0')
        for kind, unit in units(blob, codec)
        if kind in _PARAMETERS[codec]
    )


def size_of(blob: bytes | memoryview, codec: str) -> tuple[int, int]:
    """
    Read width and height from a packet's sequence parameters.

    Returns
    -------
    tuple
        Width and height as displayed; (0, 0) if the packet has no sequence parameters, or none
        that can be read: a decoder will have the last word on those.

    """
    for kind, unit in units(blob, codec):
        if kind == _SEQUENCE[codec]:
            bits = _Bits(bytes(unit[:_MAX_SEQUENCE_BYTES]).replace(b'\0\0\3', b'\0\0'))
            try:
                size = _h264_size(bits) if codec == 'h264' else _h265_size(bits)
            except EOFError:
                return 0, 0
            return size if 0 < min(size) <= max(size) <= _MAX_SIDE else (0, 0)
    return 0, 0


class _Bits:
    """Reads numbers from bits, the highest first."""

    def __init__(self, body: bytes) -> None:
        self._number = int.from_bytes(body, 'big')
        self._left = len(body) * 8

    def read(self, count: int) -> int:
        """Read an unsigned number of so many bits."""
        self._left -= count
        if self._left < 0:
            raise EOFError
        return self._number >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """Read an unsigned Exp-Golomb number."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise EOFError
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        """Read a signed Exp-Golomb number."""
        number = self.golomb()
        return (number + 1) // 2 if number % 2 else -(number // 2)


# Profiles whose parameters name the chroma format.
_HIGH = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_CHROMA_UNITS = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}


def _h264_size(bits: _Bits) -> tuple[int, int]:
    bits.read(8)
    profile = bits.read(8)
    bits.read(16)
    bits.golomb()
    chroma = _h264_high(bits) if profile in _HIGH else 1
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.golomb(), 255)):
            bits.signed()
    bits.golomb()
    bits.read(1)
    width, rows = (bits.golomb() + 1) * 16, (bits.golomb() + 1) * 16
    fields = 2 - bits.read(1)
    if fields == 2:
        bits.read(1)
    bits.read(1)
    unit_x, unit_y = _CHROMA_UNITS.get(chroma, (1, 1))
    left, right, top, bottom = _crop(bits)
    height = rows * fields - (top + bottom) * unit_y * fields
    return width - (left + right) * unit_x, height


def _h264_high(bits: _Bits) -> int:
    """Read what only the high profiles have; return the chroma format."""
    chroma = bits.golomb()
    if chroma == 3:
        bits.read(1)
    bits.golomb()
    bits.golomb()
    bits.read(1)
    if bits.read(1):
        for index in range(12 if chroma == 3 else 8):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _h265_size(bits: _Bits) -> tuple[int, int]:
    bits.read(16)
    bits.read(4)
    layers = bits.read(3)
    bits.read(1)
    _skip_profile(bits, layers)
    bits.golomb()
    chroma = bits.golomb()
    if chroma == 3:
        bits.read(1)
    width, height = bits.golomb(), bits.golomb()
    unit_x, unit_y = _CHROMA_UNITS.get(chroma, (1, 1))
    left, right, top, bottom = _crop(bits)
    return width - (left + right) * unit_x, height - (top + bottom) * unit_y


def _skip_profile(bits: _Bits, layers: int) -> None:
    bits.read(96)
    flags = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    if layers:
        bits.read(2 * (8 - layers))
    for has_profile, has_level in flags:
        bits.read(88 * has_profile + 8 * has_level)


def _crop(bits: _Bits) -> tuple[int, int, int, int]:
    """Read the window's left, right, top and bottom, in units of the chroma."""
    if not bits.read(1):
        return 0, 0, 0, 0
    return bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()
