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

"""The stand-in's own promise: what is to respawn comes back after its delay, and only that."""

import sys
import time

import pytest
import standin

pytestmark = pytest.mark.ros


def wait_until(claim):
    deadline = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def context():
    made = standin.Context({})
    sleeper = [sys.executable, '-c', 'print("begun", flush=True); import time; time.sleep(600)']
    made.processes = [('back', sleeper), ('gone', sleeper)]
    made.respawn_delays = {'back': 0.5}
    return made


def test_what_is_to_respawn_comes_back_and_only_that(context, tmp_path):
    with standin.Running(context, tmp_path) as running:
        for name in ('back', 'gone'):
            running.kill(name)
        wait_until(lambda: running.respawned['back'])
        wait_until(lambda: running.poll()['back'] is None)

        assert running.respawned == {'back': 1}
        assert running.poll() == {'back': None, 'gone': -9}


def test_nothing_comes_back_once_a_launch_ends(context, tmp_path):
    context.respawn_delays = {'back': 60.0}
    with standin.Running(context, tmp_path) as running:
        running.kill('back')

    assert running.poll()['back'] == -9
    assert not running.respawned
