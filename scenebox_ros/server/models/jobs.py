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

"""The job that runs a model over assets and keeps what it says."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
import time
from typing import Any, TYPE_CHECKING

import numpy as np

from scenebox_ros import stamps
from scenebox_ros.errors import JobError
from scenebox_ros.ids import md5_of_json, positive_integer, std
from scenebox_ros.server.annotations.jobs import sighting
from scenebox_ros.server.embeddings.jobs import space_name, vectors_of
from scenebox_ros.server.embeddings.vectors import Matrix
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media.assets import for_each, read_bytes, stored
from scenebox_ros.server.media.pictures import histogram
from scenebox_ros.server.models import endpoint, onnx
from scenebox_ros.server.models.prediction import Found, Label, Mask, Prediction, Region
from scenebox_ros.server.models.registry import BUILT_IN, find, Model
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.store.merge import Document
from scenebox_ros.server.store.naming import Name

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

HISTOGRAM = Model(BUILT_IN, 'intensities')
BOXES, CLASSES, MASKS = 'two_d_bounding_box', 'classification', 'segmentation'


@job('model_inference', heavy=True)
def infer(running: Job) -> Any:
    """Run a model over images and keep embeddings, annotations and sightings that are wanted."""
    payload = running.payload
    name, kind = payload.get('model', BUILT_IN), payload.get('asset_type', 'images')
    model = HISTOGRAM if name == BUILT_IN else find(running.core.settings.folder, name)
    keeper = Keeper(running, model, kind)

    def work(document: Document) -> None:
        keeper.keep(document, _ask(running, model, kind, document))

    done = for_each(running, kind, work, f'running {model.name}')
    return keeper.finish(len(done))


def _ask(running: Job, model: Model, kind: str, document: Document) -> Prediction:
    blob = read_bytes(running, document)
    if model is HISTOGRAM:
        said = Prediction(embedding=tuple(running.compute(histogram, blob)))
    elif model.onnx:
        said = running.compute(onnx.predict, model, blob)
    else:
        content_type = stored(running, document).content_type
        said = endpoint.predict(model, blob, str(document['id']), kind, content_type)
    payload = running.payload
    threshold = payload.get('threshold')
    return said.only(0.0 if threshold is None else threshold,
                     payload.get('classes_of_interest') or ())  # fmt: skip


class Keeper:
    """Writes what a model said, and counts it."""

    def __init__(self, running: Job, model: Model, kind: str) -> None:
        self._job, self._model, self._kind = running, model, kind
        self._space = space_name(kind, model.name, model.version)
        self._vectors: list[tuple[str, Matrix]] = []
        self._sightings: list[Document] = []
        self._counts = {'embeddings': 0, 'annotations': 0, 'boxes': 0, 'masks': 0}

    def keep(self, media: Document, said: Prediction) -> None:
        """Keep what the job wants of one prediction."""
        wants = self._job.payload.get
        if wants('obtain_embeddings') and said.embedding:
            self._embed(media, np.array(said.embedding, np.float32))
        if wants('obtain_bbox') and said.boxes:
            entities = [self._box(media, n, box) for n, box in enumerate(said.boxes)]
            self._annotate(media, BOXES, entities)
            self._counts['boxes'] += len(said.boxes)
        if wants('obtain_mask') and said.mask and said.mask.regions:
            self._mask(media, said.mask)
        if wants('obtain_classes', True) and said.classes:
            self._annotate(media, CLASSES, [self._class(media, c) for c in said.classes[:1]])
        labels = {box.label for box in said.boxes} | {c.label for c in said.classes[:1]}
        labels |= {region.label for region in said.mask.regions} if said.mask else set()
        uid = media.get('session_uid')
        if wants('obtain_object_entities') and labels and uid:
            source = {**media, 'id': self._id(media, BOXES), 'provider': self._model.name,
                      'asset_id': media['id']}  # fmt: skip
            seen = [{'label': name} for name in sorted(labels)]
            self._sightings.append(sighting(uid, source, seen))

    def finish(self, assets: int) -> Any:
        """
        Write what is written at the end, and say what was made.

        Raises
        ------
        JobError
            If the model made nothing of what the job wants of any asset.

        """
        core, owner = self._job.core, self._job.owner
        if self._vectors:
            vectors_of(core).put(owner.organization_id, self._kind, self._space, self._vectors)
        if self._sightings:
            sessions_of(core).add_entities(owner, self._sightings)
            for uid in sorted({str(one['session']) for one in self._sightings}):
                sessions_of(core).resolve(owner, uid)
        made = {**self._counts, 'object_entities': len(self._sightings)}
        if self._job.payload.get('obtain_embeddings') and not self._vectors and assets:
            self._job.note(f'{self._model.name} gave no embedding')
        if self._job.payload.get('obtain_mask') and not self._counts['masks'] and assets:
            self._job.note(f'{self._model.name} gave no mask')
        if assets and not any(made.values()) and self._model is HISTOGRAM:
            raise JobError('the histogram model makes embeddings only; set obtain_embeddings')
        return {'assets': assets, **made, 'index_name': self._space}

    def _embed(self, media: Document, vector: Matrix) -> None:
        model, running = self._model, self._job
        identity = {'asset_id': media['id'], 'layer': None, 'model': model.name,
                    'ndim': len(vector), 'version': model.version}  # fmt: skip
        number = str(positive_integer(md5_of_json(identity)))
        name = Name(running.owner.organization_id, f'made/embeddings/{number}/{number}')
        kept = running.core.objects.put(name, vector.astype('<f4').tobytes())
        uid = media.get('session_uid')
        running.core.documents.put(running.owner, 'embeddings', number, {
            'timestamp': stamps.to_iso(time.time_ns()), 'tags': [], 'media_type': self._kind,
            'asset_id': media['id'], 'model': model.name, 'version': model.version,
            'ndim': len(vector), 'index_name': self._space,
            **({'session_uid': uid} if uid else {}),
            'object_access': {'filename': number, 'uri': kept.uri},
        })  # fmt: skip
        change = {'embeddings': {self._space: number}}
        running.core.documents.update(running.owner, self._kind, str(media['id']), change)
        self._vectors.append((str(media['id']), vector))
        self._counts['embeddings'] += 1

    def _mask(self, media: Document, mask: Mask) -> None:
        """Keep a mask's picture, and an entity for each of its regions."""
        name = self._id(media, MASKS)
        place = Name(self._job.owner.organization_id, f'made/masks/{name}.png', 'image/png')
        uri = self._job.core.objects.put(place, mask.png).uri
        number = hashlib.md5(uri.encode(), usedforsecurity=False).hexdigest()
        entities = [
            {**self._entity(f'{name}_{n}', MASKS, region), 'mask_id': number,
             'mask_color': region.colour, 'mask_type': 'MultiColor'}
            for n, region in enumerate(mask.regions)
        ]  # fmt: skip
        self._annotate(media, MASKS, entities, {number: {'filename': f'{name}.png', 'uri': uri}})
        self._counts['masks'] += 1

    def _annotate(self, media: Document, kind: str, entities: Sequence[Document],
                  masks: Document | None = None) -> None:
        """Keep an annotation, as a client that uploads one would; doing it again replaces it."""
        model, running = self._model, self._job
        name = self._id(media, kind)
        running.core.documents.put(running.owner, 'annotations', name, {
            'timestamp': media.get('timestamp') or stamps.to_iso(time.time_ns()),
            'asset_id': media['id'], 'media_type': self._kind, 'session_uid':
            media.get('session_uid'), 'sensor': media.get('sensor'), 'provider': model.name,
            'version': model.version, 'annotation_type': kind, 'annotation_group':
            'model_generated', 'annotation_entities': list(entities), 'sets': [],
            'labels': sorted({str(one['label']) for one in entities}), 'tags': [],
            'masks': masks or {},
        })  # fmt: skip
        about = {'provider': model.name, 'id': name, 'version': model.version, 'type': kind}
        change = {'annotations': [name], 'annotations_meta': [about]}
        running.core.documents.update(running.owner, self._kind, str(media['id']), change)
        self._counts['annotations'] += 1

    def _id(self, media: Document, kind: str) -> str:
        return std(f'{self._model.name}_{self._model.version}_{media["id"]}_{kind}')

    def _entity(self, uid: str, kind: str, said: Label | Found | Region) -> Document:
        return {'uid': uid, 'label': said.label, 'annotation_type': kind, 'attributes': {},
                'related_annotations': [], 'category_id': None, 'confidence': said.confidence,
                }  # fmt: skip

    def _box(self, media: Document, number: int, box: Found) -> Document:
        corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom),
                   (box.left, box.bottom)]  # fmt: skip
        entity = self._entity(f'{self._id(media, BOXES)}_{number}', BOXES, box)
        return {**entity, 'coordinates': [{'x': x, 'y': y} for x, y in corners]}

    def _class(self, media: Document, said: Label) -> Document:
        entity = self._entity(f'{self._id(media, CLASSES)}_0', CLASSES, said)
        return {**entity, 'class_name': said.label}
