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


"""Hashes that storages tell of what they hold, and ours to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import hashlib
import json
import re
from typing import Optional

from scenebox_ros.client.answers import Answer


class Digest:
    """Hash bytes as they pass by, with what a storage can be compared by."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size: int = 0

    def update(self, chunk: bytes | memoryview) -> None:
        """Hash a chunk."""
        self._md5.update(chunk)
        self.size += len(chunk)

    @property
    def md5(self) -> str:
        """MD5, in hex."""
        return self._md5.hexdigest()


def told_md5(headers: Mapping[str, str]) -> Optional[str]:
    """
    Read the MD5 that a storage tells of an object, if it tells one.

    An ETag of 32 hexadecimal digits is the MD5 of an object stored in one piece, except where the
    storage encrypts with keys of its own.
    """
    if headers.get('x-amz-server-side-encryption', 'AES256') != 'AES256':
        return None
    if 'x-amz-server-side-encryption-customer-algorithm' in headers:
        return None
    etag = headers.get('etag', '').strip()
    found = re.fullmatch(r'"?([0-9a-fA-F]{32})"?', etag)
    return found[1].lower() if found else None


def told_hash(answer: Answer) -> Optional[tuple[str, str]]:
    """Read what a storage says of bytes that it took: the kind of hash, and the hash in hex."""
    try:
        return 'SHA-256', str(json.loads(answer.body)['sha256']).lower()
    except (ValueError, KeyError, TypeError):
        md5 = told_md5(answer.headers)
        return None if md5 is None else ('MD5', md5)


def hash_of(kind: str, chunks: Iterable[bytes | memoryview]) -> str:
    """Hash bytes by a kind that :func:`told_hash` gives."""
    found = hashlib.new(kind.replace('-', ''), usedforsecurity=False)
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()
