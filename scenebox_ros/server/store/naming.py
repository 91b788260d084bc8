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

"""What objects are called: organization, key, uri."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
import random
import time
from typing import Protocol, TypeVar

from scenebox_ros.errors import InvalidArgumentsError, ObjectAccessError
from scenebox_ros.server.store.flatten import OWN_SCHEME
from scenebox_ros.server.store.segments import Place

MAX_KEY = 1024
STEP = 16
# Within 65 microseconds keys differ by these.
_NUMBERS = count(random.getrandbits(16))
T = TypeVar('T', contravariant=True)


class Outcome(Protocol[T]):
    """What somebody waits for and another thread ends: a future is one."""

    def done(self) -> bool:
        """Whether it was ended."""

    def set_result(self, value: T, /) -> None:
        """End it with a value."""

    def set_exception(self, error: BaseException, /) -> None:
        """End it with an error."""


@dataclass(frozen=True)
class Stored:
    """An object that is there, and where its bytes are."""

    owner: str
    key: str
    sha256: str
    size: int
    place: Place | None
    content_type: str = 'application/octet-stream'
    content_encoding: str = ''
    stored: float = 0.0

    @property
    def uri(self) -> str:
        """Tell what documents say in ``object_access``."""
        return uri_of(self.owner, self.key)

    @property
    def filename(self) -> str:
        """Give the last part of the key."""
        return self.key.rsplit('/', 1)[-1]


@dataclass(frozen=True)
class Name:
    """What an object shall be called and how it shall be served."""

    owner: str
    key: str
    content_type: str = ''
    content_encoding: str = ''


def uri_of(owner: str, key: str) -> str:
    """Write an object's uri."""
    return f'{OWN_SCHEME}{owner}/{key}'


def parse_uri(uri: str) -> tuple[str, str]:
    """
    Read an object's uri: organization and key.

    Raises
    ------
    ObjectAccessError
        If it is not one of this server's.

    """
    if not isinstance(uri, str) or not uri.startswith(OWN_SCHEME):
        raise ObjectAccessError(
            f'uri {str(uri)[:80]!r} is not kept by this server; its own begin with {OWN_SCHEME}'
        )
    owner, _, key = uri.removeprefix(OWN_SCHEME).partition('/')
    return owner, key


def new_key(storage_id: str) -> str:
    """
    Make a key that nobody has: a step that grows with time, then the name that the client gave.

    What comes together stands together in every index of keys and uris, and so on few pages of
    the disk; with random steps each would be on another.
    """
    step = f'{time.time_ns() >> 16:012x}{next(_NUMBERS) & 0xFFFF:04x}'
    return valid_key(f'{step}/{valid_key(storage_id)}')


def valid_key(key: str) -> str:
    """
    Pass a key through, without steps that URLs treat specially (empty ones and dots).

    It is only ever a text in a table and in links, never a path on the disk.
    """
    fits = isinstance(key, str) and len(key) <= MAX_KEY and key.isprintable()
    steps = [step for step in key.split('/') if step not in ('', '.', '..')] if fits else []
    if not steps:
        shown = repr(key)[:80]
        raise InvalidArgumentsError(
            f'storage id {shown} is not 1 to {MAX_KEY} printable characters with a name in them'
        )
    return '/'.join(steps)
