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

import json

from bag_writers import drive, fix, image, Message, START_NS, STEP_NS, STORE, write_mcap
import numpy as np
import pytest

from scenebox_ros.bags import open_bag
from scenebox_ros.bags.inspect import inspect_bag


def inspected(messages, tmp_path, **options):
    with open_bag(write_mcap(tmp_path / 'a.mcap', messages)) as bag:
        return inspect_bag(bag, **options)


def kinds(inspection):
    return [(each.kind, each.count) for each in inspection.findings]


def moved(message, log_ns):
    return Message(message.topic, message.msgtype, log_ns, message.message)


def test_a_good_bag_has_rates_and_no_findings(tmp_path):
    inspection = inspected(drive(), tmp_path)
    topic = inspection.topics[1]

    assert inspection.findings == ()
    assert (topic.topic, topic.count, topic.role) == ('/gps/fix', 30, 'fix')
    assert topic.rate_hz == pytest.approx(50)
    assert topic.longest_pause_s == pytest.approx(0.02)
    assert topic.stamp_offset_s == 0
    assert inspection.duration_s == pytest.approx(0.59)


def test_it_is_json(tmp_path):
    found = json.loads(json.dumps(inspected(drive(), tmp_path).to_dict()))

    assert found['topics'][0]['topic'] == '/camera/image_raw'


def test_a_gap_names_its_span_and_what_is_missing(tmp_path):
    messages = [fix(i) for i in range(60) if not 20 <= i < 40]
    found = inspected(messages, tmp_path).findings

    assert [(each.kind, each.count) for each in found] == [('gap', 20)]
    assert (found[0].start_ns, found[0].end_ns) == (
        START_NS + 19 * STEP_NS, START_NS + 40 * STEP_NS)


def test_a_lower_rate_is_one_finding(tmp_path):
    fast, slow = [fix(i) for i in range(500)], [fix(i) for i in range(500, 1300, 20)]
    found = inspected([*fast, *slow], tmp_path).findings

    assert [(each.kind, each.count) for each in found] == [('gap', 39 * 19)]
    assert (found[0].start_ns, found[0].end_ns) == (
        START_NS + 500 * STEP_NS, START_NS + 1280 * STEP_NS)
    assert found[0].message == 'a message only every 0.2 s, where one comes every 0.01 s'


def test_the_span_of_repeated_stamps_goes_to_the_last_of_them(tmp_path):
    first = fix(3)
    again = [Message(first.topic, first.msgtype, START_NS + i * STEP_NS, first.message)
             for i in (4, 40)]
    others = [fix(i) for i in range(60) if i not in (4, 40)]
    found = inspected(sorted([*others, *again], key=lambda each: each.log_ns), tmp_path).findings

    (repeated,) = [each for each in found if each.kind == 'duplicate_stamps']
    assert repeated.count == 2
    assert (repeated.start_ns, repeated.end_ns) == (
        START_NS + 4 * STEP_NS, START_NS + 40 * STEP_NS)


def test_a_topic_that_falls_silent_before_the_end_has_a_gap(tmp_path):
    fixes, images = [fix(i) for i in range(20)], [image(i) for i in range(140)]
    found = inspected([*fixes, *images], tmp_path).findings

    assert [(each.kind, each.topic, each.count) for each in found] == [('gap', '/gps/fix', 120)]
    assert (found[0].start_ns, found[0].end_ns) == (
        START_NS + 19 * STEP_NS, START_NS + 139 * STEP_NS)
    assert 'nothing for the last 1.2 s' in found[0].message


