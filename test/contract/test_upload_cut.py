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

"""A large file over a slow network, cut off in the middle: little is sent again."""

import os
from pathlib import Path
import socket
import subprocess
import sys
import threading
import time

import pytest

from scenebox_ros.client.multipart import MIB, PART

SEND = """
import sys
from scenebox_ros.client import AssetManagerClient
with AssetManagerClient('videos', sys.argv[1], auth_token=sys.argv[2], num_threads=4) as client:
    client.put_asset({}, file_path=sys.argv[3], id='cut_off', wait_for_completion=True)
"""


class SlowLink:
    """Forwards connections to a server at a rate, and counts what goes there."""

    def __init__(self, port):
        self._port = port
        self._listening = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self._listening.getsockname()[1]}/v1'
        self.sent = 0
        self.bytes_per_s = 12 * MIB
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            # What waits on the way was not sent: little of it may.
            near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            far = socket.create_connection(('127.0.0.1', self._port))
            for pair in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source, target, is_counted):
        try:
            while block := source.recv(32_768):
                if is_counted:
                    with self._lock:
                        self.sent += len(block)
                        time.sleep(len(block) / self.bytes_per_s)
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            target.close()


@pytest.fixture
def link(platform):
    running = SlowLink(int(platform.url.rpartition(':')[2]))
    yield running
    running.close()


def test_a_kill_in_a_slow_network_costs_one_part(platform, engine, link, tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(os.urandom(2 * PART + MIB))
    environment = {**os.environ, 'XDG_CACHE_HOME': str(tmp_path),
                   'PYTHONPATH': str(Path(__file__).parents[2])}
    command = [sys.executable, '-c', SEND, link.url, platform.token, str(path)]

    first = subprocess.Popen(command, env=environment)
    deadline = time.monotonic() + 60
    while link.sent < PART + 20 * MIB and time.monotonic() < deadline:
        time.sleep(0.05)
    first.kill()
    first.wait()
    link.bytes_per_s = 1000 * MIB
    before = link.sent
    subprocess.run(command, env=environment, check=True, timeout=120)

    again = link.sent - path.stat().st_size
    assert PART < before < 2 * PART
    assert 0 < again < PART
    assert engine.get_asset_manager('videos').get_bytes('cut_off') == path.read_bytes()
