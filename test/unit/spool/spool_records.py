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

"""Records to put into spools, and bounds small enough to reach."""

from scenebox_ros.model.records import Record
from scenebox_ros.spool import SpoolLimits

MB = 1_000_000


def record(name, size=100, **changes):
    fields = {
        'kind': 'images', 'session': 'run', 'id': name, 'stream': '/cam', 'stamp_ns': 5,
        'document': {'width': 3, 'aux': {'topic': '/cam'}}, 'entities': ({'entity_id': name},),
        'body': (name.encode() * size)[:size], 'content_type': 'image/jpeg', 'sha256': 'f00',
    }
    return Record(**{**fields, **changes})


def small(**changes):
    return SpoolLimits(**{'max_bytes': MB, 'min_free_bytes': 0, **changes})


def names(entries):
    return [entry.record.id for entry in entries]
