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

"""A real server, once per module, and both clients of it."""

from pathlib import Path
import sys

import pytest

from scenebox_ros.client import AssetManagerClient, SceneEngineClient

sys.path.insert(0, str(Path(__file__).parents[1] / 'server'))


@pytest.fixture(scope='module')
def platform(tmp_path_factory):
    from server_support import running

    with running(tmp_path_factory.mktemp('scenebox')) as started:
        yield started


@pytest.fixture(scope='module')
def engine(platform):
    with SceneEngineClient(platform.token, platform.url) as client:
        yield client


@pytest.fixture
def assets(platform, monkeypatch, tmp_path):
    """Give the asset manager of images; its disk cache is of this test alone."""
    monkeypatch.setenv('CACHE_DIR', str(tmp_path / 'cache'))
    with AssetManagerClient('images', f'{platform.url}/v1', auth_token=platform.token) as client:
        yield client


@pytest.fixture
def finish(platform):
    """Wait for a job of the server; give its result."""
    return lambda job_id: platform.core.jobs.wait(job_id, 60)
