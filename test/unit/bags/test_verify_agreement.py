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

"""When what a platform holds agrees with what a recording gives."""

import pytest

from scenebox_ros import ids
from scenebox_ros.bags.agreement import difference, is_exact, what_counts
from scenebox_ros.model.records import Record

STAMP_NS = 1_700_000_000_000_000_000
DOCUMENT = {
    'timestamp': '2023-11-14T22:13:20+00:00', 'sensor': 'front', 'format': 'JPEG',
    'aux': {'stamp_ns': str(STAMP_NS), 'received_ns': '5',
            'geolocation': {'lat': 1.0, 'lon': 2.0}},
}


def image(payload, how, body=b'jpeg'):
    name = ids.asset_id('/cam', STAMP_NS, [payload], how)
    return Record('images', 'run', name, '/cam', STAMP_NS, DOCUMENT, body=body)


def cloud(header):
    return Record('lidars', 'run', 'c', '/lidar', STAMP_NS, {}, body=header + bytes(99))


def changed(**changes):
    return {**DOCUMENT, **changes}


def test_an_image_that_is_stored_as_it_came_can_have_its_own_bytes_only():
    assert is_exact(image(b'jpeg', 'jpeg as it came'))


def test_an_image_that_was_encoded_may_have_other_bytes():
    assert not is_exact(image(b'pixels', 'jpeg q90'))


def test_a_cloud_that_is_not_compressed_can_have_its_own_bytes_only():
    assert is_exact(cloud(b'DATA binary\n'))
    assert not is_exact(cloud(b'DATA binary_compressed\n'))


def test_the_same_document_agrees():
    assert difference(what_counts(DOCUMENT), DOCUMENT) == ''


def test_the_same_moment_in_other_words_agrees():
    held = changed(timestamp='2023-11-14T23:13:20.000+01:00')

    assert difference(what_counts(DOCUMENT), held) == ''


@pytest.mark.parametrize(('held', 'told'), [
    (changed(timestamp='2001-01-01T00:00:00Z'), 'its timestamp is 2001'),
    (changed(timestamp=None), 'its timestamp is None'),
    (changed(sensor='rear'), "its sensor is 'rear' on the server, 'front' expected"),
    (changed(aux={}), 'its position is not on the server'),
    (changed(aux=None), 'its position is not on the server'),
    (changed(aux={'geolocation': {'lat': 1.0, 'lon': 2.001}}), 'its position is 111 m away'),
])
def test_what_differs_is_named(held, told):
    assert difference(what_counts(DOCUMENT), held).startswith(told)
