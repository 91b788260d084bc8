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

"""Small objects that come at the same time are stored together, and each has its own outcome."""

from concurrent.futures import Future, wait
import hashlib
import threading

import pytest

from scenebox_ros.errors import StorageError
from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.store.naming import Name
from scenebox_ros.server.store.transfer import WrongHashError


@pytest.fixture
def core(store):
    return store.core


@pytest.fixture
def together(core, monkeypatch):
    """Hold the writer while a function queues objects; give their futures, and the groups."""
    segments = core.objects.segments
    judge, open_gate, groups = segments.judge, threading.Event(), []

    def held(group):
        open_gate.wait(30)
        groups.append(len(group))
        return judge(group)

    def send(*objects):
        monkeypatch.setattr(segments, 'judge', held)
        futures = [queued(core, *each) for each in objects]
        open_gate.set()
        wait(futures, 30)
        return futures, groups

    return send


def queued(core, key, body, told=''):
    future = Future()
    incoming = core.objects.incoming()
    incoming.feed(body)
    incoming.store_small(Name('me', key), told, future)
    return future


def content(core, key):
    return core.objects.read(core.objects.find('me', key))


def test_what_waits_is_stored_as_one_group(core, together):
    core.objects.put(Name('me', 'before'), b'known')
    digest = hashlib.sha256(b'new').hexdigest()
    futures, groups = together(
        ('first', b'x'), ('new', b'new', digest), ('again', b'known'), ('twin', b'new'),
    )  # fmt: skip
    first, new, again, twin = (future.result() for future in futures)

    # The writer takes the first alone, and the others when it looks again.
    assert groups in ([1, 3], [2, 2], [3, 1], [4])
    assert [content(core, key) for key in ('new', 'again', 'twin')] == [b'new', b'known', b'new']
    assert again.place == core.objects.find('me', 'before').place
    assert twin.sha256 == new.sha256 == digest
    assert first.size == 1
    assert fsck(core.settings.folder).problems == []


def test_bytes_that_are_others_than_was_said_are_refused_at_once(core):
    with pytest.raises(WrongHashError):
        queued(core, 'wrong', b'other', hashlib.sha256(b'new').hexdigest())

    assert core.objects.find('me', 'wrong') is None


def test_bytes_that_were_swept_meanwhile_go_to_the_disk(core, monkeypatch):
    monkeypatch.setattr(core.objects.smalls, '_known', set)
    stored = core.objects.put(Name('me', 'gone'), b'thought to be there')

    assert content(core, 'gone') == b'thought to be there'
    assert stored.place is not None
    assert fsck(core.settings.folder).problems == []


def test_a_question_that_fails_fails_what_asked_and_nothing_later(core, monkeypatch):
    def broken(_):
        raise StorageError('no answer')

    with monkeypatch.context() as patch:
        patch.setattr(core.objects.smalls, '_known', broken)
        with pytest.raises(StorageError, match='no answer'):
            core.objects.put(Name('me', 'lost'), b'lost')
    core.objects.put(Name('me', 'later'), b'later')

    assert content(core, 'later') == b'later'
    assert core.objects.find('me', 'lost') is None
    assert fsck(core.settings.folder).problems == []
