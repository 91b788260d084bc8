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

"""A local SceneBox server beside the robot's nodes."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description():
    """Describe what is started."""
    return LaunchDescription([
        DeclareLaunchArgument('data', description='folder of the server\'s data'),
        DeclareLaunchArgument('host', default_value='127.0.0.1', description='where it listens'),
        DeclareLaunchArgument('port', default_value='8420', description='where it listens'),
        Node(
            package='scenebox_ros', executable='scenebox', output='screen',
            arguments=[
                'serve', '--data', LaunchConfiguration('data'),
                '--host', LaunchConfiguration('host'), '--port', LaunchConfiguration('port'),
            ],
            respawn=True, respawn_delay=2.0,
        ),
    ])
