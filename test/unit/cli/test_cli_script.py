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

"""The command as ROS installs it, read again by the processes that work for it."""

from pathlib import Path
import runpy

SCRIPT = Path(__file__).parents[3] / 'scripts' / 'scenebox'


def test_a_process_that_works_for_the_command_does_not_run_it_again():
    names = runpy.run_path(str(SCRIPT), run_name='__mp_main__')

    assert callable(names['main'])
