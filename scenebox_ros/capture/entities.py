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

"""Entities for the session's timeline, as the platform's own client writes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
import math
from typing import Any

from scenebox_ros import ids, stamps
from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.readings import Sample
from scenebox_ros.model.records import Record
from scenebox_ros.stamps import NS_PER_S

MAX_BATCH = 500
BATCH_NS = 10 * NS_PER_S
# Entities are small, and the track is what an operator wants to see first.
PRIORITY_BOOST = 50
WHEN_GEOLOCATED = ['visibility', 'weather', 'location']


def geolocation(topic: str, position: Position, stamp_ns: int) -> dict[str, Any]:
    """Say where the vehicle was."""
    lat, lon = position.latitude, position.longitude
    return {
        'timestamp': stamps.to_iso(stamp_ns),
        'enrichments': list(WHEN_GEOLOCATED),
        'entity_id': ids.entity_id('geolocation', topic, stamp_ns, lat, lon),
        'geolocation': {'lat': lat, 'lon': lon},
        'entity_name': 'geolocation',
        'entity_value': [lat, lon],
        'entity_type': 'geo',
        'influence': 'geo_interpolation',
    }


def quantity(topic: str, sensor: str, sample: Sample, stamp_ns: int, resolution_s: float
             ) -> dict[str, Any]:
    """
    Say what value a quantity had: a scalar for a number, a state for a word or a claim.

    The name is the sensor's and the quantity's path: ``imu.angular_velocity.z``.
    """
    name = name_of(sensor, sample.name)
    value = _as_state(sample.value)
    entity: dict[str, Any] = {
        'timestamp': _iso(stamp_ns),
        'enrichments': [],
        'entity_id': ids.entity_id('quantity', topic, name, stamp_ns, sample.value),
        'entity_name': name,
        'entity_value': value,
    }
    if not isinstance(value, str):
        return {**entity, 'entity_type': 'scalar', 'influence': 'linear_interpolation'}
    around_ns = round(resolution_s * NS_PER_S)
    return {
        **entity,
        'start_time': stamps.to_iso(stamp_ns - around_ns),
        'end_time': stamps.to_iso(stamp_ns + around_ns),
        'entity_type': 'state',
        'influence': 'interval',
    }


@lru_cache(maxsize=4096)
def name_of(sensor: str, path: str) -> str:
    """Name a quantity; in the platform's standard form, so that it can be searched."""
    return ids.std(f'{sensor}.{path}' if path else sensor)


# A message holds many quantities of one moment.
_iso = lru_cache(maxsize=64)(stamps.to_iso)


def media(kind: str, asset_id: str, times: Mapping[str, str]) -> dict[str, Any]:
    """
    Put an asset on the timeline.

    Parameters
    ----------
    kind
        ``image``, ``lidar`` or ``video``.
    asset_id
        The asset's id.
    times
        ``timestamp`` and, for videos, ``start_time`` and ``end_time``.

    """
    entity = {
        **times,
        'enrichments': [],
        'entity_name': kind,
        'media_asset_id': asset_id,
        'entity_value': asset_id,
        'entity_id': ids.entity_id('media', kind, asset_id),
        'entity_type': 'media',
    }
    if kind == 'video':
        return {**entity, 'influence': 'affect_forward', 'extend_session': True}
    return {**entity, 'influence': 'interval'}


def is_usable(value: float | str | bool) -> bool:
    """Say whether a value can stand in JSON: NaN and infinities cannot."""
    return not isinstance(value, float) or math.isfinite(value)


def _as_state(value: float | str | bool) -> float | str:
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return value if isinstance(value, str) else float(value)


class EntityBatch:
    """
    Entities of one stream that will travel as one record.

    A batch ends with a cell of ten seconds (of the stamps) or with 500 entities. So live and
    offline capture cut at the same places, and the record's id follows from what it holds.
    """

    def __init__(self, session: str, stream: str, priority: int) -> None:
        self._session, self._stream = session, stream
        self._priority = min(priority + PRIORITY_BOOST, 127)
        self._entities: dict[str, Mapping[str, Any]] = {}
        self._first_ns = 0
        self._received_ns = 0

    def add(self, entity: Mapping[str, Any], stamp_ns: int, received_ns: int) -> Record | None:
        """Take an entity; give the record of the batch that it closed, if it closed one."""
        closed = None
        if len(self._entities) >= MAX_BATCH or stamp_ns // BATCH_NS != self._first_ns // BATCH_NS:
            closed = self.close()
        if not self._entities:
            self._first_ns, self._received_ns = stamp_ns, received_ns
        self._entities[entity['entity_id']] = entity
        return closed

    def is_stale(self, now_ns: int) -> bool:
        """Say whether the batch has waited so long that its topic must have gone silent."""
        return bool(self._entities) and now_ns - self._received_ns > 2 * BATCH_NS

    def close(self) -> Record | None:
        """Give the batch as a record and begin a new one; None if nothing is in it."""
        if not self._entities:
            return None
        entities, self._entities = tuple(self._entities.values()), {}
        digest = ids.md5_of_json(sorted(entity['entity_id'] for entity in entities))
        stem = ids.std(self._stream.strip('/') or 'entities')
        return Record(
            kind='entities',
            session=self._session,
            id=f'{stem}_{self._first_ns}_{digest[:16]}',
            stream=self._stream,
            stamp_ns=self._first_ns,
            entities=entities,
            priority=self._priority,
        )
