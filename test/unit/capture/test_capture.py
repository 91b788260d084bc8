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

"""Capture from readings to records, with frames that arrive encoded (no codec is needed)."""

from hypothesis import given, settings as hypothesis_settings, strategies as st
import pytest

from scenebox_ros import ids
from scenebox_ros.capture import Capture
from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.readings import Calibration, Fix, ImageBlob, Sample, Text, Transform
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


def test_a_session_opens_first_and_ends_last():
    cap, sink = capture()
    cap.add('/cam', jpeg(T0), T0)
    cap.add('/cam', jpeg(T0 + S), T0 + S)
    report = cap.close()

    assert [record.kind for record in sink.records] == ['session', 'images', 'images', 'end']
    assert sink.records[0].document['name'] == 'My Run'
    assert sink.records[0].document['sets_prefix'] == 'my_run'
    assert sink.records[-1].document == {'start_ns': T0, 'end_ns': T0 + S}
    assert (report.start_ns, report.end_ns) == (T0, T0 + S)


def test_nothing_in_gives_nothing_out():
    cap, sink = capture()
    cap.close()

    assert sink.records == []


def test_closing_twice_ends_once():
    cap, sink = capture()
    cap.add('/cam', jpeg(), T0)
    cap.close()
    cap.close()

    assert len(sink.of('end')) == 1


def test_one_of_several_captures_leaves_the_session_open():
    cap, sink = capture(ends_session=False)
    cap.add('/cam', jpeg(), T0)
    cap.close()

    assert not sink.of('end')


def test_a_jpeg_passes_through_byte_for_byte():
    cap, sink = capture()
    cap.add('/cam', jpeg(blob=b'\xff\xd8abc'), T0 + 5)
    cap.close()

    (record,) = sink.of('images')
    assert bytes(record.body) == b'\xff\xd8abc'
    assert record.content_type == 'image/jpeg'
    assert record.sha256 == ids.sha256(b'\xff\xd8abc')
    assert record.document['format'] == 'JPEG'
    assert (record.document['width'], record.document['height']) == (4, 3)
    assert record.document['sensor'] == 'cam'
    assert record.document['num_bytes'] == 5
    assert record.document['aux']['topic'] == '/cam'
    assert record.document['aux']['stamp_ns'] == str(T0)
    assert record.document['aux']['received_ns'] == str(T0 + 5)


def test_an_asset_has_its_entity_for_the_timeline():
    cap, sink = capture()
    cap.add('/cam', jpeg(), T0)
    cap.close()

    (record,) = sink.of('images')
    (entity,) = record.entities
    assert entity['entity_name'] == 'image'
    assert entity['entity_type'] == 'media'
    assert entity['influence'] == 'interval'
    assert entity['media_asset_id'] == entity['entity_value'] == record.id
    assert entity['timestamp'] == record.document['timestamp']


