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

"""A whole robot to torment: the launched bridge, an uploader, a network that fails, a server."""

from collections import Counter
import json
import os
from pathlib import Path
import select
import signal
import socket
import subprocess
import sys
from threading import Event, Thread
import time

import standin

from scenebox_ros.spool import Spool

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'test' / 'e2e'))
from e2e_support import Server  # noqa: E402

JPEG, CLOUD, FIX, IMU = (
    '/camera/front/image_raw/compressed', '/lidar/points', '/gnss/fix', '/imu/data')


class Network:
    """The only way to the server: a relay that can be cut (refused) or stalled (silent)."""

    def __init__(self, port):
        self._target = ('127.0.0.1', port)
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self._listener.getsockname()[1]}'
        self._is_up, self._flows, self._closed = Event(), Event(), False
        self._is_up.set()
        self._flows.set()
        self.sent_bytes = 0
        Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self._is_up.clear()

    def stall(self):
        self._flows.clear()

    def restore(self):
        """End what hangs, then let new connections through."""
        if not self._flows.is_set():
            self.cut()
            time.sleep(0.1)
        self._flows.set()
        self._is_up.set()

    def close(self):
        self._closed = True
        self._is_up.clear()
        self._listener.close()

    def _accept(self):
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._relay, args=(near,), daemon=True).start()

    def _relay(self, near):
        with near:
            try:
                far = socket.create_connection(self._target, timeout=5)
            except OSError:
                return
            with far:
                try:
                    while self._is_up.is_set():
                        ready, _, _ = select.select([near, far], [], [], 0.02)
                        if not self._flows.is_set():
                            time.sleep(0.02)
                            continue
                        for source in ready:
                            piece = source.recv(65536)
                            if not piece:
                                return
                            self.sent_bytes += len(piece) if source is near else 0
                            (far if source is near else near).sendall(piece)
                except OSError:
                    return


