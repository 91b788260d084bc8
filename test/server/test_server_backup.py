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

"""A copy of a running server is a server."""

import json
import os
import threading

import pytest
from server_support import running

from scenebox_ros.cli.main import main
from scenebox_ros.errors import StorageError
from scenebox_ros.server.backup import backup
from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.store.documents import Owner
from scenebox_ros.server.store.naming import Name

ME = Owner('scenebox')


def fill(core, names, stop=None):
    for name in names:
        size = 1_200_000 if name.endswith('0') else 5000
        stored = core.objects.put(Name('scenebox', name), os.urandom(size))
        core.documents.put(ME, 'images', name, {'object_access': {'uri': stored.uri}})
        if stop is not None and stop.is_set():
            return


def test_a_copy_made_under_load_is_whole_and_can_be_served(tmp_path):
    with running(tmp_path / 'data') as server:
        fill(server.core, [f'before{n}' for n in range(20)])
        stop = threading.Event()
        names = [f'during{n}' for n in range(100_000)]
        load = threading.Thread(target=fill, args=(server.core, names, stop))
        load.start()
        report = backup(tmp_path / 'data', tmp_path / 'copy')
        stop.set()
        load.join()
        token = server.token
        hashes = {f'before{n}': server.core.objects.find('scenebox', f'before{n}').sha256
                  for n in range(20)}

    assert (report.problems, report.dangling) == ([], [])
    (tmp_path / 'copy' / 'token').write_text(token)
    with running(tmp_path / 'copy') as restored, restored.client() as http:
        assert http.get('/auth').json()['username'] == 'superadmin'
        for name, sha256 in hashes.items():
            stored = restored.core.objects.find('scenebox', name)
            assert stored.sha256 == sha256
            restored.core.objects.read(stored)
    assert fsck(tmp_path / 'copy').is_clean


def test_a_copy_goes_into_a_new_folder_only(tmp_path):
    (tmp_path / 'copy').mkdir()

    with pytest.raises(StorageError, match='exists'):
        backup(tmp_path, tmp_path / 'copy')
    with pytest.raises(StorageError, match='not a server'):
        backup(tmp_path, tmp_path / 'other')


def test_the_commands_copy_and_check_a_running_server(tmp_path, capsys):
    with running(tmp_path / 'data') as server:
        copy = str(tmp_path / 'copy')
        fill(server.core, ['one', 'two'])
        (tmp_path / 'data' / 'models').mkdir()
        (tmp_path / 'data' / 'models' / 'm.json').write_text('{}')
        assert main(['backup', '--data', str(tmp_path / 'data'), '--to', copy]) == 0
        assert main(['fsck', '--data', str(tmp_path / 'data')]) == 0
    capsys.readouterr()

    assert main(['fsck', '--json', '--data', str(tmp_path / 'copy')]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report['objects'], report['problems']) == (2, [])
    assert (tmp_path / 'copy' / 'models' / 'm.json').is_file()


def test_the_command_tells_damage_by_its_exit_code(tmp_path, capsys):
    with running(tmp_path / 'data') as server:
        fill(server.core, ['one'])
    (segment,) = (tmp_path / 'data' / 'segments').glob('*.seg')
    segment.write_bytes(b'x' * segment.stat().st_size)

    assert main(['fsck', '--data', str(tmp_path / 'data')]) == 1
    assert 'problems: ' in capsys.readouterr().out
