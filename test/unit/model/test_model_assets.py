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


"""Input assets, embeddings and small rules, with the protocol's own examples."""

import io
import os
from pathlib import Path
import subprocess
import sys

import pytest

from scenebox_ros.errors import (
    EmbeddingError,
    InvalidArgumentsError,
    RuleError,
)
from scenebox_ros.model import constants, plain
from scenebox_ros.model.annotation import BoundingBox, BoundingBoxAnnotation
from scenebox_ros.model.assets import Image, Lidar, TemplateOperation, Video
from scenebox_ros.model.embedding import Embedding, embedding_space

ROOT = Path(__file__).parents[3]


def box_of(media_type='images', **fields):
    box = BoundingBox(label='car', x_min=1, x_max=3, y_min=2, y_max=5)
    return BoundingBoxAnnotation([box], asset_id='a', media_type=media_type, **fields)


def test_an_id_is_standardized():
    assert Image(id='My File-1.PNG', url='http://h/a.png').id == 'my_file_1.png'


def test_an_id_is_random_where_none_is_given():
    assert Image(url='http://h/a.png').id != Image(url='http://h/a.png').id


@pytest.mark.parametrize('sources', [{}, {'url': 'http://h/a.png', 'uri': 's3://b/a.png'}])
def test_exactly_one_source_is_needed(sources):
    with pytest.raises(AssertionError, match='exactly one of path, url, uri, bytes'):
        Image(**sources)


def test_a_path_must_exist(tmp_path):
    with pytest.raises(AssertionError, match='no file'):
        Image(path=tmp_path / 'a.png')


def test_rules_hold_where_python_drops_assertions():
    code = (
        'from scenebox_ros.model.assets import Image\n'
        'try:\n    Image()\nexcept AssertionError as error:\n    print(error)'
    )
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(
        [sys.executable, '-O', '-c', code], capture_output=True, text=True, env=environment,
        check=True,
    )

    assert 'pass exactly one of' in done.stdout


def test_raw_bytes_and_file_like_objects_are_sources():
    assert Image(bytes=b'abc').source == b'abc'
    assert Image(bytes=io.BytesIO(b'abc')).source_kind == 'bytes'


def test_a_repr_shows_no_bytes():
    assert repr(Image(id='a', bytes=b'secret')) == "Image(id='a', bytes=...)"


def test_aux_metadata_is_made_searchable_without_modifying_it():
    given = {'A B': True, 'n': None, 'l': [False, {'X-Y': None}]}

    assert Image(url='http://h/a', aux_metadata=given).aux_metadata == {
        'a_b': 'true', 'n': 'none', 'l': ['false', {'x_y': 'none'}]
    }
    assert given['A B'] is True


def test_annotations_must_be_of_the_asset_s_type():
    with pytest.raises(AssertionError, match='annotations of images'):
        Image(url='http://h/a', annotations=[box_of('videos', frame=1)])


def test_a_video_starts_when_its_recording_began():
    video = Video(url='http://h/a', timestamp='2021-01-01', start_timestamp='2022-01-01')

    assert video.timestamp == video.start_timestamp == '2022-01-01'


@pytest.mark.parametrize(
    'fields', [{'format': 'numpy'}, {'format': 'binary'}, {'format': 'las'}]
)
def test_a_lidar_s_format_needs_its_settings(fields):
    with pytest.raises(AssertionError, match=r'numpy|binary|unknown'):
        Lidar(url='http://h/a', **fields)


def test_related_images_are_standardized():
    assert Lidar(url='http://h/a', related_images=['Img 1']).related_images == ['img_1']


def test_a_template_operation_is_written_without_an_absent_config():
    assert TemplateOperation('operation_1', config_id='c').to_dic() == {
        'operation_id': 'operation_1', 'task_step': 0, 'config_id': 'c'
    }


@pytest.mark.parametrize('fields', [{}, {'operation_id': 'o'}, {'config_id': 'c'}])
def test_a_template_operation_is_complete(fields):
    with pytest.raises(RuleError, match='template operation'):
        TemplateOperation(**fields)


