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

"""Entities: what a session's sources say, read from the wire and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
import math
from typing import Any

from scenebox_ros.errors import InvalidEventError, InvalidInfluenceTypeError, InvalidTimeError
from scenebox_ros.ids import guid, std
from scenebox_ros.server.sessions.times import parse_ns

TYPES = ('geo', 'scalar', 'vector', 'state', 'state_set', 'state_vector', 'media')
INFLUENCES = (
    'point',
    'linear_interpolation',
    'linear_interpolation_integer',
    'geo_interpolation',
    'interval',
    'start_stop',
    'affect_forward',
    'affect_backward',
)
MAX_NAME = 512
MAX_TEXT = 64 * 1024
# Three years: longer than any session that the grid could hold.
MAX_RADIUS_S = 1e8
_INTERPOLATED = {
    'linear_interpolation': ('scalar', 'vector'),
    'linear_interpolation_integer': ('scalar', 'vector'),
    'geo_interpolation': ('geo',),
}
# Where an entity does not say how far it reaches.
DEFAULT_INFLUENCE = {
    'geo': 'geo_interpolation',
    'scalar': 'linear_interpolation',
    'vector': 'linear_interpolation',
}


@dataclass(frozen=True)
class Entity:
    """
    One thing that a source says about a session.

    Attributes
    ----------
    key
        Its id within the session: saying it again replaces it.
    name
        The timeline's field; a ``geo`` entity becomes ``name.lat`` and ``name.lon``.
    at_ns
        Its own time; the start where the wire gave no timestamp.
    start_ns, end_ns
        Its interval, where it has one.
    number
        Value of a ``scalar``.
    position
        Value of a ``geo``: latitude, longitude, altitude in metres (NaN if unknown).
    text
        Value of every other type, as JSON: an asset id, a state, a list.
    radius_s
        Influence radius in seconds; 0 if none was given.
    extends
        Whether the session's time span grows to hold it.
    enrichments
        What the platform should add, by name.

    """

    key: str
    name: str
    type: str
    influence: str
    at_ns: int
    start_ns: int | None
    end_ns: int | None
    number: float | None
    position: tuple[float, float, float] | None
    text: str | None
    radius_s: float
    extends: bool
    enrichments: tuple[str, ...] = ()

    @property
    def span_ns(self) -> tuple[int, int]:
        """From the earliest to the latest time that the entity names."""
        named = [t for t in (self.at_ns, self.start_ns, self.end_ns) if t is not None]
        return min(named), max(named)


def read_entity(wire: Mapping[str, Any]) -> Entity:
    """
    Read an entity from the protocol's JSON.

    Raises
    ------
    InvalidEventError
        If it has no name, an unknown type, or a value that its type cannot have.
    InvalidInfluenceTypeError
        If the influence is unknown, or is an interpolation of what has no values between.
    InvalidTimeError
        If it has no time at all, or ends before it starts.

    """
    name = wire.get('entity_name')
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise InvalidEventError(
            f'entity_name is {str(name)[:60]!r}; give every entity a name of up to {MAX_NAME} '
            'characters'
        )
    kind = wire.get('entity_type')
    if kind not in TYPES:
        raise InvalidEventError(
            f'entity {name!r} has type {kind!r}; known are {", ".join(TYPES)}'
        )
    influence = _influence(name, kind, wire.get('influence'))
    at, start, end = _times(name, wire)
    number, position, text = _value(name, kind, wire)
    key = str(wire.get('entity_id') or guid())
    if len(key) > MAX_NAME or len(text or '') > MAX_TEXT:
        raise InvalidEventError(
            f'entity {name!r} has an id of {len(key)} and a value of {len(text or "")} '
            f'characters; at most {MAX_NAME} and {MAX_TEXT} are kept'
        )
    if kind == 'media':
        # The original client names a video's entity after its file: two cameras, one name.
        key = f'{key}/{text}'
    return Entity(
        key, name, kind, influence, at, start, end, number, position, text,
        _radius(name, wire.get('influence_radius_in_seconds')),
        wire.get('extend_session') is not False,
        _enrichments(name, wire.get('enrichments')),
    )  # fmt: skip


def _influence(name: str, kind: str, influence: Any) -> str:
    chosen = influence or DEFAULT_INFLUENCE.get(kind, 'interval')
    if chosen not in INFLUENCES:
        raise InvalidInfluenceTypeError(
            f'entity {name!r} has influence {chosen!r}; known are {", ".join(INFLUENCES)}'
        )
    if kind not in _INTERPOLATED.get(chosen, (kind,)):
        raise InvalidInfluenceTypeError(
            f'entity {name!r} of type {kind} cannot have influence {chosen}: it has no values '
            'in between; use interval or affect_forward'
        )
    return str(chosen)


def _times(name: str, wire: Mapping[str, Any]) -> tuple[int, int | None, int | None]:
    start, end, at = (
        parse_ns(wire[key]) if wire.get(key) is not None else None
        for key in ('start_time', 'end_time', 'timestamp')
    )
    if start is not None and end is not None and start > end:
        raise InvalidTimeError(
            f'entity {name!r} ends at {wire["end_time"]}, before it starts at '
            f'{wire["start_time"]}; swap the two'
        )
    for moment in (at, start, end):
        if moment is not None:
            return moment, start, end
    raise InvalidTimeError(f'entity {name!r} has no time; give it a timestamp')


def _radius(name: str, radius: Any) -> float:
    if radius is None:
        return 0.0
    if not isinstance(radius, (int, float)) or not 0 <= radius <= MAX_RADIUS_S:
        raise InvalidEventError(
            f'entity {name!r} has influence_radius_in_seconds {radius!r}; '
            f'give seconds from 0 up to {MAX_RADIUS_S:.0f}'
        )
    return float(radius)


def _enrichments(name: str, given: Any) -> tuple[str, ...]:
    if given is not None and not isinstance(given, list):
        raise InvalidEventError(f'entity {name!r} has enrichments {str(given)[:60]!r}, not a list')
    return tuple(str(one) for one in given or ())


Value = tuple['float | None', 'tuple[float, float, float] | None', 'str | None']


def _value(name: str, kind: str, wire: Mapping[str, Any]) -> Value:
    value = wire.get('entity_value')
    if kind == 'scalar':
        return _scalar(name, value), None, None
    if kind == 'geo':
        return None, _position(name, wire.get('geolocation'), value), None
    if kind == 'media':
        asset = wire.get('media_asset_id') or value
        if not isinstance(asset, str) or not asset:
            raise InvalidEventError(f'media entity {name!r} names no asset; set media_asset_id')
        return None, None, std(asset)
    if kind == 'state':
        return None, None, None if value is None else _json(value)
    items = value if isinstance(value, list) else [] if value is None else [value]
    if kind == 'vector':
        items = [_scalar(name, item) for item in items]
    return None, None, _json(items) if items else None


def _scalar(name: str, value: Any) -> float | None:
    """Read a number; not a number and nothing are the same: no value."""
    if value is None:
        return None
    if not isinstance(value, (int, float)):
        raise InvalidEventError(f'entity {name!r} has value {value!r}, which is not a number')
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        raise InvalidEventError(f'entity {name!r} has a value too large to keep') from None


def _position(name: str, given: Any, value: Any) -> tuple[float, float, float]:
    try:
        if isinstance(given, Mapping):
            altitude = given.get('altitude_m')
            numbers = [given['lat'], given['lon'], math.nan if altitude is None else altitude]
        else:
            numbers = [*value, math.nan][:3]
        lat, lon, altitude = (float(number) for number in numbers)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InvalidEventError(
            f'geo entity {name!r} has no position; set entity_value to [latitude, longitude]'
        ) from None
    if not (abs(lat) <= 90 and abs(lon) <= 360):
        raise InvalidEventError(
            f'geo entity {name!r} is at {lat}, {lon}; latitudes go to 90, longitudes to 180'
        )
    return lat, wrap_longitude(lon), altitude


def wrap_longitude(lon: float) -> float:
    """Bring a longitude into [-180, 180); 180 itself stays as it is."""
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


def _json(value: Any) -> str:
    return json.dumps(value, separators=(',', ':'), sort_keys=True)
