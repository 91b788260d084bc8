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

"""Issues in Jira, where the platform is connected to it."""

from __future__ import annotations

from typing import Any

from scenebox_ros.client.endpoints.scene.reply import optional, truthy
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import JiraError, ResponseError
from scenebox_ros.wire import scene_routes as routes

TYPES = ('Task', 'Story', 'Bug')


class JiraMethods(SceneMethods):
    """Create and link issues."""

    def jira_is_connected(self) -> bool:
        """
        Tell whether the platform is connected to Jira.

        Returns
        -------
        bool
            False also if that cannot be found out

        Examples
        --------
        >>> client.jira_is_connected()

        """
        try:
            return bool(self._http.call(routes.JIRA_IS_CONNECTED, doing='ask for Jira'))
        except ResponseError:
            return False

    def jira_create_issue(
        self,
        summary: str,
        jira_project: str,
        type: str = 'Task',
        description: str | None = None,
        user_id: str | None = None,
        link_url: str | None = None,
        link_title: str = 'attachment',
    ) -> str | None:
        """
        Create an issue.

        Parameters
        ----------
        summary
            Its title.
        jira_project
            Key of the project.
        type
            ``Task``, ``Story`` or ``Bug``.
        description
            What it is for, for people.
        user_id
            Who it is assigned to.
        link_url
            A link to attach.
        link_title
            Title of the link.

        Returns
        -------
        str | None
            URL of the issue, if the server tells one

        Raises
        ------
        JiraError
            If there is no such type.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.jira_create_issue('Relabel', 'RIDES')

        """
        body = {
            'summary': summary, 'type': _checked(type), 'project': jira_project,
            **_optional(description, user_id, link_url, link_title),
        }
        doing = f'create issue {summary!r}'
        return _url(self._http.call(routes.JIRA_CREATE, json=body, doing=doing))

    def jira_link_new_issue_to_existing(
        self,
        existing_issue_key: str,
        summary: str,
        jira_project: str,
        type: str = 'Task',
        link_type: str = 'relates to',
        description: str | None = None,
        user_id: str | None = None,
        link_url: str | None = None,
        link_title: str = 'attachment',
        link_comment: str | None = None,
    ) -> str | None:
        """
        Create an issue and link it to another one.

        Parameters
        ----------
        existing_issue_key
            Key of the other issue.
        summary
            Its title.
        jira_project
            Key of the project.
        type
            ``Task``, ``Story`` or ``Bug``.
        link_type
            How they relate.
        description
            What it is for, for people.
        user_id
            Who it is assigned to.
        link_url
            A link to attach.
        link_title
            Title of the link.
        link_comment
            A comment on the link.

        Returns
        -------
        str | None
            URL of the issue, if the server tells one

        Raises
        ------
        JiraError
            If there is no such type.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.jira_link_new_issue_to_existing('RIDES-1', 'Relabel', 'RIDES')

        """
        body = {
            'existing_issue_key': existing_issue_key, 'summary': summary,
            'type': _checked(type), 'link_type': link_type, 'project': jira_project,
            **_optional(description, user_id, link_url, link_title),
            **({'link_comment': {'body': link_comment}} if link_comment else {}),
        }
        doing = f'link an issue to {existing_issue_key!r}'
        return _url(self._http.call(routes.JIRA_LINK, json=body, doing=doing))


def _url(reply: Any) -> str | None:
    url = optional(reply, 'url')
    return str(url) if url else None


def _checked(kind: str) -> str:
    if kind not in TYPES:
        raise JiraError(f'issue type {kind!r} is unknown; use one of {", ".join(TYPES)}')
    return kind


def _optional(
    description: str | None, user_id: str | None, link_url: str | None, link_title: str
) -> Json:
    link = {'link_url': link_url, 'link_title': link_title} if link_url else {}
    return truthy(description=description, user_id=user_id) | link
