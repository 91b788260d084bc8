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

"""JSON as the store keeps it, and as clients write it."""

import pytest

from scenebox_ros.server.store.json_text import dump, dumps, load, loads


@pytest.mark.parametrize('raw, value', [
    (b'{"a": [1, 2.5, true, null, "\xc3\xbc"]}', {'a': [1, 2.5, True, None, 'ü']}),
    (b'[NaN, Infinity, -Infinity, 1e400, -1e400, 1e-400]', [None] * 5 + [0.0]),
    (b'[18446744073709551616,-123456789012345678901234567890]',
     [2**64, -123456789012345678901234567890]),
    (b'{"a":9223372036854775807, "b" : -9223372036854775809}',
     {'a': 2**63 - 1, 'b': -(2**63) - 1}),
    (b'["id_1234567890123456789012", 0.1000000000000000055511151231257827]',
     ['id_1234567890123456789012', 0.1]),
    (b'"\\ud83d\\ude00"', '\U0001f600'),
    ('{"a":"ü"}'.encode('utf-16'), {'a': 'ü'}),
])
def test_json_is_read_as_clients_write_it(raw, value):
    assert load(raw) == value
    assert repr(load(raw)) == repr(value)


@pytest.mark.parametrize('raw', [b'{', b'[1,]', b'"\\ud800"', b'"\xff"', b'nonsense', b'[01]'])
def test_what_is_no_json_is_refused(raw):
    with pytest.raises(ValueError):
        load(raw)


@pytest.mark.parametrize('depth', [2000, 100_000])
def test_what_is_nested_too_deeply_is_refused(depth):
    with pytest.raises((ValueError, RecursionError)):
        load(b'[' * depth + b']' * depth)
    with pytest.raises((ValueError, RecursionError)):
        load(b'[NaN, ' * depth + b'0' + b']' * depth)


@pytest.mark.parametrize('value', [
    {'b': 1, 'a': [1.0, 1e16, 1e-7, -0.0, 5e-324, True, None]}, 2**64, [-(2**70), {'a': 'ü\x7f"'}],
    {'deep': {'a': [[[{}]]]}}, '\u2028\n',
])
def test_what_is_written_is_compact_and_comes_back(value):
    assert repr(loads(dumps(value))) == repr(value)
    assert dump(value) == dumps(value).encode()
    assert b', ' not in dump(value)


def test_what_is_nested_as_deeply_as_can_be_read_can_be_written():
    depth = 900
    value = load(b'[' * depth + b']' * depth)

    assert dump(value) == b'[' * depth + b']' * depth
