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

"""Files that only grow, whatever the sizes and whatever the disk can do."""

from contextlib import closing
import errno
import fcntl
import os
import resource

import pytest

from scenebox_ros.server.store.appender import Appender, BLOCK, BUFFER_BYTES, new_buffer


@pytest.fixture
def opened(tmp_path):
    path = tmp_path / 'file'
    with closing(Appender(path, new_buffer())) as appender:
        yield path, appender


def test_what_is_appended_stands_one_after_the_other(opened):
    path, appender = opened
    written = b''
    for size in (1, BLOCK - 1, 0, BLOCK, 5, BUFFER_BYTES - 10, 2 * BUFFER_BYTES + 3, 100, 7):
        body = os.urandom(size)
        appender.append([body[:size // 3], memoryview(body)[size // 3:]])
        written += body

        assert appender.end == len(written)
        assert path.read_bytes()[:appender.end] == written
        assert path.stat().st_size - appender.end < BLOCK
    appender.close = lambda: None
    Appender.close(appender)
    assert path.read_bytes() == written


def test_a_disk_that_wants_larger_blocks_gets_its_bytes_through_the_cache(opened, monkeypatch):
    path, appender = opened
    pwrite = os.pwrite

    def wants_larger(file, data, position):
        if fcntl.fcntl(file, fcntl.F_GETFL) & os.O_DIRECT:
            raise OSError(errno.EINVAL, 'Invalid argument')
        return pwrite(file, data, position)

    monkeypatch.setattr(os, 'pwrite', wants_larger)
    appender.append([b'one'])
    appender.append([b'two'])

    assert path.read_bytes()[:appender.end] == b'onetwo'


def test_what_fails_leaves_nothing_and_what_comes_next_is_whole(opened):
    path, appender = opened
    appender.append([b'first'])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BUFFER_BYTES + BLOCK, limits[1]))
    try:
        with pytest.raises(OSError, match='large'):
            appender.append([b'x' * (3 * BUFFER_BYTES)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert path.read_bytes() == b'first'
    appender.append([b' and second'])
    assert path.read_bytes()[:appender.end] == b'first and second'
