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

"""COCO files: annotations in, data sets out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
import json
import logging
import os
from pathlib import Path
from typing import Any

from scenebox_ros import ids
from scenebox_ros.client.methods.scene.annotation_reads import AnnotationReadMethods
from scenebox_ros.client.methods.scene.base import Json, SetIds
from scenebox_ros.client.methods.scene.images import BulkImageMethods
from scenebox_ros.client.payload import read_json
from scenebox_ros.errors import InvalidFileError, MissingKeyError, RuleError
from scenebox_ros.model import plain
from scenebox_ros.model.annotation import (
    Annotation,
    BoundingBox,
    BoundingBoxAnnotation,
    Polygon,
    PolygonAnnotation,
)
from scenebox_ros.model.constants import COCOAnnotations

log = logging.getLogger(__name__)
NEEDED = {
    'images': ('id', 'file_name'),
    'categories': ('id', 'name'),
    'annotations': ('image_id', 'bbox', 'category_id', 'segmentation'),
}
TEXTS = ('file_name', 'name')


class CocoMethods(AnnotationReadMethods, BulkImageMethods):
    """Add COCO annotations with their images, export sets as COCO."""

    @staticmethod
    def is_coco_annotation_file_valid(file_path: str | os.PathLike[str]) -> bool:
        """
        Tell whether a file holds COCO annotations.

        Parameters
        ----------
        file_path
            The file.

        Returns
        -------
        bool
            True if it is a JSON object with the lists ``images``, ``categories``, ``annotations``

        Raises
        ------
        InvalidFileError
            If it is not JSON. It is a ValueError, too.

        Examples
        --------
        >>> SceneEngineClient.is_coco_annotation_file_valid('instances.json')

        """
        content = read_json(file_path)
        return isinstance(content, dict) and all(
            isinstance(content.get(key), list) for key in COCOAnnotations.KEYS
        )

    def add_coco_annotations_from_folder(
        self,
        file_path: str | os.PathLike[str],
        provider: str,
        images_set_id: SetIds,
        folder_path: str | os.PathLike[str] | None = None,
        version: str | None = None,
        annotation_group: str = 'ground_truth',
        session_uid: str | None = None,
        annotations_set_id: str | None = None,
        use_image_id_as_annotation_id: bool = False,
        preprocesses: Sequence[str] | None = None,
        thumbnailize_at_ingest: bool = False,
        annotation_to_objects: bool = False,
        wait_for_completion: bool = False,
    ) -> None:
        """
        Add the boxes and polygons of a COCO file, and the images of a folder.

        A file that does not hold COCO annotations adds nothing; that is logged as an error.

        Parameters
        ----------
        file_path
            The COCO file.
        provider
            Who annotated; boxes get ``<provider>_bbox``, polygons ``<provider>_polygon``.
        images_set_id
            Set that the images join.
        folder_path
            Folder of the images; None: they are uploaded already.
        version
            Version of the annotations.
        annotation_group
            ``ground_truth``, ``model_generated`` or ``other``.
        session_uid
            The session that the images belong to.
        annotations_set_id
            Set that the annotations join.
        use_image_id_as_annotation_id
            Make ids like ``<image id>_bbox.ann``, so that adding the file again changes nothing;
            False makes random ones.
        preprocesses
            What is done to thumbnails, like ``['normalize_thumbnail_colors']``.
        thumbnailize_at_ingest
            Make thumbnails now instead of when they are first looked at.
        annotation_to_objects
            Cut objects out of the images.
        wait_for_completion
            Wait for that.

        Raises
        ------
        RuleError
            If no set of images is given. It is an AssertionError, too.
        InvalidFileError
            If the file is not JSON, something in it is of another kind than COCO says, or two of
            its images have one name in different folders: they would be one asset. It is a
            ValueError, too.
        KeyError
            If an annotation, an image or a category lacks a key, or names one that is not there.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_coco_annotations_from_folder(
        ...     'instances.json', 'me', 'set_1', folder_path='photos',
        ...     use_image_id_as_annotation_id=True,
        ... )

        """
        if not images_set_id:
            raise RuleError('images_set_id is missing; pass the set that the images join')
        if not self.is_coco_annotation_file_valid(file_path):
            log.error(
                '%s holds no COCO annotations, nothing is added; it needs the lists %s',
                file_path, ', '.join(COCOAnnotations.KEYS),
            )
            return
        content = read_json(file_path)
        _check_entries(content)
        _check_apart(content['images'])
        names = {entry['id']: plain.base_name(entry['file_name']) for entry in content['images']}
        # Before images are added: a file that is wrong adds nothing.
        grouped = _by_image(content, names)
        if folder_path is not None:
            self.add_images_from_folder(
                folder_path, images_set_id, session_uid,
                {name: ids.std(name) for name in names.values()},
                preprocesses, thumbnailize_at_ingest,
            )
        common: Json = {
            'version': version, 'annotation_group': annotation_group,
            'set_id': annotations_set_id,
        }
        boxes: list[Annotation] = []
        polygons: list[Annotation] = []
        name_of = _naming(use_image_id_as_annotation_id)
        for image_id, (box_list, polygon_list) in grouped.items():
            common['image_id'] = image_id
            if box_list:
                boxes.append(BoundingBoxAnnotation(
                    box_list, id=name_of(image_id, 'bbox'), provider=f'{provider}_bbox', **common
                ))
            if polygon_list:
                polygons.append(PolygonAnnotation(
                    polygon_list, id=name_of(image_id, 'polygon'),
                    provider=f'{provider}_polygon', **common,
                ))
        for annotated in (polygons, boxes):
            self.add_annotations(
                annotated, annotations_to_objects=annotation_to_objects,
                wait_for_annotations_to_objects_completion=wait_for_completion,
            )

    def export_coco_dataset(
        self,
        set_id: str,
        annotation_provider: str,
        output_path: str | os.PathLike[str],
        download_images: bool = False,
    ) -> Json:
        """
        Write a set of images and their boxes as a COCO data set.

        Parameters
        ----------
        set_id
            The set's id.
        annotation_provider
            Whose boxes.
        output_path
            Folder for ``output_dataset.json`` and ``images/``.
        download_images
            Download the images, too.

        Returns
        -------
        Json
            The content of the file

        Raises
        ------
        RuleError
            If the set does not hold images.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.export_coco_dataset('set_1', 'me', 'export')['categories']

        """
        held = self.get_asset_manager('sets').get_metadata(set_id).get('assets_type')
        if held != 'images':
            raise RuleError(f'set {set_id!r} holds {held}; pass a set of images')
        manager = self.get_asset_manager('images')
        image_ids = self.assets_in_set(set_id)
        stored = manager.get_metadata_in_batch(image_ids)
        found = self.get_asset_manager('annotations').search_meta_large({'filters': [
            {'field': 'asset_id', 'values': image_ids},
            {'field': 'provider', 'values': [annotation_provider]},
            {'field': 'annotation_type', 'values': ['two_d_bounding_box']},
        ]})
        dataset = _dataset(image_ids, stored, found)
        folder = Path(output_path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'output_dataset.json').write_text(json.dumps(dataset, indent=4))
        if download_images:
            (folder / 'images').mkdir(exist_ok=True)
            for image_id, entry in zip(image_ids, dataset['images'], strict=True):
                path = folder / 'images' / entry['file_name']
                manager.get_file_and_write(image_id, str(path))
        return dataset


def _naming(by_image: bool) -> Callable[[str, str], str | None]:
    """Name annotations after their image, or leave their ids to chance."""
    return lambda image_id, kind: f'{image_id}_{kind}.ann' if by_image else None


def _check_entries(content: Mapping[str, Any]) -> None:
    """Refuse entries that are none, or lack what is read of them."""
    for kind, keys in NEEDED.items():
        for number, entry in enumerate(content[kind]):
            if not isinstance(entry, Mapping):
                raise InvalidFileError(f'{kind}[{number}] is {str(entry)[:40]!r}; give an object')
            for key in keys:
                where = f'COCO {kind}[{number}] (id {entry.get("id")})'
                if key not in entry:
                    raise MissingKeyError(f'{where} lacks {key!r}')
                if key in TEXTS and not isinstance(entry[key], str):
                    raise InvalidFileError(f'{where} has {key} {entry[key]!r}; give a text')
                if key.endswith('id') and not isinstance(entry[key], (int, str)):
                    raise InvalidFileError(f'{where} has {key} {entry[key]!r}; give a number')


def _check_apart(images: Iterable[Mapping[str, Any]]) -> None:
    """Refuse images that would be one asset, and share their boxes: ids know no folders."""
    known: dict[str, str] = {}
    for entry in images:
        file_name = entry['file_name']
        other = known.setdefault(ids.std(plain.base_name(file_name)), file_name)
        if other != file_name:
            raise InvalidFileError(
                f'images {other!r} and {file_name!r} would be one asset; give their files '
                'different names, folders do not count'
            )


def _by_image(
    content: Mapping[str, Any], names: Mapping[Any, str]
) -> dict[str, tuple[list[BoundingBox], list[Polygon]]]:
    """Group boxes and polygons by image, in the file's order."""
    categories = {entry['id']: entry['name'] for entry in content['categories']}
    grouped: dict[str, tuple[list[BoundingBox], list[Polygon]]] = {}
    for entry in content['annotations']:
        for key, known in (('category_id', categories), ('image_id', names)):
            if entry[key] not in known:
                raise MissingKeyError(
                    f'COCO annotation {entry.get("id")} has {key} {entry[key]!r}, which is not '
                    'in the file'
                )
        common: Json = {
            'label': categories[entry['category_id']],
            'category_id': entry['category_id'],
            'attributes': plain.booleans_to_text(entry.get('attributes') or {}),
        }
        boxes, polygons = grouped.setdefault(ids.std(names[entry['image_id']]), ([], []))
        if entry['bbox']:
            x, y, width, height = _numbers(entry, entry['bbox'], lambda count: count == 4)
            left, right, top, bottom = _inside([x, x + width, y, y + height])
            boxes.append(
                BoundingBox(x_min=left, x_max=right, y_min=top, y_max=bottom, **common)
            )
        # Crowds are run-length masks instead, which are no polygons.
        if entry['segmentation'] and isinstance(entry['segmentation'], list):
            first = entry['segmentation'][0]
            flat = _inside(_numbers(entry, first, lambda count: count % 2 == 0))
            pairs = list(zip(flat[::2], flat[1::2], strict=True))
            try:
                polygons.append(Polygon(coordinates=pairs, **common))
            except RuleError as error:
                log.warning('COCO annotation %s is left out: %s', entry.get('id'), error)
    return grouped


