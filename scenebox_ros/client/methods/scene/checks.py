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

"""What a session really holds; our own server answers these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scenebox_ros.client.endpoints import checks
from scenebox_ros.client.methods.base import Methods
from scenebox_ros.model.plain import chunks
from scenebox_ros.wire.extension_routes import CONTENT_CHECKS

MAX_ENTITIES = 10_000


class CheckMethods(Methods):
    """Look at what a session really holds."""

    def can_check_content(self) -> bool:
        """
        Tell whether the server answers what is asked here, and hashes assets where they lie.

        Returns
        -------
        bool
            True for our own server.

        Raises
        ------
        ConnectionFailedError
            If the server cannot be reached.

        Examples
        --------
        >>> client.can_check_content()
        True

        """
        return self._http.has(CONTENT_CHECKS)

    def iterate_entities(
        self, session_uid: str, names: Sequence[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """
        Go through a session's entities as they were added, before any resolution.

        Parameters
        ----------
        session_uid
            The session.
        names
            Only entities of these names; None takes all.

        Returns
        -------
        iterator of dict
            Each with ``entity_id entity_name entity_type timestamp entity_value``, in the order
            of ids; pages are fetched as they are needed.

        Raises
        ------
        ResponseError
            If there is no such session, or the server is not ours.

        Examples
        --------
        >>> fixes = list(client.iterate_entities(uid, names=['geolocation']))

        """
        after: str | None = ''
        while after is not None:
            page = checks.list_entities(self._http, session_uid, names, after)
            yield from page['entities']
            after = page['after']

    def missing_entities(self, session_uid: str, entity_ids: Sequence[str]) -> list[str]:
        """
        Find out which entities a session does not have.

        Parameters
        ----------
        session_uid
            The session.
        entity_ids
            Any number; 10,000 of them go into a request.

        Returns
        -------
        list of str
            Those ids that are not there.

        Raises
        ------
        ResponseError
            If there is no such session, or the server is not ours.

        Examples
        --------
        >>> client.missing_entities(uid, ['e1', 'e2'])
        ['e2']

        """
        return [
            name
            for some in chunks(entity_ids, MAX_ENTITIES)
            for name in checks.missing_entities(self._http, session_uid, some)
        ]
