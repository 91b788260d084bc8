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

"""Bags that the server indexes by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import os
from pathlib import Path
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.methods.scene.bag_files import at_uri, BagFileMethods, check_folder
from scenebox_ros.client.methods.scene.base import Json
from scenebox_ros.client.methods.scene.session_parts import SessionPartMethods
from scenebox_ros.client.methods.scene.sets import SetMethods
from scenebox_ros.errors import IndexingException, InvalidArgumentsError
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes

ENRICHED_BY = ('location', 'visibility', 'weather')
LEAST_RADIUS_S = 100


class RosbagMethods(BagFileMethods, SetMethods, SessionPartMethods):
    """Start the jobs that index bags."""

    def index_rosbag(
        self,
        sets_prefix: str,
        rosbag_uri: str | None = None,
        rosbag_path: str | os.PathLike[str] | None = None,
        session_name: str | None = None,
        session_uid: str | None = None,
        session_set_id: str | None = None,
        session_aux_metadata: Mapping[str, Any] | None = None,
        deep_analysis: bool = False,
        models: Sequence[str] | None = None,
        sensors: Sequence[str] | None = None,
        topics: Sequence[str] | None = None,
        session_resolution: float = 1.0,
        image_skip_factor: int = 10,
        indexing_parameters: Mapping[str, Any] | None = None,
        wait_for_completion: bool = False,
        *,
        index_session_aux_keys: bool = False,
        max_wait_sec: float | None = None,
    ) -> str:
        """
        Let the server index a ROS 1 bag: images, videos, lidars and a session.

        Parameters
        ----------
        sets_prefix
            Sets are named ``<prefix>_images`` and so on.
        rosbag_uri
            The bag, in a cloud storage.
        rosbag_path
            The bag, a local file that is uploaded.
        session_name
            Name of the session; default: the prefix.
        session_uid
            A session that exists; default: a new one.
        session_set_id
            A set of sessions that the new session joins.
        session_aux_metadata
            Anything else, searchable as ``session_aux.<key>``.
        deep_analysis
            Run models over the images, and extract objects.
        models
            Which models, of ``MLModelConstants``.
        sensors
            Sensors to make videos of; default: all.
        topics
            Topics to index; default: all.
        session_resolution
            Seconds between the points of the session's timeline.
        image_skip_factor
            Keep every n-th image.
        indexing_parameters
            More parameters, as the server knows them.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        index_session_aux_keys
            Store the keys of ``session_aux_metadata`` as ``all_keys``, too.
        max_wait_sec
            Longest time to wait for the job; None waits on.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        ValueError
            If not exactly one of ``rosbag_uri`` and ``rosbag_path`` is given.
        IndexingException
            If deep analysis has no models.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.index_rosbag('ride', rosbag_path='ride.bag', wait_for_completion=True)

        """
        # Checked before anything is created: the server could not undo a half of it.
        if deep_analysis and not models:
            raise IndexingException('deep_analysis needs models; pass some of MLModelConstants')
        if bool(rosbag_uri) == bool(rosbag_path):
            raise InvalidArgumentsError('pass exactly one of rosbag_uri and rosbag_path')
        sets_map = self._primary_sets(sets_prefix, 'images', 'videos', 'lidars')
        aux = dict(session_aux_metadata or {})
        if index_session_aux_keys and aux:
            aux['all_keys'] = plain.nested_keys(aux)
        if session_uid:
            self._update_session(session_uid, {'status': 'in progress'})
        else:
            session_uid = self.add_session(
                session_name or sets_prefix, 'rosbags', session_resolution, aux,
                status='in progress', set_id=session_set_id,
            )
            radius_s = max(session_resolution, LEAST_RADIUS_S)
            self.add_enrichments_configs(session_uid, _enrichments(radius_s))
        if aux:
            self._update_session(session_uid, {'session_aux': aux})
        access = at_uri(rosbag_uri) if rosbag_uri else self._upload_bag(Path(str(rosbag_path)))
        if deep_analysis:
            sets_map |= self._primary_sets(sets_prefix, 'objects')
        sets_map |= {'sessions': session_set_id} if session_set_id else {}
        reply = jobs.start(
            self._http,
            routes.INDEX_ROSBAG,
            {
                'file_objects_dicts': [access],
                'search': None,
                'sets_map': sets_map,
                'session_uid': session_uid,
                'deep_analysis': deep_analysis,
                'models': models,
                'sensors': sensors,
                'indexing_parameters': indexing_parameters,
                'topics': topics,
                'image_skip_factor': image_skip_factor,
            },
        )
        return self._started(reply, wait_for_completion, limit_s=max_wait_sec)

    def index_rosbag2(
        self,
        sets_prefix: str,
        relative_file_paths: Iterable[str],
        folder_uri: str | None = None,
        folder_path: str | os.PathLike[str] | None = None,
        session_name: str | None = None,
        session_set_id: str | None = None,
        deep_analysis: bool = False,
        models: Sequence[str] | None = None,
        sensors: Sequence[str] | None = None,
        topics: Sequence[str] | None = None,
        indexing_parameters: Mapping[str, Any] | None = None,
        session_resolution: float = 1.0,
        wait_for_completion: bool = False,
        *,
        with_lidars: bool = False,
    ) -> dict[str, str]:
        """
        Let the server index a ROS 2 bag: images, videos and a session.

        Parameters
        ----------
        sets_prefix
            Sets are named ``<prefix>_images`` and so on.
        relative_file_paths
            The bag's files, from its folder: ``metadata.yaml`` and the others.
        folder_uri
            The bag's folder, in a cloud storage.
        folder_path
            The bag's folder, whose files are uploaded.
        session_name
            Name of the session; default: the prefix.
        session_set_id
            A set of sessions that the session joins.
        deep_analysis
            Run models over the images, and extract objects.
        models
            Which models, of ``MLModelConstants``.
        sensors
            Sensors to make videos of; default: all.
        topics
            Topics to index; default: all.
        indexing_parameters
            More parameters, as the server knows them.
        session_resolution
            Seconds between the points of the session's timeline.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        with_lidars
            Put clouds into a set of their own, too.

        Returns
        -------
        dict[str, str]
            ``{'job_id': ...}``

        Raises
        ------
        ValueError
            If not exactly one of ``folder_uri`` and ``folder_path`` is given.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.index_rosbag2('ride', ['metadata.yaml', 'ride_0.mcap'], folder_path='ride')

        """
        check_folder(folder_uri, folder_path)
        sets_map = self._primary_sets(
            sets_prefix, 'images', 'videos', *(['lidars'] if with_lidars else []),
            *(['objects'] if deep_analysis else []),
        )
        session_uid = self.add_session(
            session_name or sets_prefix, 'generic', session_resolution, set_id=session_set_id
        )
        self.add_enrichments_configs(session_uid, _enrichments(session_resolution))
        accesses = self._bag_files(relative_file_paths, folder_uri, folder_path)
        sets_map |= {'sessions': session_set_id} if session_set_id else {}
        reply = jobs.start(
            self._http,
            routes.INDEX_ROSBAG2,
            {
                'search': None,
                'sets_map': sets_map,
                'session_uid': session_uid,
                'deep_analysis': deep_analysis,
                'models': models,
                'sensors': sensors,
                'file_objects_dicts': accesses,
                'topics': topics,
                'indexing_parameters': indexing_parameters,
            },
        )
        return {'job_id': self._started(reply, wait_for_completion)}

    # -- parts -----------------------------------------------------------------------------------
    def _primary_sets(self, prefix: str, *asset_types: str) -> Json:
        return {
            asset_type: self.create_set(f'{prefix}_{asset_type}', asset_type, is_primary=True)
            for asset_type in asset_types
        }

    def _update_session(self, session_uid: str, changes: Json) -> None:
        self.get_asset_manager('sessions').update_metadata(session_uid, changes)


def _enrichments(radius_s: float) -> list[Json]:
    return [
        {
            'input_event': 'geo_locations',
            'type': kind,
            'configuration': {
                'influence_type': 'interval',
                'influence_radius_in_seconds': radius_s,
            },
        }
        for kind in ENRICHED_BY
    ]
