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

"""The bar, on terminals that say how wide they are and on those that do not."""

import fcntl
import json
import os
from pathlib import Path
import pty
import struct
import sys
import termios

import pytest

from scenebox_ros.bags import Progress
from scenebox_ros.cli.console import ReadingBar
from scenebox_ros.upload import UploadReport

SECOND = Progress(messages=25, total_messages=100, num_bytes=5_000_000, log_ns=0, seconds=1.0)


def everything_from(reader):
    """Read what was written to a terminal that is closed; the system then says that it failed."""
    told = b''
    try:
        while piece := os.read(reader, 4096):
            told += piece
    except OSError:
        pass
    os.close(reader)
    return told.decode()


@pytest.mark.parametrize(('rows', 'columns'), [(0, 0), (24, 100)])
def test_a_terminal_of_any_size_has_a_bar_with_rate_and_time_to_go(monkeypatch, rows, columns):
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    with open(terminal, 'w', encoding='utf-8') as stderr, ReadingBar(as_json=False) as bar:
        monkeypatch.setattr(sys, 'stderr', stderr)
        bar(Path('run.mcap'), SECOND)
    told = everything_from(reader)

    assert 'run.mcap:  25%' in told
    assert '25/100 [' in told
    assert '5.0 MB/s' in told


def after_a_while(bar):
    bar._told -= 60
    return bar


def test_what_is_still_to_be_sent_is_told_when_nothing_else_is(capsys):
    bar = ReadingBar(as_json=False)
    bar.sending(7_000_000, UploadReport(body_bytes=2_000_000))
    assert capsys.readouterr().err == ''

    after_a_while(bar).sending(7_000_000, UploadReport(body_bytes=2_000_000))
    assert capsys.readouterr().err == 'sent 2.0 MB, 7.0 MB of what was read to go\n'


def test_a_server_that_is_silent_for_long_is_told(capsys):
    bar = after_a_while(ReadingBar(as_json=False))
    bar.sending(7_000_000, UploadReport(body_bytes=2_000_000), silent_s=40.4)

    assert capsys.readouterr().err == (
        'sent 2.0 MB, 7.0 MB of what was read to go; the server has acknowledged nothing for '
        '40 s\n')


def test_what_is_still_to_be_sent_is_an_event_for_a_program(capsys):
    bar = after_a_while(ReadingBar(as_json=True))
    bar.sending(7, UploadReport(body_bytes=2, stored={'images': 1}), silent_s=3.2)

    assert json.loads(capsys.readouterr().out) == {
        'event': 'sending', 'bytes_left': 7, 'bytes_sent': 2, 'stored': {'images': 1},
        'silent_s': 3}
