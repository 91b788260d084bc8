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

"""Builders of entities, on a grid of seconds that starts at 2024-01-01T00:00:00Z."""

from __future__ import annotations

from datetime import datetime, timezone

from scenebox_ros.server.sessions.entity import read_entity
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.sessions.resolve import resolve
from scenebox_ros.server.sessions.table import make_table, row_of

EPOCH = datetime(2024, 1, 1, tzinfo=timezone.utc).timestamp()
SECOND = 10**9


def iso(seconds):
    return datetime.fromtimestamp(EPOCH + seconds, timezone.utc).isoformat()


def entity(value, at=None, start=None, end=None, kind='state', influence='interval', **more):
    """Make an entity's JSON; times are seconds after the grid's start."""
    times = {'timestamp': at, 'start_time': start, 'end_time': end}
    return {
        'session': 'u',
        'entity_name': 'x',
        'entity_value': value,
        'entity_type': kind,
        'influence': influence,
        **{key: iso(moment) for key, moment in times.items() if moment is not None},
        **more,
    }


def grid(first=0, last=10, resolution=1.0):
    step = round(resolution * SECOND)
    start = int(EPOCH) * SECOND // step
    return Grid(step, start + first, start + last)


def columns(entities, cells=None):
    """Resolve entities; they may have several names."""
    cells = cells or grid()
    names = {}
    for read in map(read_entity, entities):
        tables = names.setdefault(read.name, {})
        tables.setdefault((read.type, read.influence), []).append(row_of(read))
    return {
        field: column
        for name, tables in names.items()
        for field, column in resolve(
            name, [make_table(*key, rows) for key, rows in tables.items()], cells
        ).items()
    }


def rows(entities, cells=None, field='x'):
    """Resolve entities of one name: every cell's value."""
    found = columns(entities, cells).get(field)
    return found.rows() if found else [None] * (cells or grid()).size
