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
Names and ids: what the platform makes of a name, and ids that follow from content.

An asset's id follows from where its frame came from and what it holds, never from when or on which
machine it was handled. So the same run gives the same ids live, from its bag, and a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
import hashlib
import json
from typing import Any
import uuid

from scenebox_ros.errors import ArgumentTypeError, InvalidArgumentsError

# json.dumps() makes an encoder a call; this is three times as fast.
_SORTED = json.JSONEncoder(sort_keys=True)
_quoted = json.encoder.encode_basestring_ascii
_REPLACED = str.maketrans(dict.fromkeys(",*\\<|>/? {}$^%():+-'", '_'))


def std(name: str) -> str:
    r"""
    Standardize a name into an id, as the platform does.

    Parameters
    ----------
    name
        Any text that is not empty.

    Returns
    -------
    str
        Lower case, with each of ``, * \ < | > / ? { } $ ^ % ( ) : + - '`` and space turned into
        ``_``. Applying it twice changes nothing.

    Raises
    ------
    ValueError
        If the name is empty; as a TypeError, if it is no text.

    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f'a name is {name!r} ({type(name).__name__}); pass a text')
    if not name:
        raise InvalidArgumentsError('a name must not be empty; pass at least one character')
    return name.translate(_REPLACED).lower()


def guid() -> str:
    """Make a random id: a UUID of version 4 with underscores."""
    return str(uuid.uuid4()).replace('-', '_')


def sha256(body: bytes | memoryview) -> str:
    """Hash bytes as the platform's content checks do: SHA-256, in hex."""
    return hashlib.sha256(body).hexdigest()


def md5_of_json(value: Any) -> str:
    """Hash a JSON value: MD5 of its text with sorted keys, in hex; identifies, secures nothing."""
    text = _SORTED.encode(value)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def positive_integer(hexadecimal: str) -> int:
    """Fold a hexadecimal hash into the platform's positive 64-bit integer."""
    low = int(hexadecimal, 16) % 2**64
    return abs(low - 2**64 if low >= 2**63 else low)


def asset_id(topic: str, stamp_ns: int, payload: Iterable[bytes | memoryview], how: str) -> str:
    """
    Derive the id of the asset that a frame becomes.

    Parameters
    ----------
    topic
        The frame's topic, with its namespace.
    stamp_ns
        The frame's own time (header stamp).
    payload
        The message's sensor bytes, before any encoding.
    how
        The settings that shape the asset (``'jpeg q90'``): other settings, another asset.

    Returns
    -------
    str
        ``<topic>_<stamp_ns>_<hash>``: sorts by stream and time, and is already standardized.

    """
    # XXH3 keeps up with memory, where SHA-256 would cost as much as encoding a JPEG.
    import xxhash

    digest = xxhash.xxh3_128(f'{topic}\0{stamp_ns}\0{how}\0'.encode())
    for part in payload:
        digest.update(part)
    stem = std(topic.strip('/') or 'frame')
    return f'{stem}_{stamp_ns}_{digest.hexdigest()[:20]}'


def entity_id(*parts: object) -> str:
    """Derive an entity's id from what it says, so that saying it twice adds nothing."""
    # The text that md5_of_json hashes, made by hand: each number of a recording comes by here.
    text = ', '.join([_quoted(str(part)) for part in parts])
    return hashlib.md5(f'[{text}]'.encode(), usedforsecurity=False).hexdigest()
