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

"""Sessions: what was recorded together, on one timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import sessions
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Moment, SceneMethods
from scenebox_ros.errors import SessionError, SetsError
from scenebox_ros.model import times
from scenebox_ros.model.constants import DEFAULT_SESSION_RESOLUTION, MAX_SESSION_LENGTH
from scenebox_ros.wire import scene_routes as routes


class SessionMethods(SceneMethods):
    """Add sessions, change their documents, resolve and delete them."""

    def add_session(
        self,
        session_name: str,
        session_type: str = 'generic',
        resolution: float | None = None,
        session_aux_metadata: Mapping[str, Any] | None = None,
        *,
        set_id: str | None = None,
        status: str = 'ready',
        raise_if_session_exists: bool = False,
    ) -> str:
        """
        Add a session.

        A session of this name that exists already is left as it is, and its uid is returned.

        Parameters
        ----------
        session_name
            Its name; names are unique.
        session_type
            One of ``SessionTypes.VALID_TYPES``.
        resolution
            Seconds between the points of its timeline; what changes faster is lost. Default: 1.
        session_aux_metadata
            Anything else, searchable as ``session_aux.<key>``.
        set_id
            A set of sessions that it joins.
        status
            ``in progress`` while it is being filled.
        raise_if_session_exists
            Raise instead of returning the session that exists.

        Returns
        -------
        str
            The session's uid

        Raises
        ------
        SessionError
            If a session of this name exists and ``raise_if_session_exists`` is True.
        SetsError
            If the set does not hold sessions.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> session_uid = client.add_session('Ride 1', resolution=0.5)

        """
        existing = self._ids_by('sessions', 'session_name', session_name)
        if existing and raise_if_session_exists:
            raise SessionError(
                f'a session named {session_name!r} exists: {existing[0]!r}; choose another name'
            )
        if existing:
            return existing[0]
        if set_id:
            self._check_set_of_sessions(set_id)
        return sessions.add(
            self._http,
            {
                'session_name': session_name,
                'session_type': session_type,
                'session_aux_metadata': session_aux_metadata or {},
                'status': status,
                **truthy(set_id=set_id, resolution=resolution),
            },
        )

    def _check_set_of_sessions(self, set_id: str) -> None:
        held = self.get_asset_manager('sets').get_metadata(set_id).get('assets_type')
        if held != 'sessions':
            raise SetsError(f'set {set_id!r} holds {held}; pass a set of sessions')

    def update_time_span(
        self, session_uid: str, session_start_time: Moment, session_end_time: Moment
    ) -> Json:
        """
        Change when a session starts and ends.

        Parameters
        ----------
        session_uid
            The session's uid.
        session_start_time
            Its new start.
        session_end_time
            Its new end.

        Returns
        -------
        Json
            The session's document

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.update_time_span('session_1', '2026-01-31T10:00:00Z', '2026-01-31T10:05:00Z')

        """
        return sessions.change(
            self._http,
            routes.SESSION_TIME_SPAN,
            session_uid,
            session_start_time=times.to_iso(session_start_time),
            session_end_time=times.to_iso(session_end_time),
        )

    def extend_time_span(self, session_uid: str, timestamps: Sequence[Moment]) -> Json:
        """
        Extend a session, so that it spans these moments, too.

        Parameters
        ----------
        session_uid
            The session's uid.
        timestamps
            The moments.

        Returns
        -------
        Json
            The session's document

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.extend_time_span('session_1', ['2026-01-31T10:06:00Z'])

        """
        moments = [times.parse(moment) for moment in timestamps]
        moments += self._span_of(self._session(session_uid))
        return self.update_time_span(session_uid, min(moments), max(moments))

    # -- timeline --------------------------------------------------------------------------------
    def resolve_session(
        self, session_uid: str, resolution: float | None = None, wait_for_completion: bool = False
    ) -> Json:
        """
        Project a session's entities onto its timeline, which makes them searchable.

        Parameters
        ----------
        session_uid
            The session's uid.
        resolution
            Seconds between the points of the timeline; default: the session's own.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        Json
            The answer, with the ``job_id``

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.resolve_session('session_1', wait_for_completion=True)

        """
        reply = sessions.resolve(self._http, session_uid, resolution)
        self._started(reply, wait_for_completion)
        return reply

    # -- duration --------------------------------------------------------------------------------
    def _session(self, session_uid: str) -> Json:
        document: Json = self.get_asset_manager('sessions').get_metadata(session_uid)
        return document

    def _span_of(self, session: Mapping[str, Any]) -> list[Any]:
        bounds = (session.get('start_time'), session.get('end_time'))
        return [times.parse(bound) for bound in bounds if bound]

    def _check_duration(self, session_uid: str, moments: Iterable[Moment | None]) -> None:
        """Refuse moments that would make a session longer than the platform can resolve."""
        session = self._session(session_uid)
        known = [times.parse(moment) for moment in moments if moment] + self._span_of(session)
        limit_s = MAX_SESSION_LENGTH * _resolution_of(session)
        span_s = (max(known) - min(known)).total_seconds() if known else 0
        if span_s > limit_s:
            raise SessionError(
                f'session {session_uid!r} would span {span_s:g} s; at its resolution it can span '
                f'{limit_s:g} s: use a coarser resolution, or several sessions'
            )


def _resolution_of(session: Mapping[str, Any]) -> float:
    return float(session.get('resolution') or DEFAULT_SESSION_RESOLUTION)
