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

"""The flags of a transfer: what is refused before anything is read."""

import argparse
import io
import json
import os
from pathlib import Path
import sys

import pytest

from scenebox_ros.cli.transfer_flags import add_paths, add_plan, recordings, transfer_options
from scenebox_ros.errors import BagError, SettingsError


def options_of(*words):
    parser = argparse.ArgumentParser()
    add_plan(parser)
    return transfer_options(parser.parse_args(words))


def test_times_are_seconds_or_iso_8601():
    options = options_of('--start', '1767225600.5', '--end', '2026-01-01T00:00:01Z')

    assert (options.start_ns, options.end_ns) == (1767225600_500000000, 1767225601_000000000)


def test_seconds_keep_their_nanoseconds():
    options = options_of('--start', '1767225600.000000001', '--end', '1767225600.123456789')

    assert (options.start_ns, options.end_ns) == (1767225600_000000001, 1767225600_123456789)


@pytest.mark.parametrize('text', [
    'yesterday', 'inf', 'nan', '1e400', '1e999999999', '', '1767225600000000000'])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(SettingsError, match='is neither ISO 8601'):
        options_of('--start', text)


@pytest.mark.parametrize('name', [' ', '\n', 'a\tb', 'x' * 501])
def test_a_session_name_that_no_server_takes_is_refused(name, tmp_path):
    with pytest.raises(SettingsError, match='give 1 to 500 characters'):
        options_of('--session', name)
    settings = tmp_path / 'settings.yaml'
    settings.write_text(json.dumps({'session_name': name}))
    with pytest.raises(SettingsError, match='give 1 to 500 characters'):
        options_of('--settings', str(settings))


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(SettingsError, match='--end 5 is before --start 7'):
        options_of('--start', '7', '--end', '5')


def listed(tmp_path, content, *names):
    """Give standard input to the command; the recordings are there."""
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b'')
    parser = argparse.ArgumentParser()
    add_paths(parser)
    with (tmp_path / 'list').open('w+b') as file:
        file.write(content)
        file.seek(0)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, 'stdin', io.TextIOWrapper(file, 'ascii'))
            return [os.fsencode(path) for path in recordings(parser.parse_args(['-']))]


NAMES = [b'a b.mcap', b' c.mcap', b'd .mcap', b'\xff.mcap', 'ü.mcap'.encode()]


@pytest.mark.parametrize('end', [b'\n', b'\r\n', b'\0', b'\n\n'])
def test_a_list_has_names_of_any_bytes(tmp_path, end):
    assert listed(tmp_path, end.join(NAMES), *NAMES) == NAMES


def test_only_nul_ends_a_name_with_a_newline(tmp_path):
    assert listed(tmp_path, b'a\nb.mcap\0', b'a\nb.mcap') == [b'a\nb.mcap']


def test_spaces_around_names_in_a_list_are_no_part_of_them(tmp_path):
    assert listed(tmp_path, b'  a.mcap  \n', b'a.mcap') == [b'a.mcap']


def test_a_recording_in_the_place_of_a_list_is_refused(tmp_path):
    with pytest.raises(BagError, match='is no list of paths: an entry has 5000 bytes'):
        listed(tmp_path, b'x' * 5000)


def test_no_standard_input_is_told(monkeypatch):
    monkeypatch.setattr(sys, 'stdin', None)

    with pytest.raises(BagError, match='standard input, which is closed'):
        recordings(argparse.Namespace(paths=[Path('-')]))


@pytest.mark.parametrize('flag', ['--session', '--tag', '--metadata'])
def test_words_that_no_server_takes_are_refused(flag, capsys):
    with pytest.raises(SystemExit):
        options_of(flag, 'a=\udcff')

    assert r"'a=\udcff' is not UTF-8" in capsys.readouterr().err
