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

"""Which topics to subscribe to: chosen by name, pattern or type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Literal

from scenebox_ros.errors import SettingsError

Transport = Literal['compressed', 'raw', 'all']
# What image_transport hangs below a raw topic, preferred first.
SUFFIXES = ('compressed', 'compressedDepth', 'ffmpeg')
# By convention they are of all namespaces.
SHARED = frozenset({'/tf', '/tf_static', '/diagnostics'})


@dataclass(frozen=True)
class Choice:
    """
    Which topics a node wants.

    Attributes
    ----------
    names
        Full names, patterns that begin with ``^``, or types like ``sensor_msgs/msg/Imu``; empty
        takes all that are near.
    exclude
        Names, patterns or types to leave out.
    transport
        Where an image comes raw and compressed: take the compressed one, the raw one, or both.
    namespace
        The node's. Without names, only what is in it counts: other vehicles may be in the domain.

    """

    names: Sequence[str] = ()
    exclude: Sequence[str] = ()
    transport: Transport = 'compressed'
    namespace: str = '/'

    def __post_init__(self) -> None:
        """Refuse a pattern that is none."""
        try:
            pattern = ''
            for pattern in (*self.names, *self.exclude):
                re.compile(pattern)
        except re.error as error:
            raise SettingsError(f'{pattern!r} is not a pattern: {error}') from error

    def pick(self, candidates: Mapping[str, str]) -> dict[str, str]:
        """
        Pick topics.

        Parameters
        ----------
        candidates
            The topics that the node can record: type by topic.

        Returns
        -------
        dict
            Type by topic.

        """
        picked = {topic: kind for topic, kind in candidates.items() if self._wants(topic, kind)}
        return {topic: kind for topic, kind in picked.items() if self._is_preferred(topic, picked)}

    def excludes(self, topic: str, msgtype: str) -> bool:
        """Say whether a topic is to be left out."""
        return any(_matches(topic, msgtype, entry) for entry in self.exclude)

    def is_near(self, topic: str) -> bool:
        """Say whether a topic is in the node's namespace, or in all of them."""
        return topic.startswith(f'{self.namespace.rstrip("/")}/') or topic in SHARED

    def _wants(self, topic: str, msgtype: str) -> bool:
        if self.excludes(topic, msgtype):
            return False
        if not self.names:
            return self.is_near(topic)
        return any(_matches(topic, msgtype, entry) for entry in self.names)

    def _is_preferred(self, topic: str, picked: Iterable[str]) -> bool:
        if self.transport == 'all' or topic in self.names:
            return True
        base, _, last = topic.rpartition('/')
        if last in SUFFIXES:
            return self.transport == 'compressed' or base not in picked
        if self.transport == 'raw':
            return True
        return not any(f'{topic}/{suffix}' in picked for suffix in SUFFIXES)


def is_name(entry: str) -> bool:
    """Say whether an entry names one topic: it is neither a pattern nor a type."""
    return not entry.startswith('^') and '/msg/' not in entry


def _matches(topic: str, msgtype: str, entry: str) -> bool:
    if entry.startswith('^'):
        return re.search(entry, topic) is not None
    return entry in (topic, msgtype)
