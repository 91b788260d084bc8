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

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Literal

from scenebox_ros.errors import SettingsError

Transport = Literal['compressed', 'raw', 'all']
# What image_transport hangs below a raw topic, preferred first.
SUFFIXES = ('compressed', 'compressedDepth', 'ffmpeg')


@dataclass(frozen=True)
class Choice:
    """
    Which topics a node wants.

    Attributes
    ----------
    names
        Full names, or patterns that begin with ``^``; empty takes all of the right type.
    exclude
        Names or patterns to leave out.
    transport
        Where an image comes raw and compressed: take the compressed one, the raw one, or both.

    """

    names: Sequence[str] = ()
    exclude: Sequence[str] = ()
    transport: Transport = 'compressed'

    def __post_init__(self) -> None:
        """Refuse a pattern that is none."""
        try:
            pattern = ''
            for pattern in (*self.names, *self.exclude):
                re.compile(pattern)
        except re.error as error:
            raise SettingsError(f'{pattern!r} is not a pattern: {error}') from error

    def pick(
        self, present: Mapping[str, Sequence[str]], wanted_types: Collection[str]
    ) -> dict[str, str]:
        """
        Pick topics from those that are present.

        Parameters
        ----------
        present
            Types by topic, as the graph tells them.
        wanted_types
            The types that the node can decode.

        Returns
        -------
        dict
            Type by topic.

        """
        picked = {
            topic: kind
            for topic, kinds in present.items()
            for kind in kinds[:1]
            if kind in wanted_types and self._wants(topic)
        }
        return {topic: kind for topic, kind in picked.items() if self._is_preferred(topic, picked)}

    def _wants(self, topic: str) -> bool:
        if any(_matches(topic, entry) for entry in self.exclude):
            return False
        return not self.names or any(_matches(topic, entry) for entry in self.names)

    def _is_preferred(self, topic: str, picked: Iterable[str]) -> bool:
        if self.transport == 'all' or topic in self.names:
            return True
        base, _, last = topic.rpartition('/')
        if last in SUFFIXES:
            return self.transport == 'compressed' or base not in picked
        if self.transport == 'raw':
            return True
        return not any(f'{topic}/{suffix}' in picked for suffix in SUFFIXES)


def _matches(topic: str, entry: str) -> bool:
    if entry.startswith('^'):
        return re.search(entry, topic) is not None
    return topic == entry
