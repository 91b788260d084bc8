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

"""How writes change documents."""

import pytest

from scenebox_ros.server.store.merge import Mode, written

OLD = {'a': 1, 'o': {'x': 1, 'l': [1]}, 'sets': ['s1'], 'list': ['p'], 'k': [True]}

TABLE = [
    # mode, replace_lists, written, expected changes
    (Mode.UPDATE, False, {'a': 2}, {**OLD, 'a': 2}),
    (Mode.UPDATE, False, {'a': None}, {**OLD, 'a': None}),
    (Mode.UPDATE, False, {'o': {'y': 2}}, {**OLD, 'o': {'x': 1, 'l': [1], 'y': 2}}),
    (Mode.UPDATE, False, {'o': {'l': [2]}}, {**OLD, 'o': {'x': 1, 'l': [1, 2]}}),
    (Mode.UPDATE, True, {'o': {'l': [2]}}, {**OLD, 'o': {'x': 1, 'l': [2]}}),
    (Mode.UPDATE, False, {'o': 5}, {**OLD, 'o': 5}),
    (Mode.UPDATE, False, {'sets': ['s1', 's2']}, {**OLD, 'sets': ['s1', 's2']}),
    (Mode.UPDATE, True, {'sets': []}, {**OLD, 'sets': []}),
    (Mode.UPDATE, False, {'k': [1]}, {**OLD, 'k': [True, 1]}),
    (Mode.UPDATE, False, {'list': [{'a': 1}, {'a': 1}]}, {**OLD, 'list': ['p', {'a': 1}]}),
    (Mode.UPSERT, False, {'b': 1}, {**OLD, 'b': 1}),
    (Mode.PUT, True, {'b': 1}, {'b': 1}),
    (Mode.PUT, False, {'b': 1}, {'b': 1, 'sets': ['s1']}),
    (Mode.PUT, False, {'sets': ['s2'], 'list': ['q']}, {'sets': ['s1', 's2'], 'list': ['q']}),
    (Mode.PUT, False, {'sets': 's2'}, {'sets': ['s1', 's2']}),
    (Mode.PUT, True, {'sets': ['s2']}, {'sets': ['s2']}),
]


@pytest.mark.parametrize('mode, replace, new, expected', TABLE)
def test_the_merge_table(mode, replace, new, expected):
    before = repr(OLD)

    assert written(OLD, new, mode, replace) == expected
    assert repr(OLD) == before


@pytest.mark.parametrize('mode', list(Mode))
def test_what_was_not_there_is_taken_as_it_is(mode):
    assert written(None, {'a': [1, 1]}, mode, False) == {'a': [1, 1]}


def test_writing_the_same_again_changes_nothing():
    for replace in (False, True):
        for mode in Mode:
            assert written(OLD, OLD, mode, replace) == OLD


class Number(int):
    """Counts how often two are compared."""

    compared = 0
    __hash__ = int.__hash__

    def __eq__(self, other):
        Number.compared += 1
        return int(self) == int(other)


def test_merging_long_lists_looks_at_each_item_once_and_not_at_every_pair():
    old = {'values': [*map(Number, range(500))]}
    new = {'values': [*map(Number, range(250, 750))]}

    assert written(old, new, Mode.UPDATE, False)['values'] == [*range(750)]
    assert Number.compared < 5000


def test_equal_objects_in_a_list_are_one_whatever_the_order_of_their_fields():
    old, new = {'l': [{'a': 1, 'b': [True]}]}, {'l': [{'b': [True], 'a': 1}, {'b': [1], 'a': 1}]}

    merged = written(old, new, Mode.UPDATE, False)['l']

    assert [*map(repr, merged)] == ["{'a': 1, 'b': [True]}", "{'b': [1], 'a': 1}"]
