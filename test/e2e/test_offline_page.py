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

"""The examples of docs/offline.md, as they stand there."""

import re
import shutil
import subprocess

from e2e_support import ROOT
import pytest

from scenebox_ros.bags import load_overrides

pytestmark = pytest.mark.e2e
PAGE = (ROOT / 'docs' / 'offline.md').read_text()


def examples():
    blocks = re.findall(r'```sh\n(.*?)```', PAGE, re.DOTALL)
    # The cluster has a test of its own, and so has installing.
    return [block for block in blocks if 'pip install' not in block]


@pytest.mark.parametrize('script', examples(), ids=lambda text: text.split('\n')[0])
def test_an_example_works(script, server, environment, command, small_drive, tmp_path):
    shutil.copytree(small_drive, tmp_path / 'recordings' / 'small_drive')
    shutil.copytree(ROOT / 'config', tmp_path / 'config')
    env = {**environment, 'PATH': f'{command}:{environment["PATH"]}',
           'SCENE_ENGINE_URL': server.url, 'SCENEBOX_TOKEN': server.token}

    done = subprocess.run(['bash', '-c', f'set -e -o pipefail\n{script}'], cwd=tmp_path, env=env,
                          capture_output=True, text=True, timeout=200, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_an_example_of_every_way():
    for words in ['inspect', 'upload', 'verify', 'export', '--server-side', '--dask']:
        assert any(words in block for block in re.findall(r'```sh\n(.*?)```', PAGE, re.DOTALL))


def test_the_flags_of_the_page_exist(scenebox):
    told = ''.join(scenebox(verb, '--help').stdout for verb in ('upload', 'export', 'inspect'))
    for flag in sorted(set(re.findall(r'--[a-z]+(?:-[a-z]+)*', PAGE))):
        assert flag in told, flag


def test_the_settings_file_is_valid():
    overrides = load_overrides(ROOT / 'config' / 'streams.yaml')

    assert overrides.of('/camera/front')['max_rate_hz'] == 0.0
    assert overrides.of('/gps/fix') == {'priority': 10}


def test_a_setting_that_concerns_no_topic_is_told(scenebox, small_drive, tmp_path):
    done = scenebox('export', small_drive, '-o', tmp_path, '--stream', '/camra/.*:role=skip')

    assert done.returncode == 0
    assert "'/camra/.*' concern no topic" in done.stdout
