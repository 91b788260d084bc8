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

"""Annotations: add them, and keep the annotated assets' documents in step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scenebox_ros.client.methods.scene.annotation_jobs import AnnotationJobMethods
from scenebox_ros.client.methods.scene.base import Json
from scenebox_ros.client.progress import bar
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.errors import InvalidArgumentsError, LengthMismatchError, RuleError
from scenebox_ros.model import plain
from scenebox_ros.model.annotation import Annotation
from scenebox_ros.model.constants import MAX_THREADS

CHUNK = 100
CLEANUP_CHUNK = 1000
Raw = Sequence[Any]


class AnnotationMethods(AnnotationJobMethods):
    """Add annotations, one or many."""

    def add_annotation(
        self,
        annotation: Annotation,
        raw_annotation: str | bytes | None = None,
        update_asset: bool = True,
        buffered_write: bool = False,
        replace_sets: bool = False,
        add_to_cache: bool = False,
        annotation_to_objects: bool = False,
        remove_asset_repeated_annotations: bool = False,
    ) -> None:
        """
        Add an annotation. For many, :meth:`add_annotations` is faster.

        Parameters
        ----------
        annotation
            Any annotation of ``scenebox_ros.client.models.annotation``.
        raw_annotation
            The annotation in its provider's own form, stored beside it.
        update_asset
            Reference it in the annotated asset's document.
        buffered_write
            Wait until the annotation is found.
        replace_sets
            Replace the lists in the asset's document instead of appending to them.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        annotation_to_objects
            Cut objects out of the asset, and wait for that.
        remove_asset_repeated_annotations
            With ``update_asset``: remove references in the asset's document that repeat.

        Raises
        ------
        InvalidAnnotationError
            If a mask cannot be stored.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_annotation(annotation)

        """
        self._upload_masks(annotation)
        raw = _raw_of(annotation, raw_annotation)
        self.get_asset_manager('annotations').put_asset(
            metadata=annotation.to_dic(), id=annotation.id,
            folder=annotation.provider if raw_annotation is None else None,
            wait_for_completion=buffered_write, add_to_redis_cache=add_to_cache, **raw,
        )
        if update_asset:
            self.get_asset_manager(annotation.media_type).update_metadata(
                annotation.asset_id, _reference(annotation), replace_sets=replace_sets
            )
        if update_asset and remove_asset_repeated_annotations:
            self.cleanup_assets_annotation_meta([annotation.asset_id], annotation.media_type)
        if annotation_to_objects:
            self.annotations_to_objects(ids=[annotation.id], create_objects=True)

    def add_annotations(
        self,
        annotations: Iterable[Annotation],
        buffered_write: bool = True,
        update_asset: bool = True,
        raw_annotations: Raw | None = None,
        threading: bool = True,
        disable_tqdm: bool = False,
        replace_sets: bool = False,
        cleanup_annotation_masks: bool = False,
        remove_asset_repeated_annotations: bool = False,
        session_uid: str | None = None,
        annotations_to_objects: bool = False,
        add_to_cache: bool = False,
        wait_for_annotations_to_objects_completion: bool = False,
    ) -> None:
        """
        Add annotations in chunks, every one of them.

        Parameters
        ----------
        annotations
            Any annotations of ``scenebox_ros.client.models.annotation``.
        buffered_write
            Wait until the annotations are found.
        update_asset
            Reference them in the annotated assets' documents.
        raw_annotations
            The annotations in their provider's own form, one for each.
        threading
            Upload several chunks at once.
        disable_tqdm
            No progress bar; there is none without a terminal, either.
        replace_sets
            Replace the lists in the assets' documents instead of appending to them.
        cleanup_annotation_masks
            Let the server clean the masks.
        remove_asset_repeated_annotations
            With ``update_asset``: remove references in the assets' documents that repeat.
        session_uid
            With ``annotations_to_objects``: the session that objects are added to.
        annotations_to_objects
            Cut objects out of the assets.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        wait_for_annotations_to_objects_completion
            Wait for that.

        Raises
        ------
        ValueError
            If assets of several types are to be updated.
        IndexError
            If raw annotations and annotations differ in number.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_annotations([annotation])

        """
        items = list(annotations)
        if not items:
            return
        if update_asset:
            _only_type(items)
        raw = _parallel_raw(items, raw_annotations)
        pairs = list(zip(items, raw, strict=True))
        with bar(
            'adding annotations', len(items), 'annotations', is_shown=not disable_tqdm
        ) as advance:

            def add(chunk: list[tuple[Annotation, Json]]) -> None:
                self._put_annotations(chunk, buffered_write, add_to_cache)
                advance(len(chunk))

            run_threaded(
                add, plain.chunks(pairs, CHUNK),
                min(self.num_threads, MAX_THREADS) if threading else 1,
            )
        if update_asset:
            self._reference_in_assets(items, replace_sets, remove_asset_repeated_annotations)
        ids = [one.id for one in items]
        if cleanup_annotation_masks:
            self.cleanup_annotation_masks(ids=ids)
        if annotations_to_objects:
            self.annotations_to_objects(
                ids=ids, create_objects=True, session_uid=session_uid, add_to_session=True,
                wait_for_completion=wait_for_annotations_to_objects_completion,
            )

    # -- one chunk -------------------------------------------------------------------------------
    def _upload_masks(self, annotation: Annotation) -> None:
        """Store masks for the organization that owns the annotated asset."""
        if annotation.masks:
            asset = self.get_asset_manager(annotation.media_type).get_metadata(annotation.asset_id)
            annotation.post_upload(self.get_asset_manager('annotations'), asset.get('owner'))

    def _put_annotations(
        self, chunk: Sequence[tuple[Annotation, Json]], wait: bool, add_to_cache: bool
    ) -> None:
        for annotation, _ in chunk:
            self._upload_masks(annotation)
        items = [annotation for annotation, _ in chunk]
        sources: Json = {
            plural: [raw.get(single) for _, raw in chunk]
            for single, plural in
            (('file_object', 'file_objects'), ('url', 'urls'), ('uri', 'uris'))
            if any(raw.get(single) for _, raw in chunk)
        }
        self.get_asset_manager('annotations').put_assets_batch(
            metadata=[one.to_dic() for one in items], ids=[one.id for one in items],
            folders=[one.provider for one in items], wait_for_completion=wait,
            add_to_redis_cache=add_to_cache, **sources,
        )

    # -- the annotated assets --------------------------------------------------------------------
    def _reference_in_assets(
        self, items: Sequence[Annotation], replace_sets: bool, remove_repeated: bool
    ) -> None:
        media_type = items[0].media_type
        asset_ids = [one.asset_id for one in items]
        self.get_asset_manager(media_type).update_metadata_batch(
            asset_ids, [_reference(one) for one in items], replace_sets=replace_sets
        )
        if remove_repeated:
            self.cleanup_assets_annotation_meta(plain.distinct(asset_ids), media_type)
        self.add_annotation_labels_to_assets(
            plain.distinct(asset_ids), include_provider_in_key=True
        )

    def add_annotation_labels_to_assets(
        self,
        ids: Iterable[str],
        confidence_threshold: float = 0.0,
        include_provider_in_key: bool = False,
    ) -> None:
        """
        Write the labels of annotations into the documents of their assets.

        Parameters
        ----------
        ids
            Ids of the assets.
        confidence_threshold
            Only labels above it; labels without a confidence are left out.
        include_provider_in_key
            Into ``aux.labels_<provider>`` instead of ``aux.labels``.

        Raises
        ------
        RuleError
            If annotations of several types of assets are found.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_annotation_labels_to_assets(['img_1'])

        """
        found = self.get_asset_manager('annotations').search_meta_large(
            {'filters': [{'field': 'asset_id', 'values': plain.listed(ids)}]}
        )
        media_types = plain.distinct(one.get('media_type') for one in found)
        if len(media_types) > 1:
            raise RuleError(f'annotations are of {media_types}; pass assets of one type')
        labels: dict[str, dict[str, list[str]]] = {}
        for one in found:
            key = f'labels_{one.get("provider")}' if include_provider_in_key else 'labels'
            for entity in one.get('annotation_entities') or ():
                if (entity.get('confidence') or 0.0) > confidence_threshold:
                    of_asset = labels.setdefault(str(one['asset_id']), {})
                    of_asset.setdefault(key, []).append(entity['label'])
        for asset_id, by_key in labels.items():
            distinct = {key: plain.distinct(values) for key, values in by_key.items()}
            self.get_asset_manager(str(media_types[0])).update_metadata(
                asset_id, {'aux': distinct}, replace_sets=False
            )

    def cleanup_assets_annotation_meta(self, asset_ids: Iterable[str], asset_type: str) -> None:
        """
        Remove references to annotations that repeat, or whose annotation is gone.

        Parameters
        ----------
        asset_ids
            Ids of the annotated assets.
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.cleanup_assets_annotation_meta(['img_1'], 'images')

        """
        run_threaded(
            lambda chunk: self._cleanup(chunk, asset_type),
            plain.chunks(plain.listed(asset_ids, 'asset_ids'), CLEANUP_CHUNK),
            self.num_threads,
        )

    def _cleanup(self, asset_ids: Iterable[str], asset_type: str) -> None:
        manager = self.get_asset_manager(asset_type)
        stored = manager.get_metadata_in_batch(asset_ids)
        references = {
            asset_id: {meta['id']: meta for meta in document.get('annotations_meta') or ()}
            for asset_id, document in stored.items()
            if document
        }
        ids = plain.distinct(id for by_id in references.values() for id in by_id)
        exists = self.get_asset_manager('annotations').exists_multiple(ids) if ids else []
        alive = {id for id, is_there in zip(ids, exists, strict=True) if is_there}
        kept = {
            asset_id: [meta for id, meta in by_id.items() if id in alive]
            for asset_id, by_id in references.items()
        }
        if kept:
            manager.update_metadata_batch(
                list(kept),
                [
                    {'annotations': [meta['id'] for meta in metas], 'annotations_meta': metas}
                    for metas in kept.values()
                ],
                replace_sets=True,
            )


def _reference(annotation: Annotation) -> Json:
    return {'annotations': [annotation.id], 'annotations_meta': [annotation.source]}


def _only_type(items: Sequence[Annotation]) -> None:
    media_types = plain.distinct(one.media_type for one in items)
    if len(media_types) > 1:
        raise InvalidArgumentsError(
            f'annotations are of {", ".join(media_types)}; add those of each type by a call of '
            'its own'
        )


def _raw_of(annotation: Annotation, raw: str | bytes | None) -> Json:
    """Name what is stored beside an annotation as the asset manager's client does."""
    content = raw if raw is not None else annotation.raw_annotation_str
    sources = {
        'file_object': content,
        'url': annotation.raw_annotation_url,
        'uri': annotation.raw_annotation_uri,
    }
    return {name: source for name, source in sources.items() if source}


def _parallel_raw(items: Sequence[Annotation], raw: Raw | None) -> list[Json]:
    if raw is not None and len(raw) != len(items):
        raise LengthMismatchError(f'{len(raw)} raw annotations for {len(items)} annotations')
    contents = raw if raw is not None else [None] * len(items)
    return [_raw_of(one, content) for one, content in zip(items, contents, strict=True)]
