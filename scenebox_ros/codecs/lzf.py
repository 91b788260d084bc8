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
LZF, the compression inside ``binary_compressed`` PCD files.

Layout: liblzf's ``lzf_d.c``; a stream of literal runs and back references, without a header.
liblzf itself does the work: through ``python-neo-lzf``'s library without Python's lock, else
through ``imagecodecs``. Where neither is installed, ours writes valid streams that are not smaller
and reads any stream, slowly.
"""

from __future__ import annotations

from collections.abc import Callable
import ctypes
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import DecodeError

Bytes = npt.NDArray[np.uint8]
_Native = Callable[[Any, int, Any, int], int]

# A reference of three bytes stands for 264 at most.
MAX_RATIO = 88


def longest(size: int) -> int:
    """Say how many bytes any stream of so many fits."""
    return size + size // 16 + 64


def compress(raw: Bytes, room: Bytes | None = None) -> memoryview:
    """
    Compress bytes as one LZF stream.

    Parameters
    ----------
    raw
        Contiguous uint8; at most 4 GiB, as the PCD format counts in 32 bits.
    room
        Contiguous uint8, :func:`longest` of them, which the stream may view; new ones by default.

    Returns
    -------
    memoryview
        The stream; at most 1/32 longer than ``raw``.

    """
    native, codec = _liblzf(), _imagecodecs()
    if native is not None and raw.size:
        out = np.empty(longest(raw.size), np.uint8) if room is None else room
        used = native[0](raw.ctypes.data, raw.size, out.ctypes.data, out.size)
        if used:
            return out[:used].data
    elif codec is not None and raw.size:
        return memoryview(codec.lzf_encode(raw, out=longest(raw.size)))
    return _literals(raw)


def decompress(stream: memoryview, size: int) -> Bytes:
    """
    Read one LZF stream.

    Parameters
    ----------
    stream
        The whole stream.
    size
        Bytes it must give.

    Returns
    -------
    numpy.ndarray
        ``size`` bytes.

    Raises
    ------
    DecodeError
        If the stream is damaged or does not give ``size`` bytes.

    """
    if size > MAX_RATIO * len(stream):
        raise DecodeError(
            f'{len(stream)} bytes of LZF cannot hold {size}; the file is cut or its header wrong'
        )
    packed = np.frombuffer(stream, np.uint8)
    native, codec = _liblzf(), _imagecodecs()
    if size == 0:
        return np.empty(0, np.uint8)
    if native is not None:
        out = np.empty(size, np.uint8)
        used = native[1](packed.ctypes.data, packed.size, out.ctypes.data, out.size)
    elif codec is not None:
        out, used = _by_imagecodecs(codec, packed, size)
    else:
        out = np.frombuffer(_expand(bytes(stream), size), np.uint8)
        used = out.size
    if used != size:
        raise DecodeError(f'LZF stream of {packed.size} bytes is damaged: it does not give {size}')
    return out


@cache
def _liblzf() -> tuple[_Native, _Native] | None:
    """Find liblzf's two functions; called through ctypes they let other threads run."""
    try:
        import lzf  # type: ignore[import-not-found,unused-ignore]

        library = ctypes.CDLL(lzf.__file__)
        functions = library.lzf_compress, library.lzf_decompress
    except (ImportError, OSError, AttributeError):
        return None
    for function in functions:
        function.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_uint]
        function.restype = ctypes.c_uint
    return functions


@cache
def _imagecodecs() -> Any:
    try:
        import imagecodecs
    except ImportError:
        return None
    return imagecodecs if getattr(imagecodecs, 'LZF', None) else None


def _by_imagecodecs(codec: Any, packed: Bytes, size: int) -> tuple[Bytes, int]:
    try:
        out = np.frombuffer(codec.lzf_decode(packed, out=size), np.uint8)
    except RuntimeError as error:
        raise DecodeError(f'LZF stream of {packed.size} bytes is damaged: {error}') from error
    return out, out.size


def _literals(raw: Bytes) -> memoryview:
    """Write literal runs alone: 32 bytes after a byte 31, and the rest."""
    full = raw.size // 32
    runs = np.empty((full, 33), np.uint8)
    runs[:, 0] = 31
    runs[:, 1:] = raw[: full * 32].reshape(full, 32)
    rest = raw[full * 32:].tobytes()
    tail = bytes([len(rest) - 1]) + rest if rest else b''
    return memoryview(runs.tobytes() + tail)


def _expand(stream: bytes, size: int) -> bytearray:
    """Read any stream without a library."""
    out, at = bytearray(), 0
    try:
        while at < len(stream) and len(out) <= size:
            control, at = stream[at], at + 1
            if control < 32:
                run, at = stream[at:at + control + 1], at + control + 1
                if at > len(stream):
                    raise IndexError
                out += run
                continue
            length = control >> 5
            if length == 7:
                length, at = length + stream[at], at + 1
            back, at = ((control & 31) << 8) + stream[at] + 1, at + 1
            out += _repeat(out, back, length + 2)
    except IndexError as error:
        raise DecodeError(f'LZF stream of {len(stream)} bytes is cut') from error
    return out


def _repeat(out: bytearray, back: int, length: int) -> bytes:
    if back > len(out):
        raise DecodeError(f'LZF stream is damaged: it refers {back} bytes back of {len(out)}')
    piece = bytes(out[-back:][:length])
    # A reference may reach into what it writes: the piece then repeats.
    return (piece * (length // len(piece) + 1))[:length]
