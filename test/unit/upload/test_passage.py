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

"""The queue in memory between a recording and the uploader."""

from threading import Event, Thread

import pytest

from scenebox_ros.errors import ConnectionFailedError
from scenebox_ros.model.records import Record
from scenebox_ros.upload import Passage


def image(name, session='drive', size=10):
    return Record('images', session, name, body=bytes(size))


def ids(entries):
    return [entry.record.id for entry in entries]


def test_entries_leave_in_order_once_there_is_a_batch():
    passage = Passage()
    passage.put([image('a'), image('b')])

    assert passage.take(3, 1 << 20) == []
    passage.put([image('c'), image('d')])
    assert ids(passage.take(3, 1 << 20)) == ['a', 'b', 'c']
    assert passage.take(3, 1 << 20) == []
    passage.finish()
    assert ids(passage.take(3, 1 << 20)) == ['d']


def test_large_entries_are_a_batch_too():
    passage = Passage()
    passage.put([image('a', size=9000), image('b', size=9000)])

    assert ids(passage.take(50, 10_000)) == ['a']


def test_a_record_that_is_here_is_not_taken_twice():
    passage = Passage()
    passage.put([image('a'), image('a')])
    passage.finish()

    taken = passage.take(50, 1 << 20)
    passage.put([image('a')])
    assert ids(taken) == ['a']
    assert passage.take(50, 1 << 20) == []
    passage.done(taken)
    passage.put([image('a')])
    assert ids(passage.take(50, 1 << 20)) == ['a']


def test_what_is_given_back_comes_again_in_its_order():
    passage = Passage()
    passage.put([image(name) for name in 'abcd'])
    passage.finish()
    first, second = passage.take(2, 1 << 20), passage.take(1, 1 << 20)

    passage.release(second)
    passage.release(first)

    assert ids(passage.take(50, 1 << 20)) == ['a', 'b', 'c', 'd']


def test_the_end_of_a_session_waits_for_all_that_is_under_way():
    passage = Passage()
    passage.put([image('a'), Record('end', 'drive', 'end'), image('b', 'other')])
    passage.finish()

    taken = passage.take(50, 1 << 20)
    assert ids(taken) == ['a', 'b']
    assert passage.take(50, 1 << 20) == []
    passage.done(taken)
    assert ids(passage.take(50, 1 << 20)) == ['end']


def test_whoever_puts_waits_for_room():
    passage, has_put = Passage(max_bytes=5000), Event()
    passage.put([image('a', size=6000)])

    def put():
        passage.put([image('b')])
        has_put.set()

    thread = Thread(target=put)
    thread.start()
    assert not has_put.is_set()
    passage.done(passage.take(50, 1000))
    thread.join(10)

    assert has_put.is_set()


def test_whoever_waits_hears_that_the_uploader_has_failed():
    passage, heard = Passage(max_bytes=1), []
    passage.put([image('a')])

    def put():
        with pytest.raises(ConnectionFailedError) as caught:
            passage.put([image('b')])
        heard.append(str(caught.value))

    thread = Thread(target=put)
    thread.start()
    passage.fail(ConnectionFailedError('nobody answers'))
    thread.join(10)

    assert heard == ['nobody answers']


def test_what_is_noted_of_a_session_is_added_up():
    passage = Passage()
    passage.note_session('drive', about={'name': 'Drive'})
    passage.note_session('drive', span_ns=[1, 2])
    passage.set_session('drive', 'uid')

    assert passage.session_notes('drive') == {'about': {'name': 'Drive'}, 'span_ns': [1, 2]}
    assert passage.get_session('drive') == 'uid'
    assert passage.session_keys() == ['drive']
    assert passage.get_session('other') is None
