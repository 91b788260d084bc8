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

import json

from captured import capture, fix, jpeg, ListSink, S, T0
from hypothesis import given, settings as hypothesis_settings, strategies as st

from scenebox_ros import ids
from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.readings import Calibration, Sample, Text, Transform


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


def test_on_change_keeps_only_what_differs_from_the_one_before():
    cap, sink = capture(cam={'on_change': True}, imu={'on_change': True}, gps={'on_change': True})
    for i, blob in enumerate([b'\xff\xd81', b'\xff\xd81', b'\xff\xd82', b'\xff\xd81']):
        cap.add('/cam', jpeg(T0 + i, blob), T0 + i)
        cap.add('/imu', Sample('mode', 'AUTO' if i < 3 else 'MANUAL', T0 + i), T0 + i)
        cap.add('/gps', fix(T0 + i * S), T0 + i * S)
    report = cap.close()

    assert [record.stamp_ns - T0 for record in sink.of('images')] == [0, 2, 3]
    assert [entity['entity_value'] for entity in sink.entities()
            if entity['entity_type'] == 'state'] == ['AUTO', 'MANUAL']
    assert report.streams['/gps'].kept == 1
    assert report.streams['/imu'].sampled_out == 2


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


def test_numbers_that_are_none_reach_no_document():
    nan = float('nan')
    cap, sink = capture(cam={'rectify': True})
    info = Calibration(4, 3, 'plumb_bob', (nan,), (nan,) * 9, (0.0,) * 9, (1.0,) * 12, T0, 'cam')
    cap.add('/cam/camera_info', info, T0)
    cap.add('/tf_static', Transform('base', 'cam', (nan, 0, 0), (0, 0, 0, 1), T0, True), T0)
    cap.add('/tf_static', Transform('base', 'gps', (1, 0, 0), (0, 0, 0, 1), T0, True), T0)
    cap.add('/cam', jpeg(), T0)
    report = cap.close()

    for record in sink.records:
        json.dumps(record.document, allow_nan=False)
    (image,) = sink.of('images')
    assert image.document['aux']['calibration']['k'] == [None] * 9
    assert image.document['aux']['rectified'] is False
    assert list(sink.of('session')[-1].document['metadata']['transforms']) == ['gps']
    assert report.streams['/tf_static'].rejected == 1
    assert "transform of 'cam' was not finite" in report.errors['/tf_static']
    assert 'NaN or infinity in k' in report.errors['/cam']


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
        'g': lambda t: ('/gps', fix(t, lat=49 + (t - T0) / S / 10000)),
        'i': lambda t: ('/imu', Sample('a', float(t % 7), t)),
    }
    return [(*made[kind](T0 + stamp * S), T0 + i * S) for i, (kind, stamp) in
            enumerate(zip(kinds, stamps, strict=True))]


@hypothesis_settings(max_examples=60, deadline=None)
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


def test_the_readings_of_one_message_are_taken_together_or_one_by_one():
    readings = [Sample(name, 1.5, T0, 'imu') for name in ('x', 'y', 'z')]
    together, sink_together = capture()
    single, sink_single = capture()

    together.add_all('/imu', readings, T0)
    together.add_all('/imu', [], T0 + 1)
    for reading in readings:
        single.add('/imu', reading, T0)
    counts = together.close().streams['/imu']
    single.close()

    assert counts.received == counts.kept == 3
    ids_together = [record.id for record in sink_together.records]
    assert len(ids_together) == 3
    assert ids_together == [record.id for record in sink_single.records]
