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

"""Code is made once of a type, however many definitions of a recording repeat it."""

import sys

from bag_writers import fix, image, write_mcap

from scenebox_ros.bags import definitions, open_bag, Overrides, plan
from scenebox_ros.bags.definitions import TypeBook
from scenebox_ros.bags.storage import Channel, Definition

LINE = '=' * 80
STAMP = f'{LINE}\nMSG: my_msgs/Stamp\nint64 nanoseconds\n'


def channel(number, name, text):
    return Channel(number, f'/{name}', f'my_msgs/msg/{name}', 'cdr', Definition('ros2msg', text))


def test_a_type_that_two_definitions_repeat_is_made_once():
    book = TypeBook()
    first = book.reader(channel(1, 'First', f'Stamp stamp\nint64 value\n{STAMP}'))
    second = book.reader(channel(2, 'Second', f'Stamp stamp\nint64 other\n{STAMP}'))

    assert first.problem == second.problem == ''
    assert [name for name in vars(sys.modules['rosbags.usertypes']) if 'my_msgs' in name] == [
        'my_msgs__msg__Second']
    message = second(memoryview(b'\0\1\0\0' + bytes([5, *[0] * 7, 6, *[0] * 7])))
    assert (message.stamp.nanoseconds, message.other) == (5, 6)


def test_two_versions_of_a_type_are_still_told_apart():
    book = TypeBook()
    old = book.reader(channel(1, 'Speed', 'int64 value\n'))
    new = book.reader(channel(2, 'Speed', 'int32 value\nint32 more\n'))
    payload = memoryview(b'\0\1\0\0' + bytes([5, 0, 0, 0, 6, 0, 0, 0]))

    assert old.problem == new.problem == ''
    assert old(payload).value == 5 + (6 << 32)
    assert (new(payload).value, new(payload).more) == (5, 6)


def test_the_definition_of_a_topic_that_is_left_out_is_not_parsed(tmp_path, monkeypatch):
    parse, parsed = definitions._parse, []
    monkeypatch.setattr(
        definitions, '_parse',
        lambda msgtype, definition: parsed.append(msgtype) or parse(msgtype, definition))
    with open_bag(write_mcap(tmp_path / 'a.mcap', [image(1), fix(1)])) as bag:
        plan(bag, 'drive', Overrides(streams={'.*fix': {'role': 'skip'}}))

    assert parsed == ['sensor_msgs/msg/Image']
