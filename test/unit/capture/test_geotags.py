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

"""Frames get positions from the fixes around them."""

from captured import capture, fix, jpeg, S, T0
import pytest


def test_a_frame_waits_for_the_next_fix_and_gets_the_position_between():
    cap, sink = capture()
    cap.add('/gps', fix(T0, lat=49.0), T0)
    cap.add('/cam', jpeg(T0 + S // 4), T0 + S // 4)
    assert not sink.of('images')
    cap.add('/gps', fix(T0 + S, lat=49.0004, altitude_m=200.0), T0 + S)
    cap.close()

    (record,) = sink.of('images')
    assert record.document['aux']['geolocation'] == {
        'lat': pytest.approx(49.0001, abs=1e-9), 'lon': pytest.approx(8.4),
        'altitude_m': pytest.approx(125),
    }
    assert 'geolocation_is_held' not in record.document['aux']


def test_a_frame_that_waited_long_enough_is_tagged_with_the_last_fix():
    cap, sink = capture(geotag_wait_s=2.0)
    cap.add('/gps', fix(T0, lat=49.0), T0)
    cap.add('/cam', jpeg(T0 + S), T0 + S)
    cap.flush()
    cap.add('/cam', jpeg(T0 + 2 * S), T0 + 2 * S)
    cap.tick(T0 + 5 * S)
    cap.close()

    assert [r.document['aux']['geolocation']['lat'] for r in sink.of('images')] == [49.0, 49.0]
    assert all(r.document['aux']['geolocation_is_held'] for r in sink.of('images'))


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
    fix(lat=0.0, lon=0.0),
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

    entity, height = sink.entities()
    assert (height['entity_name'], height['entity_value']) == ('gps.altitude_m', 100.0)
    assert height['entity_type'] == 'scalar'
    assert entity['geolocation'] == {'lat': 49.1, 'lon': 8.5}
    assert entity['entity_value'] == [49.1, 8.5]
    assert entity['entity_name'] == 'geolocation'
    assert entity['entity_type'] == 'geo'
    assert entity['influence'] == 'geo_interpolation'
    assert 'session' not in entity


def test_a_jump_is_rejected_unless_the_next_fix_confirms_it():
    for after, lats in [(49.0001, [49.0, 49.0001]), (60.0001, [49.0, 60.0, 60.0001])]:
        cap, sink = capture()
        for i, lat in enumerate([49.0, 60.0, after]):
            cap.add('/gps', fix(T0 + i * S, lat=lat), T0 + i * S)
        report = cap.close()

        assert [entity['geolocation']['lat'] for entity in sink.entities()
                if entity['entity_type'] == 'geo'] == lats
        assert report.streams['/gps'].rejected == 3 - len(lats)
