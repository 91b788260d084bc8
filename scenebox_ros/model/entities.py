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

"""
Entities: what happened in a session, in the JSON that the platform takes.

Every function makes one; ids are random, so that the same thing said twice is two entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Union

from scenebox_ros import ids
from scenebox_ros.model import times
from scenebox_ros.model.constants import EntityInfluenceTypes, EntityNames, EntityTypes

Json = dict[str, Any]
Moment = Union[datetime, str]
GEO_ENRICHMENTS = ('visibility', 'weather', 'location')


def geolocation(session_uid: str, latitude: float, longitude: float, when: Moment) -> Json:
    """Say where the session was."""
    return {
        'session': session_uid,
        'timestamp': times.to_iso(when),
        'enrichments': list(GEO_ENRICHMENTS),
        'entity_id': ids.guid(),
        'geolocation': {'lat': latitude, 'lon': longitude},
        'entity_name': EntityNames.GEOLOCATION,
        'entity_value': [latitude, longitude],
        'entity_type': EntityTypes.GEO_ENTITY_TYPE,
        'influence': EntityInfluenceTypes.GEO_INTERPOLATION,
    }


def event(session_uid: str, name: str, values: Sequence[str], start: Moment, end: Moment) -> Json:
    """Say that something held from start to end."""
    return {
        'session': session_uid,
        'start_time': times.to_iso(start),
        'end_time': times.to_iso(end),
        'timestamp': times.to_iso(start),
        'entity_id': ids.guid(),
        'entity_name': name,
        'entity_value': list(values),
        'entity_type': EntityTypes.STATE_SET_ENTITY_TYPE,
        'influence': EntityInfluenceTypes.INTERVAL,
    }


def scalar(session_uid: str, name: str, value: float, when: Moment) -> Json:
    """Say what was measured; between two measurements, the platform interpolates."""
    return {
        'session': session_uid,
        'timestamp': times.to_iso(when),
        'enrichments': [],
        'entity_id': ids.guid(),
        'entity_name': name,
        'entity_value': float(value),
        'entity_type': EntityTypes.SCALAR_ENTITY_TYPE,
        'influence': EntityInfluenceTypes.LINEAR_INTERPOLATION,
    }


def point_event(
    session_uid: str, name: str, value: Any, when: Moment, start: Moment, end: Moment
) -> Json:
    """Say what a state was at one moment, and around it."""
    return {
        'session': session_uid,
        'timestamp': times.to_iso(when),
        'start_time': times.to_iso(start),
        'end_time': times.to_iso(end),
        'enrichments': [],
        'entity_id': ids.guid(),
        'entity_name': name,
        'entity_value': value,
        'entity_type': EntityTypes.STATE_ENTITY_TYPE,
        'influence': EntityInfluenceTypes.INTERVAL,
    }


def media(
    session_uid: str,
    name: str,
    asset_id: str,
    when: Moment,
    enrichments: Sequence[str] | None = None,
) -> Json:
    """Say that an image or a lidar was taken."""
    return {
        'session': session_uid,
        'timestamp': times.to_iso(when),
        **({} if enrichments is None else {'enrichments': list(enrichments)}),
        'entity_name': name,
        'media_asset_id': asset_id,
        'entity_value': asset_id,
        'entity_id': ids.guid(),
        'entity_type': EntityTypes.MEDIA,
        'influence': EntityInfluenceTypes.INTERVAL,
    }


def video(
    session_uid: str,
    asset_id: str,
    entity_id: str,
    start: Moment,
    end: Moment | None,
    enrichments: Sequence[str] | None = None,
) -> Json:
    """Say that a video was taken; it extends the session to its own end."""
    return {
        'session': session_uid,
        'start_time': times.to_iso(start),
        'end_time': None if end is None else times.to_iso(end),
        'timestamp': times.to_iso(start),
        **({} if enrichments is None else {'enrichments': list(enrichments)}),
        'entity_name': EntityNames.VIDEO,
        'entity_id': entity_id,
        'entity_type': EntityTypes.MEDIA,
        'entity_value': asset_id,
        'media_asset_id': asset_id,
        'influence': EntityInfluenceTypes.AFFECT_FORWARD,
        'extend_session': True,
    }