def test_bursts_are_not_gaps(tmp_path):
    messages = [moved(fix(i), START_NS + i // 3 * 300_000_000 + i % 3 * 1_000_000)
                for i in range(60)]
    inspection = inspected(messages, tmp_path)

    assert 'gap' not in dict(kinds(inspection))
    assert inspection.topics[0].rate_hz == pytest.approx(10, rel=0.05)


def test_stamps_that_go_back_repeat_or_are_missing_are_counted(tmp_path):
    stamps = [*range(10), 5, 5, 10, 11]
    messages = [moved(fix(stamp), START_NS + i * STEP_NS) for i, stamp in enumerate(stamps)]
    zero = [moved(fix(0, log_ns=0), START_NS + i * STEP_NS) for i in range(14, 17)]

    found = dict(kinds(inspected([*messages, *zero], tmp_path)))

    assert found == {'stamps_backwards': 1, 'duplicate_stamps': 2, 'stamps_missing': 3}


def test_clocks_that_are_apart_are_found(tmp_path):
    messages = [moved(fix(i), START_NS + i * STEP_NS + 90 * 10**9) for i in range(20)]
    found = inspected(messages, tmp_path).findings

    assert [each.message for each in found] == ['header stamps are 90 s behind the log times']


def test_a_clock_that_was_set_in_the_middle_is_found(tmp_path):
    ahead = [moved(fix(i + 3600 * 100), START_NS + i * STEP_NS) for i in range(30, 40)]
    found = inspected([*(fix(i) for i in range(30)), *ahead], tmp_path).findings

    assert [(each.kind, each.count, each.start_ns) for each in found] == [
        ('clocks_apart', 10, START_NS + 30 * STEP_NS)]
    assert found[0].message == 'some header stamps are up to 3600 s away from the log times'


class CutOff(Message):
    """A message of which only the first bytes were recorded."""

    def cdr(self):
        return super().cdr()[:8]


def test_a_message_of_the_same_time_as_an_undecodable_one_is_judged(tmp_path):
    cut = CutOff('/gps/fix', 'sensor_msgs/msg/NavSatFix', START_NS + 29 * STEP_NS,
                 fix(29).message)
    gap = [fix(i) for i in range(60) if not 30 <= i < 50]

    assert sorted(kinds(inspected([*gap, cut], tmp_path))) == [('gap', 20), ('undecodable', 1)]


def test_spans_without_a_fix_are_found(tmp_path):
    messages = [fix(i) for i in range(30)]
    for index in [*range(5, 10), 20]:
        messages[index].message.status.status = -1
    messages[21].message.latitude = float('nan')

    found = inspected(messages, tmp_path).findings

    assert [(each.kind, each.count) for each in found] == [('no_fix', 5), ('no_fix', 2)]


def test_black_and_blurred_pictures_are_found_when_asked_for(tmp_path):
    messages = [image(i) for i in range(20)]
    messages[3].message.data[:] = 0
    messages[7].message.data[:] = np.linspace(90, 120, messages[7].message.data.size)

    assert kinds(inspected(messages, tmp_path, pictures=True)) == [('black', 1), ('blurred', 1)]
    assert kinds(inspected(messages, tmp_path)) == []


def test_pictures_that_cannot_be_decoded_are_found_when_asked_for(tmp_path):
    messages = [image(i) for i in range(8)]
    for index in (3, 4):
        messages[index].message.encoding = 'nonsense'
    judged = inspected(messages, tmp_path, pictures=True)

    assert kinds(judged) == [('undecodable', 2)]
    assert "2 messages cannot be decoded: encoding 'nonsense'" in judged.findings[0].message
    assert not judged.is_perfect
    assert inspected(messages, tmp_path).is_perfect


def test_messages_of_an_unknown_type_are_counted_without_their_stamps(tmp_path):
    odd = [Message('/odd', 'std_msgs/msg/String', START_NS + i * STEP_NS,
                   STORE.types['std_msgs/msg/String']('hello')) for i in range(12)]
    inspection = inspected(odd, tmp_path)

    assert inspection.topics[0].stamp_offset_s is None
    assert inspection.findings == ()


def test_losses_are_findings(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive())
    path.write_bytes(path.read_bytes()[:100_000])
    with open_bag(path) as bag:
        inspection = inspect_bag(bag)

    assert inspection.losses
    assert 'loss' in dict(kinds(inspection))
