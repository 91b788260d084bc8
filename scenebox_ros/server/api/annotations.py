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

"""Annotations over HTTP: sources, labels, objects and comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.ids import std
from scenebox_ros.model.plain import chunks
from scenebox_ros.server.annotations import masks as _masks  # noqa: F401
from scenebox_ros.server.annotations.agreement import performance
from scenebox_ros.server.annotations.jobs import task_id
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import chosen, set_for, submit
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.service import CHUNK, EVERYTHING
from scenebox_ros.server.store.merge import Document, listed
from scenebox_ros.wire import scene_routes as routes

SOURCE = ('provider', 'version', 'annotation_group', 'annotation_type')
MEDIA = ('images', 'videos', 'lidars', 'image_sequences', 'lidar_sequences', 'objects')


def sources(call: Call) -> Any:
    """List who has annotated the images that a search finds."""
    found = [{name: doc.get(name) for name in SOURCE} for doc in _annotations(call, SOURCE)]
    # A document may have a list where a name belongs.
    return [source for _, source in sorted({str([*s.values()]): s for s in found}.items())]


def labels(call: Call) -> Any:
    """List the labels of all annotations of the images that a search finds."""
    found = {
        label
        for document in _annotations(call, ('labels',))
        for label in _values(document, 'labels')
        if isinstance(label, str)
    }
    return sorted(found)


def _annotations(call: Call, fields: tuple[str, ...]) -> Iterator[Document]:
    """Read fields of the annotations of the images that the body's search finds."""
    search = call.core.search
    if not call.search().clauses:
        yield from search.documents(call.identity, 'annotations', q.Query((), fields), EVERYTHING)
        return
    images = search.ids(call.identity, 'images', call.search(), EVERYTHING)
    for some in chunks(images, CHUNK):
        query = q.Query((q.Filter('asset_id', tuple(some)),), fields)
        yield from search.documents(call.identity, 'annotations', query, EVERYTHING)


def remove_sources(call: Call) -> Any:
    """Begin to delete the annotations of some sources."""
    wanted, kind = call.field('annotation_sources', list), call.field('asset_type')
    if kind not in MEDIA:
        raise InvalidArgumentsError(f'asset_type is {kind!r}; choose {", ".join(MEDIA)}')
    for source in wanted:
        known = isinstance(source, Mapping) and not set(source) - {*SOURCE}
        if not known or not source.get('provider'):
            raise InvalidArgumentsError(
                f'source {str(source)[:80]} must name a provider, and may name '
                'version, annotation_type, annotation_group'
            )
    if not wanted:
        raise InvalidArgumentsError('annotation_sources is empty; name at least one')
    call.search('asset_filters')
    return submit(call, 'annotation_process', {
        'annotation_sources': wanted, 'asset_type': kind,
        'asset_filters': call.object.get('asset_filters'),
    })  # fmt: skip


def to_objects(call: Call) -> Any:
    """Begin to make objects of annotations."""
    ratio = call.optional('margin_ratio', (int, float), 0.1)
    pixels = call.optional('margin_pixels', int)
    if ratio < 0 or (pixels or 0) < 0:
        raise InvalidArgumentsError('margin_ratio and margin_pixels must not be negative')
    output, uid = call.optional('output_set_id'), call.optional('session_uid')
    if uid:
        call.documents.get(call.identity, 'sessions', uid)
    return submit(call, 'annotations_to_objects', {
        **chosen(call, 'annotations'), 'margin_ratio': ratio, 'margin_pixels': pixels,
        'create_objects': call.optional('create_objects', bool, False),
        'output_set_id': set_for(call, output, 'objects'),
        'source_annotation_type': call.optional('source_annotation_type'),
        'session_uid': std(uid) if uid else None,
        'add_to_session': call.optional('add_to_session', bool, True),
    })  # fmt: skip


def clean_masks(call: Call) -> Any:
    """Begin to drop entities that are nowhere in their masks."""
    force = call.optional('force_reclean', bool, False)
    return submit(call, 'mask_cleanup', {**chosen(call, 'annotations'), 'force_reclean': force})


def compress_masks(call: Call) -> Any:
    """Begin to make small pictures of masks."""
    tag = call.field('thumbnail_tag')
    return submit(call, 'mask_compression', {**chosen(call, 'annotations'), 'thumbnail_tag': tag})


