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

"""The parameters of all our nodes, by node; reading them imports all nodes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.sensor_options import options_of

NODES = ('session', 'camera', 'lidar', 'gps', 'uploader', 'bag_upload')
SENSORS = ('camera', 'lidar', 'gps')


def all_options() -> dict[str, Sequence[Option]]:
    """Give the options of every node, by its name."""
    found: dict[str, Sequence[Option]] = {}
    for node in NODES:
        own = import_module(f'scenebox_ros.nodes.{node}').OPTIONS
        found[f'{node}_node'] = options_of(own) if node in SENSORS else own
    return found
