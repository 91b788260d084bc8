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

"""What became of messages, counted over all lives of a node within a session."""

from collections import Counter
from functools import reduce

from scenebox_ros.nodes.accounting import Account, accounting_record, rows_of, with_life
from scenebox_ros.nodes.journal import Journal, OpenSession

NODE = '/camera_node'


def told(*lives):
    """Tell of lives (name, rows, whether it ended) one after the other; give the last record."""
    kept = reduce(lambda known, life: with_life(known, *life), lives, None)
    return accounting_record('run', NODE, kept).document['metadata']


def row(received, **others):
    return {'/cam': {'received': received, **others}}


def test_a_node_that_is_configured_twice_in_a_session_adds_to_what_it_counted():
    metadata = told(('a', row(7, kept=7, clock_offset_s=0.5), True),
                    ('b', row(5, dropped_at_intake=1, clock_offset_s=0.1), True))

    assert metadata == {'accounting': {NODE: row(
        12, kept=7, clock_offset_s=0.1, dropped_at_intake=1)}}


def test_a_life_that_was_killed_counts_as_far_as_it_was_written_down():
    metadata = told(('a', row(3), False), ('a', row(7), False), ('b', row(5), True))

    assert metadata == {'accounting': {NODE: row(12)}, 'killed': {NODE: 1}}


def test_an_account_counts_a_session_and_begins_with_the_next():
    received = Counter({'/cam': 3})
    account = Account({'received': received})
    first = account.life
    received['/cam'] += 4

    assert account.so_far() == account.cut() == row(4)
    assert account.life != first
    assert account.so_far() == {}
    assert rows_of(account.so_far(), None) == {}


def test_what_the_spool_gave_up_counts_from_the_sessions_beginning_also_after_a_crash(tmp_path):
    shed = {'shed': Counter({'/cam': 3})}
    Journal(tmp_path).write(OpenSession('key', 'name', 1, 2, Account(shed).standing()))
    shed['shed']['/cam'] += 4
    left = Journal(tmp_path).read()
    assert Journal(tmp_path, '/car7').read() is None

    assert Account(shed, left.given_up).so_far() == {'/cam': {'shed': 4}}
