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

"""Every folder of the shared recordings through upload, verify, and upload again."""

import json

from outcomes import Outcome, OUTCOMES
import pytest

from scenebox_ros.cli.main import main

pytestmark = [pytest.mark.e2e, pytest.mark.shared]


@pytest.fixture
def run(server, tmp_path, monkeypatch, capsys):
    """Run the command in this process; gives the exit code, the last JSON line, and all text."""
    monkeypatch.setenv('SCENE_ENGINE_URL', server.url)
    monkeypatch.setenv('SCENEBOX_TOKEN', server.token)
    monkeypatch.setenv('XDG_CONFIG_HOME', str(tmp_path / 'config'))

    def call(*arguments, machine='here'):
        monkeypatch.setenv('XDG_STATE_HOME', str(tmp_path / machine))
        code = main([str(each) for each in arguments])
        told = capsys.readouterr()
        assert 'Traceback' not in told.err
        assert 'unexpected' not in told.err
        lines = told.out.strip().splitlines()
        return code, json.loads(lines[-1]) if lines else {}, told.out + told.err

    return call


def one_report(done):
    """What several recordings of one path gave, as one."""
    whole = {'losses': [], 'undecodable': {}, 'skipped': {}}
    for report in done.get('recordings', {}).values():
        whole['losses'] += [loss['reason'] for loss in report['losses']]
        whole['skipped'] |= report['skipped']
        whole['undecodable'] |= {
            name: topic['undecodable'] for name, topic in report['topics'].items()
            if topic['undecodable']}
    return whole


@pytest.mark.parametrize('name', OUTCOMES)
def test_a_shared_recording_has_its_outcome(run, shared, name):
    expected: Outcome = OUTCOMES[name]
    path = shared / 'data' / name

    code, done, text = run('upload', path, '--json')
    verify_code, verified, _ = run('verify', path, '--json')
    again_code, again, _ = run('upload', path, '--json', machine='another')

    assert code == expected.code, text
    assert again_code == code
    report = one_report(done)
    assert report['undecodable'] == expected.undecodable
    assert bool(report['losses']) == bool(expected.losses)
    assert all(any(word in loss for loss in report['losses']) for word in expected.losses)
    assert all(word in text for word in expected.refused)
    assert set(expected.skipped) <= set(report['skipped'])
    assert verify_code == {0: 0, 1: int(bool(expected.refused)), 5: 5}[code]
    if 'upload' in done:
        counts = {kind: count for kind, count in verified['expected'].items() if count}
        assert counts.pop('entities', 0) == expected.entities
        assert counts == expected.assets
        assert verified['gaps'] == []
        assert again['upload']['stored'] == {}


def test_every_shared_recording_has_an_expected_outcome(shared):
    data = shared / 'data'
    there = {path.name for path in data.iterdir() if path.is_dir()} - {'damaged_a'}
    damaged = data / 'damaged_a'
    for folder in [damaged, damaged / 'others_fixtures']:
        there |= {str(path.relative_to(data)) for path in folder.iterdir()
                  if path.name not in ('README.md', 'others_fixtures')}

    assert there == set(OUTCOMES)
