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

"""Events and comments: what held in a session from one moment to another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from scenebox_ros.client.methods.scene.base import Json, Moment
from scenebox_ros.client.methods.scene.entities import columns, EntityMethods
from scenebox_ros.errors import ArgumentTypeError, InvalidTimeError
from scenebox_ros.model import entities, times
from scenebox_ros.model.constants import DEFAULT_SESSION_RESOLUTION, EntityInfluenceTypes


class EventMethods(EntityMethods):
    """Add events and comments to sessions, and delete events."""

    def add_event_interval(
        self,
        event_name: str,
        event_value: str | list[str],
        start_time: Moment,
        end_time: Moment,
        session_uid: str,
        urgent: bool = False,
        *,
        buffered: bool = False,
    ) -> str:
        """
        Add an event to a session.

        Parameters
        ----------
        event_name
            Its name.
        event_value
            What held: a text or several.
        start_time
            Start; a datetime or ISO 8601 text.
        end_time
            End; a datetime or ISO 8601 text.
        session_uid
            The session's uid.
        urgent
            Take the entity in at once; the session must be resolved afterwards.
        buffered
            Keep the entities in memory; they are sent in batches, and by
            ``flush_entities_buffer``.

        Returns
        -------
        str
            The entity's id

        Raises
        ------
        InvalidTimeError
            If it ends before it starts.
        TypeError
            If the value is neither a text nor a list.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_event_interval(
        ...     'weather', 'rain', '2026-01-31T10:00:00Z', '2026-01-31T10:01:00Z', 'session_1'
        ... )

        """
        if not isinstance(event_value, (str, list)):
            raise ArgumentTypeError(f'event value {event_value!r} is neither a text nor a list')
        _check_order(start_time, end_time)
        values = [event_value] if isinstance(event_value, str) else event_value
        entity = entities.event(session_uid, event_name, values, start_time, end_time)
        self.add_entities([entity], urgent=urgent, buffered=buffered)
        return str(entity['entity_id'])

    def add_event_intervals(
        self,
        event_name: str,
        event_values: Iterable[str],
        start_times: Iterable[Moment],
        end_times: Iterable[Moment],
        session_uid: str,
        epsilon: float = 0,
        *,
        urgent: bool = False,
        extend_session: bool = True,
        buffered: bool = False,
    ) -> list[str]:
        """
        Add events to a session.

        Parameters
        ----------
        event_name
            Their name.
        event_values
            What held, one text per event.
        start_times
            Their starts.
        end_times
            Their ends.
        session_uid
            The session's uid.
        epsilon
            Seconds that every event starts later and ends sooner, so that none touch.
        urgent
            Take the entity in at once; the session must be resolved afterwards.
        extend_session
            Extend the session to cover the events.
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
        InvalidTimeError
            If an event ends before it starts.
        TypeError
            If a value is not a text.
        SessionError
            If the session would become too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_event_intervals(
        ...     'weather', ['rain'], ['2026-01-31T10:00:00Z'], ['2026-01-31T10:01:00Z'],
        ...     'session_1',
        ... )

        """
        event_values, start_times, end_times = columns(
            event_values=event_values, start_times=start_times, end_times=end_times
        )
        dicts = [
            _interval(session_uid, event_name, value, start, end, epsilon, extend_session)
            for value, start, end in zip(event_values, start_times, end_times, strict=True)
        ]
        self._check_duration(session_uid, [*start_times, *end_times])
        self.add_entities(dicts, urgent=urgent, buffered=buffered)
        return [entity['entity_id'] for entity in dicts]

    def add_point_events(
        self,
        measurement_name: str,
        measurement_values: Iterable[Any],
        timestamps: Iterable[Moment],
        session_uid: str,
        buffered: bool = False,
    ) -> list[str]:
        """
        Add states to a session, each at one moment and up to the resolution around it.

        Parameters
        ----------
        measurement_name
            Name of the state.
        measurement_values
            What it was.
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
        >>> client.add_point_events('gear', ['R'], ['2026-01-31T10:00:00Z'], 'session_1')

        """
        measurement_values, timestamps = columns(
            measurement_values=measurement_values, timestamps=timestamps
        )
        self._check_duration(session_uid, timestamps)
        resolution = self._session(session_uid).get('resolution') or DEFAULT_SESSION_RESOLUTION
        around = timedelta(seconds=float(resolution))
        dicts = [
            entities.point_event(
                session_uid, measurement_name, value, when,
                times.parse(when) - around, times.parse(when) + around,
            )
            for value, when in zip(measurement_values, timestamps, strict=True)
        ]
        self._add_in_batches(dicts, buffered)
        return [entity['entity_id'] for entity in dicts]

    def add_scalar_intervals(
        self,
        measurement_name: str,
        measurement_values: Iterable[float],
        start_times: Iterable[Moment],
        end_times: Iterable[Moment],
        session_uid: str,
        epsilon: float = 0.001,
    ) -> list[str]:
        """
        Add numbers that each held from one moment to another.

        Parameters
        ----------
        measurement_name
            What was measured.
        measurement_values
            The numbers.
        start_times
            Where each begins.
        end_times
            Where each ends.
        session_uid
            The session's uid.
        epsilon
            Seconds that every interval starts later and ends sooner.

        Returns
        -------
        list[str]
            Ids of the entities, two for each number

        Raises
        ------
        IndexError
            If the lists differ in length.
        InvalidTimeError
            If an interval ends before it starts.
        SessionError
            If the session would become too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_scalar_intervals(
        ...     'limit', [50.0], ['2026-01-31T10:00:00Z'], ['2026-01-31T10:01:00Z'], 'session_1'
        ... )

        """
        measurement_values, start_times, end_times = columns(
            measurement_values=measurement_values, start_times=start_times, end_times=end_times
        )
        values = [value for value in measurement_values for _ in range(2)]
        moments: list[Moment] = []
        for start, end in zip(start_times, end_times, strict=True):
            moments += _narrowed(start, end, epsilon)
        return self.add_scalar_measurements(measurement_name, values, moments, session_uid)


def _check_order(start: Moment, end: Moment) -> None:
    # Text passes through as it is; the server judges it.
    if isinstance(start, str) or isinstance(end, str):
        return
    if times.parse(times.to_iso(start)) > times.parse(times.to_iso(end)):
        raise InvalidTimeError(f'the event starts at {start} and ends before, at {end}')


def _narrowed(start: Moment, end: Moment, epsilon: float) -> list[Moment]:
    margin = timedelta(seconds=float(epsilon))
    later, sooner = times.parse(start) + margin, times.parse(end) - margin
    if later > sooner:
        raise InvalidTimeError(f'an event from {start} to {end} ends before it starts')
    return [later, sooner]


def _interval(
    session_uid: str,
    name: str,
    value: str,
    start: Moment,
    end: Moment,
    epsilon: float,
    extend_session: bool,
) -> Json:
    if not isinstance(value, str):
        raise ArgumentTypeError(f'event value {value!r} is not a text')
    later, sooner = _narrowed(start, end, epsilon)
    return entities.event(session_uid, name, [value], later, sooner) | {
        'enrichments': [],
        'influence': EntityInfluenceTypes.AFFECT_FORWARD,
        'extend_session': extend_session,
    }
