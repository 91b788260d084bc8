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

"""Message types: from the bag's own definitions, the user's files, or a ROS distribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
import struct
from typing import Any, Optional

from scenebox_ros.bags.storage import Channel, Definition
from scenebox_ros.decode import full_name, refusal
from scenebox_ros.errors import BagError, DecodeError

Deserializer = Callable[[memoryview], Any]

ENCODINGS = ('cdr', 'ros1')
# Tried in turn where neither the bag nor the user defines a type: a message has another size
# than an old or new version of its type, so the right one is found.
_DISTROS = ('jazzy', 'humble', 'foxy', 'kilted', 'iron', 'galactic', 'eloquent', 'dashing')


class TypeBook:
    """All message types that can be known while one bag is open."""

    def __init__(self, paths: Sequence[Path] = (), distro: str = '') -> None:
        self._given = _parse_files(paths) if paths else None
        self._distro = distro
        self._shared: Any = None
        self._made: dict[tuple[str, str, Definition], TypeReader] = {}

    def reader(self, channel: Channel) -> TypeReader:
        """Get what deserializes a channel's messages; the same one for the same type."""
        msgtype = full_name(channel.msgtype)
        key = (msgtype, channel.encoding, channel.definition)
        if key not in self._made:
            self._made[key] = TypeReader(msgtype, channel, self)
        return self._made[key]

    def stores(self, msgtype: str, channel: Channel) -> Iterator[Any]:
        """Give the type stores that know a type, the most trustworthy first."""
        own = self._own_store(msgtype, channel.definition)
        if own is not None:
            yield own
        if self._given is not None and msgtype in self._given.fielddefs:
            yield self._given
        names = ['ros1'] if channel.encoding == 'ros1' else [self._distro, *_DISTROS]
        for name in dict.fromkeys(names):
            store = _distro_store(name)
            if store is not None and msgtype in store.fielddefs:
                yield store

    def _own_store(self, msgtype: str, definition: Definition) -> Any:
        from rosbags.typesys import get_typestore, Stores

        types = _parse(msgtype, definition)
        if msgtype not in types:
            return None
        if self._shared is None:
            self._shared = get_typestore(Stores.EMPTY)
        # Merged bags may hold two versions of a type: then this one gets a store of its own.
        for store in (self._shared, get_typestore(Stores.EMPTY)):
            if _registered(store, types):
                return store
        return None


class TypeReader:
    """Deserializes the messages of one type; finds out how with the first of them."""

    def __init__(self, msgtype: str, channel: Channel, book: TypeBook) -> None:
        self.msgtype = msgtype
        self._channel = channel
        self._fit: Optional[Callable[[memoryview, str], Any]] = None
        self._tried: list[Any] = []
        self._untried: Optional[Iterator[Any]] = book.stores(msgtype, channel)

    @cached_property
    def problem(self) -> str:
        """Why messages of this type cannot be read at all; empty if they can."""
        if self._channel.encoding not in ENCODINGS:
            return (
                f'serialization {self._channel.encoding!r} is not supported; '
                f'{" and ".join(ENCODINGS)} are'
            )
        if not self._has_candidate():
            # What no definition helps must not ask for one.
            return refusal(self.msgtype) or (
                f'type {self.msgtype!r} is unknown and the recording does not define it; '
                'give its .msg file or its package folder'
            )
        return ''

    def _has_candidate(self) -> bool:
        return next(self._candidates(), None) is not None

    def _candidates(self) -> Iterator[Any]:
        """Give the stores that may fit; each is loaded when those before it have failed."""
        yield from self._tried
        while self._untried is not None:
            store = next(self._untried, None)
            if store is None:
                self._untried = None
            else:
                self._tried.append(store)
                yield store

    def __call__(self, payload: memoryview) -> Any:
        """
        Deserialize a message; its arrays view the payload.

        Raises
        ------
        DecodeError
            If the type is unknown, or the bytes are no message of it.

        """
        if self._fit is None:
            return self._first(payload)
        try:
            return self._fit(payload, self.msgtype)
        except _failures() as error:
            raise self._refusal(payload, error) from None

    def _first(self, payload: memoryview) -> Any:
        """Deserialize a message and find out which store's version of the type it is."""
        error: Optional[Exception] = None
        for store in self._candidates() if self._channel.encoding in ENCODINGS else ():
            is_ros1 = self._channel.encoding == 'ros1'
            deserialize = store.deserialize_ros1 if is_ros1 else store.deserialize_cdr
            try:
                message = deserialize(payload, self.msgtype)
            except _failures() as failure:
                error = error or failure
                continue
            self._fit = deserialize
            return message
        if error is None:
            raise DecodeError(self.problem)
        raise self._refusal(payload, error)

    def _refusal(self, payload: memoryview, error: Exception) -> DecodeError:
        said = str(error) or type(error).__name__
        if isinstance(error, KeyError):
            said = f'type {said}, which it has, is not defined; give its .msg file, too'
        elif isinstance(error, RecursionError):
            said = 'the definition contains itself'
        return DecodeError(f'{len(payload)} bytes are no {self.msgtype}: {said}')


