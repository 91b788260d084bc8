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


"""Annotations: all of them arrive, and their assets' documents follow."""

import json

import httpx
import pytest
from scene_platform import client_of, platform

from scenebox_ros.client import BoundingBox, BoundingBoxAnnotation, SegmentationAnnotation
from scenebox_ros.client.models.annotation import Annotation
from scenebox_ros.errors import InvalidFileError, LengthMismatchError, MissingKeyError

BATCH = 'POST /v1/assets/meta_batch/'


def boxes(number=0, **fields):
    box = BoundingBox(label='car', x_min=1, x_max=3, y_min=2, y_max=5, confidence=0.5)
    return BoundingBoxAnnotation(
        [box], id=f'ann_{number}', image_id=f'img_{number}', provider='me', **fields
    )


def find(fake, **documents):
    """Let searches find documents by their asset type, on one page."""

    def page(sent):
        found = [] if 'search_after' in sent.query else documents[sent.query['asset_type']]
        return httpx.Response(200, json=found)

    fake.does('POST /v1/assets/meta', page)


def test_none_of_many_annotations_is_lost():
    # The original splits 4001 into two rounds of 2000, and forgets the last one.
    fake = platform()
    client_of(fake).add_annotations(
        (boxes(n) for n in range(4001)), update_asset=False, buffered_write=False
    )
    ids = [id for sent in fake.sent(BATCH) for id in sent.json['ids']]

    assert sorted(ids) == sorted(f'ann_{n}' for n in range(4001))


def test_annotations_of_several_types_of_assets_are_refused_before_any_is_added():
    fake = platform()
    mixed = [boxes(), boxes(1, media_type='videos', frame=0)]

    with pytest.raises(ValueError, match='images, videos'):
        client_of(fake).add_annotations(mixed)
    assert fake.sent(BATCH) == []


def test_raw_annotations_are_one_for_each():
    with pytest.raises(LengthMismatchError, match='1 raw annotations for 2 annotations'):
        client_of(platform()).add_annotations([boxes(), boxes(1)], raw_annotations=['a'])


def test_labels_are_written_into_the_asset_once_each():
    fake = platform()
    entity = {'label': 'car', 'confidence': 0.5}
    found = [{'id': 'a', 'asset_id': 'img_1', 'media_type': 'images', 'provider': 'me',
              'annotation_entities': [entity, entity, {'label': 'sky'}]}]
    fake.answer('POST /v1/assets/meta', found, times=1)
    fake.answer('PUT /v1/assets/meta/img_1', {})
    client_of(fake).add_annotation_labels_to_assets(['img_1'], include_provider_in_key=True)

    assert fake.sent('PUT /v1/assets/meta/img_1')[0].json == {'aux': {'labels_me': ['car']}}


def test_a_local_mask_is_uploaded_for_the_owner_of_its_image(tmp_path):
    mask = tmp_path / 'mask.png'
    mask.write_bytes(b'mask')
    fake = platform()
    fake.answer('GET /v1/assets/meta/img_1', {'owner': 'org_7'})
    annotation = SegmentationAnnotation(
        ['car'], ['#ff0000'], mask_file_paths=[mask], mask_ids=['m1'], image_id='img_1',
        provider='me',
    )
    client_of(fake).add_annotations([annotation], update_asset=False, buffered_write=False)
    ticket = fake.sent('POST /v1/assets/temporary_upload_url/')[0].json

    assert ticket['owner_organization_id'] == 'org_7'
    assert ticket['ids'] == ['m1']
    assert list(fake.sent(BATCH)[0].json['metadata'][0]['masks']) == ['m1']


def test_references_to_annotations_that_are_gone_are_removed():
    fake = platform()
    metas = [{'id': 'a'}, {'id': 'b'}, {'id': 'a', 'version': 'v2'}]
    find(fake, images=[{'id': 'img_1', 'annotations_meta': metas}], annotations=[{'id': 'a'}])
    client_of(fake).cleanup_assets_annotation_meta(['img_1'], 'images')
    sent = fake.sent('POST /v1/assets/meta_batch')[0]

    assert sent.json['metadata'] == [
        {'annotations': ['a'], 'annotations_meta': [{'id': 'a', 'version': 'v2'}]}
    ]
    assert sent.query['replace_sets'].lower() == 'true'


