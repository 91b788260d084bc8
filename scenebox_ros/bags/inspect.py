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

"""What is in a recording and how good it is, without capturing it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
import math
import struct
from typing import Any, Optional

import numpy as np

from scenebox_ros.bags.bag import Bag, BagMessage, TopicInfo
from scenebox_ros.bags.quality import (
    Finding,
    findings_of_times,
    mean_rate,
    NS_PER_S,
    spans,
    Times,
    undecodable,
)
from scenebox_ros.bags.storage import Loss
from scenebox_ros.decode import can_decode
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.plain import plural
from scenebox_ros.model.settings import Role

# Bytes before the stamp of a header that comes first: CDR's own header, or ROS 1's sequence.
_STAMP_AT = 4
_STAMP = {b'\0\1': struct.Struct('<iI'), b'\0\0': struct.Struct('>iI')}
_STAMP_ROS1 = struct.Struct('<II')


@dataclass(frozen=True)
class TopicInspection:
    """
    One topic's numbers.

    Attributes
    ----------
    role
        What it becomes by default; ``skip`` if nothing.
    rate_hz
        Messages per second while they come, by log times; None with fewer than two messages.
    longest_pause_s
        The longest time without a message; None with fewer than two.
    stamp_offset_s
        The median distance from log time to header stamp; None without headers.

    """

    topic: str
    msgtype: str
    role: Role
    count: int
    num_bytes: int
    start_ns: Optional[int]
    end_ns: Optional[int]
    rate_hz: Optional[float]
    longest_pause_s: Optional[float]
    stamp_offset_s: Optional[float]
    problem: str = ''


@dataclass(frozen=True)
class BagInspection:
    """What a recording holds, what is lost, and what is odd about it."""

    path: str
    start_ns: int
    end_ns: int
    num_messages: int
    num_bytes: int
    topics: tuple[TopicInspection, ...]
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_perfect(self) -> bool:
        """Tell whether nothing is lost and nothing that was looked at is undecodable."""
        return not (self.losses or any(each.kind == 'undecodable' for each in self.findings))

    @property
    def duration_s(self) -> float:
        """Seconds from the first message to the last."""
        return (self.end_ns - self.start_ns) / NS_PER_S

    def to_dict(self) -> dict[str, Any]:
        """Give the inspection as a JSON value."""
        return {**asdict(self), 'duration_s': self.duration_s}


@dataclass
class _Seen:
    """What is collected of one topic while the bag is read once."""

    info: TopicInfo
    num_bytes: int = 0
    log_ns: array[int] = field(default_factory=lambda: array('q'))
    stamps_ns: array[int] = field(default_factory=lambda: array('q'))
    without_fix: array[int] = field(default_factory=lambda: array('b'))
    undecodable: array[int] = field(default_factory=lambda: array('q'))
    error: str = ''
    has_header: Optional[bool] = None

    def take(self, message: BagMessage) -> bool:
        """Note one message's times, and whether a fix is one; False if it cannot be decoded."""
        self.log_ns.append(message.log_ns)
        self.num_bytes += len(message.payload)
        if self.info.problem:
            return False
        is_fix = can_decode(message.msgtype) == 'fix'
        try:
            # A message is only deserialized where its bytes alone do not tell enough.
            if self.has_header is None or is_fix:
                content = message.read()
                self.has_header = hasattr(content, 'header')
                if is_fix:
                    self.without_fix.append(not _is_fix(content))
            if self.has_header:
                self.stamps_ns.append(_stamp_of(message.payload, self.info.encoding))
        except (DecodeError, struct.error, KeyError) as error:
            # Its place, not its time: others may have the same.
            self.undecodable.append(len(self.log_ns) - 1)
            self.error = self.error or str(error)
            for column in (self.without_fix, self.stamps_ns):
                if len(column) > len(self.log_ns) - len(self.undecodable):
                    column.pop()
            return False
        return True

    def good_times(self) -> Times:
        """Log times of the messages that could be decoded."""
        return np.delete(np.array(self.log_ns, np.int64), np.array(self.undecodable, np.int64))


