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

"""Everything a vehicle needs: sessions, cameras, lidars, GPS and the uploader, from one YAML."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution

from scenebox_ros.nodes.launching import arguments, CONFIG, node


def generate_launch_description():
    """Describe what is started."""
    profile = PathJoinSubstitution([CONFIG, 'fastdds_shm.xml'])
    return LaunchDescription([
        *arguments(),
        DeclareLaunchArgument(
            'upload', default_value='true',
            description='start the uploader, too; false leaves everything in the spool',
        ),
        # Both names: Kilted reads the first, Humble and Jazzy the second.
        SetEnvironmentVariable('FASTDDS_DEFAULT_PROFILES_FILE', profile),
        SetEnvironmentVariable('FASTRTPS_DEFAULT_PROFILES_FILE', profile),
        node('session_node'),
        node('camera_node'),
        node('lidar_node'),
        node('gps_node'),
        node('uploader_node', condition=IfCondition(LaunchConfiguration('upload'))),
    ])
