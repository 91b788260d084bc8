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

"""Settings that cannot work are refused where they are written, by name and value."""

import pytest

from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import StreamSettings


@pytest.mark.parametrize(('values', 'words'), [
    ({'jpeg_quality': 0}, 'jpeg_quality is 0; choose 1 to 100'),
    ({'every_nth': 0}, 'every_nth is 0; choose 1 or more'),
    ({'every_nth_point': 0}, 'every_nth_point is 0'),
    ({'every_nth_point': 1.5}, r'every_nth_point is 1\.5; choose a whole number'),
    ({'every_nth': 2.5}, r'every_nth is 2\.5; choose a whole number'),
    ({'max_side': 640.5}, 'max_side is 640.5; choose a whole'),
    ({'voxel_m': -1}, 'voxel_m is -1; choose 0 or more'),
    ({'voxel_m': float('nan')}, 'voxel_m is nan'),
    ({'max_rate_hz': 'fast'}, "max_rate_hz is 'fast'"),
    ({'lidar_format': 'las'}, "lidar_format is 'las'; choose one of binary"),
    ({'video_format': 'vp9'}, "video_format is 'vp9'; choose one of h264, mjpeg"),
    ({'rectify': 'yes'}, "rectify is 'yes'; choose true or false"),
    ({'min_range_m': 5, 'max_range_m': 2}, 'min_range_m 5 is beyond max_range_m 2'),
    ({'datum': [91, 0]}, r'datum is \[91, 0\]; write latitude'),
    ({'datum': [1]}, 'datum is'),
    ({'datum': ['a', 'b']}, 'datum is'),
    ({'colour': 1}, "unknown setting 'colour'"),
])
def test_what_cannot_work_is_refused(values, words):
    with pytest.raises(SettingsError, match=words):
        StreamSettings.from_mapping(values)


def test_whole_numbers_may_be_written_with_a_point():
    assert repr(StreamSettings.from_mapping({'every_nth': 2.0}).every_nth) == '2'


def test_lists_of_yaml_become_tuples_and_one_path_a_list_of_one():
    settings = StreamSettings.from_mapping({'fields': ['a', 'b.c'], 'datum': [49, 8.4]})

    assert (settings.fields, settings.datum) == (('a', 'b.c'), (49, 8.4))
    assert StreamSettings(fields='angular_velocity.z').fields == ('angular_velocity.z',)
    assert hash(settings) == hash(settings)