# -- embeddings


@pytest.mark.parametrize(
    'layer, expected',
    [
        (None, '178708115442669375'),
        ('fc1', '9187849692228961885'),
        (14, '2530454854306900575'),
        (0, '6951003424089273806'),
    ],
)
def test_an_embedding_s_id_follows_from_what_it_is(layer, expected):
    pytest.importorskip('numpy')

    assert Embedding([1, 2, 3], asset_id='img_1', layer=layer).id == expected


def test_an_embedding_is_stored_as_little_endian_floats():
    pytest.importorskip('numpy')
    embedding = Embedding([1, 2, 3], asset_id='img_1')

    assert embedding.bytes.hex() == '0000803f0000004000004040'
    assert Embedding(embedding.bytes, asset_id='img_1').id == embedding.id
    assert Embedding(io.BytesIO(embedding.bytes), asset_id='img_1').id == embedding.id


def test_an_embedding_s_document_has_the_protocol_s_keys():
    pytest.importorskip('numpy')
    embedding = Embedding(
        [1, 2, 3], 'img_1', timestamp='2021-01-01', layer='fc1', session_uid='session_1'
    )

    assert list(embedding.metadata) == [
        'id', 'timestamp', 'tags', 'media_type', 'asset_id', 'model', 'version', 'ndim',
        'index_name', 'session_uid',
    ]
    assert embedding.metadata['tags'] == ['fc1']


@pytest.mark.parametrize('data, fields', [([], {}), ([0] * 8193, {}), ([1, 2], {'ndim': 3})])
def test_an_embedding_of_a_wrong_size_is_refused(data, fields):
    pytest.importorskip('numpy')

    with pytest.raises(EmbeddingError):
        Embedding(data, 'img_1', **fields)


def test_an_embedding_of_text_is_refused():
    pytest.importorskip('numpy')

    with pytest.raises(NotImplementedError, match='str'):
        Embedding('abc', 'img_1')
    with pytest.raises(NotImplementedError, match='True'):
        Embedding([True], 'img_1')


def test_an_embedding_needs_a_standardized_asset_id():
    pytest.importorskip('numpy')

    with pytest.raises(AssertionError, match="pass 'img_1'"):
        Embedding([1], 'Img 1')
    with pytest.raises(ValueError, match='asset_id'):
        Embedding([1], '')


def test_an_embedding_space_has_no_dots():
    space = embedding_space('images', 'mask_rcnn', 'R_50.FPN-3x')

    assert space == 'similarity_images_mask_rcnn_r_50_fpn_3x'


# -- small rules


def test_nested_keys_are_dotted_and_lists_are_leaves():
    document = {'a': 1, 'c': {'d': 2, 'e': [3], 'h': {'a': 4}}}

    assert plain.nested_keys(document) == ['a', 'c.d', 'c.e', 'c.h.a']


def test_chunks_take_any_iterable_and_none_is_empty():
    assert list(plain.chunks(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    assert list(plain.chunks([], 2)) == []


def test_colours_have_3_or_6_digits():
    assert [plain.is_hex_colour(text) for text in ('#fff', '#FF00aa', '#ffff', 'fff')] == [
        True, True, False, False
    ]


def test_constants_have_the_platform_s_words():
    assert len(constants.AssetsConstants.VALID_ASSETS) == 23
    assert len(constants.AssetsConstants.METADATA_ONLY_ASSETS) == 12
    assert constants.JobTypes.STREAMABLE_SET_SHARDING == 'STREAMABLE_SET_SHARDING'
    assert None in constants.JobTypes.VALID_TYPES
    assert constants.EntityTypes.MEDIA not in constants.EntityTypes.VALID_TYPES
    assert constants.MAX_SESSION_LENGTH == 10_800
    assert len(constants.ValidCachePartitions.VALID_PARTITIONS) == 24


def test_errors_of_rules_are_assertion_errors_and_value_errors():
    assert issubclass(RuleError, (AssertionError,))
    assert issubclass(RuleError, InvalidArgumentsError)
