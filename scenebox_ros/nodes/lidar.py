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

"""``lidar_node``: point clouds of any number of lidars, as PCD with all their fields."""

from __future__ import annotations

from scenebox_ros.nodes.managed import run
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.sensor import SensorNode
from scenebox_ros.nodes.sensor_options import SNAPSHOT_OPTIONS

OPTIONS = (
    *SNAPSHOT_OPTIONS,
    Option(
        'lidar_format', 'binary', 'how points are stored', is_live=True,
        choices=('binary', 'binary_compressed', 'ascii', 'numpy', 'packets'),
    ),
    Option('fields', [], 'fields of the points to keep; empty: all'),
    Option('keep_padding', False, 'keep the gaps between fields as they are', is_live=True),
    Option('drop_nan', False, 'leave out points without a position', is_live=True),
    Option('min_range_m', 0.0, 'leave out nearer points; 0: none', 0.0, 1e6, is_live=True),
    Option('max_range_m', 0.0, 'leave out farther points; 0: none', 0.0, 1e6, is_live=True),
    Option('every_nth_point', 1, 'keep one point of n', 1, 1_000_000, is_live=True),
    Option('voxel_m', 0.0, 'keep one point per cube of this edge; 0: all', 0.0, 1e6, True),
    Option('deskew_to', '', 'undo the motion within a scan, by /tf up to this frame (odom)'),
)


def main() -> int:
    """Run the node."""
    return run(lambda: SensorNode('lidar_node', ('lidar',), OPTIONS))
