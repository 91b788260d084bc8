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

"""The client of the scene engine: sets, sessions, media, annotations and all the rest."""

from __future__ import annotations

from collections.abc import Mapping
import os
import re
from typing import Any

from scenebox_ros.client.asset_manager import AssetManagerClient
from scenebox_ros.client.entity_buffer import EntityBuffer
from scenebox_ros.client.http import Http, joined, root_of
from scenebox_ros.client.job_manager import JobManagerClient
from scenebox_ros.client.kv_store import KVStore
from scenebox_ros.client.methods.scene.accounts import AccountMethods
from scenebox_ros.client.methods.scene.checks import CheckMethods
from scenebox_ros.client.methods.scene.coco import CocoMethods
from scenebox_ros.client.methods.scene.comments import CommentMethods
from scenebox_ros.client.methods.scene.comparisons import ComparisonMethods
from scenebox_ros.client.methods.scene.configs import ConfigMethods
from scenebox_ros.client.methods.scene.display import DisplayMethods
from scenebox_ros.client.methods.scene.ego_pose import EgoPoseMethods
from scenebox_ros.client.methods.scene.embeddings import EmbeddingMethods
from scenebox_ros.client.methods.scene.indexing import IndexingMethods
from scenebox_ros.client.methods.scene.jira import JiraMethods
from scenebox_ros.client.methods.scene.lidars import LidarMethods
from scenebox_ros.client.methods.scene.metadata import MetadataMethods
from scenebox_ros.client.methods.scene.models import ModelMethods
from scenebox_ros.client.methods.scene.operations import OperationMethods
from scenebox_ros.client.methods.scene.projects import ProjectMethods
from scenebox_ros.client.methods.scene.rosbags import RosbagMethods
from scenebox_ros.client.methods.scene.s8 import S8Methods
from scenebox_ros.client.methods.scene.set_archives import SetArchiveMethods
from scenebox_ros.client.methods.scene.set_comparison import SetComparisonMethods
from scenebox_ros.client.methods.scene.streaming import StreamingMethods
from scenebox_ros.client.methods.scene.tasks import TaskMethods
from scenebox_ros.client.methods.scene.timeseries import TimeseriesMethods
from scenebox_ros.client.methods.scene.udfs import UdfMethods
from scenebox_ros.client.methods.scene.users import UserMethods
from scenebox_ros.client.methods.scene.video_jobs import VideoJobMethods
from scenebox_ros.client.methods.scene.video_making import VideoMakingMethods
from scenebox_ros.client.methods.scene.video_sessions import VideoSessionMethods
from scenebox_ros.client.pool import Timeouts
from scenebox_ros.client.scope import scope_of
from scenebox_ros.client.threads import thread_count
from scenebox_ros.errors import AssetError, InvalidArgumentsError
from scenebox_ros.wire.route import Base

DEMO_URL = 'https://scene-engine.demo.scenebox.ai/'
PROD_URL = 'https://scene-engine.prod.scenebox.ai/'
ENVIRONMENTS = ('dev', 'demo', 'prod')
# The release of the original whose protocol this client speaks.
PROTOCOL = '0.2.81'


