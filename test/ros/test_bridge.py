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

"""The bridge as it is launched: real processes, real DDS, and a ledger kept by the sender."""

import hashlib
import json
from pathlib import Path
import subprocess
import sys

import pytest
import standin

from scenebox_ros.bags import ingest, open_bag, plan
from scenebox_ros.spool import Spool

pytestmark = pytest.mark.ros
ROOT = Path(__file__).parents[2]
JPEG, CLOUD = '/camera/front/image_raw/compressed', '/lidar/points'


class Collector:
    """A sink that keeps records in memory."""

    def __init__(self):
        self.records = {}

    def put(self, records):
        self.records.update({record.id: record for record in records})


@pytest.fixture(scope='module')
def driven(tmp_path_factory):
    """Launch the bridge, drive past it, stop it; give folder, ledger, records, exit codes."""
    folder = tmp_path_factory.mktemp('bridge')
    params = folder / 'params.yaml'
    params.write_text(
        (ROOT / 'config' / 'bridge.yaml').read_text()
        .replace('~/.local/state/scenebox/spool', str(folder / 'spool'))
        .replace('spool_min_free_gb: 2.0', 'spool_min_free_gb: 0.0\n    depth: 200')
    )
    standin.install()
    context = standin.describe(
        ROOT / 'launch' / 'bridge.launch.py', params_file=str(params), upload='false')
    with standin.Running(context, folder) as running:
        done = subprocess.run(
            [sys.executable, ROOT / 'test' / 'ros' / 'drive_node.py', folder / 'ledger.jsonl',
             '--bag', folder / 'bag'],
            env={**running._environment, 'PYTHONPATH': str(ROOT)}, timeout=120,
            capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        alive = running.poll()
    ledger = [json.loads(line) for line in (folder / 'ledger.jsonl').read_text().splitlines()]
    with Spool(folder / 'spool') as spool:
        records = {entry.record.id: entry.record for entry in spool.take(10_000)}
    return folder, ledger, records, alive, running.exit_codes


def published(ledger, topic):
    return [line for line in ledger if line['topic'] == topic]


def test_every_image_that_was_published_is_spooled_byte_by_byte(driven):
    _, ledger, records, _, _ = driven
    sent = {line['stamp_ns']: line['sha256'] for line in published(ledger, JPEG)}
    kept = {r.stamp_ns: hashlib.sha256(r.body).hexdigest() for r in records.values()
            if r.kind == 'images'}

    assert len(sent) == 30
    assert kept == sent


def test_every_cloud_that_was_published_is_spooled_once(driven):
    _, ledger, records, _, _ = driven
    kept = sorted(r.stamp_ns for r in records.values() if r.kind == 'lidars')

    assert kept == sorted(line['stamp_ns'] for line in published(ledger, CLOUD))


def test_every_valid_fix_is_an_entity_and_no_other(driven):
    _, ledger, records, _, _ = driven
    valid = [line for line in published(ledger, '/gnss/fix') if line['has_fix']]
    entities = {entity['entity_id'] for record in records.values() for entity in record.entities
                if entity['entity_name'] == 'geolocation'}

    assert len(entities) == len(valid) == 14


def test_nodes_stay_alive_and_end_cleanly(driven):
    folder, _, _, alive, exit_codes = driven
    logs = {name: (folder / f'{name}.log').read_text() for name in exit_codes}

    assert set(alive.values()) == {None}, logs
    assert set(exit_codes.values()) == {0}, logs
    assert not any('Traceback' in log for log in logs.values()), logs


def test_a_bag_of_the_same_run_gives_the_same_assets(driven):
    folder, _, records, _, _ = driven
    sink = Collector()
    with open_bag(folder / 'bag') as bag:
        ingest(bag, plan(bag, 'again'), sink)

    live = {r.id for r in records.values() if r.kind in {'images', 'lidars'}}
    assert {r.id for r in sink.records.values() if r.kind in {'images', 'lidars'}} == live


def test_a_bag_of_the_same_run_gives_the_same_entities(driven):
    folder, _, records, _, _ = driven
    sink = Collector()
    with open_bag(folder / 'bag') as bag:
        ingest(bag, plan(bag, 'again'), sink)

    def entity_ids(of):
        return {e['entity_id'] for record in of.values() for e in record.entities}

    assert entity_ids(records) == entity_ids(sink.records)