def test_downloaded_annotations_cannot_leave_their_folder(tmp_path):
    fake = platform()
    fake.answer('POST /v1/assets/meta', [{'id': '../evil'}], times=1)
    folder = tmp_path / 'inside'
    folder.mkdir()
    client_of(fake).download_annotations(['../evil'], folder)

    assert [path.name for path in tmp_path.iterdir()] == ['inside']
    assert [path.name for path in folder.iterdir()] == ['.._evil.json']
    with pytest.raises(NotADirectoryError):
        client_of(fake).download_annotations(['a'], tmp_path / 'absent')


def test_a_set_is_exported_as_coco(tmp_path):
    fake = platform()
    fake.answer('POST /v1/sets/set_1/list_assets/', {'results': ['img_1']})
    image = {'id': 'img_1', 'width': 8, 'height': 6, 'format': 'PNG', 'timestamp': 't'}
    document = {**boxes(1).to_dic(), 'id': 'ann_1'}
    find(fake, images=[image], annotations=[document])
    dataset = client_of(fake).export_coco_dataset('set_1', 'me', tmp_path)

    assert json.loads((tmp_path / 'output_dataset.json').read_text()) == dataset
    assert dataset['annotations'] == [
        {'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [1, 2, 2, 3], 'area': 6, 'iscrowd': 0}
    ]
    assert dataset['images'][0]['file_name'] == 'img_1.png'


@pytest.mark.parametrize(('kind', 'entry', 'says'), [
    ('annotations', 'x', r"annotations\[0\] is 'x'"),
    ('categories', {'id': 1}, "lacks 'name'"),
    ('images', {'id': 0}, "lacks 'file_name'"),
    ('images', {'id': 0, 'file_name': 5}, 'has file_name 5'),
    ('images', {'id': [], 'file_name': 'a.png'}, r'has id \[\]'),
    ('annotations', {'category_id': 9}, 'has category_id 9'),
    ('annotations', {'image_id': 9}, 'has image_id 9'),
    ('annotations', {'bbox': [1, 2, 3]}, r'has \[1, 2, 3\]'),
    ('annotations', {'bbox': [None] * 4}, 'give a bbox as'),
    ('annotations', {'segmentation': [[1, 2, 3]]}, 'pairs of x and y'),
])  # fmt: skip
def test_a_coco_file_that_is_wrong_adds_nothing_and_is_named(tmp_path, kind, entry, says):
    box = {'id': 1, 'image_id': 0, 'category_id': 1, 'bbox': [1, 2, 3, 4], 'segmentation': []}
    content = {'images': [{'id': 0, 'file_name': 'a.png'}], 'annotations': [box],
               'categories': [{'id': 1, 'name': 'car'}]}  # fmt: skip
    is_box = kind == 'annotations' and isinstance(entry, dict)
    content[kind] = [{**box, **entry} if is_box else entry]
    (tmp_path / 'a.png').write_bytes(b'png')
    (tmp_path / 'coco.json').write_text(json.dumps(content))
    fake = platform()
    with pytest.raises((InvalidFileError, MissingKeyError), match=says):
        client_of(fake).add_coco_annotations_from_folder(
            tmp_path / 'coco.json', 'me', 'set_1', folder_path=tmp_path)

    assert fake.sent() == []


def test_adding_an_annotation_leaves_it_as_it_was():
    fake = platform()
    annotation = boxes()
    before = annotation.to_dic()
    client_of(fake).add_image(
        image_bytes=b'png', id='img_0', annotations=[annotation], sensor='front',
        timestamp='2026-01-31T10:00:00Z',
    )

    assert annotation.to_dic() == before
    assert isinstance(annotation, Annotation)
