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

"""Recordings divided into parts: together they give what the whole gives."""

from itertools import pairwise

from bag_writers import fix, image, START_NS, write_mcap
import pytest
from test_ingest import Kept

from scenebox_ros.bags import find_bags, Overrides
from scenebox_ros.bags.merging import merged_ingests
from scenebox_ros.bags.parts import divide, ingest_part
from scenebox_ros.bags.recordings import capture, Options, sessions_of

S = 10**9


def at(make, second):
    """A message of a moment: the writers make them every 10 ms."""
    return make(round(second * 100))


@pytest.fixture(scope='module')
def long_drive(tmp_path_factory):
    """Ten minutes: an image every two seconds, a fix every five, with a pause of fixes."""
    said = [(second, image) for second in range(0, 600, 2)]
    said += [(second + 0.5, fix) for second in range(0, 600, 5) if not 200 < second < 260]
    folder = tmp_path_factory.mktemp('long')
    return write_mcap(folder / 'long.mcap', [
        at(lambda n, make=make: make(n, side=4) if make is image else make(n), second)
        for second, make in sorted(said, key=lambda each: each[0])])


def whole_of(path, options=None):
    sink = Kept()
    captures = capture([path], sink, options)
    (report,) = captures.ingests.values()
    return sink, report


def parts_of(path, options=None, count=4, least_ns=60 * S):
    (group,) = sessions_of([path], options or Options())
    return divide(group, options or Options(), count, least_ns)


def captured(part):
    sink = Kept()
    return sink, ingest_part(part, sink)


def entities(sink):
    return {entity['entity_id'] for record in sink.records.values() for entity in record.entities}


def assert_same(parts, whole, report):
    """Together, the parts give what the whole gives, and report it."""
    for kind in ('images', 'lidars', 'videos'):
        expected = {asset.id: asset.document for asset in whole.of(kind)}
        found = [(asset.id, asset.document) for sink, _ in parts for asset in sink.of(kind)]
        assert len(found) == len(expected)
        assert dict(found) == expected
    assert set().union(*(entities(sink) for sink, _ in parts)) == entities(whole)
    assert not any(sink.of('end') for sink, _ in parts)
    merged = merged_ingests([part for _, part in parts])
    assert set(merged.losses) == set(report.losses)
    for topic, told in report.topics.items():
        found = merged.topics[topic]
        assert (found.read, found.kept, found.undecodable) == (
            told.read, told.kept, told.undecodable), topic
    assert (merged.capture.start_ns, merged.capture.end_ns) == (
        report.capture.start_ns, report.capture.end_ns)


def test_parts_give_the_same_assets_positions_and_entities(long_drive):
    whole, report = whole_of(long_drive)
    parts = [captured(part) for part in parts_of(long_drive)]

    assert len(parts) == 5  # the first one is short: it opens the session
    assert len(whole.of('images')) == 300
    assert_same(parts, whole, report)


def test_parts_meet_without_a_gap_and_respect_the_range(long_drive):
    options = Options(start_ns=START_NS + 100 * S, end_ns=START_NS + 399 * S)
    windows = [part.window for part in parts_of(long_drive, options, 3)]

    assert windows[0][0] == options.start_ns
    assert windows[-1][1] == options.end_ns + 1
    assert all(one[1] == two[0] for one, two in pairwise(windows))


@pytest.mark.parametrize('topic, setting', [
    ('/camera/image_raw', {'every_nth': 7}),
    ('/camera/image_raw', {'max_rate_hz': 0.3}),
    ('/camera/image_raw', {'min_distance_m': 2.0}),
    ('/camera/image_raw', {'on_change': True}),
    ('/camera/image_raw', {'video': True}),
    ('/gps/fix', {'every_nth': 3}),
    ('.*', {'every_nth': 2}),
])
def test_what_depends_on_the_past_is_a_part_of_its_own(long_drive, topic, setting):
    options = Options(overrides=Overrides(streams={topic: setting}))
    parts = parts_of(long_drive, options)

    assert {part.window is None for part in parts} == ({True} if topic == '.*' else {True, False})
    assert_same([captured(part) for part in parts], *whole_of(long_drive, options))


@pytest.mark.parametrize('size', [0.97, 0.5])
def test_parts_of_a_broken_recording_report_its_losses(long_drive, tmp_path, size):
    broken = tmp_path / 'broken.mcap'
    broken.write_bytes(long_drive.read_bytes()[:int(size * long_drive.stat().st_size)])
    whole, report = whole_of(broken)
    parts = parts_of(broken, least_ns=20 * S)

    assert len(parts) > 2
    assert report.losses
    assert_same([captured(part) for part in parts], whole, report)


def test_short_recordings_are_not_divided(long_drive):
    assert len(parts_of(long_drive, least_ns=400 * S)) == 1


@pytest.mark.e2e
@pytest.mark.shared
def test_parts_of_every_shared_recording_give_the_same(shared):
    for path in find_bags([shared / 'data']):
        sink = Kept()
        reports = list(capture([path], sink).ingests.values())
        parts = parts_of(path, count=2, least_ns=200_000_000) if reports else []
        if len(parts) > 1:
            assert_same([captured(part) for part in parts], sink, reports[0])
