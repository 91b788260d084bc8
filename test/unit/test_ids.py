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

from hypothesis import given, strategies as st
import pytest

from scenebox_ros import ids


@pytest.mark.parametrize('name, expected', [
    ('My Set-1.PNG', 'my_set_1.png'),
    ("a'b (c)/d:e+f", 'a_b__c__d_e_f'),
    ('Ünï @x!', 'ünï_@x!'),
    (' lead ', '_lead_'),
])
def test_names_are_standardized_as_the_platform_does(name, expected):
    assert ids.std(name) == expected


@given(st.text(min_size=1))
def test_standardizing_twice_changes_nothing(name):
    assert ids.std(ids.std(name)) == ids.std(name)


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match='must not be empty'):
        ids.std('')


@pytest.mark.parametrize('digest, expected', [
    ('d41d8cd98f00b204e9800998ecf8427e', 1621285313438006658),
    ('8000000000000000', 9223372036854775808),
    ('ffffffffffffffff', 1),
])
def test_hashes_fold_into_positive_integers(digest, expected):
    assert ids.positive_integer(digest) == expected


def test_json_is_hashed_with_sorted_keys():
    value = {'b': 1, 'a': [1, 2.5, None, True, 'é']}

    assert ids.md5_of_json(value) == 'c23f7a58b5dc99e6a91ea5381baf42cb'


def test_an_asset_id_follows_from_topic_stamp_content_and_settings():
    one = ids.asset_id('/cam/Image', 5, [b'ab'], 'jpeg q90')

    assert one == ids.asset_id('/cam/Image', 5, [b'a', memoryview(b'b')], 'jpeg q90')
    assert one == ids.std(one)
    assert one.startswith('cam_image_5_')
    others = {
        ids.asset_id('/cam/image', 5, [b'ab'], 'jpeg q90'),
        ids.asset_id('/cam/Image', 6, [b'ab'], 'jpeg q90'),
        ids.asset_id('/cam/Image', 5, [b'ac'], 'jpeg q90'),
        ids.asset_id('/cam/Image', 5, [b'ab'], 'jpeg q91'),
    }
    assert one not in others
    assert len(others) == 4


def test_an_entity_id_is_the_hash_of_its_parts_as_json():
    parts = ['quantity', '/imu "data" \\ é\n', 5, -0.1, True, None]

    assert ids.entity_id(*parts) == ids.md5_of_json([str(part) for part in parts])
