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

"""A recording, whole or broken, of any kind: its topics, its messages, and what it lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Any, Optional

from scenebox_ros.bags.definitions import TypeBook, TypeReader
from scenebox_ros.bags.inflate import compression_of, inflate
from scenebox_ros.bags.opening import open_storages, Opened
from scenebox_ros.bags.storage import END_OF_TIME, in_time_order, Loss, Raw, Source, Storage
from scenebox_ros.decode import full_name
from scenebox_ros.errors import BagError


@dataclass(frozen=True)
class TopicInfo:
    """
    One topic of a bag.

    Attributes
    ----------
    count
        Messages that are there; those of a damaged chunk that is found while reading too.
    encoding
        ``cdr`` and ``ros1`` can be read.
    reader
        Deserializes its messages; None for a topic that is in no bag.

    """

    topic: str
    msgtype: str
    count: int
    encoding: str = 'cdr'
    latched: bool = False
    reader: Optional[TypeReader] = field(default=None, repr=False, compare=False)

    @property
    def problem(self) -> str:
        """Tell why none of its messages can be deserialized; empty if they can."""
        # Only now is the type's definition parsed: of a topic that is left out, never.
        return self.reader.problem if self.reader else ''


class BagMessage:
    """One message; nothing is deserialized before :meth:`read`."""

    __slots__ = ('_reader', 'log_ns', 'msgtype', 'payload', 'topic')

    def __init__(
        self, topic: str, msgtype: str, log_ns: int, payload: memoryview, reader: TypeReader
    ) -> None:
        self.topic = topic
        self.msgtype = msgtype
        self.log_ns = log_ns
        self.payload = payload
        self._reader = reader

    def read(self) -> Any:
        """
        Deserialize the message; its arrays view the payload.

        Raises
        ------
        DecodeError
            If its type is unknown, or its bytes are no message of it.

        """
        return self._reader(self.payload)

    def __repr__(self) -> str:
        return f'BagMessage({self.topic!r}, {self.msgtype!r}, {self.log_ns})'


class Bag:
    """
    An open recording; make one with :func:`open_bag`.

    Attributes
    ----------
    path
        The file or folder.
    topics
        Sorted by name; a topic with messages of two types is there twice.
    start_ns, end_ns
        Log times of the first and last message; both 0 if there is none.

    """

    def __init__(self, path: Path, opened: Opened, types: Sequence[Path]) -> None:
        self.path = path
        self._opened = opened
        self._storages = opened.storages
        self._book = TypeBook(types, opened.distro)
        filled = [storage for storage in self._storages if any(storage.counts.values())]
        self.start_ns = min((storage.start_ns for storage in filled), default=0)
        self.end_ns = max((storage.end_ns for storage in filled), default=0)
        self.topics = self._list_topics()

    def _list_topics(self) -> list[TopicInfo]:
        counts: dict[tuple[str, str], int] = {}
        first: dict[tuple[str, str], Any] = {}
        for storage in self._storages:
            for number, channel in storage.channels.items():
                key = (channel.topic, full_name(channel.msgtype))
                counts[key] = counts.get(key, 0) + storage.counts.get(number, 0)
                if key not in first or not first[key].definition.text:
                    first[key] = channel
        return [
            TopicInfo(topic, msgtype, counts[topic, msgtype], channel.encoding, channel.latched,
                      self._book.reader(channel))
            for (topic, msgtype), channel in sorted(first.items(), key=lambda item: item[0])
        ]

    @property
    def num_messages(self) -> int:
        """How many messages all topics have."""
        return sum(topic.count for topic in self.topics)

    @property
    def num_bytes(self) -> int:
        """Bytes of the recording on disk."""
        return self._opened.num_bytes

    @property
    def losses(self) -> list[Loss]:
        """Tell what is missing, as far as it is known: reading can find more."""
        found = [loss for storage in self._storages for loss in storage.losses]
        return [*self._opened.losses, *found, *self._opened.changed()]

    @property
    def notes(self) -> list[str]:
        """Tell what is unusual about the recording and cost nothing."""
        return [*self._opened.notes, *(note for each in self._storages for note in each.notes)]

    def messages(
        self,
        topics: Optional[Collection[str]] = None,
        start_ns: Optional[int] = None,
        end_ns: Optional[int] = None,
    ) -> Iterator[BagMessage]:
        """
        Give messages by log time; damaged places are passed over and added to ``losses``.

        Parameters
        ----------
        topics
            Names; None gives all.
        start_ns, end_ns
            Log times, both included; None is the bag's own.

        Raises
        ------
        BagError
            If a topic is not in the bag.

        """
        known = {info.topic for info in self.topics}
        missing = sorted(set(topics or ()) - known)
        if missing:
            raise BagError(
                f'topic {missing[0]!r} is not in {self.path.name}; it has '
                f'{", ".join(sorted(known)) or "none"}'
            )
        start = -END_OF_TIME if start_ns is None else start_ns
        end = END_OF_TIME if end_ns is None else end_ns
        return self._merged(None if topics is None else frozenset(topics), start, end)

    def _merged(
        self, topics: Optional[frozenset[str]], start_ns: int, end_ns: int
    ) -> Iterator[BagMessage]:
        routes: dict[int, tuple[str, str, TypeReader, bool]] = {}
        sources = []
        for index, storage in enumerate(self._storages):
            wanted = {
                number: channel for number, channel in storage.channels.items()
                if topics is None or channel.topic in topics
            }
            routes.update({
                index << 32 | number: (
                    channel.topic, full_name(channel.msgtype), self._book.reader(channel),
                    channel.encoding == 'cdr')
                for number, channel in wanted.items()
            })
            if wanted and storage.start_ns <= end_ns and storage.end_ns >= start_ns:
                sources.append(_source(storage, index, list(wanted), start_ns, end_ns))
        for log_ns, number, payload in in_time_order(sources):
            topic, msgtype, reader, is_cdr = routes[number]
            # CDR begins with a zero, so anything else may be rosbag2's compression by message.
            if is_cdr and payload and payload[0] and (how := compression_of(payload)):
                payload = _inflated(payload, how)
            yield BagMessage(topic, msgtype, log_ns, payload, reader)

    def close(self) -> None:
        """Let go of all files; may be called twice."""
        self._opened.close()

    def __enter__(self) -> Bag:
        """Use the bag in a ``with`` statement."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()