class SceneEngineClient(
    CocoMethods,
    VideoSessionMethods,
    EgoPoseMethods,
    StreamingMethods,
    LidarMethods,
    RosbagMethods,
    TimeseriesMethods,
    CommentMethods,
    ComparisonMethods,
    SetArchiveMethods,
    SetComparisonMethods,
    EmbeddingMethods,
    ModelMethods,
    VideoJobMethods,
    VideoMakingMethods,
    S8Methods,
    IndexingMethods,
    MetadataMethods,
    ProjectMethods,
    OperationMethods,
    ConfigMethods,
    TaskMethods,
    UdfMethods,
    AccountMethods,
    UserMethods,
    JiraMethods,
    DisplayMethods,
    CheckMethods,
):
    """
    The root client for everything on a SceneBox platform.

    One client may be used from many threads. It keeps connections open: use it in a ``with``
    block, or close it.

    Parameters
    ----------
    auth_token
        Authentication token of the user; the web app shows it in the user's profile.
    scene_engine_url
        The URL of the scene engine. Where it is left out, the environment's ``SCENE_ENGINE_URL``
        counts, if it is set.
    asset_manager_url
        The URL of the asset manager; by default the scene engine tells it.
    environment
        ``dev``, ``demo`` or ``prod``, in place of the URLs; default: the environment's
        ``SCENEBOX_ENV``.
    artifacts_path
        Folder that downloads go to.
    kv_store
        Key-value store to cache bytes in: anything with ``put_bytes(key, value)`` and
        ``get_bytes(key, default=None)``.
    num_threads
        How much is sent or read at the same time, at most.
    timeouts
        Limits of each request.
    http
        Share another client's connections, URLs and token.

    Raises
    ------
    ValueError
        If there is no such environment, or the server no longer supports this client.
    ResponseError
        If the scene engine is asked for the asset manager's URL and cannot be reached.

    Examples
    --------
    >>> with SceneEngineClient('my-token', 'http://localhost:8080') as client:
    ...     client.create_set('Night rides', 'images')
    'night_rides'

    """

    def __init__(
        self,
        auth_token: str | None = None,
        scene_engine_url: str | None = DEMO_URL,
        asset_manager_url: str | None = None,
        environment: str | None = None,
        artifacts_path: str | os.PathLike[str] = '.',
        kv_store: KVStore | None = None,
        num_threads: int = 20,
        *,
        timeouts: Timeouts | None = None,
        http: Http | None = None,
    ) -> None:
        self.artifacts_path: str = os.fspath(artifacts_path)
        self.kv_store = kv_store
        self.num_threads: int = thread_count(num_threads)
        self._asset_managers = {}
        self._buffer = EntityBuffer()
        self._frontend_url = None
        environment = environment or os.environ.get('SCENEBOX_ENV')
        if http is not None:
            scene_engine_url = http.bases['v1']
        elif environment:
            name = _checked_environment(environment)
            scene_engine_url = f'https://scene-engine.{name}.scenebox.ai/v1'
            asset_manager_url = f'https://asset-manager.{name}.scenebox.ai/v1'
            self._frontend_url = f'https://{name}.scenebox.ai'
        elif scene_engine_url in (None, DEMO_URL):
            default = scene_engine_url or PROD_URL
            scene_engine_url = os.environ.get('SCENE_ENGINE_URL') or default
        bases = _bases(str(scene_engine_url))
        self._http = http or Http(bases, auth_token, timeouts=timeouts)
        self.asset_manager_url: str | None = asset_manager_url or self._ask_asset_manager_url()

    def _ask_asset_manager_url(self) -> str | None:
        status = self._http.status()
        _check_supported(status)
        url = status.get('asset_manager_url')
        return str(url) if url else None

    @property
    def auth_token(self) -> str | None:
        """Give the token that requests are made with."""
        return self._http.token

    @property
    def scene_engine_url(self) -> str:
        """Give the URL of the scene engine, with its version."""
        return self._http.bases['v1']

    def _asset_http(self) -> Http:
        """Talk to the asset manager over this client's connections."""
        if not self.asset_manager_url:
            raise AssetError(
                'the server does not say where its asset manager is; pass asset_manager_url'
            )
        url = self.asset_manager_url
        return self._http.at({'v1': url, 'root': root_of(url)})

    def _new_asset_manager(self, asset_type: str) -> AssetManagerClient:
        try:
            scope_of(asset_type)
        except AssetError as error:
            raise InvalidArgumentsError(str(error)) from None
        return AssetManagerClient(
            asset_type, kv_store=self.kv_store, num_threads=self.num_threads,
            http=self._asset_http(),
        )

    def get_job_manager(self, job_id: str | None = None) -> JobManagerClient:
        """
        Get the client of a job.

        Parameters
        ----------
        job_id
            Id of the job; None creates one.

        Returns
        -------
        JobManagerClient
            The job's client

        Raises
        ------
        JobError
            If the job cannot be created.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_job_manager('job_1').get_status()

        """
        http = self._asset_http()
        return JobManagerClient(http.token, job_id=job_id, http=http)

    def _new_job(self, job_type: str, stage: str) -> JobManagerClient:
        http = self._asset_http()
        return JobManagerClient(
            http.token, job_type=job_type, stage=stage, user_facing=True, http=http
        )

    def close(self) -> None:
        """
        Send what is buffered, and close the connections to the server.

        Closing twice is fine, and so is using the client afterwards: it connects anew.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.close()

        """
        try:
            self.flush_entities_buffer()
        finally:
            super().close()


def _checked_environment(environment: str) -> str:
    name = environment.lower()
    if name not in ENVIRONMENTS:
        raise InvalidArgumentsError(
            f'environment {environment!r} does not exist; pass one of {", ".join(ENVIRONMENTS)}'
        )
    return name


def _bases(url: str) -> dict[Base, str]:
    """Write the base URLs: with and without a version, whatever was given."""
    plain = re.sub(r'/v1$', '', url.rstrip('/'))
    return {'root': plain, 'v1': joined(plain, 'v1'), 'v2': joined(plain, 'v2')}


def _check_supported(status: Mapping[str, Any]) -> None:
    """Refuse a server that asks for a later protocol."""
    oldest = status.get('supported_version')
    if oldest and _numbers(PROTOCOL) < _numbers(str(oldest)):
        raise InvalidArgumentsError(
            f'the server supports clients from {oldest} on, this one speaks {PROTOCOL}; update '
            'scenebox_ros'
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r'\d+', version)[:4])
