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

"""Compressed bytes: zstd, lz4 and bz2, never trusting a length that the bytes claim."""

from __future__ import annotations

import bz2
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from scenebox_ros.errors import BagError

ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
LZ4_MAGIC = b'\x04\x22\x4d\x18'
MAX_BYTES = 1 << 30
# Recordings of files that are larger give at most so many times their size.
MAX_RATIO = 250
_LZ4_RATIO = 256
# Small, because a few bytes of zstd can claim a hundred megabytes: what comes out of one step
# must never be too much.
_STEP = 4096


class DamagedBytesError(BagError):
    """Compressed bytes do not decompress, or to another size than they should."""


def crc32(body: bytes | memoryview) -> int:
    """Compute the CRC-32 of mcap, at the speed of memory where ``isal`` is installed."""
    try:
        from isal.isal_zlib import crc32 as fast  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from zlib import crc32 as fast
    return int(fast(body))


def inflate(body: bytes | memoryview, how: str, max_bytes: int = MAX_BYTES) -> bytes:
    """
    Decompress bytes whole.

    Parameters
    ----------
    body
        All of the compressed bytes.
    how
        ``zstd``, ``lz4`` or ``bz2``.
    max_bytes
        More than this is refused before it is allocated.

    Raises
    ------
    DamagedBytesError
        If the bytes are not whole, or give more than ``max_bytes``.

    """
    # One call is much faster than steps, so it is used where the frame tells a size that the
    # compressed bytes can really give.
    if how == 'zstd' and 0 <= _zstd_size(body) <= max_bytes:
        return _inflate_zstd(body)
    if how == 'lz4' and len(body) * _LZ4_RATIO <= max_bytes:
        return _inflate_lz4(body)
    text, is_whole = inflate_start(body, how, max_bytes)
    if not is_whole:
        raise DamagedBytesError(f'{how} data is damaged or ends early')
    return text


def _inflate_zstd(body: bytes | memoryview) -> bytes:
    import zstandard

    try:
        return zstandard.ZstdDecompressor().decompress(body)
    except (zstandard.ZstdError, MemoryError) as error:
        raise DamagedBytesError(f'zstd data is damaged: {error}') from None


def _inflate_lz4(body: bytes | memoryview) -> bytes:
    import lz4.frame  # type: ignore[import-untyped]

    try:
        if lz4.frame.get_frame_info(body)['content_size'] > len(body) * _LZ4_RATIO:
            raise DamagedBytesError('lz4 data claims more bytes than it can give')
        return bytes(lz4.frame.decompress(body))
    except (RuntimeError, EOFError, MemoryError) as error:
        raise DamagedBytesError(f'lz4 data is damaged: {error}') from None


def _zstd_size(body: bytes | memoryview) -> int:
    """Read the frame's size; -1 if it has none or claims more than zstd can reach."""
    import zstandard

    try:
        size = int(zstandard.frame_content_size(bytes(body[:18])))
    except zstandard.ZstdError:
        return -1
    # A block of zstd holds at most 128 KiB and takes at least 4 bytes.
    return size if size <= (len(body) // 4 + 1) * (128 << 10) else -1


def inflate_start(
    body: bytes | memoryview, how: str, max_bytes: int = MAX_BYTES
) -> tuple[bytes, bool]:
    """Decompress as far as the bytes are good; also tell whether that was all of them."""
    parts = bytearray()
    step, is_done, errors = _stream(how)
    for position in range(0, len(body), _STEP):
        try:
            parts += step(bytes(body[position:position + _STEP]))
        except errors:
            return bytes(parts), False
        if len(parts) > max_bytes:
            raise DamagedBytesError(f'{how} data gives more than {max_bytes} bytes')
    return bytes(parts), is_done()


def _stream(
    how: str,
) -> tuple[Callable[[bytes], bytes], Callable[[], bool], tuple[type[Exception], ...]]:
    """Make a decompressor that takes bytes as they come."""
    if how == 'zstd':
        import zstandard

        zstd = zstandard.ZstdDecompressor().decompressobj()
        return zstd.decompress, lambda: bool(zstd.eof), (zstandard.ZstdError, MemoryError)
    if how == 'lz4':
        import lz4.frame

        lz4_stream: Any = lz4.frame.LZ4FrameDecompressor()
        return lz4_stream.decompress, lambda: bool(lz4_stream.eof), (
            RuntimeError, EOFError, ValueError, MemoryError)
    if how == 'bz2':
        bz = bz2.BZ2Decompressor()
        return bz.decompress, lambda: bz.eof, (OSError, EOFError, ValueError)
    raise DamagedBytesError(f'compression {how!r} is not known; zstd, lz4 and bz2 are')


def compression_of(start: bytes | memoryview) -> str:
    """Name the compression that bytes begin with; empty if none."""
    magic = bytes(start[:4])
    return {ZSTD_MAGIC: 'zstd', LZ4_MAGIC: 'lz4'}.get(magic, '')


def inflate_file(source: Path, target: Path, how: str) -> bool:
    """
    Decompress a file beside nothing of the user's; False if it ends early or is damaged.

    Raises
    ------
    DamagedBytesError
        If it gives more than a recording does: a small file must not fill a disk.

    """
    limit = max(MAX_BYTES, source.stat().st_size * MAX_RATIO)
    with source.open('rb') as compressed, target.open('wb') as plain:
        return _pump(compressed, plain, how, limit)


def _pump(compressed: BinaryIO, plain: BinaryIO, how: str, limit: int) -> bool:
    step, is_done, errors = _stream(how)
    while piece := compressed.read(_STEP):
        if plain.tell() > limit:
            raise DamagedBytesError(
                f'{how} data gives more than {limit} bytes; '
                'if it is a recording, decompress it first'
            )
        try:
            while piece:
                plain.write(step(piece))
                if not is_done():
                    break
                # Compressors that run in parallel write one frame after another.
                piece = _unused(step)
                if piece:
                    step, is_done, errors = _stream(how)
        except errors:
            return False
    return is_done()


def _unused(step: Callable[[bytes], bytes]) -> bytes:
    owner: Any = getattr(step, '__self__', None)
    return bytes(getattr(owner, 'unused_data', b'') or b'')
