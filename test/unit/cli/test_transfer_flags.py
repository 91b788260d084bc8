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

import pytest

from scenebox_ros.cli.transfer_flags import add_plan, transfer_options
from scenebox_ros.errors import SettingsError


def options_of(*words):
    parser = argparse.ArgumentParser()
    add_plan(parser)
    return transfer_options(parser.parse_args(words))


def test_times_are_seconds_or_iso_8601():
    options = options_of('--start', '1767225600.5', '--end', '2026-01-01T00:00:01Z')

    assert (options.start_ns, options.end_ns) == (1767225600_500000000, 1767225601_000000000)


@pytest.mark.parametrize('text', ['yesterday', 'inf', 'nan', '1e400', ''])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(SettingsError, match='is not ISO 8601'):
        options_of('--start', text)


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(SettingsError, match='--end 5 is before --start 7'):
        options_of('--start', '7', '--end', '5')
