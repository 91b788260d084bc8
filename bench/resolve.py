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

"""
How fast a session resolves: three hours, a million entities, grids of 1 s and 0.1 s.

Prints seconds and rates of our parts, and of the least that numpy could do: one interpolation pass
over the same numbers (``limit``), in the same run. ``pure`` starts from rows in memory, ``store``
from the server's database, ``again`` after one more entity per signal.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import tempfile
import time

import numpy as np

from scenebox_ros.server.sessions import entities as raw
from scenebox_ros.server.sessions.entity import Entity
from scenebox_ros.server.sessions.grid import make_grid
from scenebox_ros.server.sessions.resolve import resolve
from scenebox_ros.server.sessions.resolver import bring_up_to_date
from scenebox_ros.server.sessions.schema import SESSIONS
from scenebox_ros.server.sessions.table import make_table, row_of
from scenebox_ros.server.store.database import Database

HOURS_S = 3 * 3600
BEGIN = 1_700_000_000 * 10**9
# Name, type, influence, entities of a million.
SIGNALS = [
    *((f'signal_{i}', 'scalar', 'linear_interpolation', 45_000) for i in range(20)),
    ('geolocation', 'geo', 'geo_interpolation', 54_000),
    ('image', 'media', 'interval', 30_000),
    ('objects', 'state_set', 'interval', 10_000),
    ('gear', 'state', 'affect_forward', 6_000),
]


def generate(total):
    chance = np.random.default_rng(0)
    for name, kind, influence, share in SIGNALS:
        count = share * total // 1_000_000
        times = BEGIN + np.sort(chance.integers(0, HOURS_S * 10**9, count))
        numbers = np.cumsum(chance.normal(size=count)).tolist()
        for i, at in enumerate(times.tolist()):
            start, end = (at, at + 5 * 10**9) if kind == 'state_set' else (None, None)
            text = {'media': f'{name}_{i}', 'state_set': f'["car_{i % 40}"]',
                    'state': f'"{i % 6}"'}.get(kind)  # fmt: skip
            yield Entity(
                f'{name}/{i}', name, kind, influence, at, start, end,
                numbers[i] if kind == 'scalar' else None,
                (47 + numbers[i] * 1e-5, 8 + numbers[i] * 1e-5, float('nan'))
                if kind == 'geo' else None,
                text, 0.0, True,
            )  # fmt: skip


def timed(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def limit(groups, grid):
    """Interpolate every number once with numpy, and count nothing else."""
    instants = grid.instants().astype(np.float64)
    for rows in groups.values():
        at = np.array([row[0] for row in rows], np.float64)
        values = np.array([row[3] or 0.0 for row in rows], np.float64)
        np.interp(instants, at, values)


def pure(groups, grid):
    for (name, kind, influence), rows in groups.items():
        resolve(name, [make_table(kind, influence, rows)], grid)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--entities', type=int, default=1_000_000)
    total = parser.parse_args().entities
    entities = list(generate(total))
    groups = {}
    for one in entities:
        groups.setdefault((one.name, one.type, one.influence), []).append(row_of(one))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / 'bench.sqlite', SESSIONS)
        session = database.write(lambda c: raw.session_number(c, 'me', 'bench'))
        added, _ = timed(lambda: [
            database.write(lambda c, i=i: raw.add(c, session, entities[i:i + 1000]))
            for i in range(0, total, 1000)
        ])  # fmt: skip
        print(f'{total} entities of {HOURS_S} s: added in {added:.1f} s, '
              f'{total / added:,.0f} a second')  # fmt: skip
        for resolution in (1.0, 0.1):
            grid = make_grid(BEGIN, BEGIN + HOURS_S * 10**9, resolution)
            least, _ = timed(lambda grid=grid: limit(groups, grid))
            in_memory, _ = timed(lambda grid=grid: pure(groups, grid))
            stored, _ = timed(lambda grid=grid: bring_up_to_date(database, session, grid))
            more = [
                Entity(f'{name}/more/{resolution}', name, kind, influence, BEGIN + 3 * 10**9, None,
                       None, 1.0, None, None, 0.0, True)
                for name, kind, influence, _ in SIGNALS if kind == 'scalar'
            ]  # fmt: skip
            database.write(lambda c, more=more: raw.add(c, session, more))
            again, _ = timed(lambda grid=grid: bring_up_to_date(database, session, grid))
            print(
                f'grid {resolution} s, {grid.size} cells: pure {in_memory:.2f} s '
                f'({total / in_memory:,.0f} entities a second, {in_memory / least:.1f} x limit), '
                f'store {stored:.2f} s, again {again:.2f} s, limit {least:.2f} s'
            )
        database.close()


if __name__ == '__main__':
    main()
