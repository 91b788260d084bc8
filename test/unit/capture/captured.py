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

"""Readings, a sink and a capture for tests, with frames that arrive encoded."""

from scenebox_ros.capture import Capture
from scenebox_ros.model.readings import Fix, ImageBlob
from scenebox_ros.model.settings import CaptureSettings, StreamSettings
from scenebox_ros.stamps import NS_PER_S

S = NS_PER_S
T0 = 1_700_000_000 * S


class ListSink:
    """Keeps what it is given."""

    def __init__(self):
        self.records = []

    def put(self, records):
        self.records.extend(records)

    def of(self, kind):
        return [record for record in self.records if record.kind == kind]

    def entities(self):
        return [entity for record in self.of('entities') for entity in record.entities]


def jpeg(stamp_ns=T0, blob=b'\xff\xd8picture', frame_id='cam'):
    return ImageBlob(memoryview(blob), 'jpeg', 4, 3, stamp_ns, frame_id)


def fix(stamp_ns=T0, lat=49.0, lon=8.4, status=0, altitude_m=100.0):
    return Fix(lat, lon, altitude_m, status, None, stamp_ns, 'gps')


def capture(sink=None, **changes):
    streams = {
        '/cam': StreamSettings(role='image', **changes.pop('cam', {})),
        '/gps': StreamSettings(role='fix', **changes.pop('gps', {})),
        '/imu': StreamSettings(role='scalar', **changes.pop('imu', {})),
        '/cam/camera_info': StreamSettings(role='calibration'),
        '/tf_static': StreamSettings(role='transform'),
    }
    for topic in changes.pop('without', ()):
        del streams[topic]
    sink = ListSink() if sink is None else sink
    arguments = {key: changes.pop(key) for key in ['ends_session'] if key in changes}
    settings = CaptureSettings('My Run', streams, **changes)
    return Capture(settings, sink, 'run1', workers=2, **arguments), sink
