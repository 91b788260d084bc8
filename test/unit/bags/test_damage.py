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
Recordings with random damage, through the whole way to a sink: never an error, silence or a hang.

``SCENEBOX_FUZZ_S=300`` goes on for so many seconds instead of a few rounds.
"""

import faulthandler
import os
from pathlib import Path
import random
import time

from bag_writers import FILES, FOLDERS
import pytest

from scenebox_ros.bags.recordings import capture

ROUNDS = 25
# Longer than any of these takes, also on a busy machine.
HANG_S = 120


class Counting:
    """A sink that keeps nothing."""

    def put(self, records):
        pass


def cut(chance, body):
    return body[:chance.randrange(len(body))]


def flip(chance, body):
    for _ in range(chance.choice([1, 1, 5, 50])):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return body


def hole(chance, body):
    start, size = chance.randrange(len(body)), chance.choice([1, 16, 512, 4096, 60_000])
    size = min(size, len(body) - start)
    body[start:start + size] = chance.choice([bytes(size), chance.randbytes(size)])
    return body


def lose(chance, body):
    start = chance.randrange(len(body))
    del body[start:start + chance.choice([1, 9, 512, 4096])]
    return body


def insert(chance, body):
    start = chance.randrange(len(body))
    body[start:start] = chance.randbytes(chance.choice([1, 9, 512, 4096]))
    return body


def repeat(chance, body):
    start, place = sorted(chance.sample(range(len(body)), 2))
    body[place:place] = body[start:start + chance.choice([9, 512, 4096])]
    return body


DAMAGES = (cut, flip, hole, lose, insert, repeat)


def damaged(path, chance, folder):
    """Copy a recording, with one or two kinds of damage in one of its files."""
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file())
        (folder / path.name).mkdir()
        for each in files:
            (folder / path.name / each.name).write_bytes(each.read_bytes())
        victim = folder / path.name / chance.choice(files).name
    else:
        victim = folder / path.name
        victim.write_bytes(path.read_bytes())
    if chance.random() < 0.05 and path.is_dir():
        victim.unlink()
        return folder / path.name
    for _ in range(chance.choice([1, 1, 2])):
        body = bytearray(victim.read_bytes())
        if body:
            victim.write_bytes(chance.choice(DAMAGES)(chance, body))
    return folder / path.name


def outcome(path):
    """Give what was read, and whether the report says that it is not all."""
    captures = capture([path], Counting())
    for reason in captures.refused.values():
        assert reason
        assert '\n' not in reason
        assert 'Traceback' not in reason
    reports = captures.ingests.values()
    read = sum(topic.read for report in reports for topic in report.topics.values())
    told = bool(captures.refused) or any(
        not report.is_perfect or report.notes or report.skipped for report in reports)
    return read, told


def check(path, seed, tmp_path):
    folder = tmp_path / f'{path.name}_{seed}'
    folder.mkdir()
    whole, _ = outcome(path)
    victim = damaged(path, random.Random(seed), folder)
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    try:
        read, told = outcome(victim)
    except BaseException as error:
        raise AssertionError(f'{path} with damage {seed}: {type(error).__name__}') from error
    finally:
        faulthandler.cancel_dump_traceback_later()
    # A file without a checksum may have one message more, or another one.
    assert told or read >= whole, f'{path} with damage {seed}: {read} of {whole} and nothing said'
    for each in sorted(folder.rglob('*'), reverse=True):
        each.unlink() if each.is_file() else each.rmdir()


@pytest.fixture(scope='module')
def recordings(tmp_path_factory):
    made = []
    for kind, write in {**FILES, **FOLDERS}.items():
        folder = tmp_path_factory.mktemp(kind)
        made.append(write(folder))
    return made


def test_random_damage_is_reported_and_never_stops_a_recording(recordings, tmp_path):
    until = time.monotonic() + float(os.environ.get('SCENEBOX_FUZZ_S', '0'))
    seed = int(os.environ.get('SCENEBOX_FUZZ_SEED', '0'))
    shared = Path(os.environ.get('SCENEBOX_SHARED', '/nonexistent')) / 'data'
    small = [path for name in ('rosbag2_upstream_a', 'nav2_zstd_file', 'all_types_mcap',
                               'damaged_a/others_fixtures') for path in [shared / name]
             if path.is_dir()]
    paths = list(recordings)
    if until > time.monotonic() and small:
        from scenebox_ros.bags import find_bags

        paths += find_bags(small)
    last = seed + ROUNDS
    while seed < last or time.monotonic() < until:
        check(paths[seed % len(paths)], seed, tmp_path)
        seed += 1
    print(f'{seed} rounds')
