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

"""Annotations: delete and download them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import json
import os
from pathlib import Path
from typing import Any

from scenebox_ros import ids as names
from scenebox_ros.client.methods.scene.annotations import AnnotationMethods
from scenebox_ros.client.methods.scene.base import Json, Query
from scenebox_ros.errors import AssetError, InvalidFileError, RuleError
from scenebox_ros.model import plain
from scenebox_ros.model.object_access import ObjectAccess

MOST_DELETED = 10_000
NOTHING = 'No annotations to delete'


class MissingFolderError(InvalidFileError, NotADirectoryError):
    """A folder does not exist."""


class AnnotationReadMethods(AnnotationMethods):
    """Delete and download annotations."""

    def delete_annotations(
        self,
        ids: Iterable[str] | None = None,
        search: Query | None = None,
        wait_for_completion: bool = True,
    ) -> str:
        """
        Delete annotations, and the references to them in their assets' documents.

        Parameters
        ----------
        ids
            Ids of the annotations.
        search
            Query; annotations that match it. ``ids`` win over it.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The (last) job's id, or ``No annotations to delete``

        Raises
        ------
        RuleError
            If they belong to assets of several types.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_annotations(ids=['ann_1'])

        """
        manager = self.get_asset_manager('annotations')
        found: list[str] = []
        if listed := plain.listed(ids):
            exists = manager.exists_multiple(listed)
            found = [id for id, is_there in zip(listed, exists, strict=True) if is_there]
        elif search:
            found = manager.search_assets_large(dict(search))
        job_id = NOTHING
        for chunk in plain.chunks(found, MOST_DELETED):
            job_id = self._delete_chunk(chunk, wait_for_completion)
        return job_id

    def _delete_chunk(self, chunk: list[str], wait: bool) -> str:
        manager = self.get_asset_manager('annotations')
        parents = manager.search_meta(
            {
                'filters': [{'field': 'id', 'values': chunk, 'filter_out': False}],
                'source_selected_fields': ['media_type', 'asset_id'],
            },
            scan=True,
        )
        media_types = plain.distinct(parent['media_type'] for parent in parents)
        if len(media_types) != 1:
            raise RuleError(
                f'annotations are of {media_types}; delete those of one type at a time'
            )
        job_id: str = manager.delete_with_list(chunk, wait_for_completion=wait)
        asset_ids = plain.distinct(parent['asset_id'] for parent in parents)
        self.cleanup_assets_annotation_meta(asset_ids, media_types[0])
        return job_id

    def delete_assets_annotations(
        self,
        asset_ids: Iterable[str],
        annotation_type: str,
        annotation_group: str | None = None,
        annotation_provider: str | None = None,
        annotation_version: str | None = None,
    ) -> str:
        """
        Delete the annotations of assets.

        Parameters
        ----------
        asset_ids
            Ids of the annotated assets, at most 10,000.
        annotation_type
            Only those of this type; ``all`` deletes of any type.
        annotation_group
            Only those of this group.
        annotation_provider
            Only those of this provider.
        annotation_version
            Only those of this version.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        AssetError
            If there are too many assets.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_assets_annotations(['img_1'], 'polygon', annotation_provider='me')

        """
        listed = plain.listed(asset_ids, 'asset_ids')
        if len(listed) > MOST_DELETED:
            raise AssetError(f'{len(listed)} assets; pass at most {MOST_DELETED} at a time')
        wanted = {
            'asset_id': listed,
            'annotation_type': None if annotation_type == 'all' else [annotation_type],
            'annotation_group': [annotation_group] if annotation_group else None,
            'provider': [annotation_provider] if annotation_provider else None,
            'version': [annotation_version] if annotation_version else None,
        }
        filters = [{'field': key, 'values': values} for key, values in wanted.items() if values]
        return self.delete_annotations(search={'filters': filters})

    # -- download --------------------------------------------------------------------------------
    def download_annotations(
        self, ids: Iterable[str], folder_path: str | os.PathLike[str] | None = None
    ) -> dict[str, Json]:
        """
        Download annotations with their masks.

        Parameters
        ----------
        ids
            Ids of the annotations.
        folder_path
            A folder to write them to: ``<id>.json`` and ``<id>/<mask id>``.

        Returns
        -------
        dict[str, Json]
            ``metadata`` and, if there are any, ``masks`` by annotation id

        Raises
        ------
        NotADirectoryError
            If the folder does not exist.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.download_annotations(['ann_1'])['ann_1']['metadata']

        """
        if folder_path is not None and not os.path.isdir(folder_path):
            raise MissingFolderError(f'no folder {os.fspath(folder_path)!r}; create it first')
        manager = self.get_asset_manager('annotations')
        chosen = {'field': 'id', 'values': plain.listed(ids)}
        found = manager.search_meta_large({'filters': [chosen]})
        downloaded: dict[str, Json] = {}
        for document in found:
            masks = {
                mask_id: manager.get_bytes_from_object_access(ObjectAccess.from_dict(access))
                for mask_id, access in (document.get('masks') or {}).items()
            }
            downloaded[document['id']] = {
                'metadata': document, **({'masks': masks} if masks else {})
            }
        if folder_path is not None:
            _write(Path(folder_path), downloaded)
        return downloaded


def _write(folder: Path, annotations: Mapping[str, Any]) -> None:
    for annotation_id, parts in annotations.items():
        # Ids come from the server: standardized, they cannot leave the folder.
        name = names.std(annotation_id)
        (folder / f'{name}.json').write_text(json.dumps(parts['metadata']))
        for mask_id, blob in (parts.get('masks') or {}).items():
            (folder / name).mkdir(exist_ok=True)
            (folder / name / names.std(mask_id)).write_bytes(blob)
