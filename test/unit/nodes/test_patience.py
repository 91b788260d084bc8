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

"""Records that wait for room instead of making others give way."""

from threading import Event, Thread

import pytest

from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.records import Record
from scenebox_ros.nodes.patience import PatientSpool
from scenebox_ros.spool import Spool, SpoolLimits

LIMITS = SpoolLimits(max_bytes=1_000_000, min_free_bytes=0)


def pictures(count, num_bytes=100_000):
    return [Record(kind='images', session='s', id=f'p{number}', stream='/cam',
                   body=bytes(num_bytes)) for number in range(count)]


def test_what_does_not_fit_waits_until_the_uploader_made_room(tmp_path):
    with Spool(tmp_path, LIMITS) as spool:
        patient = PatientSpool(spool, Event())
        writer = Thread(target=patient.put, args=(pictures(30),))
        writer.start()
        delivered = []
        while len(delivered) < 30:
            entries = spool.take(4)
            delivered += [entry.record.id for entry in entries]
            spool.done(entries)
        writer.join()
        total = spool.stat().total

    assert sorted(delivered) == sorted(record.id for record in pictures(30))
    assert (total.shed, total.refused) == (0, 0)


def test_a_stop_ends_the_waiting_and_names_what_is_not_kept(tmp_path):
    stopping = Event()
    stopping.set()
    with Spool(tmp_path, LIMITS) as spool:
        with pytest.raises(SpoolFullError, match='waited for room') as caught:
            PatientSpool(spool, stopping).put(pictures(12))
        held = {entry.record.id for entry in spool.take(100)}
        total = spool.stat().total

    assert held
    assert set(caught.value.refused) == {record.id for record in pictures(12)} - held
    assert (total.shed, total.refused) == (0, 0)


def test_beginnings_and_ends_do_not_wait(tmp_path):
    stopping = Event()
    stopping.set()
    with Spool(tmp_path, LIMITS) as spool:
        patient = PatientSpool(spool, stopping)
        with pytest.raises(SpoolFullError):
            patient.put(pictures(12))
        patient.put([Record(kind='end', session='s', id='end')])

        assert spool.stat().total.refused == 0


def test_what_can_never_fit_is_refused_by_the_spool(tmp_path):
    with Spool(tmp_path, LIMITS) as spool, pytest.raises(SpoolFullError, match='has no room'):
        PatientSpool(spool, Event()).put(pictures(1, 2_000_000))
