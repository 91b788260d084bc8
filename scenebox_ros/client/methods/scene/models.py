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

"""Models and image processing that run on the platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import present
from scenebox_ros.client.methods.scene.base import Callback, Query, SceneMethods
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes


class ModelMethods(SceneMethods):
    """Start inference and image processing."""

    def model_inference(
        self,
        asset_type: str = 'images',
        ids: Iterable[str] | None = None,
        search: Query | None = None,
        model: str = 'mask_rcnn',
        obtain_mask: bool = False,
        obtain_bbox: bool = False,
        obtain_object_entities: bool = False,
        obtain_embeddings: bool = False,
        threshold: float | None = None,
        classes_of_interest: Sequence[str] | None = None,
        wait_for_completion: bool = False,
        progress_callback: Callback | None = None,
        additional_params: Mapping[str, Any] | None = None,
    ) -> str:
        """
        Run a model over assets.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        ids
            Ids of the assets.
        search
            Query; only assets that match it. ``{'filters': [{'field': ..., 'values': [...]}]}``.
        model
            ``mask_rcnn``, ``stardist`` or ``histogram``.
        obtain_mask
            Add masks, as segmentations.
        obtain_bbox
            Add bounding boxes.
        obtain_object_entities
            Add objects to the sessions.
        obtain_embeddings
            Add embeddings.
        threshold
            Least confidence.
        classes_of_interest
            Only these classes.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        progress_callback
            Called with the progress (0 to 100) and the stage of the job.
        additional_params
            More parameters, as the server knows them; they win over those above.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.model_inference(ids=['img_1'], obtain_bbox=True)

        """
        body = {
            'model': model,
            'obtain_mask': obtain_mask,
            'obtain_bbox': obtain_bbox,
            'obtain_object_entities': obtain_object_entities,
            'obtain_embeddings': obtain_embeddings,
            'asset_type': asset_type,
            'ids': plain.listed(ids),
            **present(
                threshold=threshold, classes_of_interest=classes_of_interest, search=search
            ),
            **(additional_params or {}),
        }
        reply = jobs.start(self._http, routes.MODEL_INFERENCE, body)
        return self._started(reply, wait_for_completion, every_s=5, callback=progress_callback)

    def image_properties_enrichment(
        self,
        asset_type: str = 'images',
        properties: Sequence[str] | None = None,
        ids: Iterable[str] | None = None,
        search: Query | None = None,
        wait_for_completion: bool = False,
        progress_callback: Callback | None = None,
        additional_params: Mapping[str, Any] | None = None,
    ) -> str:
        """
        Measure images or objects, and write that into their documents.

        Parameters
        ----------
        asset_type
            ``images`` or ``objects``.
        properties
            Of ``mean_brightness``, ``rms_contrast`` and ``variance_of_laplacian``.
        ids
            Ids of the assets.
        search
            Query; only assets that match it. ``{'filters': [{'field': ..., 'values': [...]}]}``.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        progress_callback
            Called with the progress (0 to 100) and the stage of the job.
        additional_params
            More parameters, as the server knows them; they win over those above.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.image_properties_enrichment(ids=['img_1'], properties=['rms_contrast'])

        """
        body = {
            'ids': plain.listed(ids),
            'properties': properties,
            'asset_type': asset_type,
            **present(search=search),
            **(additional_params or {}),
        }
        reply = jobs.start(self._http, routes.IMAGE_PROPERTIES, body)
        return self._started(reply, wait_for_completion, every_s=5, callback=progress_callback)
