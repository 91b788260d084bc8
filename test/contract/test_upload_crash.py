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


"""An upload that is killed in the middle goes on with the parts that are missing."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading

import pytest

ROOT = Path(__file__).parents[2]
PART = 100_000
BODY = os.urandom(PART * 4 + 5)
UPLOADER = f"""
import sys
from scenebox_ros.client import AssetManagerClient, multipart, uploads
uploads.LARGE, multipart.PART, multipart.MAX_THREADS = {PART}, {PART}, 1
with AssetManagerClient('videos', sys.argv[1] + '/v1', auth_token='a-b') as client:
    with open(sys.argv[2], 'rb') as file:
        print(client.put_file(file, id='large.bin').uri)
"""


class Storage(BaseHTTPRequestHandler):
    """Takes parts; kills who sends the part that it was told to."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self._tell({} if self.path.startswith('/status') else {'organization_id': 'o'})

    def do_POST(self):
        body = json.loads(self._body())
        if 'multipart_upload_id' in self.path:
            self.server.begun += 1
            return self._tell({'upload_id': f'u{self.server.begun}'})
        if 'multipart_temporary_upload_url' in self.path:
            number = body['part_no']
            host, port = self.server.server_address
            return self._tell({'url': f'http://{host}:{port}/part/{number}'})
        self.server.completed = [one['PartNumber'] for one in body['parts']]
        return self._tell({'uri': 's3://bucket/large.bin'})

    def do_PUT(self):
        number = int(self.path.rpartition('/')[2])
        if number == self.server.deadly:
            self.rfile.read(1000)
            self.server.deadly = None
            self.server.kill()
            self.close_connection = True
            return
        self.server.parts.setdefault(number, []).append(self._body())
        self._tell({}, ETag=f'"etag-{number}"')

    def _body(self):
        return self.rfile.read(int(self.headers['Content-Length']))

    def _tell(self, answer, **headers):
        body = json.dumps(answer).encode()
        self.send_response(200)
        for name, value in {**headers, 'Content-Length': str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def storage():
    server = ThreadingHTTPServer(('127.0.0.1', 0), Storage)
    server.parts, server.begun, server.completed, server.deadly = {}, 0, None, None
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def upload(storage, path, cache):
    host, port = storage.server_address
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'XDG_CACHE_HOME': str(cache)}
    process = subprocess.Popen(
        [sys.executable, '-c', UPLOADER, f'http://{host}:{port}', str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    storage.kill = lambda: process.send_signal(signal.SIGKILL)
    told, _ = process.communicate(timeout=60)
    return process.returncode, told.strip()


@pytest.mark.skipif(not hasattr(signal, 'SIGKILL'), reason='this system cannot kill')
def test_an_upload_that_is_killed_inside_a_part_goes_on_with_it(storage, tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY)
    storage.deadly = 3

    killed, _ = upload(storage, path, tmp_path / 'cache')
    assert killed == -signal.SIGKILL
    assert sorted(storage.parts) == [1, 2]

    code, told = upload(storage, path, tmp_path / 'cache')
    assert (code, told) == (0, 's3://bucket/large.bin')
    assert storage.begun == 1
    assert storage.completed == [1, 2, 3, 4, 5]
    assert all(len(bodies) == 1 for bodies in storage.parts.values())
    assert b''.join(storage.parts[number][0] for number in range(1, 6)) == BODY
