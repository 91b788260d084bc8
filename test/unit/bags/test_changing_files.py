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

"""Recordings that somebody writes to, deletes or replaces while they are read."""

import os
import shutil

from bag_writers import contents, drive, FILES, write_db3, write_db3_with_log, written
import pytest

from scenebox_ros.bags import open_bag


def read_while(path, change):
    """Read a recording to its end; somebody changes it once the first message has come."""
    with open_bag(path) as bag:
        messages = bag.messages()
        next(messages)
        change(path)
        for _ in messages:
            pass
        return [loss.reason for loss in bag.losses]


def append(path):
    with path.open('ab') as file:
        file.write(bytes(100))


def replace(path):
    other = path.with_name('other')
    shutil.copy(path, other)
    os.replace(other, path)


@pytest.mark.parametrize('kind', FILES)
def test_a_recording_that_is_written_to_while_it_is_read_says_so(kind, tmp_path):
    reasons = read_while(FILES[kind](tmp_path), append)

    assert any('was written to while it was read' in reason for reason in reasons)


@pytest.mark.parametrize('change', [os.unlink, replace, lambda path: None])
@pytest.mark.parametrize('kind', FILES)
def test_one_that_is_deleted_or_replaced_meanwhile_is_read_to_its_end(kind, change, tmp_path):
    path = FILES[kind](tmp_path)
    with open_bag(path) as bag:
        change(path)
        found, losses = contents(bag), bag.losses

    assert found == written(kind)
    assert losses == []


def test_a_log_that_grows_meanwhile_is_told(tmp_path):
    path = write_db3_with_log(tmp_path / 'a.db3', drive())
    reasons = read_while(path, lambda path: append(path.with_name('a.db3-wal')))

    assert len(reasons) == 1
    assert reasons[0].startswith('a.db3-wal: it was written to while it was read')


def test_a_log_that_goes_before_it_is_copied_is_no_full_disk(tmp_path, monkeypatch):
    path = write_db3(tmp_path / 'a.db3', drive())
    log = path.with_name('a.db3-journal')
    log.write_bytes(bytes(512))
    copyfile = shutil.copyfile

    def copy(source, target):
        log.unlink(missing_ok=True)
        return copyfile(source, target)

    monkeypatch.setattr(shutil, 'copyfile', copy)
    with open_bag(path) as bag:
        found, losses = contents(bag), bag.losses

    assert len(found) == len(written('db3'))
    assert losses == []
