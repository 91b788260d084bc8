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

"""What a session consists of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import sessions
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Moment
from scenebox_ros.client.methods.scene.sessions import SessionMethods
from scenebox_ros.errors import ArgumentTypeError
from scenebox_ros.model import times
from scenebox_ros.wire import scene_routes as routes


class SessionPartMethods(SessionMethods):
    """Say what a session consists of, cut and delete sessions."""

    def get_standardized_session_name(self, session_name: str) -> str:
        """
        Ask how the platform writes a session's name: special characters become ``_``.

        Parameters
        ----------
        session_name
            Any name.

        Returns
        -------
        str
            The standardized name

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_standardized_session_name('Ride 1 (north)')
        'ride_1__north_'

        """
        return sessions.standardize_name(self._http, session_name)

    def add_source_data(
        self,
        session_uid: str,
        source_data: Sequence[Mapping[str, Any]],
        sensors: Sequence[Mapping[str, Any]],
        replace: bool = True,
    ) -> Json:
        """
        Say which assets a session consists of, and which sensors made them.

        Parameters
        ----------
        session_uid
            The session's uid.
        source_data
            ``[{'sensor': 'camera_1', 'id': 'video_1', 'type': 'videos'}]``.
        sensors
            ``[{'name': 'camera_1', 'type': 'camera'}]``.
        replace
            True replaces what is there, False appends.

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
        >>> client.add_source_data(
        ...     'session_1',
        ...     [{'sensor': 'camera_1', 'id': 'video_1', 'type': 'videos'}],
        ...     [{'name': 'camera_1', 'type': 'camera'}],
        ... )

        """
        return sessions.change(
            self._http, routes.SESSION_SOURCE_DATA, session_uid,
            source_data=list(source_data), sensors=list(sensors), replace=replace,
        )

    def add_auxiliary_session_data(
        self, session_uid: str, auxiliary_data: Sequence[Mapping[str, Any]], replace: bool = True
    ) -> Json:
        """
        Add what is shown beside a session, like its videos.

        Parameters
        ----------
        session_uid
            The session's uid.
        auxiliary_data
            ``[{'id': 'video_1', 'type': 'concatenated_video', 'tags': ['camera_1']}]``.
        replace
            True replaces what is there, False appends.

        Returns
        -------
        Json
            The session's document

        Raises
        ------
        TypeError
            If the session has auxiliary data that is not a list, and it is not replaced.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_auxiliary_session_data(
        ...     'session_1',
        ...     [{'id': 'video_1', 'type': 'concatenated_video', 'tags': ['camera_1']}],
        ... )

        """
        document = self._session(session_uid)
        before = [] if replace else document.get('auxiliary_data') or []
        if not isinstance(before, list):
            raise ArgumentTypeError(
                f'auxiliary data of {session_uid!r} is {type(before).__name__}; replace it'
            )
        updated: Json = self.get_asset_manager('sessions').update_metadata(
            session_uid,
            {**document, 'auxiliary_data': [*auxiliary_data, *before]},
            replace_sets=True,
        )
        return updated

    def add_enrichments_configs(
        self,
        session_uid: str,
        enrichments_configs: Sequence[Mapping[str, Any]],
        replace: bool = True,
    ) -> Json:
        """
        Say which enrichments a session gets.

        Parameters
        ----------
        session_uid
            The session's uid.
        enrichments_configs
            ``[{'input_event': 'geo_locations', 'type': 'weather', 'configuration':
            {'influence_type': 'interval', 'influence_radius_in_seconds': 2.0}}]``.
        replace
            True replaces what is there, False appends.

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
        >>> client.add_enrichments_configs('session_1', [{
        ...     'input_event': 'geo_locations',
        ...     'type': 'weather',
        ...     'configuration': {'influence_type': 'interval',
        ...                       'influence_radius_in_seconds': 2.0},
        ... }])

        """
        return sessions.change(
            self._http, routes.SESSION_ENRICHMENTS, session_uid,
            enrichments_configs=list(enrichments_configs), replace=replace,
        )

    def slice_session(
        self,
        session_uid: str,
        start_time: Moment,
        end_time: Moment,
        session_name: str | None = None,
    ) -> str:
        """
        Cut a new session out of a session.

        Parameters
        ----------
        session_uid
            The session's uid.
        start_time
            Start; a datetime or ISO 8601 text.
        end_time
            End; a datetime or ISO 8601 text.
        session_name
            Name of the new session.

        Returns
        -------
        str
            The new session's uid

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.slice_session('session_1', '2026-01-31T10:00:00Z', '2026-01-31T10:01:00Z')

        """
        return sessions.slice_(
            self._http,
            session_uid,
            {
                'start_time': times.to_iso(start_time),
                'end_time': times.to_iso(end_time),
                **truthy(session_name=session_name),
            },
        )

    def get_session_resolution_status(self, session_uid: str) -> str:
        """
        Read how far the resolving of a session is.

        Parameters
        ----------
        session_uid
            The session's uid.

        Returns
        -------
        str
            Its status

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_session_resolution_status('session_1')

        """
        return sessions.resolution_status(self._http, session_uid)

    def delete_session(
        self,
        session_uid: str,
        delete_assets_contents: bool = True,
        wait_for_completion: bool = False,
    ) -> Json:
        """
        Delete a session.

        Parameters
        ----------
        session_uid
            The session's uid.
        delete_assets_contents
            Delete its assets, too.
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
        >>> client.delete_session('session_1', delete_assets_contents=False)

        """
        reply = sessions.delete(self._http, session_uid, delete_assets_contents)
        self._started(reply, wait_for_completion)
        return reply