def inspect_bag(bag: Bag, pictures: bool = False) -> BagInspection:
    """
    Read a recording once and judge it.

    Parameters
    ----------
    bag
        An open bag.
    pictures
        Also decode the images, to find black, blurred and undecodable ones; this takes much
        longer.

    Returns
    -------
    BagInspection
        Everything that was found; ``to_dict`` makes it JSON.

    """
    from scenebox_ros.bags.pictures import PictureJudge

    seen = {info.topic: _Seen(info) for info in bag.topics}
    judge = PictureJudge() if pictures else None
    for message in bag.messages():
        is_good = seen[message.topic].take(message)
        if judge and is_good and can_decode(message.msgtype) == 'image':
            judge.take(message)
    findings = [finding for each in seen.values() for finding in _findings(each, bag.end_ns)]
    findings += judge.findings() if judge else []
    findings += [
        Finding('loss', loss.topic, loss.start_ns, loss.end_ns, loss.reason, loss.messages or 1)
        for loss in bag.losses
    ]
    return BagInspection(
        path=str(bag.path),
        start_ns=bag.start_ns,
        end_ns=bag.end_ns,
        num_messages=sum(len(each.log_ns) for each in seen.values()),
        num_bytes=bag.num_bytes,
        topics=tuple(_summary(each) for each in seen.values()),
        losses=tuple(bag.losses),
        notes=tuple(bag.notes),
        findings=tuple(sorted(findings, key=lambda each: (each.start_ns or 0, each.kind))),
    )


def _summary(seen: _Seen) -> TopicInspection:
    times = np.array(seen.log_ns, np.int64)
    pauses = np.diff(times)
    return TopicInspection(
        topic=seen.info.topic,
        msgtype=seen.info.msgtype,
        role='skip' if seen.info.problem else can_decode(seen.info.msgtype) or 'skip',
        count=len(times),
        num_bytes=seen.num_bytes,
        start_ns=int(times[0]) if len(times) else None,
        end_ns=int(times[-1]) if len(times) else None,
        rate_hz=mean_rate(pauses),
        longest_pause_s=float(pauses.max()) / NS_PER_S if len(pauses) else None,
        stamp_offset_s=_offset_s(seen),
        problem=seen.info.problem,
    )


def _offset_s(seen: _Seen) -> Optional[float]:
    stamps, good = np.array(seen.stamps_ns, np.int64), seen.good_times()
    if len(stamps) != len(good) or not stamps.any():
        return None
    return float(np.median((stamps - good)[stamps != 0])) / NS_PER_S


def _findings(seen: _Seen, end_ns: int) -> Iterator[Finding]:
    topic = seen.info.topic
    good = seen.good_times()
    stamps = np.array(seen.stamps_ns, np.int64)
    if len(stamps) == len(good):
        yield from findings_of_times(topic, good, stamps, end_ns)
    without_fix = np.array(seen.without_fix, bool)
    if len(without_fix) == len(good):
        for start_ns, end_ns, count in spans(good, without_fix):
            yield Finding('no_fix', topic, start_ns, end_ns,
                          f'{plural(count, "message")} without a fix', count)
    if seen.undecodable:
        times = [seen.log_ns[place] for place in seen.undecodable]
        yield undecodable(topic, times, seen.error)


def _is_fix(message: Any) -> bool:
    status = getattr(message.status, 'status', 0)
    return status >= 0 and math.isfinite(message.latitude) and math.isfinite(message.longitude)


def _stamp_of(payload: memoryview, encoding: str) -> int:
    """Read the stamp of a header that is a message's first field, without deserializing."""
    if encoding == 'ros1':
        seconds, nanoseconds = _STAMP_ROS1.unpack_from(payload, _STAMP_AT)
    else:
        seconds, nanoseconds = _STAMP[bytes(payload[:2])].unpack_from(payload, _STAMP_AT)
    return int(seconds) * NS_PER_S + int(nanoseconds)
