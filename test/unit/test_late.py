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

"""Names that are imported when they are asked for: the same objects, and nothing before."""

import importlib
import subprocess
import sys

import pytest

from scenebox_ros import client, spool, upload

ROOMS = [client, spool, upload]


@pytest.mark.parametrize('room', ROOMS)
def test_every_name_of_a_room_is_its_modules(room):
    for name, home in room.HOMES.items():
        assert getattr(room, name) is getattr(importlib.import_module(home), name)


@pytest.mark.parametrize('room', [spool, upload])
def test_a_room_says_what_it_has(room):
    assert sorted(room.__all__) == sorted(room.HOMES)
    with pytest.raises(AttributeError, match=r"has no 'Nonsense'; it has "):
        _ = room.Nonsense


def test_an_export_loads_nothing_that_only_other_recordings_or_verbs_need():
    said = 'import sys, scenebox_ros.cli.export; print(*sys.modules, sep="\\n")'
    done = subprocess.run([sys.executable, '-c', said], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())

    assert 'scenebox_ros.bags.export' in loaded
    assert not loaded & {
        'scenebox_ros.upload.uploader', 'scenebox_ros.spool.spool', 'httpx', 'lmdb', 'cv2',
        'rosbags', 'scenebox_ros.bags.sqlite_file', 'scenebox_ros.bags.sqlite_records',
        'scenebox_ros.bags.ros1_file', 'scenebox_ros.bags.ros1_records', 'sqlite3',
        'scenebox_ros.capture.videos', 'scenebox_ros.capture.recovery', 'tempfile', 'csv', 'yaml'}


def test_a_short_command_looks_for_garbage_among_what_it_made_since_it_started(tmp_path):
    said = (
        'import gc, sys; from scenebox_ros.cli import console, main;'
        'console.ReadingBar.__enter__ = lambda bar: ('
        '    print(gc.isenabled(), gc.get_freeze_count() > 9_000, gc.get_count()[0] < 9_000));'
        f'sys.argv[1:] = ["export", {str(tmp_path)!r}, "-o", "out"]; main.main()')
    (tmp_path / 'broken.mcap').write_bytes(b'nothing')
    done = subprocess.run([sys.executable, '-c', said], capture_output=True, text=True, check=True)

    assert done.stdout.split()[:3] == ['True', 'True', 'True']


@pytest.mark.parametrize('verb, is_short', [('export', True), ('serve', False)])
def test_a_short_command_looks_for_garbage_seldom_and_not_at_its_end(verb, is_short):
    said = (
        'import atexit, gc, sys; from scenebox_ros.cli.main import main;'
        # What is registered first is called last.
        'atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 9_000));'
        f'sys.argv[1:] = [{verb!r}, "--help"]; main()')
    done = subprocess.run([sys.executable, '-c', said], capture_output=True, text=True, check=True)

    seldom, is_frozen = done.stdout.split()[-2:]
    assert (int(seldom) > 9_000, is_frozen) == (is_short, str(is_short))


@pytest.mark.parametrize('channels, shape', [('rgb', (9, 16, 3)), ('mono', (9, 16))])
def test_a_jpeg_of_8_bits_is_made_without_opencv(channels, shape):
    said = (
        'import sys, numpy; from scenebox_ros.codecs.images import encode_jpeg;'
        'from scenebox_ros.model.readings import ImageFrame;'
        f'pixels = numpy.zeros({shape}, numpy.uint8);'
        f'encode_jpeg(ImageFrame(pixels, {channels!r}, "", 0, "", memoryview(b"")));'
        'print(*sys.modules)')
    done = subprocess.run([sys.executable, '-c', said], capture_output=True, text=True, check=True)

    assert 'simplejpeg' in done.stdout.split()
    assert 'cv2' not in done.stdout.split()