class Robot:
    """The bridge, launched; its uploader apart, so that it can be killed and started again."""

    def __init__(self, folder, server, *, url=None, token_file=None, sim_time=False, lines=()):
        self.folder, self.server = folder, server
        self.network = Network(server.port)
        self._params = folder / 'params.yaml'
        text = (ROOT / 'config' / 'bridge.yaml').read_text()
        for old, new in [
            ('~/.local/state/scenebox/spool', str(folder / 'spool')),
            # A depth with which a node whose process waits for its turn loses nothing.
            ('spool_min_free_gb: 2.0', 'spool_min_free_gb: 0.0\n    depth: 200'),
            ('server: http://127.0.0.1:8420', f'server: {url or self.network.url}\n'
             f'    token_file: {token_file or server.folder / "token"}\n'
             '    longest_wait_s: 2.0'),
            *lines,
        ]:
            assert old in text, old
            text = text.replace(old, new)
        self._params.write_text(text)
        standin.install()
        self._context = standin.describe(
            ROOT / 'launch' / 'bridge.launch.py', params_file=str(self._params), upload='false',
            use_sim_time=str(sim_time).lower())
        self._uploader = None
        self._drives = []

    def __enter__(self):
        self.running = standin.Running(self._context, self.folder)
        self.running.__enter__()
        return self

    def __exit__(self, *_):
        self.running.__exit__()
        self.stop_uploader()
        self.network.close()
        for drive in self._drives:
            # Of a test that failed: it would go on into the next one's robot.
            drive.kill()
            drive.wait()

    # -- the uploader -----------------------------------------------------------------------------
    def start_uploader(self):
        executable = Path(sys.prefix) / 'lib' / 'scenebox_ros' / 'uploader_node'
        with (self.folder / 'uploader_node.log').open('a') as log:
            self._uploader = subprocess.Popen(
                [executable, '--ros-args', '--params-file', self._params],
                env=self.running._environment, stdout=log, stderr=subprocess.STDOUT)

    def kill_uploader(self):
        self._uploader.send_signal(signal.SIGKILL)
        self._uploader.wait()

    def stop_uploader(self):
        """Stop it as launch does; give the exit code."""
        if self._uploader is None:
            return None
        self._uploader.send_signal(signal.SIGINT)
        return self._uploader.wait(60)

    # -- the drive --------------------------------------------------------------------------------
    def drive(self, *arguments):
        """Start to publish; gives the process."""
        self._drives.append(subprocess.Popen(
            [sys.executable, ROOT / 'test' / 'ros' / 'drive_node.py',
             self.folder / 'ledger.jsonl', *map(str, arguments)],
            env={**self.running._environment, 'PYTHONPATH': str(ROOT)},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        return self._drives[-1]

    def is_driving(self, drive):
        """Say whether something was published and more will come."""
        ledger = self.folder / 'ledger.jsonl'
        return drive.poll() is None and ledger.exists() and ledger.stat().st_size > 0

    def ledger(self):
        lines = (self.folder / 'ledger.jsonl').read_text().splitlines()
        return [json.loads(line) for line in lines]

    def park(self):
        """End the bridge as launch does; the uploader goes on."""
        self.running.__exit__()
        assert set(self.running.exit_codes.values()) == {0}, self.logs()

    def finish(self, drive, seconds=120):
        """Let the drive end, park the bridge, let the uploader finish."""
        assert drive.wait(seconds) == 0, drive.stderr.read()
        self.park()
        with Spool(self.folder / 'spool') as spool:
            wait_for_delivery(spool, self.logs)

    def logs(self):
        return {path.name: path.read_text()[-2000:] for path in self.folder.glob('*.log')}


def kill_server(server):
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def wait_until(claim, seconds, what):
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f'{what} within {seconds} s'
        time.sleep(0.1)


def wait_for_delivery(spool, logs, still_s=60):
    """Wait until all is delivered, however long the backlog is: only standing still fails."""
    seen, deadline = None, 0.0
    while not is_delivered(spool):
        waits = spool.stat().total.entries
        if waits != seen:
            seen, deadline = waits, time.monotonic() + still_s
        assert time.monotonic() < deadline, f'{waits} wait, unchanged for {still_s} s: {logs()}'
        time.sleep(0.1)


def is_delivered(spool):
    """Say whether nothing waits, and every session was resolved after its last record."""
    stat = spool.stat()
    assert stat.total.aside == 0, 'an entry was set aside'
    notes = [spool.session_notes(key) for key in stat.sessions]
    return stat.total.entries == 0 and not any(note.get('is_stale') for note in notes)


def of_topic(ledger, topic):
    return [line for line in ledger if line['topic'] == topic]


def compare(server, ledger):
    """Compare the server with the ledger, item by item; give all differences in words."""
    faults = []
    with server.client() as client:
        for kind, topic in [('images', JPEG), ('lidars', CLOUD)]:
            manager = client.get_asset_manager(kind)
            documents = manager.search_meta_large()
            held = Counter(int(document['aux']['stamp_ns']) for document in documents)
            sent = Counter(line['stamp_ns'] for line in of_topic(ledger, topic))
            faults += [f'{kind}: {len(sent - held)} lost'] if sent - held else []
            faults += [f'{kind}: {len(held - sent)} twice or made up'] if held - sent else []
            hashes = manager.get_hashes([document['id'] for document in documents])
            faults += [f'{kind} {document["id"]}: other bytes' for document in documents
                       if hashes[document['id']] != document['sha256']]
            if kind == 'images':
                published = {line['stamp_ns']: line['sha256'] for line in of_topic(ledger, topic)}
                faults += [f'image {document["id"]} is another' for document in documents
                           if published.get(int(document['aux']['stamp_ns']))
                           != document['sha256']]
        sessions = client.get_asset_manager('sessions').search_meta_large()
        entities = [one for session in sessions for one in client.iterate_entities(session['id'])]
    twice = [name for name, n in Counter(e['entity_id'] for e in entities).items() if n > 1]
    faults += [f'{len(twice)} entities twice'] if twice else []
    counts = Counter(entity['entity_name'] for entity in entities)
    expected = {
        'geolocation': sum(line['has_fix'] for line in of_topic(ledger, FIX)),
        'imu.angular_velocity.z': len(of_topic(ledger, IMU)),
        'image': len(of_topic(ledger, JPEG)), 'lidar': len(of_topic(ledger, CLOUD)),
    }
    return faults + [f'{name}: {counts[name]} entities of {wanted}'
                     for name, wanted in expected.items() if counts[name] != wanted]


def scenebox(server, folder, *arguments):
    """Run the command as on another machine."""
    return subprocess.run(
        [sys.executable, '-m', 'scenebox_ros.cli.main', *map(str, arguments)],
        env={**os.environ, 'PYTHONPATH': str(ROOT), 'SCENE_ENGINE_URL': server.url,
             'SCENEBOX_TOKEN': server.token, 'XDG_STATE_HOME': str(folder / 'elsewhere')},
        capture_output=True, text=True, timeout=300, check=False)


__all__ = [
    'compare', 'is_delivered', 'kill_server', 'Network', 'of_topic', 'Robot', 'scenebox', 'Server',
    'wait_for_delivery', 'wait_until',
]
