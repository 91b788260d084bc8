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

"""Records of every size, in turn, come back as they were."""

from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits

MB = 1_000_000


def test_records_larger_than_the_scratch_and_small_ones_in_turn_are_taken_as_they_were(tmp_path):
    bodies = [bytes([number]) * size for number, size in enumerate([9 * MB, 10, 9 * MB, 20, 0])]
    with Spool(tmp_path, SpoolLimits(max_bytes=50 * MB, min_free_bytes=0)) as spool:
        spool.put([Record('images', 'run', f'r{number}', body=body)
                   for number, body in enumerate(bodies)])
        taken = spool.take()

    assert [entry.record.body for entry in taken] == bodies
