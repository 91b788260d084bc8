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

"""User-defined functions: classes that run on the platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from scenebox_ros import ids as names
from scenebox_ros.client.endpoints.scene import jobs, reads
from scenebox_ros.client.endpoints.scene.reply import present
from scenebox_ros.client.methods.scene.base import Json, Query, SceneMethods
from scenebox_ros.errors import DependencyError, UDFError
from scenebox_ros.model import plain, times
from scenebox_ros.model.udf import Enricher, Script, UDF, Webhook
from scenebox_ros.wire import scene_routes as routes

SHORT = 5


class UdfMethods(SceneMethods):
    """Submit classes, run them, register them as webhooks."""

    def submit_enricher(self, cls: type[Enricher]) -> str:
        """
        Store an enricher.

        Parameters
        ----------
        cls
            A class defined in ``__main__``.

        Returns
        -------
        str
            Its id

        Raises
        ------
        UDFError
            If the class is defined elsewhere.
        DependencyError
            If dill is not installed.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.submit_enricher(Brightness)

        """
        return self._put_udf(f'{_name(cls)}_{names.guid()[:SHORT]}', cls, 'enricher')

    def enricher_dry_run(self, cls: type[Enricher], metadata: Mapping[str, Any]) -> Any:
        """
        Try an enricher on one document.

        Parameters
        ----------
        cls
            A class defined in ``__main__``.
        metadata
            The document.

        Returns
        -------
        Any
            What it makes of the document

        Raises
        ------
        UDFError
            If the class is defined elsewhere.
        DependencyError
            If dill is not installed.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.enricher_dry_run(Brightness, {'id': 'img_1'})

        """
        body = {'udf_ids': [self.submit_enricher(cls)], 'metadata': metadata}
        return reads.read(self._http, routes.UDF_DRY_RUN, body)

    def enricher_batch(
        self,
        cls: type[Enricher],
        assets_type: str,
        ids: Iterable[str] | None = None,
        search: Query | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Run an enricher over assets.

        Parameters
        ----------
        cls
            A class defined in ``__main__``.
        assets_type
            Type of the assets.
        ids
            Ids of the assets.
        search
            Query; only assets that match it. ``{'filters': [{'field': ..., 'values': [...]}]}``.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        UDFError
            If the class is defined elsewhere.
        DependencyError
            If dill is not installed.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.enricher_batch(Brightness, 'images', ids=['img_1'])

        """
        body: Json = {
            'ids': plain.listed(ids),
            **present(search=search),
            'udf_ids': [self.submit_enricher(cls)],
            'assets_type': assets_type,
        }
        return self._started(jobs.start(self._http, routes.UDF_BATCH, body), wait_for_completion)

    def register_webhook(self, cls: type[Webhook]) -> str:
        """
        Register a webhook, which runs after requests.

        Parameters
        ----------
        cls
            A class defined in ``__main__``.

        Returns
        -------
        str
            Its id

        Raises
        ------
        UDFError
            If the class is defined elsewhere.
        DependencyError
            If dill is not installed.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.register_webhook(Notify)

        """
        return self._put_udf(_name(cls), cls, 'webhook')

    def run_script(
        self, /, cls: type[Script], wait_for_completion: bool = True, **kwargs: Any
    ) -> str:
        """
        Run a script on the platform.

        Parameters
        ----------
        cls
            A class defined in ``__main__``.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        **kwargs
            Arguments of its ``execute``.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        UDFError
            If the class is defined elsewhere.
        DependencyError
            If dill is not installed.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.run_script(Tidy, set_id='set_1')

        """
        udf_id = names.std(f'{_name(cls)}_{names.guid()[:SHORT]}')
        self._put_udf(udf_id, cls, 'script')
        reply = jobs.start(self._http, routes.UDF_RUN_SCRIPT, kwargs, {'script_id': udf_id})
        return self._started(reply, wait_for_completion)

    def _put_udf(self, udf_id: str, cls: type[UDF], kind: str) -> str:
        document = {
            'version': cls.version, 'type': kind, 'timestamp': times.to_iso(times.now())
        }
        self.get_asset_manager('udfs').put_asset(
            metadata=document, id=udf_id, file_object=_pickled(cls)
        )
        return udf_id


def _name(cls: type[UDF]) -> str:
    if cls.__module__ != '__main__':
        raise UDFError(
            f'class {cls.__name__} is defined in {cls.__module__}; define it in __main__, so that '
            'it can be sent as a whole'
        )
    return f'{cls.__name__}_{cls.version}'


def _pickled(cls: type[UDF]) -> bytes:
    try:
        dill = import_module('dill')
    except ImportError:
        raise DependencyError('user-defined functions need dill; run: pip install dill') from None
    blob: bytes = dill.dumps(cls)
    return blob
