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
The original clients against our server, as their users would use them.

Each generation needs an interpreter of its own that has it, with today's versions of what it
imports. Name them: ``SCENEBOX_CLIENT_0_2_81=/path/to/python SCENEBOX_CLIENT_0_2_4=...``.
"""

import os
from pathlib import Path
import subprocess
import sys

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / 'server'))
from server_support import running  # noqa: E402

SCRIPT = Path(__file__).with_name('original_client_session.py')


@pytest.mark.parametrize('generation', ['0.2.81', '0.2.4'])
def test_the_original_client_cannot_tell_our_server_from_its_own(generation, tmp_path):
    name = f'SCENEBOX_CLIENT_{generation.replace(".", "_")}'
    python = os.environ.get(name)
    if not python:
        pytest.skip(f'{name} names no interpreter with the original client')
    with running(tmp_path / 'server') as server:
        done = subprocess.run(
            [python, SCRIPT, server.url, server.token, generation, str(tmp_path)],
            capture_output=True, text=True, timeout=300, check=False,
            env={'PATH': os.environ['PATH'], 'CACHE_DIR': str(tmp_path / 'cache')},
        )  # fmt: skip
    failed = [line for line in done.stdout.splitlines() if line.startswith('FAILED')]

    assert failed == [], done.stderr[-1000:]
    assert done.stdout.splitlines()[-1].endswith(' 0 failed'), done.stderr[-2000:]
