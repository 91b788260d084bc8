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

"""Pages of the web app, opened from a notebook."""

from __future__ import annotations

from importlib import import_module
import json
import logging
from urllib.parse import quote

from scenebox_ros.client.methods.scene.base import SceneMethods
from scenebox_ros.errors import DependencyError, ResponseError

log = logging.getLogger(__name__)


class DisplayMethods(SceneMethods):
    """Open pages of the web app."""

    _frontend_url: str | None

    def get_frontend_url(self, path: str = '') -> str:
        """
        Tell the URL of a page of the web app.

        Parameters
        ----------
        path
            Path and query of the page, like ``images?image=img_1``.

        Returns
        -------
        str
            The URL

        Raises
        ------
        ValueError
            If the server has no web app.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_frontend_url('sessions?session_uid=session_1')

        """
        base = self._frontend_url or self._http.status().get('frontend_url')
        if not base:
            raise DisplayError('the server tells no frontend_url; it has no web app')
        return f'{str(base).rstrip("/")}/{quote(path, safe="/:?=&")}'

    def _display(self, path: str) -> None:
        try:
            url = self.get_frontend_url(path)
            _open(url)
        except (ResponseError, DependencyError) as error:
            log.error('cannot open the page: %s', error)

    def display_image(self, image_id: str) -> None:
        """
        Open the page of an image, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        image_id
            Its id.

        Examples
        --------
        >>> client.display_image('img_1')

        """
        self._display(f'images?image={image_id}')

    def display_video(self, video_id: str) -> None:
        """
        Open the page of a video, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        video_id
            The video's id.

        Examples
        --------
        >>> client.display_video('video_1')

        """
        self._display(f'videos?video={video_id}')

    def display_object(self, object_id: str) -> None:
        """
        Open the page of an object, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        object_id
            Its id.

        Examples
        --------
        >>> client.display_object('object_1')

        """
        self._display(f'objects?object={object_id}')

    def display_lidar(self, lidar_id: str) -> None:
        """
        Open the page of a lidar, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        lidar_id
            Its id.

        Examples
        --------
        >>> client.display_lidar('lidar_1')

        """
        self._display(f'lidars?lidar={lidar_id}')

    def display_session(self, session_uid: str) -> None:
        """
        Open the page of a session, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        session_uid
            The session's uid.

        Examples
        --------
        >>> client.display_session('session_1')

        """
        self._display(f'sessions?session_uid={session_uid}')

    def display_set(self, set_id: str) -> None:
        """
        Open the page of a set, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        set_id
            The set's id.

        Examples
        --------
        >>> client.display_set('set_1')

        """
        self._display(f'sets?set={set_id}')

    def display_projects(self, project_id: str) -> None:
        """
        Open the page of a project, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        project_id
            The project's id.

        Examples
        --------
        >>> client.display_projects('project_1')

        """
        self._display(f'projects?project={project_id}')

    def display_dashboard(self, dashboard_name: str) -> None:
        """
        Open a dashboard, from a notebook; elsewhere an error is logged.

        Parameters
        ----------
        dashboard_name
            Its name.

        Examples
        --------
        >>> client.display_dashboard('rides')

        """
        self._display(f'dashboard?dashboard={dashboard_name}')


class DisplayError(ResponseError, ValueError):
    """The web app cannot be opened."""


def _open(url: str) -> None:
    """Let the notebook's browser open a URL."""
    try:
        shell = import_module('IPython')
        page = import_module('IPython.display')
    except ImportError:
        raise DependencyError(
            f'opening {url} needs a notebook; open it in a browser, or: pip install ipython'
        ) from None
    if shell.get_ipython() is None:
        raise DependencyError(f'opening {url} needs a notebook; open it in a browser')
    # JSON is JavaScript, and escapes what could end the text.
    page.display(page.Javascript(f'window.open({json.dumps(url)});'))
