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

"""Documented methods about annotations, called against a real server."""

import json

import pytest
from server_samples import added_images, name, png

from scenebox_ros.client import BoundingBox, BoundingBoxAnnotation
from scenebox_ros.client.exceptions import InvalidFileError, ResponseError


def boxed(image, label='car', **fields):
    box = BoundingBox(label=label, x_min=10, x_max=40, y_min=5, y_max=35)
    return BoundingBoxAnnotation(
        [box], id=name('ann'), image_id=image, **{'provider': 'human', **fields}
    )


def of(image):
    return {'filters': [{'field': 'id', 'values': [image]}]}


def test_an_annotation_is_kept_with_its_image(engine):
    _, (image, other) = added_images(engine, 2)
    mine, theirs = boxed(image, provider='me', version='v2'), boxed(other)
    engine.add_annotation(mine, raw_annotation=b'{"raw": 1}')
    engine.add_annotations([theirs], disable_tqdm=True)
    document = engine.get_metadata(mine.id, 'annotations')

    assert document['annotation_entities'][0]['label'] == 'car'
    assert engine.get_asset_manager('annotations').get_bytes(mine.id) == b'{"raw": 1}'
    assert engine.get_metadata(image, 'images')['annotations'] == [mine.id]
    assert engine.get_metadata(other, 'images')['annotations'] == [theirs.id]


def test_sources_and_labels_are_told_and_sources_removed(engine):
    _, (image,) = added_images(engine, 1)
    engine.add_annotations([boxed(image, 'zebra', provider='zoo', version='v1')])
    sources = engine.get_annotation_sources(of(image))
    labels = engine.get_annotation_labels(of(image))
    engine.remove_annotation_sources([{'provider': 'zoo'}], 'images', asset_filters=of(image))

    assert [(one['provider'], one['version']) for one in sources] == [('zoo', 'v1')]
    assert labels == ['zebra']
    assert engine.get_annotation_labels(of(image)) == []


def test_annotations_are_deleted(engine):
    _, (image,) = added_images(engine, 1)
    made = boxed(image)
    engine.add_annotations([made])
    engine.delete_annotations(ids=[made.id])

    assert not engine.get_asset_manager('annotations').exists(made.id)
    assert made.id not in engine.get_metadata(image, 'images').get('annotations', [])


def test_objects_are_cut_out_of_annotated_images(engine):
    _, (image,) = added_images(engine, 1)
    made = boxed(image)
    engine.add_annotations([made])
    objects = engine.create_set(name('objects'), 'objects')
    engine.annotations_to_objects(ids=[made.id], create_objects=True, output_set_id=objects,
                                  margin_ratio=0)  # fmt: skip
    (cut,) = engine.assets_in_set(objects)

    box = engine.get_metadata(cut, 'objects')['bounding_box']
    assert (box['x_min'], box['y_max']) == (10, 35)


def test_two_annotations_of_an_image_are_compared(engine, finish):
    _, (image,) = added_images(engine, 1)
    base, other = boxed(image), boxed(image, group='other', provider='model')
    engine.add_annotations([base, other])
    engine.compare_annotation_pairs(image, 'images', base.id, other.id, iou_threshold=0.5,
                                    wait_for_completion=True)  # fmt: skip
    only = {'filters': [{'field': 'asset_id', 'values': [image]}]}
    (comparison,) = engine.search_meta('annotations_comparisons', only)

    assert comparison['base_annotation_id'] == base.id
    assert comparison['other_annotation_id'] == other.id


def test_repeated_entries_of_annotations_are_dropped(engine):
    _, (image,) = added_images(engine, 1)
    made = boxed(image)
    engine.add_annotations([made])
    manager = engine.get_asset_manager('images')
    entry = manager.get_metadata(image)['annotations_meta'][0]
    repeated = {'annotations_meta': [entry, entry], 'annotations': [made.id, made.id]}
    manager.update_metadata(image, repeated, replace_sets=True)
    engine.cleanup_assets_annotation_meta([image], 'images')

    assert len(manager.get_metadata(image)['annotations_meta']) == 1


def test_images_of_one_name_in_two_folders_do_not_share_their_boxes(engine, tmp_path):
    content = {
        'images': [{'id': n, 'file_name': f'batch_{n}/Pixel.png', 'width': 64, 'height': 48}
                   for n in (1, 2)],
        'categories': [{'id': 10, 'name': 'car'}],
        'annotations': [{'id': n, 'image_id': n, 'category_id': 10, 'bbox': [1, 1, 5, n],
                         'segmentation': []} for n in (1, 2)],
    }  # fmt: skip
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(content))
    set_id = engine.create_set(name('set'), 'images')
    with pytest.raises(InvalidFileError, match=r'batch_1/Pixel.png.*batch_2/Pixel.png'):
        engine.add_coco_annotations_from_folder(path, 'twice', set_id)

    found = {'filters': [{'field': 'provider', 'values': ['twice_bbox']}]}
    assert engine.search_assets('annotations', found) == []


def test_annotations_of_a_coco_file_are_added_with_their_images(engine, tmp_path):
    (tmp_path / 'images').mkdir()
    (tmp_path / 'images' / 'pixel.png').write_bytes(png())
    content = {
        'images': [{'id': 1, 'file_name': 'train/pixel.png', 'width': 64, 'height': 48}],
        'categories': [{'id': 10, 'name': 'car'}],
        'annotations': [{'id': 100, 'image_id': 1, 'category_id': 10, 'bbox': [-1, 1, 5, 2],
                         'segmentation': [[-1, 1, 4, 1, 4, 3, -1, 3]]},
                        {'id': 101, 'image_id': 1, 'category_id': 10, 'bbox': [1, 1, 9, 9],
                         'segmentation': {'counts': [5, 2], 'size': [48, 64]}, 'iscrowd': 1},
                        {'id': 102, 'image_id': 1, 'category_id': 10, 'bbox': [1, 1, 9, 9],
                         'segmentation': [[1, 1, 2, 3] * 300]}],
    }  # fmt: skip
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(content))
    bad = tmp_path / 'bad.json'
    bad.write_text('{"images": []}')
    set_id = engine.create_set(name('set'), 'images')
    engine.add_coco_annotations_from_folder(path, 'coco', set_id, tmp_path / 'images')
    (image,) = engine.assets_in_set(set_id)
    providers = {one['provider'] for one in engine.get_annotation_sources(of(image))}

    assert engine.is_coco_annotation_file_valid(path)
    assert not engine.is_coco_annotation_file_valid(bad)
    assert providers == {'coco_bbox', 'coco_polygon'}
    entities = {
        one['provider']: one['annotation_entities']
        for one in engine.search_meta('annotations', {
            'filters': [{'field': 'asset_id', 'values': [image]}]})
    }  # fmt: skip
    assert [len(entities[one]) for one in ('coco_bbox', 'coco_polygon')] == [3, 1]
    assert entities['coco_bbox'][0]['coordinates'][0] == {'x': 0, 'y': 1}
    assert engine.get_annotation_labels(of(image)) == ['car']


def test_an_annotation_of_nothing_is_refused(engine):
    with pytest.raises(ResponseError):
        engine.get_metadata('no_such_annotation', 'annotations')
