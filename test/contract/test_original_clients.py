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
The original client against a real server.

``SCENEBOX_ORIGINAL_PYTHON`` names an interpreter that has ``scenebox`` 0.2.81 from PyPI (Python
3.11 at most), ``SCENEBOX_ORIGINAL_PYTHON_0_2_4`` one that has 0.2.4; without, tests are skipped.
"""

import os
from pathlib import Path
import subprocess
import sys

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / 'server'))

from server_support import running  # noqa: E402

INTERPRETERS = ('SCENEBOX_ORIGINAL_PYTHON', 'SCENEBOX_ORIGINAL_PYTHON_0_2_4')


@pytest.mark.parametrize('interpreter', INTERPRETERS)
def test_the_original_asset_and_job_clients_work_as_their_users_know_them(interpreter, tmp_path):
    python = os.environ.get(interpreter)
    if not python:
        pytest.skip(f'{interpreter} names no interpreter with the original client')
    script = Path(__file__).with_name('original_asset_client.py')
    with running(tmp_path / 'data') as server:
        command = [python, str(script), server.url, server.token, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith('all parts passed\n')
