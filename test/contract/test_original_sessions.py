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
Both generations of the original client against our server, as their users would use them.

``SCENEBOX_ORIGINAL_PYTHON`` names an interpreter that has ``scenebox`` 0.2.81 from PyPI, with
today's versions of what it imports, and ``SCENEBOX_ORIGINAL_PYTHON_0_2_4`` one that has 0.2.4.
"""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import numpy as np
import pytest

from scenebox_ros.codecs.video import VideoOptions, VideoWriter
import scenebox_ros.demo

sys.path.insert(0, str(Path(__file__).parents[1] / 'server'))
from server_support import running  # noqa: E402

SCRIPTS = ('original_client_session', 'original_client_rest')
BAG = Path(scenebox_ros.demo.__file__).parent / 'recordings' / 'luminar' / 'luminar_ros2.mcap'

INTERPRETERS = {
    '0.2.81': 'SCENEBOX_ORIGINAL_PYTHON',
    '0.2.4': 'SCENEBOX_ORIGINAL_PYTHON_0_2_4',
}


def video():
    writer = VideoWriter(options=VideoOptions(encoder='software', quality=10))
    for n in range(20):
        writer.write(np.full((64, 96, 3), n * 10, np.uint8), n * 10**8)
    return writer.close().blob


@pytest.mark.parametrize('script', SCRIPTS)
@pytest.mark.parametrize('generation', INTERPRETERS)
def test_the_original_client_cannot_tell_our_server_from_its_own(generation, script, tmp_path):
    name = INTERPRETERS[generation]
    python = os.environ.get(name)
    if not python:
        pytest.skip(f'{name} names no interpreter with the original client')
    (tmp_path / 'drive.mp4').write_bytes(video())
    shutil.copy(BAG, tmp_path / 'drive.mcap')
    command = [python, Path(__file__).with_name(f'{script}.py')]
    with running(tmp_path / 'server') as server:
        done = subprocess.run(
            [*command, server.url, server.token, generation, str(tmp_path)],
            capture_output=True, text=True, timeout=300, check=False,
            env={'PATH': os.environ['PATH'], 'CACHE_DIR': str(tmp_path / 'cache')},
        )  # fmt: skip
    print(done.stdout)
    failed = [line for line in done.stdout.splitlines() if line.startswith('FAILED')]

    assert failed == [], done.stderr[-1000:]
    assert done.stdout.splitlines()[-1].endswith(' 0 failed'), done.stderr[-2000:]
