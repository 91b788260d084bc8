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

"""``scenebox fsck`` and ``scenebox backup`` on a server's folder."""

import json

from scenebox_ros.cli.main import main
from scenebox_ros.server.app import create_app


def folder_of_a_server(tmp_path):
    create_app(tmp_path / 'data').core.close()
    return tmp_path / 'data'


def test_a_server_s_folder_is_clean_and_so_is_its_copy(tmp_path, capsys):
    data = folder_of_a_server(tmp_path)

    assert main(['fsck', '--data', str(data), '--json']) == 0
    assert main(['backup', '--data', str(data), '--to', str(tmp_path / 'copy'), '--json']) == 0
    assert all(json.loads(line)['clean'] for line in capsys.readouterr().out.splitlines())
    assert main(['backup', '--data', str(data), '--to', str(tmp_path / 'copy')]) == 6


def test_a_folder_that_is_no_server_s_is_damaged(tmp_path, capsys):
    assert main(['fsck', '--data', str(tmp_path)]) == 1
    assert "is not a server's folder" in capsys.readouterr().out
