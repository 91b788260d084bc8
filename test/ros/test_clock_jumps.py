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

"""Clocks that are set by years, and sessions that nobody saw for hours."""

import json
import time

from node_bench import image, jpeg, LATCHED
from publishing import publish
import pytest
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import String

from scenebox_ros.nodes.journal import Journal, OpenSession
from scenebox_ros.spool import Spool
from scenebox_ros.spool.care import ls

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CAMERA, S = '/cam/compressed', 10**9
EARLY_S, TRUE_S = 700_000, 1_790_000_000


class Drive:
    """A camera and a clock that can be set."""

    def __init__(self, bench):
        self.bench, self.sent, self._ticks = bench, [], 0
        self._clock = bench.node.create_publisher(Clock, '/clock', 10)
        self._camera = bench.node.create_publisher(CompressedImage, CAMERA, 200)

    def tick(self, base_s):
        self._ticks += 1
        now_ns = base_s * S + self._ticks * S // 20
        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(now_ns, S)
        publish(self._clock, message)
        self.bench.spin(0.05)
        return now_ns

    def tick_until(self, base_s, claim, what):
        deadline = time.monotonic() + 60
        while not claim():
            assert time.monotonic() < deadline, what
            self.tick(base_s)

    def frame(self, base_s):
        self.sent.append(self.tick(base_s))
        publish(self._camera, image(self.sent[-1], jpeg()))

    def heard(self):
        return self._camera.get_subscription_count()


def ends(bench):
    """Give when each session ended; they are given to nobody before all else is gone."""
    with Spool(bench.folder / 'spool') as spool:
        listed = [line.id for line in ls(spool) if line.kind == 'end']
    return {key: int(end_ns) for key, _, end_ns in (name.rpartition('_end_') for name in listed)}


def test_a_clock_that_is_set_by_years_begins_another_session_and_loses_nothing(bench):
    drive = Drive(bench)
    with bench.running('session_node', 'use_sim_time:=true'), \
            bench.running('camera_node', 'use_sim_time:=true'):
        drive.tick_until(EARLY_S, lambda: drive.heard() and bench.details('camera_node').get(
            'session', 'none') != 'none', 'the session begins with the clock')
        first = bench.details('camera_node')['session']
        for base_s in (EARLY_S, TRUE_S):
            # A frame that is taken by another time than its own has a stamp that is not believed.
            for _ in range(3):
                drive.tick(base_s)
            for _ in range(40):
                drive.frame(base_s)
            bench.received('camera_node', {CAMERA: len(drive.sent)})
        drive.tick_until(TRUE_S, lambda: bench.details('camera_node').get('session') not in (
            'none', first), 'another session begins')

    records = bench.records()
    kept = {record.stamp_ns: record.session for record in records if record.kind == 'images'}
    assert sorted(kept) == drive.sent
    keys = [kept[stamp_ns] for stamp_ns in drive.sent]
    assert len(set(keys[:40])) == 1
    assert len(set(keys[40:])) == 1
    assert keys[0] != keys[-1]
    ended = ends(bench)
    assert EARLY_S * S < ended[keys[0]] < 2 * EARLY_S * S
    assert ended[keys[-1]] > TRUE_S * S


@pytest.mark.parametrize(('away_s', 'goes_on'), [(600, True), (7 * 3600, False)])
def test_a_session_goes_on_after_a_reboot_but_not_after_a_night(bench, away_s, goes_on):
    heard = []
    bench.node.create_subscription(
        String, '/scenebox/session', lambda msg: heard.append(json.loads(msg.data)), LATCHED)
    seen_ns = time.time_ns() - away_s * S
    (bench.folder / 'spool').mkdir()
    Journal(bench.folder / 'spool').write(
        OpenSession('yesterday', 'yesterday', seen_ns - 60 * S, seen_ns))
    with bench.running('session_node'):
        bench.until(lambda: any(one['key'] for one in heard), 'a session is on')

    keys = {one['key'] for one in heard} - {''}
    assert ('yesterday' in keys) == goes_on
    ended = ends(bench)
    assert len(ended) == (1 if goes_on else 2)
    assert (ended['yesterday'] == seen_ns) == (not goes_on)
