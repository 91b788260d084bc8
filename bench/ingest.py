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

"""
Ingest over HTTP: assets of 200 kB through the protocol, against what this machine can do.

Run ``python bench/ingest.py [assets [threads]]``. Threads send raw PUTs to signed links and write
the documents by fifties: 4, and 20 as the original client has. Compared, in the same run, with
the same client and a bare web server that throws bodies away (the loopback's limit), and with
appending the same bytes to a file and syncing it once per eight megabytes (the disk's).
"""

import http.client
import json
import os
from pathlib import Path
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit

SIZE = 200_000
BATCH = 50
QUERY = 'asset_type=images&replace=True'
SERVE = (
    'import socket, sys; from scenebox_ros.server.serve import serve;'
    'serve(sys.argv[2], sock=socket.socket(fileno=int(sys.argv[1])))'
)
SINK = '''
import socket, sys, uvicorn
async def app(scope, receive, send):
    while (await receive()).get('more_body'):
        pass
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'{}'})
config = uvicorn.Config(app, lifespan='off', log_config=None, access_log=False)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
'''


class Process:
    """A server in a process of its own, on a loopback port."""

    def __init__(self, code, *arguments):
        sock = socket.socket()
        sock.bind(('127.0.0.1', 0))
        sock.listen(64)
        self.port = sock.getsockname()[1]
        command = [sys.executable, '-c', code, str(sock.fileno()), *arguments]
        self._process = subprocess.Popen(command, pass_fds=[sock.fileno()])
        sock.close()
        Caller(self.port).call('GET', '/readyz')

    def cpu_s(self):
        fields = Path(f'/proc/{self._process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def stop(self):
        self._process.terminate()
        self._process.wait(60)


class Caller:
    """A connection; the plainest client there is, so that the server is what is measured."""

    def __init__(self, port, token=''):
        self._connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        self._headers = {'Authorization': f'Bearer {token}'} if token else {}

    def call(self, method, path, body=None):
        self._connection.request(method, path, body, self._headers)
        reply = self._connection.getresponse()
        content = reply.read()
        if reply.status >= 400:
            raise SystemExit(f'{method} {path.split("?")[0]}: {reply.status} {content[:200]}')
        return content


def bodies(count):
    """Different bytes for each asset, made before the clock starts."""
    tail = os.urandom(SIZE - 8)
    return [n.to_bytes(8, 'little') + tail for n in range(count)]


def threaded(work, count, number):
    """Seconds that threads need for all batches."""
    batches = [range(n, min(n + BATCH, count)) for n in range(0, count, BATCH)]
    lock = threading.Lock()

    def run():
        while True:
            with lock:
                if not batches:
                    return
                batch = batches.pop(0)
            work(batch)

    threads = [threading.Thread(target=run) for _ in range(number)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def through_protocol(folder, contents, number):
    """Our server: links, bytes, documents."""
    server = Process(SERVE, folder)
    token = Path(folder, 'token').read_text()
    local = threading.local()

    def work(batch):
        if not hasattr(local, 'caller'):
            local.caller = Caller(server.port, token)
        names = [f'asset_{n}' for n in batch]
        path = f'/v1/assets/temporary_upload_url/?{QUERY}'
        places = json.loads(local.caller.call('POST', path, json.dumps({'ids': names})))
        for n, name in zip(batch, names, strict=True):
            link = urlsplit(places[name]['put_url'])
            local.caller.call('PUT', f'{link.path}?{link.query}', contents[n])
        documents = [{
            'timestamp': '2026-01-01T00:00:00Z', 'sensor': 'front', 'session_uid': 's',
            'width': 1920, 'height': 1080, 'format': 'JPEG', 'sets': ['bench'],
            'aux': {'geolocation': {'lat': 48.1, 'lon': 11.5}},
            'object_access': {'uri': places[name]['uri']},
        } for name in names]
        body = json.dumps({'ids': names, 'metadata': documents})
        local.caller.call('POST', f'/v1/assets/meta_batch/?{QUERY}', body)

    took = threaded(work, len(contents), number)
    cpu_s = server.cpu_s()
    server.stop()
    return took, cpu_s


def into_sink(contents, number):
    """The same bodies to a server that does nothing with them."""
    server = Process(SINK)
    local = threading.local()

    def work(batch):
        if not hasattr(local, 'caller'):
            local.caller = Caller(server.port)
        for n in batch:
            local.caller.call('PUT', '/x', contents[n])

    took = threaded(work, len(contents), number)
    server.stop()
    return took


def onto_disk(folder, contents):
    """The same bytes into one file, synced every eight megabytes."""
    began = time.perf_counter()
    with Path(folder, 'limit').open('wb', buffering=0) as file:
        for n, content in enumerate(contents, 1):
            file.write(content)
            if n % 40 == 0:
                os.fdatasync(file.fileno())
        os.fdatasync(file.fileno())
    return time.perf_counter() - began


def main(count, number):
    """Measure the three and print ratios."""
    contents = bodies(count)
    with tempfile.TemporaryDirectory() as folder:
        sink = into_sink(contents, number)
        disk = onto_disk(folder, contents)
        ours, cpu_s = through_protocol(f'{folder}/data', contents, number)
    size = count * SIZE / 1e6
    limit = max(sink, disk)
    print(f'{count} assets of {SIZE // 1000} kB, {number} threads')
    print(f'bare web server, no disk {count / sink:8.0f} assets/s {size / sink:7.0f} MB/s')
    print(f'append and sync          {count / disk:8.0f} assets/s {size / disk:7.0f} MB/s')
    print(f'ours, durable            {count / ours:8.0f} assets/s {size / ours:7.0f} MB/s'
          f'  server CPU {cpu_s / count * 1000:.2f} ms/asset')
    print(f'ratio to the slower limit {limit / ours:.2f} (goal: 0.50)')


if __name__ == '__main__':
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for threads in [int(one) for one in sys.argv[2:]] or [4, 20]:
        main(wanted, threads)
