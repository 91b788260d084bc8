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

"""Entities: what happened in a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import sessions
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.entity_buffer import EntityBuffer
from scenebox_ros.client.methods.scene.base import Json, Moment
from scenebox_ros.client.methods.scene.sessions import SessionMethods
from scenebox_ros.errors import InvalidArgumentsError, LengthMismatchError
from scenebox_ros.model import entities, plain, times
from scenebox_ros.model.constants import SummaryEntities

BATCH = 100
ACKNOWLEDGED = {'acknowledged': True}


class EntityMethods(SessionMethods):
    """Add entities of any kind to sessions."""

    _buffer: EntityBuffer

    def add_geolocation_entity(
        self,
        latitude: float,
        longitude: float,
        timestamp: Moment,
        session_uid: str,
        *,
        buffered: bool = False,
    ) -> Json:
        """
        Add a position to a session.

        Parameters
        ----------
        latitude
            Degrees north.
        longitude
            Degrees east.
        timestamp
            When; a datetime or ISO 8601 text.
        session_uid
            The session's uid.
        buffered
            Keep the entities in memory; they are sent in batches, and by
            ``flush_entities_buffer``.

        Returns
        -------
        Json
            ``{'acknowledged': True}``

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_geolocation_entity(48.1, 11.6, '2026-01-31T10:00:00Z', 'session_1')

        """
        entity = entities.geolocation(session_uid, latitude, longitude, timestamp)
        return self.add_entities([entity], buffered=buffered)

    def add_geolocation_entities(
        self,
        latitudes: Iterable[float],
        longitudes: Iterable[float],
        timestamps: Iterable[Moment],
        session_uid: str,
        buffered: bool = False,
    ) -> list[Json]:
        """
        Add positions to a session.

        Parameters
        ----------
        latitudes
            Degrees north.
        longitudes
            Degrees east.
        timestamps
            When, one per value; datetimes or ISO 8601 text.
        session_uid
            The session's uid.
        buffered
            Keep the entities in memory; they are sent in batches, and by
            ``flush_entities_buffer``.

        Returns
        -------
        list[Json]
            One answer per batch

        Raises
        ------
        IndexError
            If the lists differ in length.
        SessionError
            If the session would become too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_geolocation_entities([48.1], [11.6], ['2026-01-31T10:00:00Z'], 'session_1')

        """
        latitudes, longitudes, timestamps = columns(
            latitudes=latitudes, longitudes=longitudes, timestamps=timestamps
        )
        self._check_duration(session_uid, timestamps)
        dicts = [
            entities.geolocation(session_uid, latitude, longitude, when)
            for latitude, longitude, when in zip(latitudes, longitudes, timestamps, strict=True)
        ]
        return self._add_in_batches(dicts, buffered)

    def add_entity(
        self, entity_dict: Mapping[str, Any], urgent: bool = False, *, buffered: bool = False
    ) -> Json:
        """
        Add an entity to the session that it names.

        Parameters
        ----------
        entity_dict
            With the keys ``session``, ``timestamp``, ``start_time``, ``end_time``, ``entity_id``,
            ``entity_name``, ``entity_value``, ``entity_type`` (of ``EntityTypes``), ``influence``
            (of ``EntityInfluenceTypes``) and ``extend_session``.
        urgent
            Take the entity in at once; the session must be resolved afterwards.
        buffered
            Keep the entities in memory; they are sent in batches, and by
            ``flush_entities_buffer``.

        Returns
        -------
        Json
            ``{'acknowledged': True}``

        Raises
        ------
        ValueError
            If it names no session.
        SessionError
            If the session would become too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_entity({
        ...     'session': 'session_1', 'timestamp': '2026-01-31T10:00:00Z',
        ...     'entity_id': 'speed_1', 'entity_name': 'speed', 'entity_value': 12.5,
        ...     'entity_type': 'scalar', 'influence': 'linear_interpolation',
        ... })

        """
        if not entity_dict.get('session'):
            raise InvalidArgumentsError("the entity has no 'session'; put the session's uid there")
        moments = [entity_dict.get(key) for key in ('timestamp', 'start_time', 'end_time')]
        self._check_duration(entity_dict['session'], moments)
        return self.add_entities(
            [times.with_iso_times(entity_dict)], urgent=urgent, buffered=buffered
        )

    def add_entities(
        self,
        entity_dicts: Iterable[Mapping[str, Any]],
        *,
        urgent: bool = False,
        buffered: bool = False,
    ) -> Json:
        """
        Add entities to the sessions that they name, in one request.

        Parameters
        ----------
        entity_dicts
            Each as in :meth:`add_entity`.
        urgent
            Take the entity in at once; the session must be resolved afterwards.
        buffered
            Keep the entities in memory; they are sent in batches, and by
            ``flush_entities_buffer``.

        Returns
        -------
        Json
            ``{'acknowledged': True}``

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_entities([{
        ...     'session': 'session_1', 'timestamp': '2026-01-31T10:00:00Z',
        ...     'entity_id': 'speed_1', 'entity_name': 'speed', 'entity_value': 12.5,
        ...     'entity_type': 'scalar', 'influence': 'linear_interpolation',
        ... }])

        """
        dicts = plain.listed(entity_dicts, 'entity_dicts')
        if not buffered:
            return sessions.add_entities(self._http, dicts, urgent)
        if self._buffer.add(dicts):
            self.flush_entities_buffer()
        return dict(ACKNOWLEDGED)

    def flush_entities_buffer(self) -> None:
        """
        Send the entities that were added with ``buffered=True``.

        What cannot be sent stays in the buffer.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.flush_entities_buffer()

        """
        waiting = self._buffer.take()
        sent = 0
        try:
            for batch in plain.chunks(waiting, BATCH):
                sessions.add_entities(self._http, batch, urgent=False)
                sent += len(batch)
        finally:
            self._buffer.put_back(waiting[sent:])

    def _add_in_batches(self, dicts: Sequence[Json], buffered: bool = False) -> list[Json]:
        return [
            self.add_entities(batch, buffered=buffered) for batch in plain.chunks(dicts, BATCH)
        ]

    # -- measurements ----------------------------------------------------------------------------
    def add_scalar_measurements(
        self,
        measurement_name: str,
        measurement_values: Iterable[float],
        timestamps: Iterable[Moment],
        session_uid: str,
        buffered: bool = False,
    ) -> list[str]:
        """
        Add a series of numbers to a session.

        Parameters
        ----------
        measurement_name
            What was measured.
        measurement_values
            The numbers.
        timestamps
            When, one per value; datetimes or ISO 8601 text.
        session_uid
            The session's uid.
        buffered
            Keep the entities in memory; they are sent in batches, and by
            ``flush_entities_buffer``.

        Returns
        -------
        list[str]
            Ids of the entities

        Raises
        ------
        IndexError
            If the lists differ in length.
        SessionError
            If the session would become too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_scalar_measurements('speed', [12.5], ['2026-01-31T10:00:00Z'], 'session_1')

        """
        measurement_values, timestamps = columns(
            measurement_values=measurement_values, timestamps=timestamps
        )
        self._check_duration(session_uid, timestamps)
        dicts = [
            entities.scalar(session_uid, measurement_name, value, when)
            for value, when in zip(measurement_values, timestamps, strict=True)
        ]
        self._add_in_batches(dicts, buffered)
        return [entity['entity_id'] for entity in dicts]

    def entity_summary(
        self,
        session_uid: str,
        entity_names: Sequence[str] | None = None,
        start_time: Moment | None = None,
        end_time: Moment | None = None,
    ) -> Json:
        """
        Count the entities of a session.

        Parameters
        ----------
        session_uid
            The session's uid.
        entity_names
            Which; default: objects, weather, country, state, comments, constructed.
        start_time
            Start; a datetime or ISO 8601 text.
        end_time
            End; a datetime or ISO 8601 text.

        Returns
        -------
        Json
            Counts by name and value

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.entity_summary('session_1', ['objects'])

        """
        names = entity_names or SummaryEntities.DEFAULT_ENTITIES_TO_SUMMARIZE
        span = {
            key: times.to_iso(moment)
            for key, moment in (('start_time', start_time), ('end_time', end_time))
            if moment
        }
        return sessions.entity_summary(
            self._http, session_uid, {'entity_names': list(names), **truthy(**span)}
        )


def columns(**given: Iterable[Any]) -> list[list[Any]]:
    """List what belongs together; refuse it if it differs in length."""
    lists = {name: plain.listed(items, name) for name, items in given.items()}
    if len({len(items) for items in lists.values()}) > 1:
        told = ', '.join(f'{name} has {len(items)}' for name, items in lists.items())
        raise LengthMismatchError(f'lists differ in length: {told}; pass one item of each')
    return list(lists.values())