@lru_cache(maxsize=1)
def _failures() -> tuple[type[Exception], ...]:
    """List what generated deserializers raise on bytes that are no message."""
    from rosbags.serde import SerdeError

    return (
        SerdeError, KeyError, ValueError, IndexError, TypeError, AssertionError, OverflowError,
        MemoryError, RecursionError, struct.error,
    )


@lru_cache(maxsize=16)
def _distro_store(name: str) -> Any:
    """Load a distribution's types; None if rosbags has none of that name."""
    from rosbags.typesys import get_typestore, Stores

    wanted = 'ROS1_NOETIC' if name == 'ros1' else f'ROS2_{name.upper()}'
    store = getattr(Stores, wanted, None)
    return None if store is None else get_typestore(store)


def _registered(store: Any, types: dict[str, Any]) -> bool:
    from rosbags.typesys import TypesysError

    # Whole definitions repeat headers and times; what is known needs no code made of it again.
    new = {name: parsed for name, parsed in types.items() if store.fielddefs.get(name) != parsed}
    try:
        store.register(new)
    except (TypesysError, SyntaxError, KeyError, ValueError):
        return False
    return True


def _parse(msgtype: str, definition: Definition) -> dict[str, Any]:
    """Parse a definition; what cannot be parsed counts as not given."""
    from rosbags.typesys import get_types_from_idl, get_types_from_msg, TypesysError

    try:
        if definition.form in ('ros2msg', 'ros1msg'):
            return dict(get_types_from_msg(definition.text, msgtype))
        if definition.form in ('ros2idl', 'omgidl'):
            types: dict[str, Any] = {}
            for part in _idl_parts(definition.text):
                types.update(get_types_from_idl(part))
            return types
    except (TypesysError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
        return {}
    return {}


def _idl_parts(text: str) -> list[str]:
    line = '=' * 80 + '\n'
    if not text.startswith(f'{line}IDL: '):
        return [text]
    return [part.split('\n', 1)[1] for part in text.split(line)[1:] if '\n' in part]


def _parse_files(paths: Sequence[Path]) -> Any:
    """Read the user's own ``.msg`` and ``.idl`` files, and those in folders."""
    from rosbags.typesys import get_typestore, Stores

    types: dict[str, Any] = {}
    for path in _definition_files(paths):
        form = 'ros2idl' if path.suffix == '.idl' else 'ros2msg'
        found = _parse(_name_of(path), Definition(form, path.read_text('utf-8', 'replace')))
        if not found:
            raise BagError(f'{path} cannot be parsed as a message definition; check its syntax')
        types.update(found)
    store = get_typestore(Stores.EMPTY)
    standard = _distro_store('jazzy')
    if not _registered(store, {**standard.fielddefs, **types}):
        raise BagError(f'the message definitions in {paths[0]} contradict each other')
    return store


def _definition_files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            files = sorted(file for file in path.rglob('*')
                           if file.suffix in ('.msg', '.idl') and file.is_file())
            if not files:
                raise BagError(f'{path} has no .msg or .idl files')
            yield from files
        elif path.is_file():
            yield path
        else:
            raise BagError(f'{path} does not exist; give a .msg file or a folder of them')


def _name_of(path: Path) -> str:
    """Name a type by its file: ``my_msgs/msg/Speed.msg``, or its folder if there is no msg/."""
    folder = path.resolve().parent
    package = folder.parent.name if folder.name in ('msg', 'idl') else folder.name
    return f'{package}/msg/{path.stem}'
