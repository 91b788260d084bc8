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

"""User-defined functions: subclass one of these in ``__main__`` and submit it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from scenebox_ros.errors import UDFError

__all__ = ['Enricher', 'Script', 'UDF', 'UDFError', 'Webhook']


class UDF:
    """
    The base of all; the platform constructs it with a client and a logger.

    Attributes
    ----------
    version
        Raise it with every change.

    """

    version: ClassVar[str] = '0.0.1'

    def __init__(self, scene_engine_client: Any, logger: Any) -> None:
        self.scene_engine_client = scene_engine_client
        self.logger = logger


class Enricher(UDF):
    """Adds to the documents of assets, one by one."""

    def enrich(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """
        Make more of a document.

        Parameters
        ----------
        metadata
            The asset's document.

        Returns
        -------
        dict
            What is added to it.

        Raises
        ------
        UDFError
            If a subclass does not define it.

        Examples
        --------
        >>> class Area(Enricher):
        ...     def enrich(self, metadata):
        ...         return {'area': metadata['width'] * metadata['height']}

        """
        raise UDFError(f'{type(self).__name__} does not define enrich(metadata)')


class Script(UDF):
    """Runs once."""

    def __init__(
        self,
        scene_engine_client: Any,
        job_manager_client: Any,
        es_client: Any,
        sql_client: Any,
        sql_session_client: Any,
        logger: Any,
    ) -> None:
        super().__init__(scene_engine_client, logger)
        self.job_manager_client = job_manager_client
        self.es_client = es_client
        self.sql_client = sql_client
        self.sql_session_client = sql_session_client

    def execute(self, **kwargs: Any) -> Any:
        """
        Run.

        Parameters
        ----------
        **kwargs
            The arguments of ``run_script``.

        Returns
        -------
        object
            Whatever the script returns.

        Raises
        ------
        UDFError
            If a subclass does not define it.

        Examples
        --------
        >>> class Lock(Script):
        ...     def execute(self, **kwargs):
        ...         return self.scene_engine_client.set_lock(kwargs['set_id'])

        """
        raise UDFError(f'{type(self).__name__} does not define execute(**kwargs)')


class Webhook(UDF):
    """Runs after requests of users."""

    def __init__(
        self, scene_engine_client: Any, logger: Any, job_manager_client: Any = None
    ) -> None:
        super().__init__(scene_engine_client, logger)
        self.job_manager_client = job_manager_client

    def execute(
        self,
        user_request_path: str,
        user_json_request: Any,
        api_response: Any,
        user_params: Any,
    ) -> dict[str, Any]:
        """
        Run after a request.

        Parameters
        ----------
        user_request_path, user_json_request
            The request.
        api_response
            What the platform answered.
        user_params
            What was registered with the webhook.

        Returns
        -------
        dict
            Kept by the platform.

        Raises
        ------
        UDFError
            If a subclass does not define it.

        Examples
        --------
        >>> class Told(Webhook):
        ...     def execute(self, path, request, response, user_params):
        ...         return {'path': path}

        """
        raise UDFError(f'{type(self).__name__} does not define execute(...)')
