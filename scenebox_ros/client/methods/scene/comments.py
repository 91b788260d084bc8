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

"""Comments on sessions, events that a search finds, deletion of events."""

from __future__ import annotations

from collections.abc import Iterable

from scenebox_ros.client.endpoints.scene import sessions
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Moment, Query
from scenebox_ros.client.methods.scene.entities import EntityMethods
from scenebox_ros.model import plain, times


class CommentMethods(EntityMethods):
    """Comment on sessions, find and delete events."""

    def add_comments(
        self,
        comments: str | list[str],
        start_time: Moment,
        end_time: Moment,
        session_uid: str,
        wait_for_completion: bool = False,
    ) -> Json:
        """
        Comment on a part of a session.

        Parameters
        ----------
        comments
            A text or several.
        start_time
            Start; a datetime or ISO 8601 text.
        end_time
            End; a datetime or ISO 8601 text.
        session_uid
            The session's uid.
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
        >>> client.add_comments(
        ...     'near miss', '2026-01-31T10:00:00Z', '2026-01-31T10:00:05Z', 'session_1'
        ... )

        """
        reply = sessions.add_comments(
            self._http,
            session_uid,
            {
                'intervals': [
                    {'start_time': times.to_iso(start_time), 'end_time': times.to_iso(end_time)}
                ],
                'texts': [comments] if isinstance(comments, str) else list(comments),
            },
        )
        self._started(reply, wait_for_completion)
        return reply

    def add_event_with_search(
        self, event_title: str, search: Query, wait_for_completion: bool = False
    ) -> Json:
        """
        Add an event wherever a search holds in the sessions.

        Parameters
        ----------
        event_title
            Name of the event.
        search
            Query over the sessions' timelines.
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
        >>> client.add_event_with_search('wet night', {'filters': [
        ...     {'field': 'weather', 'values': ['rain']}]})

        """
        reply = sessions.add_event_with_search(
            self._http, {'search': search, 'event_title': event_title}
        )
        self._started(reply, wait_for_completion)
        return reply

    def delete_events(
        self,
        session_uids: Iterable[str],
        event_names: Iterable[str],
        start_time: Moment | None = None,
        end_time: Moment | None = None,
        wait_for_completion: bool = False,
    ) -> Json:
        """
        Delete events of sessions.

        Parameters
        ----------
        session_uids
            The sessions.
        event_names
            Names of the events.
        start_time
            Only those after it.
        end_time
            Only those before it.
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
        >>> client.delete_events(['session_1'], ['wet night'])

        """
        reply = sessions.delete_events(
            self._http,
            {
                'session_uids': plain.listed(session_uids, 'session_uids'),
                'event_names': plain.listed(event_names, 'event_names'),
                **truthy(
                    start_time=start_time and times.to_iso(start_time),
                    end_time=end_time and times.to_iso(end_time),
                ),
            },
        )
        self._started(reply, wait_for_completion)
        return reply
