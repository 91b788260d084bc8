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

"""Sorting by a number looks at the blocks that may have what comes first, and at no others."""

import random

import pytest

from scenebox_ros.server.search import columns, ranking
from scenebox_ros.server.store.numbers import BLOCK

# Numbers of both kinds, in no order; few that come first, or many equal ones.
SPREAD = {
    'even': lambda chance: round(chance.random() * 30, 2),
    'equal': lambda chance: chance.choice([0, 0.5, 7]),
    'rare': lambda chance: chance.choice([-chance.random(), *[chance.randrange(2**62)] * 1000]),
}


@pytest.mark.parametrize('order', ['asc', 'desc'])
@pytest.mark.parametrize('spread', SPREAD)
def test_numbers_are_in_order_though_few_blocks_are_read(store, monkeypatch, spread, order):
    chance = random.Random(spread)
    speeds = {f'd{n:05d}': SPREAD[spread](chance) for n in range(40 * BLOCK)}
    store.put(*({'id': name, 'aux': {'speed': value}} for name, value in speeds.items()))
    monkeypatch.setattr(columns, 'NEAR', 16)
    wanted = sorted(((value, name) for name, value in speeds.items()), reverse=order == 'desc')

    for size, offset in ((5, 0), (3, 7), (100, 300)):
        page = {'sort_field': 'aux.speed', 'sort_order': order, 'size': size, 'offset': offset}
        found = store.ids({}, **page)
        assert found == [name for _, name in wanted[offset:offset + size]]


def test_blocks_that_cannot_have_what_comes_first_are_not_read(store, monkeypatch):
    store.put(*({'id': f'd{n:05d}', 'aux': {'speed': n + 0.5}} for n in range(40 * BLOCK)))
    monkeypatch.setattr(columns, 'NEAR', 2)
    monkeypatch.setattr(ranking, 'FIRST', 1)
    read, pick = [], columns._pick
    monkeypatch.setattr(columns, 'read', lambda *given: pytest.fail('all were read'))
    monkeypatch.setattr(columns, '_pick', lambda connection, keys: (
        read.extend(keys), pick(connection, keys))[1])

    found = store.ids({}, sort_field='aux.speed', size=3, offset=1)

    assert found == ['d00001', 'd00002', 'd00003']
    assert 0 < len(set(read)) <= 4
