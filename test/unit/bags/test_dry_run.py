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

"""``upload --dry-run``: what it shows is what an upload then does."""

from decimal import Decimal
import json

from bag_writers import drive, START_NS, STEP_NS, write_mcap
import pytest

from scenebox_ros.bags.recordings import capture, Options
from scenebox_ros.cli.main import main
from scenebox_ros.cli.outcome import Exit


class Nowhere:
    """A sink that keeps nothing."""

    def put(self, records):
        pass


@pytest.fixture
def recording(tmp_path):
    return write_mcap(tmp_path / 'a.mcap', drive(40))


def at(step):
    return START_NS + step * STEP_NS


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_recording_that_cannot_be_read_does_not_hide_the_others(recording, tmp_path, capsys):
    (tmp_path / '0.mcap').write_bytes(b'')

    code = main(['upload', str(tmp_path), '--dry-run', '--json'])
    plan, done = lines(capsys)

    assert code == Exit.LOSS
    assert plan['recording'] == str(recording)
    assert 'is empty' in done['refused'][str(tmp_path / '0.mcap')]


def test_nothing_that_can_be_read_is_no_recording(tmp_path, capsys):
    (tmp_path / '0.mcap').write_bytes(b'')

    assert main(['upload', str(tmp_path), '--dry-run']) == Exit.NO_RECORDING
    assert 'is empty' in capsys.readouterr().out


def test_messages_of_another_time_are_not_counted(recording, capsys):
    first, last = at(5), at(12)
    main(['upload', str(recording), '--dry-run', '--json',
          '--start', str(Decimal(first) / 10**9), '--end', str(Decimal(last) / 10**9)])
    counts = {row['topic']: row['messages'] for row in lines(capsys)[0]['plan']}
    report = capture([recording], Nowhere(), Options(start_ns=first, end_ns=last))

    (ingest,) = report.ingests.values()
    assert counts == {topic: told.read for topic, told in ingest.topics.items()}
    assert sum(counts.values()) == 8


def test_settings_and_times_that_concern_nothing_are_told(recording, capsys):
    main(['upload', str(recording), '--dry-run', '--topic', '/nowhere', '--end', '5'])
    told = capsys.readouterr().out

    assert "note: the settings of '/nowhere' concern no topic" in told
    assert 'note: nothing of a.mcap is of the time that is wanted' in told


def test_of_a_topic_that_recordings_of_one_session_share_the_first_plan_counts(
    recording, tmp_path, capsys
):
    other = write_mcap(tmp_path / 'b.mcap', drive(4))
    main(['upload', str(recording), str(other), '--session', 'Both', '--dry-run', '--json'])
    first, second, _ = lines(capsys)

    assert {first['session'], second['session']} == {'Both'}
    assert [row['sensor'] for row in first['plan']] == [row['sensor'] for row in second['plan']]
