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

Run ``python bench/ingest.py [assets [threads ...]]``. Threads (4, and 20 as the original client
has) send raw PUTs to signed links and write the documents by fifties; or send bytes and documents
together, thirty assets in a body. Compared, in turns, with the same client, threads and bodies:

- a bare web server that throws bodies away: the loopback's limit;
- nginx, a worker per core, that puts each body into a file (its WebDAV module). It makes a file
  for each body, and neither syncs, nor hashes, nor keeps documents, nor asks who sends;
- no server: the same bytes appended to a file that is synced once per eight megabytes, the disk's
  limit.

Client and server share the machine, so what is sent is made before the clock starts, hashes
included, and what nginx leaves in the kernel's cache is written before the next has its turn.
"""

from concurrent.futures import ThreadPoolExecutor
import http.client
import json
import os
from pathlib import Path
import shutil
import socket
from statistics import median
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit

from scenebox_ros.wire.frames import line

SIZE = 200_000
BATCH = 50
TOGETHER = 30
ROUNDS = 3
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
NGINX = '''
daemon off; worker_processes auto; pid nginx.pid; error_log error.log;
events {{}}
http {{
    access_log off; keepalive_requests 1000000; client_max_body_size 0;
    client_body_temp_path temporary; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        dav_methods PUT; create_full_put_path on;
    }}
}}
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
        """Seconds of the processor's time, children included."""
        pid = self._process.pid
        children = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
        ticks = 0
        for each in (pid, *children):
            fields = Path(f'/proc/{each}/stat').read_text().rsplit(')', 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf('SC_CLK_TCK')

    def stop(self):
        self._process.terminate()
        self._process.wait(60)


class Nginx(Process):
    """The same of nginx, which makes files below a folder."""

    def __init__(self, folder):
        with socket.socket() as sock:
            sock.bind(('127.0.0.1', 0))
            self.port = sock.getsockname()[1]
        Path(folder, 'files').mkdir(parents=True)
        text = NGINX.format(port=self.port, folder=folder)
        if os.geteuid() == 0:
            text = f'user root;{text}'
        Path(folder, 'nginx.conf').write_text(text)
        command = [nginx(), '-p', folder, '-c', 'nginx.conf', '-e', 'error.log']
        self._process = subprocess.Popen(command)
        for _ in range(100):
            try:
                socket.create_connection(('127.0.0.1', self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise SystemExit(f'nginx does not listen: {Path(folder, "error.log").read_text()}')


def nginx():
    """Where nginx is; few users have the administrator's folders in their path."""
    return shutil.which('nginx', path=f'{os.environ.get("PATH", "")}:/usr/sbin:/usr/local/sbin')


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


def threaded(work, count, number, size=BATCH):
    """Seconds that threads need for all batches; raise what stopped one of them."""
    batches = [range(n, min(n + size, count)) for n in range(0, count, size)]
    began = time.perf_counter()
    with ThreadPoolExecutor(number) as threads:
        for _ in threads.map(work, batches):
            pass
    return time.perf_counter() - began


def document(**more):
    """What is said of an image."""
    return {
        'timestamp': '2026-01-01T00:00:00Z', 'sensor': 'front', 'session_uid': 's',
        'width': 1920, 'height': 1080, 'format': 'JPEG', 'sets': ['bench'],
        'aux': {'geolocation': {'lat': 48.1, 'lon': 11.5}}, **more,
    }


def alone(caller, batch, contents):
    """Links, bytes, documents: a request for each asset's bytes."""
    names = [f'alone_{n}' for n in batch]
    path = f'/v1/assets/temporary_upload_url/?{QUERY}'
    places = json.loads(caller.call('POST', path, json.dumps({'ids': names})))
    for n, name in zip(batch, names, strict=True):
        link = urlsplit(places[name]['put_url'])
        caller.call('PUT', f'{link.path}?{link.query}', contents[n])
    documents = [document(object_access={'uri': places[name]['uri']}) for name in names]
    body = json.dumps({'ids': names, 'metadata': documents})
    caller.call('POST', f'/v1/assets/meta_batch/?{QUERY}', body)


def frames(count):
    """The same as they travel in a batch: the line that tells of one, and its bytes."""
    text = json.dumps(document()).encode()
    return [line(f'together_{n}', text, body, f'{n}.jpg') + body
            for n, body in enumerate(bodies(count))]


def together(caller, batch, contents):
    """Bytes and documents of many assets in one request."""
    body = b''.join(contents[n] for n in batch)
    reply = json.loads(caller.call('PUT', f'/v1/assets/batch/?{QUERY}', body))
    if any('error' in one for one in reply['results']):
        raise SystemExit(f'refused: {reply["results"]}')


def through_protocol(folder, contents, number, send, size):
    """Our server: seconds, and its CPU seconds."""
    server = Process(SERVE, folder)
    token = Path(folder, 'token').read_text()
    return clocked(server, contents, number, size,
                   lambda caller, batch: send(caller, batch, contents), token)


def into(server, contents, number, size):
    """Send the same bodies to a server that knows no protocol."""
    def send(caller, batch):
        if size == TOGETHER:
            caller.call('PUT', f'/{batch.start}', b''.join(contents[n] for n in batch))
            return
        for n in batch:
            caller.call('PUT', f'/{n}', contents[n])

    return clocked(server, contents, number, size, send)


def clocked(server, contents, number, size, send, token=''):
    """Seconds that threads need to send everything, and the CPU seconds of the server."""
    local = threading.local()

    def work(batch):
        if not hasattr(local, 'caller'):
            local.caller = Caller(server.port, token)
        send(local.caller, batch)

    before = server.cpu_s()
    took = threaded(work, len(contents), number, size)
    cpu_s = server.cpu_s() - before
    server.stop()
    os.sync()
    return took, cpu_s


def onto_disk(folder, contents):
    """The same bytes into one file, synced every eight megabytes."""
    began = time.perf_counter()
    with Path(folder, 'limit').open('wb', buffering=0) as file:
        for n, content in enumerate(contents, 1):
            file.write(content)
            if n % 40 == 0:
                os.fdatasync(file.fileno())
        os.fdatasync(file.fileno())
    return time.perf_counter() - began, 0.0


def turn(contents, number, send, size):
    """Each once: seconds, and the CPU seconds of the server."""
    with tempfile.TemporaryDirectory() as folder:
        results = {'bare web server': into(Process(SINK), contents, number, size)}
        if nginx():
            results['nginx, DAV PUT'] = into(Nginx(f'{folder}/nginx'), contents, number, size)
        results['append and sync'] = onto_disk(folder, contents)
        ours = through_protocol(f'{folder}/data', contents, number, send, size)
        return {**results, 'ours': ours}


def main(count, number):
    """Measure both ways and their limits in turns, and print medians and ratios."""
    print(f'{count} assets of {SIZE // 1000} kB, {number} threads, median of {ROUNDS} (range)')
    for name, send, size, made in (('alone', alone, BATCH, bodies),
                                   ('together', together, TOGETHER, frames)):
        contents = made(count)
        turns = [turn(contents, number, send, size) for _ in range(ROUNDS)]
        for peer in turns[0]:
            rates = sorted(count / one[peer][0] for one in turns)
            cpu_ms = median(one[peer][1] for one in turns) / count * 1000
            ratio = median(one[peer][0] / one['ours'][0] for one in turns)
            more = '' if peer == 'ours' else f'; ours is {ratio:.2f} of it'
            print(f'{name:8} {peer:15} {median(rates):5.0f} assets/s ({rates[0]:.0f} to '
                  f'{rates[-1]:.0f}), {median(rates) * SIZE / 1e6:4.0f} MB/s, server CPU '
                  f'{cpu_ms:.2f} ms/asset{more}')
    print('goal: 0.50 of the bare web server or of nginx' if nginx() else
          'nginx is NOT installed, and so not compared: apt-get install nginx-light')


if __name__ == '__main__':
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for threads in [int(one) for one in sys.argv[2:]] or [4, 20]:
        main(wanted, threads)
