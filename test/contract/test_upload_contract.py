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

"""The uploader, through the real client, against a real server that is killed and restarted."""

from io import BytesIO
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
from threading import Event, Thread

from free_port import free_port
import pytest

from scenebox_ros import ids, stamps
from scenebox_ros.errors import SceneBoxError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.upload import ClientPlatform, Uploader, UploadSettings

SceneEngineClient = pytest.importorskip('scenebox_ros.client').SceneEngineClient
pytest.importorskip('scenebox_ros.server.serve')
pytestmark = pytest.mark.e2e
S = 1_000_000_000
T0 = 1_700_000_000 * S
ROOT = Path(__file__).parents[2]


class Server:
    """A server process on a port of its own that can be killed and started again."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}'
        self.process = None

    def start(self):
        code = (f'from scenebox_ros.server.serve import serve; '
                f'serve({str(self.folder)!r}, port={self.port})')
        environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, '-c', code], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pause = Event()
        while not self._answers():
            assert self.process.poll() is None
            pause.wait(0.02)

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def token(self):
        return (self.folder / 'token').read_text().strip()

    def client(self, token=None):
        return SceneEngineClient(token or self.token(), scene_engine_url=self.url)

    def _answers(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path / 'server')
    running.start()
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / 'spool', SpoolLimits(min_free_bytes=0)) as opened:
        yield opened


def jpeg(number):
    import numpy as np

    from scenebox_ros.codecs.images import encode_jpeg

    return encode_jpeg(np.full((48, 64, 3), number % 250, np.uint8))


def image(number):
    body = jpeg(number)
    name = f'cam_{number:04}_{ids.sha256(body)[:8]}'
    stamp_ns = T0 + number * S // 10
    time = stamps.to_iso(stamp_ns)
    document = {
        'width': 64, 'height': 48, 'format': 'JPEG', 'sensor': 'cam', 'timestamp': time,
        'sha256': ids.sha256(body), 'num_bytes': len(body),
        'aux': {'topic': '/cam', 'geolocation': {'lat': 49.0, 'lon': 8.0, 'altitude_m': 1.0}},
    }
    entity = {
        'timestamp': time, 'enrichments': [], 'entity_name': 'image', 'media_asset_id': name,
        'entity_value': name, 'entity_id': ids.entity_id('media', name), 'entity_type': 'media',
        'influence': 'interval'}
    return Record('images', 'run', name, '/cam', stamp_ns, document, (entity,), body,
                  'image/jpeg', ids.sha256(body))


def run(count):
    about = {'name': 'Contract Run', 'type': 'generic', 'resolution': 1.0,
             'sets_prefix': 'contract_run', 'metadata': {'vehicle': 'one'}}
    return [
        Record('session', 'run', 'opening', document=about), *(image(i) for i in range(count)),
        Record('end', 'run', 'ending', document={'start_ns': T0, 'end_ns': T0 + count * S // 10}),
    ]


def settings(**changes):
    return UploadSettings(first_wait_s=0.05, longest_wait_s=0.2, idle_s=0.02, **changes)


def arrived(client):
    images = client.get_asset_manager('images')
    found = sorted(client.search_assets('images', size=1000))
    return {name: ids.sha256(BytesIO(images.get_bytes(name)).getvalue()) for name in found}


def expected(records):
    return {record.id: record.sha256 for record in records if record.kind == 'images'}


def test_a_run_arrives_byte_for_byte_and_a_second_upload_adds_nothing(server, spool, tmp_path):
    records = run(30)
    spool.put(records)
    client = server.client()
    report = Uploader(spool, ClientPlatform(client), settings()).drain()

    assert arrived(client) == expected(records)
    uid = report.sessions['run']
    document = client.get_metadata(records[1].id, 'images')
    assert document['session_uid'] == uid
    assert document['sets'] == ['contract_run_images']
    assert document['aux']['geolocation']['lat'] == 49.0
    session = client.get_asset_manager('sessions').get_metadata(uid)
    assert session['session_aux']['vehicle'] == 'one'
    assert session['source_data'] == [
        {'sensor': 'cam', 'id': 'contract_run_images', 'type': 'images'}]
    with Spool(tmp_path / 'again', SpoolLimits(min_free_bytes=0)) as again:
        again.put(records)
        second = Uploader(again, ClientPlatform(client), settings()).drain()
    assert second.stored == {}
    assert second.existing == {'images': 30}
    assert second.sessions == {'run': uid}


def test_a_server_that_is_killed_again_and_again_gets_everything_once(server, spool):
    records = run(200)
    spool.put(records)
    kills = Event()
    upload = Uploader(spool, ClientPlatform(server.client()), settings(
        workers=2, batch_entries=10, previews=False))

    def kill_often(report):
        if sum(report.stored.values()) // 50 > kill_often.number:
            kill_often.number += 1
            server.kill()
            server.start()

    kill_often.number = 0
    stop = Event()
    thread = Thread(target=upload.run, args=(stop, kill_often))
    thread.start()
    while len(spool):
        kills.wait(0.05)
    stop.set()
    thread.join()

    assert kill_often.number >= 3
    assert spool.stat().total.aside == 0
    assert arrived(server.client()) == expected(records)


UPLOADER = '''
import sys
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.upload import ClientPlatform, Uploader, UploadSettings
folder, url, token = sys.argv[1:]
client = SceneEngineClient(token, scene_engine_url=url)
settings = UploadSettings(batch_entries=5, workers=3, previews=False)
Uploader(Spool(folder, SpoolLimits(min_free_bytes=0)), ClientPlatform(client), settings).drain()
'''


def test_an_uploader_that_is_killed_again_and_again_sends_everything_once(server, spool):
    records = run(150)
    pause = Event()
    # A little more for each: none is done with all before it is killed.
    for first in range(0, len(records), 50):
        spool.put(records[first:first + 50])
        before = len(spool)
        process = subprocess.Popen(
            [sys.executable, '-c', UPLOADER, str(spool.folder), server.url, server.token()],
            env={**os.environ, 'PYTHONPATH': str(ROOT)})
        while len(spool) > max(0, before - 30) and process.poll() is None:
            pause.wait(0.002)
        process.kill()
        assert process.wait() in (0, -signal.SIGKILL)
    client = server.client()
    report = Uploader(spool, ClientPlatform(client), settings(previews=False)).drain()

    assert arrived(client) == expected(records)
    assert report.set_aside == 0
    sessions = client.search_assets('sessions')
    assert len(sessions) == 1


def test_a_wrong_token_is_one_clear_error(server, spool):
    spool.put(run(1))
    with pytest.raises(SceneBoxError, match='token') as caught:
        Uploader(spool, ClientPlatform(server.client('wrong-secret')), settings()).drain()

    assert 'wrong-secret' not in str(caught.value)


def test_an_expired_token_is_replaced_without_loss(server, spool):
    records = run(20)
    spool.put(records)
    tokens = iter(['wrong-secret', 'wrong-secret'])
    platform = ClientPlatform(
        server.client('wrong-secret'), lambda: next(tokens, server.token()))
    upload, stop = Uploader(spool, platform, settings()), Event()
    thread = Thread(target=upload.run, args=(stop,))
    thread.start()
    pause = Event()
    while len(spool):
        pause.wait(0.02)
    stop.set()
    thread.join()

    assert spool.stat().total.aside == 0
    assert arrived(server.client()) == expected(records)
