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

"""Files of an export: names that are safe, bytes that are whole or not there, what is kept."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
import os
from pathlib import Path
import re

from scenebox_ros import ids

_UNSAFE = re.compile(r'[^A-Za-z0-9._-]+')
_MAX_NAME = 100
_BLOCK = 1 << 20


def safe_name(text: str) -> str:
    """
    Make a file name of any text.

    What had to be changed gets a mark of the original text, so that two texts never share a name.
    """
    name = _UNSAFE.sub('_', text).lstrip('.')[:_MAX_NAME]
    if name == text and name:
        return name
    mark = ids.md5_of_json(text)[:6]
    return f'{name}_{mark}' if name.strip('_') else mark


@dataclass
class Folder:
    """
    A folder that files are exported into, and what was done to it.

    Attributes
    ----------
    written, kept
        Files by kind; kept ones were there already, with the same bytes.
    num_bytes
        Bytes written.

    """

    path: Path
    written: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    num_bytes: int = 0
    _made: set[str] = field(default_factory=set)

    def put(self, kind: str, name: str, body: bytes | memoryview, sha256: str = '') -> None:
        """Write a file, whole or not at all; one with the same bytes is kept as it is."""
        # Names are texts here: paths would take half as long as writing does.
        path = os.path.join(self.path, name)
        if _is_same(path, len(body), sha256 or ids.sha256(body)):
            self.kept[kind] += 1
            return
        part = self._part(name)
        try:
            _write(part, body)
            os.replace(part, path)
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(part)
            raise
        self._count(kind, len(body))

    def part(self, name: str) -> Path:
        """Name the file that is written before it gets its own name; its folder is made."""
        return Path(self._part(name))

    def _part(self, name: str) -> str:
        folder, file = os.path.split(name)
        if folder not in self._made:
            (self.path / folder).mkdir(parents=True, exist_ok=True)
            self._made.add(folder)
        return os.path.join(self.path, folder, f'.{file}.part')

    def finish(self, kind: str, name: str) -> None:
        """Give a file that was written piece by piece its name, unless the same is there."""
        part, path = self.part(name), self.path / name
        size = part.stat().st_size
        if _is_same(path, size, _hash_of(part)):
            part.unlink()
            self.kept[kind] += 1
            return
        part.replace(path)
        self._count(kind, size)

    def _count(self, kind: str, num_bytes: int) -> None:
        self.written[kind] += 1
        self.num_bytes += num_bytes


def _write(path: str, body: bytes | memoryview) -> None:
    # Without Python's buffer, which asks the system four more things about each file.
    rest = memoryview(body)
    with open(path, 'wb', buffering=0) as file:
        while rest:
            rest = rest[file.write(rest):]


def _is_same(path: str | Path, num_bytes: int, sha256: str) -> bool:
    try:
        return os.stat(path).st_size == num_bytes and _hash_of(path) == sha256
    except FileNotFoundError:
        return False


def _hash_of(path: str | Path) -> str:
    from hashlib import sha256

    digest = sha256()
    with open(path, 'rb') as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
