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

"""Pieces of SQL with their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import json
import math
from typing import Any

from scenebox_ros.server.store.flatten import term


@dataclass(frozen=True)
class Sql:
    """
    A piece of SQL with its parameters.

    Attributes
    ----------
    rows
        If the piece is a condition that means ``d.row IN (rows)``: that select.
    is_scoped
        Whether ``rows`` holds documents of the searched scopes alone.
    are_few
        Whether ``rows`` are so few that it is best to start with them.

    """

    text: str
    values: Sequence[Any] = field(default=())
    rows: Sql | None = None
    is_scoped: bool = True
    are_few: bool = True


NOTHING = Sql('0', (), Sql('SELECT 0 WHERE 0'))
ANYTHING = Sql('1')


def in_rows(rows: Sql, is_scoped: bool = True, are_few: bool = True) -> Sql:
    """Make the condition that a document is among some rows."""
    return Sql(f'd.row IN ({rows.text})', rows.values, rows, is_scoped, are_few)  # noqa: S608


def listed(rows: Sequence[int]) -> Sql:
    """Make a select of rows that are known."""
    return Sql('SELECT value FROM json_each(?)', [json.dumps(rows)])


def all_of(parts: Sequence[Sql]) -> Sql:
    """Join conditions with AND."""
    return parts[0] if len(parts) == 1 else _joined(' AND ', parts)


def any_of(parts: Sequence[Sql]) -> Sql:
    """Join conditions with OR; rows stay rows."""
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    selects = [part.rows for part in parts if part.rows is not None]
    if len(selects) < len(parts):
        return _joined(' OR ', parts)
    text = ' UNION '.join(select.text for select in selects)
    values = [value for select in selects for value in select.values]
    return in_rows(
        Sql(text, values),
        all(part.is_scoped for part in parts),
        all(part.are_few for part in parts),
    )


def equals(column: str, numbers: Sequence[int]) -> Sql:
    """Make a condition on one of our own numbers; one alone is seen better by the planner."""
    if len(numbers) == 1:
        return Sql(f'{column} = ?', list(numbers))
    return is_in(column, numbers)


def after(key: str, sign: str, value: Any, name: str | None) -> Sql:
    """
    Make the condition that a document comes after a value and, if it has the same one, an id.

    Parameters
    ----------
    key
        What is sorted by.
    sign
        The comparison that what comes later fulfils.
    value, name
        Of the document before; an id of None is after all ids.

    """
    if name is None:
        return Sql(f'{key} {sign} ?', [value])
    return Sql(f'{key} {sign}= ? AND ({key} <> ? OR d.id {sign} ?)', [value, value, name])


def is_in(column: str, values: Sequence[Any]) -> Sql:
    """Make the condition that a column has one of some values."""
    if len(values) <= 20:
        return Sql(f'{column} IN ({marks(values)})', list(values))
    text = json.dumps(list(values), ensure_ascii=False)
    return Sql(f'{column} IN (SELECT value FROM json_each(?))', [text])  # noqa: S608


def marks(values: Sequence[Any]) -> str:
    """One question mark for each value."""
    return ','.join('?' * len(values))


def term_values(values: Sequence[Any]) -> list[Any]:
    """Every way in which the index may hold a value: 5 finds 5 and '5', true finds 'true'."""
    result: dict[Any, None] = {}
    for value in values:
        result[term(value)] = None
        if isinstance(value, str):
            number = _number(value)
            if number is not None:
                result[number] = None
        elif not isinstance(value, bool):
            whole = isinstance(value, float) and value.is_integer()
            result[str(int(value) if whole else value)] = None
    return list(result)


def _number(text: str) -> float | None:
    try:
        number = float(text) if len(text) < 40 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _joined(word: str, parts: Sequence[Sql]) -> Sql:
    text = word.join(f'({part.text})' for part in parts)
    return Sql(f'({text})', [value for part in parts for value in part.values])
