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

"""Bring recordings into the spool, and from there to the server."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration

from scenebox_ros.nodes.launching import arguments, node


def generate_launch_description():
    """Describe what is started."""
    bag = {'path': LaunchConfiguration('bag')}
    return LaunchDescription([
        *arguments(),
        DeclareLaunchArgument('bag', description='a recording, or a folder of recordings'),
        DeclareLaunchArgument('upload', default_value='true', description='start the uploader'),
        node('bag_upload_node', respawn=False, parameters=[bag]),
        node('uploader_node', condition=IfCondition(LaunchConfiguration('upload'))),
    ])
