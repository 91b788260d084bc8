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

"""Moments: when a message was made, and which moment a trigger is about."""

from __future__ import annotations

from dataclasses import asdict, dataclass
import json
from typing import Any

from scenebox_ros.capture.streams import time_that_counts
from scenebox_ros.decode.header import stamp_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.settings import StreamSettings


@dataclass(frozen=True)
class Call:
    """
    A trigger: why, and which moment it is about.

    Attributes
    ----------
    reason
        In words; the label of the mark in the session.
    stamp_ns
        The stamp of what triggered; 0: the moment at which the call is heard.

    """

    reason: str
    stamp_ns: int = 0

    def to_json(self) -> str:
        """Write it as the topic's text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Call:
        """Read the topic's text; what is no JSON of ours is a reason, about now."""
        try:
            said = json.loads(text)
            return cls(str(said['reason']), int(said.get('stamp_ns', 0)))
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(text)


def moment_of(msg: Any, received_ns: int, settings: StreamSettings | None = None) -> int:
    """Give a message's own time if it has one that counts and is believed, else its arrival."""
    try:
        stamp_ns = stamp_of(msg)
    except DecodeError:
        return received_ns
    return time_that_counts(stamp_ns, received_ns, settings or StreamSettings())
