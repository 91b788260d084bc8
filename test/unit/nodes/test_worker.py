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

"""The worker that takes messages from the intake to the sink."""

from types import SimpleNamespace

from scenebox_ros.capture import Capture
from scenebox_ros.errors import SpoolError
from scenebox_ros.model.settings import CaptureSettings, StreamSettings
from scenebox_ros.nodes.intake import Intake, Item
from scenebox_ros.nodes.worker import Worker

TOPIC, MSGTYPE = '/cam', 'sensor_msgs/msg/Image'


class Sink:
    """Keep what is put, in the parts in which it came."""

    def __init__(self):
        self.parts = []

    def put(self, records):
        self.parts.append([record.stamp_ns for record in records if record.kind == 'images'])


class BrokenSink:
    """A disk that fails."""

    def put(self, records):
        raise SpoolError('the disk fails')


def item(number):
    stamp = SimpleNamespace(sec=number, nanosec=0)
    msg = SimpleNamespace(
        header=SimpleNamespace(stamp=stamp, frame_id='cam'), encoding='mono8', width=4, height=4,
        step=4, is_bigendian=0, data=bytes(16))
    return Item(TOPIC, MSGTYPE, msg, number * 10**9, 16)


def work_through(sink, numbers):
    intake = Intake(1000, 10**9)
    worker = Worker(intake, lambda: 0)
    settings = CaptureSettings('run', {TOPIC: StreamSettings(role='image')})
    worker.use(Capture(settings, sink, 'run'))
    for number in numbers:
        assert intake.offer(item(number))
    worker.start()
    worker.stop()
    return worker


def test_messages_that_wait_together_are_stored_together():
    sink = Sink()
    work_through(sink, range(1, 101))

    stored = [stamp_ns for part in sink.parts for stamp_ns in part]
    assert stored == [number * 10**9 for number in range(1, 101)]
    assert len(sink.parts) < 50


def test_a_disk_that_fails_does_not_end_the_worker():
    worker = work_through(BrokenSink(), range(1, 11))

    assert 'the disk fails' in worker.failure
