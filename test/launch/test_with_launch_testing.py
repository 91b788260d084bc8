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

"""The bridge under the real launch packages; runs where ROS is installed (see docs)."""

import unittest

import pytest

launch_testing = pytest.importorskip(
    'launch_testing', reason='launch_testing has no wheels; install ROS 2 to run this')
if not hasattr(launch_testing, 'post_shutdown_test'):
    pytest.skip('the stand-in is not launch_testing', allow_module_level=True)

from launch import LaunchDescription  # noqa: E402
from launch.actions import IncludeLaunchDescription  # noqa: E402
from launch.launch_description_sources import PythonLaunchDescriptionSource  # noqa: E402
from launch.substitutions import PathJoinSubstitution  # noqa: E402
from launch_ros.substitutions import FindPackageShare  # noqa: E402
import launch_testing.actions  # noqa: E402
import launch_testing.asserts  # noqa: E402


@pytest.mark.launch_test
def generate_test_description():
    bridge = PathJoinSubstitution(
        [FindPackageShare('scenebox_ros'), 'launch', 'bridge.launch.py'])
    return LaunchDescription([
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(bridge), launch_arguments=[('upload', 'false')]),
        launch_testing.actions.ReadyToTest(),
    ])


class TestBridge(unittest.TestCase):
    def test_a_session_opens(self, proc_output):
        proc_output.assertWaitFor('is on', timeout=20)


@launch_testing.post_shutdown_test()
class TestEnd(unittest.TestCase):
    def test_every_node_ends_cleanly(self, proc_info):
        launch_testing.asserts.assertExitCodes(proc_info)
