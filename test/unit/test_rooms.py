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

"""The house rules that a machine can check: rooms, what only one room may import, sizes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / 'scenebox_ros'

# Low to high: a room imports itself and what stands in a row before its own.
ROWS = [
    ['__init__', 'errors', 'late', 'memory', 'stamps'],
    ['ids'],
    ['model'],
    ['wire'],
    ['codecs'],
    ['decode'],
    ['client', 'spool', 'capture'],
    ['upload'],
    ['bags'],
    ['server'],
    ['demo'],
    ['nodes', 'cli'],
]
RANK = {room: rank for rank, row in enumerate(ROWS) for room in row}
ONLY_HOME = {
    'rclpy': {'nodes'},
    'httpx': {'client'},
    'tenacity': {'client'},
    'starlette': {'server'},
    'uvicorn': {'server'},
    'rosbags': {'bags', 'demo'},
    'mcap': {'bags'},
    'cv2': {'codecs', 'demo'},
    'simplejpeg': {'codecs'},
    'av': {'codecs'},
    'lmdb': {'spool'},
    'sqlite3': {'server', 'bags'},
    'distributed': {'bags', 'server'},
    'dask': {'bags', 'server'},
}


def modules():
    return sorted(PACKAGE.rglob('*.py'))


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix('').parts[0]


def imports(path, source=None):
    """Every module that a file imports, anywhere in it, as a dotted name."""
    package = ('scenebox_ros', *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(source or path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = '.'.join([*base, *([node.module] if node.module else [])])
            if name == 'scenebox_ros':
                yield from (f'{name}.{alias.name}' for alias in node.names)
            else:
                yield name


def rank_of(dotted):
    parts = dotted.split('.')
    return RANK.get(parts[1], 0) if len(parts) > 1 else 0


@pytest.mark.parametrize('path', modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_below_it(path):
    room = room_of(path)
    for name in imports(path):
        if name.split('.')[0] != 'scenebox_ros':
            continue
        other = [*name.split('.'), '__init__'][1]
        assert room == other or rank_of(name) < RANK[room], f'{path} imports {name}'


@pytest.mark.parametrize('path', modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_library_is_imported_only_in_its_home(path):
    for name in imports(path):
        top = name.split('.')[0]
        assert room_of(path) in ONLY_HOME.get(top, {room_of(path)}), f'{path} imports {name}'


def test_no_file_passes_400_lines():
    tree = [path for top in ['scenebox_ros', 'test', 'bench', 'launch'] for path in
            (ROOT / top).rglob('*.py')]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tree}

    assert tree
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_every_room_has_a_rank():
    assert {room_of(path) for path in modules()} <= set(RANK)


def test_the_import_reader_sees_every_form():
    path = PACKAGE / 'spool' / 'made_up.py'
    source = (
        'import a.b\nfrom scenebox_ros import ids\n'
        'def f():\n    from ..client.http import Http\n'
    )

    assert list(imports(path, source)) == ['a.b', 'scenebox_ros.ids', 'scenebox_ros.client.http']
