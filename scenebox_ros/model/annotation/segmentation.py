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


"""Masks: images whose pixels say what is what."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
from itertools import repeat
from pathlib import Path
from typing import Any, ClassVar, TYPE_CHECKING

from scenebox_ros.errors import InvalidAnnotationError, RuleError
from scenebox_ros.model.annotation.base import Annotation, filled
from scenebox_ros.model.annotation.entity import AnnotationEntity
from scenebox_ros.model.constants import AnnotationTypes
from scenebox_ros.model.object_access import ObjectAccess

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from scenebox_ros.model.annotation.base import Common

Column = Sequence[Any]


class SegmentationAnnotation(Annotation):
    """
    Segments of an image, one mask and colour each.

    Parameters
    ----------
    labels, mask_colors
        One per segment; colours are hexadecimal, ``#ff00aa``.
    mask_urls, mask_uris, mask_file_paths
        Where a segment's mask is; the first that is given counts. Local files are uploaded when
        the annotation is added.
    mask_ids
        Default: the MD5 of the mask's place.
    mask_types
        ``MultiColor`` (default) or ``SingleColor``.
    confidences, attributes_list
        One per segment.
    **common
        See :class:`Annotation`.

    Raises
    ------
    RuleError
        If lists have different lengths.
    InvalidAnnotationError
        If a segment has no mask.

    """

    kind: ClassVar[str] = AnnotationTypes.SEGMENTATION

    def __init__(
        self,
        labels: list[str],
        mask_colors: list[str],
        mask_urls: Sequence[str | None] | None = None,
        mask_uris: Sequence[str | None] | None = None,
        mask_file_paths: Sequence[str | Path | None] | None = None,
        mask_ids: Sequence[str | None] | None = None,
        mask_types: Sequence[str | None] | None = None,
        confidences: Sequence[float | None] | None = None,
        attributes_list: Sequence[dict[str, Any] | None] | None = None,
        **common: Unpack[Common],
    ) -> None:
        if not isinstance(labels, list):
            raise InvalidAnnotationError(f'labels is {type(labels).__name__}; pass a list')
        columns = _checked({
            'mask_colors': mask_colors, 'mask_urls': mask_urls, 'mask_uris': mask_uris,
            'mask_file_paths': mask_file_paths, 'mask_ids': mask_ids, 'mask_types': mask_types,
            'confidences': confidences, 'attributes_list': attributes_list,
        }, len(labels))
        self._files: dict[str, Path] = {}
        masks: dict[str, ObjectAccess | None] = {}
        entities = []
        for label, color, url, uri, path, given, kind, confidence, attributes in zip(
            labels, *columns, strict=False
        ):
            mask_id = given or _mask_id(label, url or uri or path)
            masks[mask_id] = ObjectAccess(url=url, uri=uri) if url or uri else None
            if not (url or uri):
                self._files[mask_id] = Path(path)
            entities.append(AnnotationEntity(
                label=label, annotation_type=self.kind, mask_id=mask_id, mask_color=color,
                mask_type=kind or 'MultiColor', confidence=confidence, attributes=attributes,
            ))
        common['masks'] = masks
        super().__init__(**filled(common, self.kind, entities))

    def post_upload(self, annotations_amc: Any, owner_organization_id: str | None = None) -> None:
        """
        Upload the masks that are local files.

        Parameters
        ----------
        annotations_amc
            Asset manager client of annotations.
        owner_organization_id
            Organization that owns the annotated asset.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> segmentation.post_upload(client.get_asset_manager('annotations'))

        """
        for mask_id, path in self._files.items():
            if self.masks[mask_id] is None:
                self.masks[mask_id] = annotations_amc.put_file(
                    file_object=path, id=mask_id, content_type='image/png',
                    owner_organization_id=owner_organization_id,
                )


def _checked(columns: dict[str, Column | None], count: int) -> list[Any]:
    """Check that lists are parallel, and fill in those that are missing."""
    filled: list[Any] = []
    for name, column in columns.items():
        if column is not None and len(column) != count:
            raise RuleError(f'{name} has {len(column)} items, labels has {count}; pass as many')
        filled.append(repeat(None) if column is None else column)
    return filled


def _mask_id(label: str, place: Any) -> str:
    if not place:
        raise InvalidAnnotationError(
            f'segment {label!r} has no mask; pass its URL, URI or file path'
        )
    return hashlib.md5(str(place).encode(), usedforsecurity=False).hexdigest()
