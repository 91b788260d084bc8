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

"""What all tests share: where the recordings are that may not be shipped."""

import os
from pathlib import Path
import sys

from hypothesis import settings
import pytest

ROOT = Path(__file__).parents[1]
# Tests of launch files and of the bridge share the stand-in for launch.
sys.path.insert(0, str(ROOT / 'test' / 'launch'))


@pytest.fixture(scope='session')
def shared():
    """Give the folder of shared recordings, or skip."""
    folder = Path(os.environ.get('SCENEBOX_SHARED', ROOT.parent / 'shared'))
    if not folder.is_dir():
        pytest.skip(f'the shared recordings are not at {folder}')
    return folder


# A busy machine is slow, and slow is not wrong.
settings.register_profile('scenebox', deadline=None)
settings.load_profile('scenebox')
