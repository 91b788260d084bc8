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

"""
The durable queue on disk: several writers, one uploader, bounded, and nothing lost.

What is exported here is imported when it is asked for: a queue in memory needs entries alone.
"""

from typing import TYPE_CHECKING

from scenebox_ros.late import late

if TYPE_CHECKING:
    from scenebox_ros.spool.entry import Entry
    from scenebox_ros.spool.limits import Policy, SpoolLimits
    from scenebox_ros.spool.spool import Spool
    from scenebox_ros.spool.stat import SpoolStat, StreamStat

__all__ = ['Entry', 'Policy', 'Spool', 'SpoolLimits', 'SpoolStat', 'StreamStat']
HOMES = {
    'Entry': 'scenebox_ros.spool.entry',
    'Policy': 'scenebox_ros.spool.limits',
    'Spool': 'scenebox_ros.spool.spool',
    'SpoolLimits': 'scenebox_ros.spool.limits',
    'SpoolStat': 'scenebox_ros.spool.stat',
    'StreamStat': 'scenebox_ros.spool.stat',
}
__getattr__ = late(__name__, HOMES)
