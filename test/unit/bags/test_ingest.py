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

from dataclasses import replace
import json
import sys
import threading

from bag_writers import drive, fix, image, START_NS, STEP_NS, STORE1, write_mcap, write_ros1
import pytest

from scenebox_ros.bags import ingest, open_bag, Overrides, plan
from scenebox_ros.errors import SpoolError


class Kept:
    """A sink that keeps what it is given, once."""

    def __init__(self):
        self.records = {}

    def put(self, records):
        for record in records:
            self.records.setdefault(record.id, record)

    def of(self, kind):
        return [record for record in self.records.values() if record.kind == kind]


def ingested(path, sink, overrides=None, **options):
    with open_bag(path) as bag:
        return ingest(bag, plan(bag, 'Test Drive', overrides), sink, **options)


def test_a_bag_becomes_a_session_with_images_and_fixes(tmp_path):
    sink = Kept()
    report = ingested(write_mcap(tmp_path / 'a.mcap', drive()), sink)

    assert len(sink.of('images')) == 30
    kinds = [record.kind for record in sink.records.values()]
    assert (kinds[0], kinds[-1]) == ('session', 'end')
    assert {record.session for record in sink.records.values()} == {'test_drive'} == {
        report.session}
    assert report.is_perfect


def test_every_message_is_accounted_for(tmp_path):
    report = ingested(write_mcap(tmp_path / 'a.mcap', drive()), Kept())

    assert {name: (topic.read, topic.kept) for name, topic in report.topics.items()} == {
        '/camera/image_raw': (30, 30), '/gps/fix': (30, 30)}
    assert json.loads(json.dumps(report.to_dict()))['perfect'] is True


def test_images_come_in_the_order_of_their_stream(tmp_path):
    sink = Kept()
    ingested(write_mcap(tmp_path / 'a.mcap', drive()), sink, workers=4)

    stamps = [record.stamp_ns for record in sink.of('images')]
    assert stamps == sorted(stamps)


def test_the_same_bag_again_adds_nothing(tmp_path):
    path, sink = write_mcap(tmp_path / 'a.mcap', drive()), Kept()
    ingested(path, sink)
    before = list(sink.records)
    ingested(path, sink)

    assert list(sink.records) == before


def test_a_ros1_bag_gives_the_same_images_as_a_ros2_one(tmp_path):
    first, second = Kept(), Kept()
    ingested(write_mcap(tmp_path / 'a.mcap', drive()), first)
    ingested(write_ros1(tmp_path / 'a.bag', drive(store=STORE1)), second)

    assert [record.id for record in first.of('images')] == [
        record.id for record in second.of('images')]


def test_undecodable_messages_are_counted_with_the_reason_and_stop_nothing(tmp_path):
    messages = drive()
    for index in [1, 3]:
        messages[index].message.data = messages[index].message.data[:10]
    report = ingested(write_mcap(tmp_path / 'a.mcap', messages), Kept())
    topic = report.topics['/camera/image_raw']

    assert (topic.read, topic.kept, topic.undecodable) == (30, 28, 2)
    assert next(iter(topic.reasons)).startswith('image data ends early: 10 bytes')
    assert not report.is_perfect


def test_a_broken_bag_gives_what_is_left_and_reports_the_loss(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive())
    path.write_bytes(path.read_bytes()[:100_000])
    sink = Kept()
    report = ingested(path, sink)

    assert 5 < len(sink.of('images')) < 30
    assert len(report.losses) == 1
    assert not report.is_perfect


def test_skipped_topics_are_not_read(tmp_path):
    overrides = Overrides(streams={'/camera/.*': {'role': 'skip'}})
    sink = Kept()
    report = ingested(write_mcap(tmp_path / 'a.mcap', drive()), sink, overrides)

    assert list(report.topics) == ['/gps/fix']
    assert sink.of('images') == []


def test_a_time_range_is_kept_to(tmp_path):
    sink = Kept()
    ingested(write_mcap(tmp_path / 'a.mcap', drive()), sink, start_ns=START_NS + 10 * STEP_NS,
             end_ns=START_NS + 13 * STEP_NS)

    assert [record.stamp_ns for record in sink.of('images')] == [
        START_NS + 11 * STEP_NS, START_NS + 13 * STEP_NS]


def test_several_bags_become_one_session(tmp_path):
    paths = [write_mcap(tmp_path / 'a.mcap', drive(20)),
             write_mcap(tmp_path / 'b.mcap', [image(i) for i in range(20, 25)])]
    sink = Kept()
    with open_bag(paths[0]) as first, open_bag(paths[1]) as second:
        report = ingest([first, second], plan(first, 'both'), sink)

    assert len(sink.of('images')) == 15
    assert len(sink.of('end')) == 1
    assert report.topics['/camera/image_raw'].read == 15


def test_recordings_of_the_same_time_are_merged_by_time(tmp_path):
    both = drive(20)
    paths = [write_mcap(tmp_path / 'camera.mcap', both[1::2]),
             write_mcap(tmp_path / 'gps.mcap', both[::2])]
    apart, together = Kept(), Kept()
    ingested(write_mcap(tmp_path / 'both.mcap', both), together)
    with open_bag(paths[0]) as first, open_bag(paths[1]) as second:
        streams = {**plan(first, 'x').streams, **plan(second, 'x').streams}
        ingest([first, second], replace(plan(first, 'both'), streams=streams), apart)

    assert [image.id for image in apart.of('images')] == [
        image.id for image in together.of('images')]
    assert all('geolocation' in image.document['aux'] for image in apart.of('images'))
    assert [image.document['aux'] for image in apart.of('images')] == [
        image.document['aux'] for image in together.of('images')]


def test_progress_ends_with_everything(tmp_path):
    told = []
    ingested(write_mcap(tmp_path / 'a.mcap', drive()), Kept(), progress=told.append)

    assert (told[-1].messages, told[-1].total_messages) == (60, 60)
    assert told[-1].eta_s == 0


def test_stopping_keeps_what_was_taken_and_leaves_the_session_open(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[ingest.__module__], '_PROGRESS_EVERY_S', 0)
    sink = Kept()
    report = ingested(write_mcap(tmp_path / 'a.mcap', drive()), sink, should_stop=lambda: True)

    assert not report.is_complete
    assert sink.of('end') == []
    assert sum(topic.read for topic in report.topics.values()) == 1


def test_a_sink_that_fails_ends_the_ingest_and_its_threads(tmp_path):
    class Broken:
        def put(self, records):
            raise SpoolError('the disk is gone')

    before = threading.active_count()
    with pytest.raises(SpoolError, match='the disk is gone'):
        ingested(write_mcap(tmp_path / 'a.mcap', drive()), Broken())

    assert threading.active_count() <= before + 8


def test_tf_static_is_said_to_be_static(tmp_path):
    from bag_writers import header, Message, STORE

    types = STORE.types
    transform = types['geometry_msgs/msg/TransformStamped'](
        header(STORE, START_NS), 'lidar', types['geometry_msgs/msg/Transform'](
            types['geometry_msgs/msg/Vector3'](1.0, 0.0, 0.0),
            types['geometry_msgs/msg/Quaternion'](0.0, 0.0, 0.0, 1.0)))
    tf = Message('/tf_static', 'tf2_msgs/msg/TFMessage', START_NS,
                 types['tf2_msgs/msg/TFMessage']([transform]))
    report = ingested(write_mcap(tmp_path / 'a.mcap', [tf, fix(1)]), Kept())

    assert report.topics['/tf_static'].kept == 1
