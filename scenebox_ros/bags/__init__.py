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

"""Recordings: read any bag, whole or broken, plan what becomes of it, and capture it offline."""

from scenebox_ros.bags.bag import Bag, BagMessage, open_bag, TopicInfo
from scenebox_ros.bags.files import find_bags
from scenebox_ros.bags.ingest import ingest
from scenebox_ros.bags.overrides import load_overrides, Overrides, parse_stream_flag
from scenebox_ros.bags.plan import plan, plan_rows, PlannedStream
from scenebox_ros.bags.report import IngestReport, Progress, TopicReport
from scenebox_ros.bags.storage import Loss

__all__ = [
    'Bag', 'BagMessage', 'find_bags', 'ingest', 'IngestReport', 'load_overrides', 'Loss',
    'open_bag', 'Overrides', 'parse_stream_flag', 'plan', 'plan_rows', 'PlannedStream',
    'Progress', 'TopicInfo', 'TopicReport',
]
