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

"""Records: what capture hands to a sink, and the sink's one promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal['session', 'images', 'videos', 'lidars', 'entities', 'end']
ASSET_KINDS = ('images', 'videos', 'lidars')
# In a session's metadata: which recording it was made of, where it has the recording's name.
MADE_OF = 'recording'
# In an asset's ``aux``: its position is the nearest fix's, and may get better with more of them.
PLACE_IS_HELD = 'geolocation_is_held'


@dataclass(frozen=True, eq=False)
class Record:
    """
    One thing to store: an asset's bytes, some entities, or a session's beginning or end.

    Attributes
    ----------
    kind
        ``session`` opens one, ``images videos lidars`` are assets, ``entities`` are entities
        alone, ``end`` closes the session: resolve it.
    session
        The session's local key: capture starts with no network, the uploader learns the uid.
    id
        The asset's id, or a name for the record that is the same when the same is said again.
    stream
        The topic.
    stamp_ns
        The reading's own time; the first one's for videos and batches of entities.
    document
        ``session``: name, type, resolution, metadata, sets_prefix. Assets: what the platform
        stores beside the bytes (width, height, format, sensor, aux, start_time ...) without id,
        session and sets, which the uploader knows. ``end``: start_ns and end_ns.
    entities
        Entities in the platform's JSON, without ``session``.
    body, content_type, sha256
        The asset's bytes, ready to be stored as they are.
    priority
        Higher goes first.

    """

    kind: Kind
    session: str
    id: str
    stream: str = ''
    stamp_ns: int = 0
    document: Mapping[str, Any] = field(default_factory=dict)
    entities: Sequence[Mapping[str, Any]] = ()
    body: bytes | memoryview = b''
    content_type: str = ''
    sha256: str = ''
    priority: int = 0


class Sink(Protocol):
    """Where records go: the spool on a robot, the store in a server's own job."""

    def put(self, records: Sequence[Record]) -> None:
        """
        Keep the records for good.

        On return they are durable. A record whose id is already there changes nothing.

        Raises
        ------
        SpoolFullError
            If a limit is reached and the policy refuses new records.

        """
