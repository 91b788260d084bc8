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

"""What is taken for an argument, what is refused, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
import os
from pathlib import Path
from typing import Any, TYPE_CHECKING
from uuid import UUID

import numpy as np
import pytest

from scenebox_ros.errors import ArgumentTypeError
from scenebox_ros.model.arguments import checked, is_missing
from scenebox_ros.model.object_access import ObjectAccess

if TYPE_CHECKING:
    from nowhere import Unknown

WHEN = datetime(2026, 1, 31)
PLACE = ObjectAccess(url='https://host/a')


@checked
def call(
    text: str = 'a',
    number: float = 1.5,
    flag: bool = True,
    mapping: Mapping[str, Any] | None = None,
    ids: Iterable[str] = (),
    names: Sequence[str] = (),
    value: str | list[str] = 'a',
    moment: datetime | str = WHEN,
    path: str | os.PathLike[str] = 'a',
    place: ObjectAccess = PLACE,
    anything: Any = None,
    unknown: Unknown | None = None,
    auth_token: str = 't',
    **others: Any,
) -> dict[str, Any]:
    return locals()


class Row:
    """As pandas' rows are: iterable, but no mapping."""

    def to_dict(self):
        return {}

    def __repr__(self):
        return 'speed    1\nName: 0'


TAKEN = [
    ('text', 5, '5'),
    ('text', Path('a/b'), 'a/b'),
    ('text', UUID(int=5), '00000000-0000-0000-0000-000000000005'),
    ('text', None, 'a'),
    ('text', 'Größe 図 🚗', 'Größe 図 🚗'),
    ('number', None, 1.5),
    ('number', '2.5', 2.5),
    ('number', '3', 3),
    ('flag', None, False),
    ('flag', 0, 0),
    ('ids', (1, 'b'), ['1', 'b']),
    ('ids', {'b': 1}.keys(), ['b']),
    ('names', (name for name in 'ab'), ['a', 'b']),
    ('value', ['a'], ['a']),
    ('moment', '2026', '2026'),
    ('moment', np.datetime64('2026-01-31T00:00:00.000000999'), WHEN),
    ('path', Path('a'), Path('a')),
    ('path', 'a\udcff', 'a\udcff'),
    ('anything', float('nan'), pytest.approx(float('nan'), nan_ok=True)),
    ('unknown', 5, 5),
    ('others', 5, 5),
]
REFUSED = [
    ('text', float('nan'), 'text is nan; pass a text'),
    ('text', b'a', "text is b'a'; pass a text"),
    ('text', True, 'text is True; pass a text'),
    ('text', WHEN, r'text is datetime\.datetime\(2026.* pass a text'),
    ('text', 'a\udcff', 'text is .*; pass a text'),
    ('number', 'nan', "number is 'nan'; pass a number"),
    ('number', 'x', "number is 'x'; pass a number"),
    ('flag', float('nan'), 'flag is nan; pass True or False'),
    ('mapping', Row(), r'mapping is speed 1 Name: 0 \(Row\); .* as row.to_dict\(\) gives it'),
    ('ids', 'img_1', r"ids is the text 'img_1'; pass a list, like \['img_1'\]"),
    ('ids', {'a': 1}, r"ids is {'a': 1}; pass a list"),
    ('ids', ['a', None], r'ids\[1\] is None; pass a text'),
    ('value', 5, 'value is 5; pass a text or a list'),
    ('moment', float('nan'), 'moment is nan; pass a datetime or a text'),
    ('moment', np.datetime64('NaT', 's'), r'moment is .*NaT.*; pass a datetime or a text'),
    ('path', 3, 'path is 3; pass a path'),
    ('place', {}, 'place is {}; pass an object of class ObjectAccess'),
]


@pytest.mark.parametrize('name, given, taken', TAKEN)
def test_what_can_be_meant_in_one_way_only_is_taken_so(name, given, taken):
    found = call(**{name: given})

    assert {**found, **found['others']}[name] == taken


@pytest.mark.parametrize('name, given, why', REFUSED)
def test_what_cannot_be_meant_is_named(name, given, why):
    with pytest.raises(ArgumentTypeError, match=why):
        call(**{name: given})


def test_an_argument_by_position_is_checked_too():
    with pytest.raises(ArgumentTypeError, match='number is'):
        call('a', [])


def test_items_of_a_generator_are_checked_as_they_come():
    ids = call(ids=iter(['a', None]))['ids']

    assert isinstance(ids, Iterator)
    assert next(ids) == 'a'
    with pytest.raises(ArgumentTypeError, match=r'ids\[1\] is None'):
        next(ids)


def test_columns_and_missing_values_of_tables_are_known():
    pandas = pytest.importorskip('pandas')
    missing = [pandas.NA, pandas.NaT, float('nan')]

    assert call(ids=pandas.Series(['a', 'b']))['ids'] == ['a', 'b']
    assert [is_missing(one) for one in [*missing, 'a', 1, WHEN]] == [True] * 3 + [False] * 3
    for one in missing:
        with pytest.raises(ArgumentTypeError, match=r'ids\[0\] is'):
            call(ids=[one])
    with pytest.raises(ArgumentTypeError, match='pass a list'):
        call(ids=pandas.DataFrame({'a': [1]}))


@pytest.mark.parametrize('token', [b'top-secret', ['top-secret']])
def test_a_token_is_not_shown(token):
    with pytest.raises(ArgumentTypeError, match='auth_token is a') as caught:
        call(auth_token=token)

    assert 'secret' not in str(caught.value)


def test_too_many_arguments_are_python_s_to_refuse():
    with pytest.raises(TypeError, match='positional'):
        call(*[None] * 20)
