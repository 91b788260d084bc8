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

"""Jobs on annotations, and what is known about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs, reads
from scenebox_ros.client.endpoints.scene.reply import present
from scenebox_ros.client.methods.scene.base import Callback, Json, Query, SceneMethods
from scenebox_ros.errors import RuleError
from scenebox_ros.model import plain
from scenebox_ros.model.constants import AssetsConstants
from scenebox_ros.wire import scene_routes as routes


class AnnotationJobMethods(SceneMethods):
    """Objects out of annotations, sources and labels of annotations."""

    def annotations_to_objects(
        self,
        ids: Iterable[str] | None = None,
        search: Query | None = None,
        create_objects: bool = False,
        margin_ratio: float = 0.1,
        output_set_id: str | None = None,
        margin_pixels: int | None = None,
        source_annotation_type: str | None = None,
        session_uid: str | None = None,
        add_to_session: bool = True,
        wait_for_completion: bool = True,
        progress_callback: Callback | None = None,
    ) -> str:
        """
        Cut objects out of annotated assets.

        Parameters
        ----------
        ids
            Ids of the annotations.
        search
            Query; annotations that match it.
        create_objects
            Create objects; False only writes areas into the assets' documents.
        margin_ratio
            Widen each object by this share of its size.
        output_set_id
            Set that the objects join.
        margin_pixels
            Widen each object by so many pixels; wins over ``margin_ratio``.
        source_annotation_type
            Only annotations of this type.
        session_uid
            The session that the objects belong to.
        add_to_session
            Add the objects to that session's timeline.
        wait_for_completion
            Wait for the job; with ``ids`` no longer than 10 s and 8 s each.
        progress_callback
            Called with the progress (0 to 100) and the stage of the job.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails, or takes too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.annotations_to_objects(ids=['ann_1'], create_objects=True)

        """
        listed = plain.listed(ids)
        body = {
            'create_objects': create_objects,
            'margin_ratio': margin_ratio,
            'margin_pixels': margin_pixels,
            'output_set_id': output_set_id,
            'source_annotation_type': source_annotation_type,
            **present(ids=None if ids is None else listed, search=search),
        }
        if session_uid:
            body |= {'session_uid': session_uid, 'add_to_session': add_to_session}
        reply = jobs.start(self._http, routes.ANNOTATION_TO_OBJECTS, body)
        limit_s = 10 + 8 * len(listed) if listed else None
        return self._started(
            reply, wait_for_completion, every_s=10 if listed else 5, limit_s=limit_s,
            callback=progress_callback,
        )

    def cleanup_annotation_masks(
        self,
        ids: Iterable[str] | None = None,
        search: Query | None = None,
        force_reclean: bool = False,
        wait_for_completion: bool = True,
    ) -> str:
        """
        Let the server clean masks: what antialiasing and compression left at their edges.

        Parameters
        ----------
        ids
            Ids of the annotations.
        search
            Query; annotations that match it.
        force_reclean
            Clean those that were cleaned already, too.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails, or takes too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.cleanup_annotation_masks(ids=['ann_1'])

        """
        listed = plain.listed(ids)
        given: Json = {'ids': listed} if listed else {}
        given |= {'search': search} if search else {}
        body = {'force_reclean': force_reclean, **given}
        reply = jobs.start(self._http, routes.ANNOTATION_CLEANUP_MASKS, body)
        limit_s = max(10 * len(listed), 60) if listed else None
        return self._started(
            reply, wait_for_completion, every_s=10 if listed else 5, limit_s=limit_s
        )

    def remove_annotation_sources(
        self,
        annotation_sources: Sequence[Mapping[str, Any]],
        asset_type: str,
        asset_filters: Query | None = None,
        wait_for_completion: bool = True,
    ) -> str:
        """
        Delete all annotations of some sources.

        Parameters
        ----------
        annotation_sources
            Each with ``provider`` and, if wanted, ``version``, ``annotation_type`` and
            ``annotation_group``; see :meth:`get_annotation_sources`.
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        asset_filters
            Query; only annotations of assets that match it.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        RuleError
            If there are no sources or the asset type is unknown. It is an AssertionError, too.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.remove_annotation_sources([{'provider': 'me', 'version': 'v1'}], 'images')

        """
        if not annotation_sources:
            raise RuleError('annotation_sources is empty; pass at least one source')
        if asset_type not in AssetsConstants.VALID_ASSETS:
            raise RuleError(
                f'asset type {asset_type!r} does not exist; pass one of '
                f'{", ".join(AssetsConstants.VALID_ASSETS)}'
            )
        body = {
            'annotation_sources': list(annotation_sources),
            'asset_type': asset_type,
            **present(asset_filters=asset_filters),
        }
        reply = jobs.start(self._http, routes.ANNOTATION_REMOVE_SOURCES, body)
        return self._started(reply, wait_for_completion)

    def get_annotation_sources(self, search: Query | None = None) -> list[Json]:
        """
        List who annotated images.

        Parameters
        ----------
        search
            Query; only images that match it.

        Returns
        -------
        list[Json]
            Provider, version, annotation_group and annotation_type of each source

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_annotation_sources()

        """
        route = routes.ANNOTATION_SOURCES
        read: list[Json] = reads.read(self._http, route, search or {}, gives=list, of=dict)
        return read

    def get_annotation_labels(self, search: Query | None = None) -> list[str]:
        """
        List the labels of images' annotations.

        Parameters
        ----------
        search
            Query; only images that match it.

        Returns
        -------
        list[str]
            The labels

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_annotation_labels()

        """
        route = routes.ANNOTATION_LABELS
        read: list[str] = reads.read(self._http, route, search or {}, gives=list, of=str)
        return read
