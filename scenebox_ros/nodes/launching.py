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

"""What the launch files share; needs the launch packages and no node."""

from __future__ import annotations

from typing import Any

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

CONFIG = PathJoinSubstitution([FindPackageShare('scenebox_ros'), 'config'])


def arguments() -> list[Any]:
    """Declare the arguments that every launch file of ours takes."""
    declared = [
        ('params_file', PathJoinSubstitution([CONFIG, 'bridge.yaml']), 'parameters of the nodes'),
        ('settings', PathJoinSubstitution([CONFIG, 'streams.yaml']),
         'settings by topic, the same file as for scenebox upload; params_file may name another'),
        ('namespace', '', 'namespace of the nodes'),
        ('use_sim_time', 'false', 'take the time from /clock'),
        ('log_level', 'info', 'debug, info, warn or error'),
    ]
    return [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, default, text in declared
    ]


def node(executable: str, respawn: bool = True, **options: Any) -> Any:
    """Start one of our nodes; one that crashed comes back and goes on where it was."""
    parameters = [
        # First, so that what params_file says wins.
        {'settings': LaunchConfiguration('settings')},
        LaunchConfiguration('params_file'),
        {'use_sim_time': LaunchConfiguration('use_sim_time')},
        *options.pop('parameters', []),
    ]
    return Node(
        package='scenebox_ros',
        executable=executable,
        name=executable,
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        parameters=parameters,
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        respawn=respawn,
        respawn_delay=2.0,
        # SIGINT is all a node needs; killed before its time, it would lose what it had not stored.
        sigterm_timeout='20',
        sigkill_timeout='10',
        **options,
    )


def only(executable: str) -> Any:
    """Describe a launch of one node."""
    return LaunchDescription([*arguments(), node(executable)])