def _numbers(entry: Mapping[str, Any], given: Any, fits: Callable[[int], bool]) -> list[float]:
    if (isinstance(given, list) and fits(len(given))
            and all(isinstance(number, (int, float)) for number in given)):
        return given
    raise InvalidFileError(
        f'COCO annotation {entry.get("id")} has {str(given)[:60]}; give a bbox as [x, y, width, '
        'height], and pairs of x and y for a polygon'
    )


def _inside(numbers: Sequence[float]) -> list[float]:
    """Cut coordinates to the image: in real files some are a pixel above or left of it."""
    return [max(number, 0) for number in numbers]


def _dataset(
    image_ids: Sequence[str],
    stored: Mapping[str, Json | None],
    annotations: Sequence[Json],
) -> Json:
    """Lay out a COCO data set; ids count from 1."""
    numbers = {image_id: number for number, image_id in enumerate(image_ids, 1)}
    categories: dict[str, int] = {}
    entries: list[Json] = []
    for document in annotations:
        for entity in document.get('annotation_entities') or ():
            corners = entity['coordinates']
            xs, ys = [c['x'] for c in corners], [c['y'] for c in corners]
            width, height = max(xs) - min(xs), max(ys) - min(ys)
            entries.append({
                'id': len(entries) + 1,
                'image_id': numbers[document['asset_id']],
                'category_id': categories.setdefault(entity['label'], len(categories) + 1),
                'bbox': [min(xs), min(ys), width, height],
                'area': width * height,
                'iscrowd': 0,
            })
    return {
        'info': {},
        'licenses': [],
        'images': [
            {
                'id': number,
                'width': (stored.get(image_id) or {}).get('width'),
                'height': (stored.get(image_id) or {}).get('height'),
                'file_name': _file_name(image_id, stored.get(image_id) or {}),
                'license': None,
                'date_captured': (stored.get(image_id) or {}).get('timestamp'),
            }
            for image_id, number in numbers.items()
        ],
        'annotations': entries,
        'categories': [{'id': number, 'name': name} for name, number in categories.items()],
    }


def _file_name(image_id: str, document: Mapping[str, Any]) -> str:
    """Name an image's file by its id, so that no two are the same, with its format's ending."""
    ending = str(document.get('format') or '').lower()
    name = ids.std(image_id)
    return name if not ending or name.endswith(f'.{ending}') else f'{name}.{ending}'
