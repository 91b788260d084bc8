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

"""Where an asset comes from: all that its record says beside its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from scenebox_ros.capture import entities
from scenebox_ros.capture.frames import Asset
from scenebox_ros.model.records import Record

ENTITY_NAMES = {'images': 'image', 'lidars': 'lidar', 'videos': 'video'}


@dataclass(frozen=True)
class Origin:
    """One topic of one session; ``sensor`` is the platform's name of it."""

    session: str
    topic: str
    sensor: str
    priority: int
    aux: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give it as a JSON value; :class:`Origin` takes the same names."""
        return asdict(self)

    def record(
        self, asset_id: str, asset: Asset, times: Mapping[str, str], stamp_ns: int
    ) -> Record:
        """Make the record of an encoded asset, with its entity for the timeline."""
        document = {
            **asset.document,
            'sensor': self.sensor,
            **times,
            'num_bytes': len(asset.body),
            'sha256': asset.sha256,
            'aux': dict(self.aux),
        }
        return Record(
            kind=asset.kind,
            session=self.session,
            id=asset_id,
            stream=self.topic,
            stamp_ns=stamp_ns,
            document=document,
            entities=(entities.media(ENTITY_NAMES[asset.kind], asset_id, times),),
            body=asset.body,
            content_type=asset.content_type,
            sha256=asset.sha256,
            priority=self.priority,
        )
