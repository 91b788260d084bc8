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

from scenebox_ros.bags import ingest, open_bag, Overrides, plan
from scenebox_ros.bags.merging import merged_ingests
from scenebox_ros.bags.parts import divide, LEAD_NS, TAIL_NS
from scenebox_ros.bags.recordings import Options

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


def captured(path, window=None):
    sink = Kept()
    reach = {}
    if window:
        reach = {'start_ns': window[0] - LEAD_NS, 'end_ns': window[1] + TAIL_NS}
    with open_bag(path) as bag:
        report = ingest(bag, plan(bag, 'long'), sink, window=window, **reach)
    return sink, report


def entities(sink):
    return {entity['entity_id'] for record in sink.records.values() for entity in record.entities}


def test_parts_give_the_same_assets_positions_and_entities(long_drive):
    whole, report = captured(long_drive)
    parts = [captured(long_drive, part.window)
             for part in divide([long_drive], Options(), 4, 60 * S)]

    expected = {asset.id: asset.document for asset in whole.of('images')}
    found = {asset.id: asset.document for sink, _ in parts for asset in sink.of('images')}
    assert len(parts) == 5  # the first one is short: it opens the session
    assert found == expected
    assert sum(len(sink.of('images')) for sink, _ in parts) == len(expected) == 300
    assert set().union(*(entities(sink) for sink, _ in parts)) == entities(whole)
    assert not any(sink.of('end') for sink, _ in parts)
    merged = merged_ingests([part for _, part in parts])
    for topic, told in report.topics.items():
        assert (merged.topics[topic].read, merged.topics[topic].kept) == (told.read, told.kept)
    assert (merged.capture.start_ns, merged.capture.end_ns) == (
        report.capture.start_ns, report.capture.end_ns)


def test_parts_meet_without_a_gap_and_respect_the_range(long_drive):
    options = Options(start_ns=START_NS + 100 * S, end_ns=START_NS + 399 * S)
    windows = [part.window for part in divide([long_drive], options, 3, 60 * S)]

    assert windows[0][0] == options.start_ns
    assert windows[-1][1] == options.end_ns + 1
    assert all(one[1] == two[0] for one, two in pairwise(windows))


@pytest.mark.parametrize('setting', [
    {'every_nth': 2}, {'max_rate_hz': 1.0}, {'min_distance_m': 1.0}, {'on_change': True},
    {'video': True},
])
def test_what_depends_on_the_past_is_not_divided(long_drive, setting):
    options = Options(overrides=Overrides(streams={'/camera/image_raw': setting}))

    assert [part.window for part in divide([long_drive], options, 4, 60 * S)] == [None]


def test_short_and_broken_recordings_are_not_divided(long_drive, tmp_path):
    broken = tmp_path / 'broken.mcap'
    broken.write_bytes(long_drive.read_bytes()[:-2000])

    assert len(divide([long_drive], Options(), 4, 400 * S)) == 1
    assert len(divide([broken], Options(), 4, 60 * S)) == 1
