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

"""Annotators outside of the platform: send them images, receive annotations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import hashlib
from typing import Any, ClassVar

from scenebox_ros import ids
from scenebox_ros.client.operations import BaseOperation, Payload
from scenebox_ros.errors import ArgumentTypeError, OperationError
from scenebox_ros.model.annotation import Annotation
from scenebox_ros.model.constants import AnnotationTypes

SEND, RECEIVE = 'send_data', 'receive_annotations'
PHASE = 'current_phase'
EMPTY_TYPES = (
    AnnotationTypes.TWO_D_BOUNDING_BOX, AnnotationTypes.POLYGON, AnnotationTypes.POINT,
    AnnotationTypes.LINE, AnnotationTypes.SEGMENTATION,
)


class UnsupportedMediaError(OperationError, NotImplementedError):
    """The annotator does not do this."""


class ExternalAnnotator(BaseOperation):
    """
    An operation with two phases: images out, annotations in.

    Subclasses define :meth:`send_images_to_annotator` and
    :meth:`receive_annotations_from_annotator`, and set ``annotator_name``.
    """

    annotator_name: ClassVar[str] = ''

    # -- what a subclass defines -----------------------------------------------------------------
    def send_images_to_annotator(
        self, instance_id: str, set_ids: Sequence[str], config: Payload, payload: Payload
    ) -> None:
        """
        Send the images of sets.

        Parameters
        ----------
        instance_id
            The instance of the operation.
        set_ids
            The sets.
        config, payload
            How, and what else was asked for.

        Raises
        ------
        NotImplementedError
            If a subclass does not define it.

        Examples
        --------
        >>> annotator.send_images_to_annotator('instance_1', ['set_1'], {}, {})

        """
        raise UnsupportedMediaError(f'{type(self).__name__} does not define how to send images')

    def receive_annotations_from_annotator(
        self, instance_id: str, set_id: str, output_set_id: str, config: Payload, payload: Payload
    ) -> Iterable[Annotation]:
        """
        Receive the annotations of a set's images.

        Parameters
        ----------
        instance_id
            The instance of the operation.
        set_id
            The set that was sent.
        output_set_id
            The set that the annotations join.
        config, payload
            How, and what else was asked for.

        Returns
        -------
        iterable of Annotation
            Those that exist.

        Raises
        ------
        NotImplementedError
            If a subclass does not define it.

        Examples
        --------
        >>> annotations = annotator.receive_annotations_from_annotator(
        ...     'instance_1', 'set_1', 'set_2', {}, {}
        ... )

        """
        raise UnsupportedMediaError(f'{type(self).__name__} does not define how to receive them')

    # -- phases ----------------------------------------------------------------------------------
    def process(
        self,
        instance_id: str,
        job_id: str,
        input_payload: Payload,
        config: Payload | None = None,
        phase: str | None = None,
        phase_payload: Payload | None = None,
    ) -> tuple[dict[str, Any], bool]:
        """
        Do one phase.

        Parameters
        ----------
        instance_id, job_id
            The instance of the operation, and the job that runs it.
        input_payload
            ``sets`` and, if wanted, ``annotation_provider`` and ``annotation_version``.
        config
            How it works, with ``annotation_type``.
        phase, phase_payload
            ``send_data`` or ``receive_annotations``, and its parameters.

        Returns
        -------
        tuple
            The output payload ``{'sets': [...]}``, and whether all phases are done.

        Raises
        ------
        OperationError
            If config or input are empty, or annotations are received before data was sent.

        Examples
        --------
        >>> config = {'annotation_type': 'polygon'}
        >>> annotator.process('instance_1', 'job_1', {'sets': ['set_1']}, config, 'send_data')
        ({'sets': ['set_2']}, False)

        """
        job = self.sec.get_job_manager(job_id)
        job.run()
        if not config or not input_payload:
            raise OperationError('config and input_payload are needed; one of them is empty')
        self.validate(input_payload, config, phase, phase_payload)
        set_ids = list(input_payload['sets'])
        self._check_images(set_ids)
        output: dict[str, Any] = {'sets': []}
        is_done = False
        if phase == SEND:
            self.send_images_to_annotator(instance_id, set_ids, config, input_payload)
            self._save_state_internal(instance_id, {PHASE: SEND})
        elif phase == RECEIVE:
            if self._get_state_internal(instance_id).get(PHASE) not in (SEND, RECEIVE):
                job.abort(error_string='nothing was sent yet')
                raise OperationError('nothing was sent yet; run the phase send_data first')
            output['sets'] = self._receive(instance_id, set_ids, config, input_payload)
            self._save_state_internal(instance_id, {PHASE: RECEIVE})
            is_done = True
        job.finish()
        return output, is_done

    def _check_images(self, set_ids: Sequence[str]) -> None:
        manager = self.sec.get_asset_manager('sets')
        for set_id in set_ids:
            held = manager.get_metadata(set_id).get('assets_type')
            if held != 'images':
                raise UnsupportedMediaError(
                    f'set {set_id!r} holds {held}; only images can be sent'
                )

    def _receive(
        self, instance_id: str, set_ids: Sequence[str], config: Payload, payload: Payload
    ) -> list[str]:
        outputs = {set_id: self._output_set(set_id, instance_id) for set_id in set_ids}
        annotations: list[Annotation] = []
        for set_id, output_id in outputs.items():
            received = list(self.receive_annotations_from_annotator(
                instance_id, set_id, output_id, config, payload
            ))
            annotated = {one.asset_id for one in received}
            empty = [
                self._empty(asset_id, output_id, config, payload)
                for asset_id in self.sec.assets_in_set(set_id)
                if ids.std(asset_id) not in annotated
            ]
            annotations += [*received, *empty]
        earlier = {'filters': [{'field': 'sets', 'values': list(outputs.values())}]}
        self.sec.delete_annotations(search=earlier)
        self.sec.add_annotations(annotations, annotations_to_objects=True)
        masked = [
            one.id for one in annotations
            if one.annotation_type == AnnotationTypes.SEGMENTATION and one.masks
        ]
        if masked:
            self.sec.cleanup_annotation_masks(ids=masked)
        return list(outputs.values())

    def _output_set(self, set_id: str, instance_id: str) -> str:
        name = f'{set_id}_{instance_id}'
        output_id = output_set_id(set_id, instance_id)
        if not self.sec.get_asset_manager('sets').exists(output_id):
            self.sec.create_set(name, 'annotations', id=output_id, origin_set_id=set_id)
        return output_id

    def _empty(
        self, asset_id: str, output_id: str, config: Payload, payload: Payload
    ) -> Annotation:
        provider = payload.get('annotation_provider') or self.annotator_name
        return empty_annotation(
            asset_id, config['annotation_type'], provider,
            version=payload.get('annotation_version'), set_id=output_id,
        )


def output_set_id(input_set_id: str, operation_instance_id: str) -> str:
    """
    Derive the id of the set that receives the annotations of another one.

    Returns
    -------
    str
        The MD5 of ``<set>_<instance>``.

    """
    name = f'{input_set_id}_{operation_instance_id}'
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def empty_annotation(
    asset_id: str,
    annotation_type: str,
    provider: str,
    *,
    version: str | None = None,
    set_id: str | None = None,
) -> Annotation:
    """
    Say that an image was looked at, and nothing was found.

    Raises
    ------
    TypeError
        If the type of annotation cannot be empty.

    """
    if annotation_type not in EMPTY_TYPES:
        raise ArgumentTypeError(
            f'annotation type {annotation_type!r} cannot be empty; use one of '
            f'{", ".join(EMPTY_TYPES)}'
        )
    common: Mapping[str, Any] = {'version': version, 'set_id': set_id}
    return Annotation(
        id=f'{provider}_{asset_id}_{annotation_type}', asset_id=asset_id, provider=provider,
        annotation_type=annotation_type, **common,
    )