def _source(
    storage: Storage, index: int, wanted: list[int], start_ns: int, end_ns: int
) -> Source[Raw]:
    """Make a storage a source of messages whose channel numbers are unique in the bag."""
    base = index << 32

    def read() -> Iterator[Raw]:
        messages = storage.read(wanted, start_ns, end_ns)
        if not base:
            return messages
        return ((log_ns, base | number, payload) for log_ns, number, payload in messages)

    # Storages hold no messages of their own, so overlapping ones cost nothing.
    return Source(storage.start_ns, 0, read)


def _inflated(payload: memoryview, how: str) -> memoryview:
    """Undo rosbag2's compression by message; damaged ones stay and fail when they are read."""
    try:
        return memoryview(inflate(payload, how))
    except BagError:
        return payload


def open_bag(
    path: str | os.PathLike[str], types: Sequence[str | os.PathLike[str]] = ()
) -> Bag:
    """
    Open a recording: ROS 2 SQLite or MCAP, a ROS 1 bag, whole or broken.

    Parameters
    ----------
    path
        A file, or a folder as rosbag2 writes it, with or without its ``metadata.yaml``.
    types
        ``.msg`` and ``.idl`` files, or folders of them, for types that the recording does not
        define.

    Returns
    -------
    Bag
        Use it in a ``with`` statement, or close it.

    Raises
    ------
    BagError
        If it is no recording, or holds nothing of ROS.

    """
    bag_path = Path(path)
    opened = open_storages(bag_path)
    try:
        bag = Bag(bag_path, opened, [Path(each) for each in types])
        _refuse_foreign(bag)
    except BaseException:
        opened.close()
        raise
    return bag


def _refuse_foreign(bag: Bag) -> None:
    """Refuse a recording of which nothing is serialized as ROS does."""
    encodings = sorted({info.encoding for info in bag.topics})
    if encodings and not {'cdr', 'ros1'} & set(encodings):
        raise BagError(
            f'{bag.path} holds no ROS messages: its {len(bag.topics)} topics are serialized as '
            f'{", ".join(repr(each) for each in encodings)}; cdr and ros1 can be read'
        )
