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

"""Jobs on annotations: objects, sources, masks and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TYPE_CHECKING

from scenebox_ros.codecs.probe import probe
from scenebox_ros.errors import DataEnrichmentError, InvalidAnnotationError, JobError
from scenebox_ros.ids import entity_id, std
from scenebox_ros.model.plain import chunks
from scenebox_ros.server.annotations.agreement import match, performance
from scenebox_ros.server.annotations.shapes import (
    area_of,
    box_of,
    outline,
    total,
    widened,
    WITH_AREA,
)
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media.assets import for_each, keep_asset, read_bytes
from scenebox_ros.server.media.pictures import crop
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sets.service import CHUNK, EVERYTHING, find, REPLACING
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.merge import Document

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

# Values of the timeline's field for objects: label, sensor and who says so.
OBJECTS = 'objects'


@job('annotations_to_objects', heavy=True)
def annotations_to_objects(running: Job) -> Any:
    """Note how much of each image is annotated as what; on demand also cut the objects out."""
    payload = running.payload
    made: list[str] = []
    said: list[dict[str, Any]] = []
    uid = payload.get('session_uid')

    def work(annotation: Document) -> None:
        entities = _with_outline(annotation, payload.get('source_annotation_type'))
        _note_areas(running, annotation, entities)
        if payload.get('create_objects'):
            made.extend(_cut_out(running, annotation, entities))
        if uid and payload.get('add_to_session') and entities:
            said.append(sighting(uid, annotation, entities))

    for_each(running, 'annotations', work, 'reading annotations')
    if said:
        sessions_of(running.core).add_entities(running.owner, said)
        sessions_of(running.core).resolve(running.owner, uid)
    return {'objects': len(made), 'ids': made[:1000]}


def _with_outline(annotation: Document, kind: str | None) -> list[Document]:
    return [
        entity
        for entity in annotation.get('annotation_entities') or []
        if kind in (None, entity.get('annotation_type'), annotation.get('annotation_type'))
        and outline(entity) is not None
    ]


def _note_areas(running: Job, annotation: Document, entities: Iterable[Document]) -> None:
    areas: dict[str, list[float]] = {}
    for entity in entities:
        shape = outline(entity)
        if entity.get('annotation_type') in WITH_AREA and shape is not None:
            areas.setdefault(std(str(entity.get('label'))), []).append(area_of(shape))
    kind, asset = str(annotation.get('media_type')), str(annotation.get('asset_id'))
    if areas and running.core.documents.exists(running.owner, kind, asset):
        sums = {label: total(some) for label, some in areas.items()}
        change = {'aux': {f'area_{std(str(annotation.get("provider")))}': sums}}
        running.core.documents.update(running.owner, kind, asset, change)


def _cut_out(running: Job, annotation: Document, entities: Iterable[Document]) -> list[str]:
    """Keep each entity as an object: its part of the image, and its document."""
    kind, asset = str(annotation.get('media_type')), str(annotation.get('asset_id'))
    media = running.core.documents.find(running.owner, kind, asset)
    if media is None:
        raise DataEnrichmentError(f'its asset {asset!r} does not exist')
    blob = read_bytes(running, media) if kind == 'images' else None
    # What the document says of an image may be wrong, or missing.
    size = probe(blob)[1:] if blob else (media.get('width'), media.get('height'))
    names = []
    for entity in entities:
        name = std(f'{annotation["id"]}_{entity.get("uid")}')
        box = _box(running, size, entity)
        if box is None:
            running.note(f'{name} lies outside of its image')
            continue
        document = _object(running, annotation, media, entity, box)
        if blob is None:
            running.core.documents.put(running.owner, OBJECTS, name, document)
        else:
            body = running.compute(crop, blob, box)
            keep_asset(running, OBJECTS, name, body, 'image/png', {
                **document, 'filename': f'{name}.png', 'format': 'PNG',
            })  # fmt: skip
        names.append(name)
    return names


def _box(running: Job, size: Iterable[int | None], entity: Document
         ) -> tuple[int, int, int, int] | None:
    shape = outline(entity)
    assert shape is not None
    width, height = (int(side or 0) or 10**6 for side in size)
    margin = running.payload.get('margin_ratio')
    pixels = running.payload.get('margin_pixels')
    return widened(box_of(shape), width, height, 0.1 if margin is None else margin, pixels)


def _object(running: Job, annotation: Document, media: Document, entity: Document,
            box: tuple[int, int, int, int]) -> Document:
    output = running.payload.get('output_set_id')
    shape = outline(entity)
    uid = running.payload.get('session_uid') or media.get('session_uid')
    return {
        'timestamp': media.get('timestamp'),
        'label': entity.get('label'),
        'sensor': media.get('sensor'),
        'asset_id': media['id'],
        'media_type': annotation.get('media_type'),
        'annotation_id': annotation['id'],
        'annotation_type': entity.get('annotation_type'),
        'annotation_group': annotation.get('annotation_group'),
        'provider': annotation.get('provider'),
        'version': annotation.get('version'),
        'uid': entity.get('uid'),
        'confidence': entity.get('confidence'),
        'attributes': entity.get('attributes') or {},
        'area': area_of(shape) if shape is not None else None,
        'bounding_box': dict(zip(('x_min', 'y_min', 'x_max', 'y_max'), box, strict=True)),
        'width': box[2] - box[0],
        'height': box[3] - box[1],
        'sets': [output] if output else [],
        **({'session_uid': uid} if uid else {}),
    }


def sighting(uid: str, annotation: Document, entities: Iterable[Document]) -> dict[str, Any]:
    """Make the entity by which a session says what an annotation saw."""
    source = annotation.get('provider')
    values = {f'{entity.get("label")}.{annotation.get("sensor")}.{source}' for entity in entities}
    return {
        'session': uid,
        'timestamp': annotation.get('timestamp'),
        'entity_id': entity_id(OBJECTS, annotation['id']),
        'entity_name': OBJECTS,
        'entity_value': sorted(values),
        'entity_type': 'state_set',
        'influence': 'interval',
        'media_asset_id': annotation.get('asset_id'),
    }


@job('annotation_process', heavy=True)
def remove_sources(running: Job) -> Any:
    """Delete all annotations of some sources, and what their assets say of them."""
    payload, search, reach = running.payload, running.core.search, running.owner
    kind = payload['asset_type']
    assets = None
    if payload.get('asset_filters'):
        assets = search.ids(reach, kind, q.parse(payload['asset_filters']), EVERYTHING)
    removed = 0
    for source in payload['annotation_sources']:
        clauses: list[q.Clause] = [q.Filter('media_type', (kind,))]
        clauses += [_says(name, value) for name, value in source.items()]
        if assets is not None:
            clauses.append(q.Filter('asset_id', tuple(assets)))
        found = search.documents(reach, 'annotations', q.Query(tuple(clauses)), EVERYTHING)
        for part in chunks(found, CHUNK):
            removed += len(part)
            running.core.database.write(partial(_forget, running, kind, part))
            running.progress(50.0, f'{removed} annotations are gone')
    return {'removed': removed}


def _says(name: str, value: Any) -> q.Clause:
    return q.Not(q.Exists(name)) if value is None else q.Filter(name, (value,))


def _forget(running: Job, kind: str, gone: list[Document], connection: Connection) -> None:
    documents, owner = running.core.documents, running.owner.organization_id
    names = {document['id'] for document in gone}
    assets = {str(document.get('asset_id')) for document in gone}
    changes = []
    for asset, content in find(connection, owner, kind, sorted(assets)).items():
        change = {
            'annotations': [a for a in content.get('annotations') or [] if a not in names],
            'annotations_meta': [
                m for m in content.get('annotations_meta') or [] if m.get('id') not in names
            ],
        }
        changes.append((asset, change))
    documents.apply(connection, owner, kind, changes, REPLACING)
    documents.remove(connection, owner, 'annotations', names)


@job('compare_annotations', heavy=True)
def compare_pair(running: Job) -> Any:
    """Match the entities of two annotations of one asset, and keep what was found."""
    payload, documents, reach = running.payload, running.core.documents, running.owner
    media = documents.get(reach, payload['asset_type'], payload['asset_id'])
    base, other = (
        documents.get(reach, 'annotations', payload[name])
        for name in ('base_annotation_id', 'other_annotation_id')
    )
    for annotation in (base, other):
        if annotation.get('asset_id') != media['id']:
            raise InvalidAnnotationError(
                f'annotation {annotation["id"]!r} is of {annotation.get("asset_id")!r}, '
                f'not of {media["id"]!r}'
            )
    threshold = payload.get('iou_threshold') or 0.0
    pairs = match(
        base.get('annotation_entities') or [], other.get('annotation_entities') or [],
        payload.get('base_mapping'), payload.get('other_mapping'), threshold,
        bool(payload.get('match_labels')),
        lambda percent: running.progress(percent, 'comparing outlines'),
    )  # fmt: skip
    found = [vars(pair) for pair in pairs]
    name = std(f'{base["id"]}_vs_{other["id"]}')
    shared = {key: media.get(key) for key in ('aux', 'sensor', 'format', 'width', 'height')}
    documents.put(reach, 'annotations_comparisons', name, {
        **shared,
        'timestamp': media.get('timestamp'),
        'asset_id': media['id'],
        'media_type': payload['asset_type'],
        'session_uid': media.get('session_uid'),
        'sets': media.get('sets') or [],
        'comparison_task_id': payload['comparison_task_id'],
        'base_annotation_id': base['id'],
        'other_annotation_id': other['id'],
        'iou_threshold': threshold,
        'match_labels': bool(payload.get('match_labels')),
        'pairs': found,
        'performance': performance(found, threshold),
    })  # fmt: skip
    return {'id': name, 'pairs': len(pairs)}


def task_id(base: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Name what two sources are compared in: the same for every asset that both annotated."""
    sides = [f'{one.get("provider")}_{one.get("version")}' for one in (base, other)]
    return std('_vs_'.join(sides))


@job('calculate_performance_metrics')
def no_metrics(running: Job) -> Any:
    """Tell that there is nothing to calculate from."""
    payload = running.payload
    raise JobError(
        f'no comparison of task {payload["comparison_task_id"]!r} that the search finds has '
        f'{payload["dimension"]!r}; choose another field, or compare annotations first'
    )