def test_a_frame_waits_for_the_next_fix_and_gets_the_position_between():
    cap, sink = capture()
    cap.add('/gps', fix(T0, lat=49.0), T0)
    cap.add('/cam', jpeg(T0 + S // 4), T0 + S // 4)
    assert not sink.of('images')
    cap.add('/gps', fix(T0 + S, lat=50.0, altitude_m=200.0), T0 + S)
    cap.close()

    (record,) = sink.of('images')
    assert record.document['aux']['geolocation'] == {
        'lat': pytest.approx(49.25), 'lon': pytest.approx(8.4), 'altitude_m': pytest.approx(125)}


def test_a_frame_that_waited_long_enough_is_tagged_with_the_last_fix():
    cap, sink = capture(geotag_wait_s=2.0)
    cap.add('/gps', fix(T0, lat=49.0), T0)
    cap.add('/cam', jpeg(T0 + S), T0 + S)
    cap.flush()
    cap.add('/cam', jpeg(T0 + 2 * S), T0 + 2 * S)
    cap.tick(T0 + 5 * S)
    cap.close()

    assert [r.document['aux']['geolocation']['lat'] for r in sink.of('images')] == [49.0, 49.0]


def test_a_position_too_far_away_in_time_is_no_position():
    cap, sink = capture(max_fix_gap_s=10.0)
    cap.add('/gps', fix(T0), T0)
    cap.add('/cam', jpeg(T0 + 20 * S), T0 + 20 * S)
    cap.add('/gps', fix(T0 + 40 * S), T0 + 40 * S)
    report = cap.close()

    assert 'geolocation' not in sink.of('images')[0].document['aux']
    assert report.streams['/cam'].without_position == 1


def test_without_fix_topics_nothing_waits():
    cap, sink = capture(without=['/gps'])
    cap.add('/cam', jpeg(), T0)
    report = cap.close()

    assert len(sink.of('images')) == 1
    assert report.streams['/cam'].without_position == 0


@pytest.mark.parametrize('bad', [
    fix(status=-1), fix(lat=float('nan')), fix(lat=91.0), fix(lon=-180.5),
    fix(lat=0.0, lon=0.0, status=-2),
])
def test_a_fix_without_a_position_is_rejected_and_counted(bad):
    cap, sink = capture()
    cap.add('/gps', bad, T0)
    report = cap.close()

    assert sink.entities() == []
    assert report.streams['/gps'].rejected == 1


def test_a_valid_fix_becomes_a_geolocation_entity():
    cap, sink = capture()
    cap.add('/gps', fix(lat=49.1, lon=8.5), T0)
    cap.close()

    (entity,) = sink.entities()
    assert entity['geolocation'] == {'lat': 49.1, 'lon': 8.5}
    assert entity['entity_value'] == [49.1, 8.5]
    assert entity['entity_name'] == 'geolocation'
    assert entity['entity_type'] == 'geo'
    assert entity['influence'] == 'geo_interpolation'
    assert 'session' not in entity


def test_numbers_become_scalars_and_words_become_states():
    cap, sink = capture(imu={'sensor': 'Front IMU'})
    cap.add('/imu', Sample('angular_velocity.z', 0.5, T0), T0)
    cap.add('/imu', Sample('mode', 'AUTO', T0), T0)
    cap.add('/imu', Sample('ok', True, T0), T0)
    cap.add('/imu', Sample('x', float('nan'), T0), T0)
    report = cap.close()

    by_name = {entity['entity_name']: entity for entity in sink.entities()}
    assert set(by_name) == {'front_imu.angular_velocity.z', 'front_imu.mode', 'front_imu.ok'}
    assert by_name['front_imu.angular_velocity.z']['entity_type'] == 'scalar'
    assert by_name['front_imu.angular_velocity.z']['entity_value'] == 0.5
    assert by_name['front_imu.mode']['entity_type'] == 'state'
    assert by_name['front_imu.mode']['start_time'] < by_name['front_imu.mode']['end_time']
    assert by_name['front_imu.ok']['entity_value'] == 'true'
    assert report.streams['/imu'].rejected == 1


def test_entities_travel_in_batches():
    cap, sink = capture()
    for i in range(1200):
        cap.add('/imu', Sample('a', float(i), T0 + i), T0 + i)
    cap.close()

    assert [len(record.entities) for record in sink.of('entities')] == [500, 500, 200]
    assert len({record.id for record in sink.of('entities')}) == 3


def test_a_silent_topics_entities_do_not_wait_for_ever():
    cap, sink = capture()
    cap.add('/imu', Sample('a', 1.0, T0), T0)
    cap.tick(T0 + 10 * S)
    assert not sink.entities()
    cap.tick(T0 + 21 * S)

    assert len(sink.entities()) == 1


def test_at_most_f_hertz_keeps_the_same_frames_whenever_it_began():
    def kept(first):
        cap, sink = capture(cam={'max_rate_hz': 2.0})
        for i in range(first, 100):
            cap.add('/cam', jpeg(T0 + i * S // 30), T0 + i * S // 30)
        cap.close()
        return [record.stamp_ns for record in sink.of('images')]

    whole = kept(0)
    assert len(whole) == 7
    assert kept(17)[1:] == whole[2:]


def test_every_nth_and_distance_sample():
    cap, sink = capture(cam={'every_nth': 3})
    for i in range(10):
        cap.add('/cam', jpeg(T0 + i), T0 + i)
    assert cap.close().streams['/cam'].sampled_out == 6
    cap, sink = capture(cam={'min_distance_m': 100.0}, without=['/imu'])
    for i in range(10):
        cap.add('/gps', fix(T0 + i * S, lat=49 + i * 0.0005), T0 + i * S)
        cap.add('/cam', jpeg(T0 + i * S), T0 + i * S)
    cap.close()

    # 55.6 m apart: every second one is far enough.
    assert len(sink.of('images')) == 5


def test_frames_with_the_same_stamp_are_different_assets():
    cap, sink = capture()
    cap.add('/cam', jpeg(T0, b'\xff\xd81'), T0)
    cap.add('/cam', jpeg(T0, b'\xff\xd82'), T0)
    cap.close()

    assert len({record.id for record in sink.of('images')}) == 2


def test_frames_without_a_stamp_get_the_time_of_arrival_and_are_all_kept():
    cap, sink = capture()
    cap.add('/cam', jpeg(0), T0)
    cap.add('/cam', jpeg(0), T0 + S)
    report = cap.close()

    assert [record.stamp_ns for record in sink.of('images')] == [T0, T0 + S]
    assert len({record.id for record in sink.of('images')}) == 2
    assert report.streams['/cam'].stamps_missing == 2


def test_the_stamp_policy_changes_the_time_and_not_the_id():
    records = []
    for policy in ['header', 'receive']:
        cap, sink = capture(cam={'stamps': policy})
        cap.add('/cam', jpeg(T0), T0 + 3 * S)
        cap.close()
        records += sink.of('images')

    assert [record.stamp_ns for record in records] == [T0, T0 + 3 * S]
    assert records[0].id == records[1].id


def test_a_clock_that_is_set_back_loses_nothing():
    cap, sink = capture()
    for stamp in [T0, T0 + S, T0 - 3600 * S, T0 - 3599 * S]:
        cap.add('/gps', fix(stamp), stamp)
        cap.add('/cam', jpeg(stamp), stamp)
    report = cap.close()

    assert len(sink.of('images')) == 4
    assert report.streams['/cam'].stamps_backwards == 1


def test_a_calibration_goes_to_the_session_and_to_the_images_below_its_namespace():
    cap, sink = capture()
    info = Calibration(4, 3, 'plumb_bob', (0.0,), (1.0,) * 9, (), (), T0, 'cam')
    cap.add('/cam/camera_info', info, T0)
    cap.add('/tf_static', Transform('base', 'cam', (1, 0, 0), (0, 0, 0, 1), T0, True), T0)
    cap.add('/tf_static', Transform('map', 'base', (1, 0, 0), (0, 0, 0, 1), T0, False), T0)
    cap.add('/cam', jpeg(), T0)
    cap.close()

    metadata = sink.of('session')[-1].document['metadata']
    assert metadata['calibrations']['/cam/camera_info']['k'] == [1.0] * 9
    assert list(metadata['transforms']) == ['cam']
    assert sink.of('images')[0].document['aux']['calibration']['width'] == 4


def test_a_robots_description_goes_to_the_session():
    cap, sink = capture()
    cap.add('/imu', Text('robot_description', '<robot/>', 0), T0)
    cap.close()

    assert sink.of('session')[-1].document['metadata']['texts'] == {
        'robot_description': '<robot/>'}


def test_topics_without_settings_are_skipped_and_counted():
    cap, sink = capture()
    cap.add('/other', jpeg(), T0)
    report = cap.close()

    assert sink.records == []
    assert report.streams['/other'].skipped == 1


def test_a_sink_without_room_does_not_stop_the_capture():
    class Full(ListSink):
        def put(self, records):
            full = [record.id for record in records if record.kind == 'images']
            self.records += [record for record in records if record.kind != 'images']
            if full:
                raise SpoolFullError('no room', refused=full)

    cap, _ = capture(sink=Full())
    cap.add('/cam', jpeg(), T0)
    cap.add('/imu', Sample('a', 1.0, T0), T0)
    report = cap.close()

    assert report.streams['/cam'].refused == 1
    assert report.streams['/imu'].records == 1


@st.composite
def readings(draw):
    stamps = draw(st.lists(st.integers(0, 30), max_size=30))
    kinds = draw(st.lists(st.sampled_from('cgi'), min_size=len(stamps), max_size=len(stamps)))
    made = {
        'c': lambda t: ('/cam', jpeg(t)),
        'g': lambda t: ('/gps', fix(t, lat=49 + (t - T0) / S / 1000)),
        'i': lambda t: ('/imu', Sample('a', float(t % 7), t)),
    }
    return [(*made[kind](T0 + stamp * S), T0 + i * S) for i, (kind, stamp) in
            enumerate(zip(kinds, stamps, strict=True))]


@hypothesis_settings(max_examples=50, deadline=None)
@given(readings())
def test_the_same_readings_give_the_same_records_in_order(sequence):
    outcomes = []
    for _ in range(2):
        cap, sink = capture()
        for topic, reading, received_ns in sequence:
            cap.add(topic, reading, received_ns)
        report = cap.close()
        outcomes.append([(r.kind, r.id, r.document, r.entities) for r in sink.records])

    assert outcomes[0] == outcomes[1]
    frames = [ids.asset_id('/cam', reading.stamp_ns, [reading.payload], 'jpeg as it came')
              for topic, reading, _ in sequence if topic == '/cam']
    assert [record.id for record in sink.of('images')] == frames
    assert report.total('received') == report.total('kept') == len(sequence)