def compare_pair(call: Call) -> Any:
    """Begin to compare two annotations of one asset."""
    kind, asset = call.field('asset_type'), call.field('asset_id')
    if kind != 'images':
        raise InvalidArgumentsError(f'annotations of {kind} cannot be compared; only of images')
    media = call.documents.get(call.identity, kind, asset)
    base, other = (
        _one_annotation(call, media, f'{side}_annotation_id', group)
        for side, group in (('base', 'ground_truth'), ('other', 'model_generated'))
    )
    threshold = call.optional('iou_threshold', (int, float), 0.0)
    if not 0 <= threshold <= 1:
        raise InvalidArgumentsError(f'iou_threshold is {threshold}; choose 0 to 1')
    task = task_id(base, other)
    reply = submit(call, 'compare_annotations', {
        'asset_id': media['id'], 'asset_type': kind,
        'base_annotation_id': base['id'], 'other_annotation_id': other['id'],
        'base_mapping': call.optional('base_mapping', dict),
        'other_mapping': call.optional('other_mapping', dict),
        'iou_threshold': threshold, 'match_labels': call.optional('match_labels', bool, False),
        'comparison_task_id': task,
    })  # fmt: skip
    return {**reply, 'comparison_task_id': task}


def _one_annotation(call: Call, media: Document, field: str, group: str) -> Document:
    """Fetch the annotation that the body names, or else the asset's only one of a group."""
    given = call.optional(field)
    if given:
        return call.documents.get(call.identity, 'annotations', given)
    query = q.Query((q.Filter('asset_id', (media['id'],)), q.Filter('annotation_group', (group,))))
    found = call.core.search.documents(call.identity, 'annotations', query, EVERYTHING)
    if len(found) != 1:
        raise InvalidArgumentsError(
            f'{field} is missing, and {media["id"]!r} has {len(found)} annotations of '
            f'group {group}; name one'
        )
    return found[0]


def metrics(call: Call) -> Any:
    """Say how well annotations agree, label by label, over the comparisons of a search."""
    threshold = _threshold(call)
    query = q.Query(call.search('search').clauses, ('pairs',))
    found = call.core.search.documents(call.identity, 'annotations_comparisons', query, EVERYTHING)
    return performance(chain.from_iterable(map(_pairs, found)), threshold)


def metrics_by_dimension(call: Call) -> Any:
    """Say how well annotations agree, for each value of a field of the comparisons."""
    threshold, task = _threshold(call), call.field('comparison_task_id')
    request = call.field('summary_request', dict)
    dimensions = request.get('dimensions')
    if not isinstance(dimensions, list) or len(dimensions) != 1:
        raise InvalidArgumentsError(f'dimensions are {str(dimensions)[:60]}; give one field')
    path = q.check_path(dimensions[0])
    clauses = (*q.parse(request.get('search')).clauses, q.Filter('comparison_task_id', (task,)))
    query = q.Query(clauses, ('pairs', path))
    buckets: dict[str, list[Any]] = defaultdict(list)
    for doc in call.core.search.documents(
        call.identity, 'annotations_comparisons', query, EVERYTHING
    ):
        for value in _values(doc, path):
            buckets[str(value)] += _pairs(doc)
    performances = {name: performance(pairs, threshold) for name, pairs in sorted(buckets.items())}
    if performances:
        return {'performances': performances, 'job_id': None}
    payload = {'comparison_task_id': task, 'dimension': path}
    return {'performances': {}, **submit(call, 'calculate_performance_metrics', payload)}


def _pairs(comparison: Document) -> list[Any]:
    return listed(comparison.get('pairs') or None)


def _threshold(call: Call) -> float:
    threshold = call.optional('iou_threshold', (int, float), 0.0)
    if not 0 <= threshold <= 1:
        raise InvalidArgumentsError(f'iou_threshold is {threshold}; choose 0 to 1')
    return float(threshold)


def _values(document: Document, path: str) -> list[Any]:
    """Find what a dotted path leads to."""
    value: Any = document
    for step in path.split('.'):
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


ENDPOINTS = [
    Endpoint(routes.ANNOTATION_SOURCES, sources),
    Endpoint(routes.ANNOTATION_LABELS, labels),
    Endpoint(routes.ANNOTATION_REMOVE_SOURCES, remove_sources, DELETE),
    Endpoint(routes.ANNOTATION_TO_OBJECTS, to_objects, WRITE),
    Endpoint(routes.ANNOTATION_CLEANUP_MASKS, clean_masks, WRITE),
    Endpoint(routes.ANNOTATION_COMPRESS_MASKS, compress_masks, WRITE),
    Endpoint(routes.COMPARISON_PAIRS, compare_pair, WRITE),
    Endpoint(routes.COMPARISON_METRICS, metrics),
    Endpoint(routes.COMPARISON_METRICS_BY_DIMENSION, metrics_by_dimension),
]
