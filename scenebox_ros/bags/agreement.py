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

"""When what a platform holds of an asset agrees with what a recording gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros import ids
from scenebox_ros.model.geodesy import distance_m, Position
from scenebox_ros.model.records import Record
from scenebox_ros.upload import moment_of

TIMES = ('timestamp', 'start_time', 'end_time')
NAMES = ('sensor', 'format')
# Live, a fix may come after the frame that it belongs to has left: positions may differ a little.
NEAR_M = 20.0


def what_counts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give those parts of an asset's document that are compared."""
    kept = {name: document[name] for name in (*TIMES, *NAMES) if name in document}
    place = document.get('aux', {}).get('geolocation')
    return {**kept, 'geolocation': place} if place else kept


def is_exact(record: Record) -> bool:
    """
    Tell whether an asset can have these bytes only.

    So it is with images that are stored as they were recorded (their id follows from their bytes)
    and with clouds that are not compressed. Another version of an encoder may give other bytes.
    """
    if record.kind == 'lidars':
        return b'DATA binary_compressed' not in bytes(record.body[:1024])
    if record.kind != 'images':
        return False
    aux, how = record.document['aux'], f'{record.document["format"].lower()} as it came'
    stamp_ns = int(aux['stamp_ns'])
    stamp_ns = stamp_ns if stamp_ns > 0 else int(aux['received_ns'])
    return record.id == ids.asset_id(record.stream, stamp_ns, [record.body], how)


def difference(said: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Say how a document on the platform differs from what counts; empty if it does not."""
    for name in TIMES:
        if name in said and not _is_same_moment(said[name], document.get(name)):
            return f'its {name} is {document.get(name)} on the server, {said[name]} expected'
    for name in NAMES:
        if name in said and document.get(name) != said[name]:
            return f'its {name} is {document.get(name)!r} on the server, {said[name]!r} expected'
    if 'geolocation' not in said:
        return ''
    aux = document.get('aux') or {}
    if aux and 'geolocation' not in aux:
        return ''  # captured live before the first fix came: there was no position to tell
    return _distance(said['geolocation'], aux.get('geolocation'))


def _is_same_moment(said: str, held: Any) -> bool:
    try:
        return said == held or moment_of(said) == moment_of(str(held))
    except ValueError:
        return False


def _distance(said: Mapping[str, float], held: Any) -> str:
    try:
        there = Position(float(held['lat']), float(held['lon']))
    except (TypeError, KeyError, ValueError):
        return 'its position is not on the server'
    off_m = distance_m(Position(said['lat'], said['lon']), there)
    return '' if off_m <= NEAR_M else f'its position is {off_m:.0f} m away on the server'
