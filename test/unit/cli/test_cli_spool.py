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

"""``scenebox spool`` and ``scenebox status``, as an operator types them."""

from dataclasses import replace
import json
import os
import subprocess
import sys

import pytest

from scenebox_ros.cli.main import main
from scenebox_ros.cli.outcome import Exit
from scenebox_ros.errors import SpoolError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits


def record(name, stream='/cam'):
    return Record(kind='images', session='run', id=name, stream=stream, body=b'x' * 1000)


@pytest.fixture
def folder(tmp_path):
    """A spool with three records, one of them set aside."""
    with Spool(tmp_path / 'spool', SpoolLimits(7_000_000, min_free_bytes=0)) as spool:
        spool.put([record('a'), record('b', '/rear'), record('c')])
        spool.set_aside(spool.take(1)[0], 'the server refuses it')
    return tmp_path / 'spool'


@pytest.fixture
def typed(folder, capsys):
    """Type a command; gives the exit code and the JSON lines."""

    def run(*words):
        code = main([*words, '--spool', str(folder), '--json'])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_ls_lists_what_waits_and_what_is_set_aside(typed):
    assert [line['id'] for line in typed('spool', 'ls')[1]] == ['b', 'c']
    assert [line['id'] for line in typed('spool', 'ls', '--topic', '/rear')[1]] == ['b']
    assert [line['id'] for line in typed('spool', 'ls', '--limit', '1')[1]] == ['b']
    (aside,) = typed('spool', 'ls', '--aside')[1]
    assert (aside['id'], aside['reason']) == ('a', 'the server refuses it')


def test_stat_counts_and_its_exit_code_tells_of_what_is_set_aside(typed):
    code, (stat,) = typed('spool', 'stat')

    assert code == 1
    assert stat['total']['entries'] == 2
    assert stat['limit_bytes'] == 7_000_000
    assert stat['streams']['/cam']['aside'] == 1


def test_verify_finds_sound_entries(typed):
    assert typed('spool', 'verify') == (0, [{'sound': 2, 'damaged': 0}])


def test_retry_brings_back_and_purge_deletes(typed):
    assert typed('spool', 'retry', '--topic', '/rear')[1] == [{'back in the queue': 0}]
    assert typed('spool', 'retry')[1] == [{'back in the queue': 1}]
    assert typed('spool', 'purge')[1] == [{'deleted': 0}]
    assert typed('spool', 'purge', '--waiting', '--older-than-h', '1')[1] == [{'deleted': 0}]
    assert typed('spool', 'purge', '--waiting', '--topic', '/cam')[1] == [{'deleted': 2}]
    assert [line['id'] for line in typed('spool', 'ls')[1]] == ['b']


def test_repair_brings_what_is_sound_of_a_file_that_was_cut_off_and_rebind_frees_it(typed, folder):
    with Spool(folder) as spool:
        spool.bind_server('http://old')
        spool.put([replace(record(f'more{number}'), body=bytes(7000)) for number in range(500)])
    file = folder / 'data.mdb'
    os.truncate(file, file.stat().st_size // 2)
    # A process of its own: reading beyond the end of a file kills it.
    verify = subprocess.run(
        [sys.executable, '-m', 'scenebox_ros.cli.main', 'spool', 'verify', '--spool', folder],
        capture_output=True, text=True, check=False)
    assert 'bytes are missing; stop what uses it, then: scenebox spool repair' in verify.stderr

    code, (said,) = typed('spool', 'repair')

    (text, number), = said.items()
    assert (code, text.partition(';')[0]) == (0, 'records are in a new file')
    assert 50 < number < 503
    assert typed('spool', 'verify') == (0, [{'sound': number, 'damaged': 0}])
    with Spool(folder) as spool:
        spool.bind_server('http://old')
        assert spool.limits.max_bytes == 7_000_000
        assert main(['spool', 'repair', '--spool', str(folder)]) == Exit.OTHER
    assert typed('spool', 'rebind')[1] == [{'go to the next server': number}]
    with Spool(folder) as spool:
        spool.bind_server('http://new')
        with pytest.raises(SpoolError, match='scenebox spool rebind --spool'):
            spool.bind_server('http://old')


def test_counts_are_not_negative(capsys):
    with pytest.raises(SystemExit, match=str(Exit.USAGE.value)):
        main(['spool', 'ls', '--limit', '-1'])
    assert "'-1' is no count" in capsys.readouterr().err


def test_tables_for_people_name_topics_and_sessions(folder, capsys):
    main(['spool', 'stat', '--spool', str(folder)])
    main(['spool', 'ls', '--spool', str(folder)])

    told = capsys.readouterr().out
    assert '2 records waiting' in told
    assert 'session run: not on the server yet' in told
    assert '/rear' in told


def test_a_folder_without_a_spool_is_refused_and_not_made(tmp_path, capsys):
    assert main(['spool', 'stat', '--spool', str(tmp_path / 'none')]) == 2
    assert 'there is no spool in' in capsys.readouterr().err
    assert not (tmp_path / 'none').exists()


def test_status_tells_of_the_spool_where_no_node_can_be_heard(typed):
    code, (told,) = typed('status', '--wait', '0')

    assert code == 1
    assert told['nodes'] == {}
    assert told['spool']['total']['entries'] == 2
