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
Add images of 200 KB with metadata to a local server: this client against the original one.

``SCENEBOX_ORIGINAL_PYTHON`` names an interpreter that has ``scenebox`` 0.2.81 from PyPI. Both run
in processes of their own against the same ``scenebox serve``, in turn; the best round of each
counts. The CPU time of the processes is told too: on a busy machine it says more than the clock.

    python bench/client_against_original.py [images] [rounds]
"""

from __future__ import annotations

import json
import os
from pathlib import Path
import socket
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any
import urllib.request
import zlib

ADD = """
import json, pathlib, resource, sys, time, warnings
warnings.simplefilter('ignore')
which, url, token, folder, name = sys.argv[1:]
if which == 'ours':
    from scenebox_ros.client import Image, SceneEngineClient
else:
    import logging
    logging.disable(logging.CRITICAL)
    from scenebox.clients import SceneEngineClient
    from scenebox.models.assets import Image
client = SceneEngineClient(auth_token=token, scene_engine_url=url)
set_id = client.create_set(name, 'images')
aux = {'topic': '/camera/image', 'geolocation': {'lat': 48.1, 'lon': 11.5, 'altitude_m': 520}}
images = [
    Image(path=str(path), id=f'{name}_{path.stem}', sensor='camera',
          timestamp='2026-01-31T12:00:00Z', aux_metadata=aux)
    for path in sorted(pathlib.Path(folder).glob('*.png'))
]
begun, cpu = time.time(), time.process_time()
client.add_images(images, set_id)
taken = time.time() - begun, time.process_time() - cpu
assert len(client.assets_in_set(set_id)) == len(images)
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps([*taken, rss]))
"""


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk of a PNG."""
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def draw(folder: Path, count: int) -> None:
    """Write images of 200 KB, none like another."""
    header = struct.pack('>IIBBBBB', 256, 260, 8, 2, 0, 0, 0)
    for index in range(count):
        rows = b''.join(b'\0' + os.urandom(256 * 3) for _ in range(260))
        body = chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows, 0))
        (folder / f'{index:05}.png').write_bytes(
            b'\x89PNG\r\n\x1a\n' + body + chunk(b'IEND', b'')
        )


def served(folder: Path) -> tuple[subprocess.Popen[bytes], str, str]:
    """Start a server; give it, its URL and its token."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, '-m', 'scenebox_ros.cli.main', 'serve', '--data', str(folder),
               '--port', str(port)]
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)
    url = f'http://127.0.0.1:{port}'
    for _ in range(300):
        try:
            urllib.request.urlopen(f'{url}/readyz', timeout=5)
            return process, url, (folder / 'token').read_text().strip()
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit('the server does not start; look at what "scenebox serve" says')


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Tell a process's CPU seconds so far."""
    fields = Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def measured(which: str, python: str, *arguments: str) -> list[float]:
    """Add the images once; give seconds, CPU seconds and megabytes."""
    command = [python, '-c', ADD, which, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'{which} failed: {done.stderr[-1000:]}')
    told: list[float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Measure and print."""
    theirs = os.environ.get('SCENEBOX_ORIGINAL_PYTHON')
    if not theirs:
        print('SCENEBOX_ORIGINAL_PYTHON names no interpreter with scenebox 0.2.81: nothing to do')
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory(dir=os.environ.get('BENCH_DIR')) as name:
        folder = Path(name)
        (folder / 'images').mkdir()
        draw(folder / 'images', count)
        server, url, token = served(folder / 'data')
        best: dict[str, Any] = {}
        try:
            for turn in range(rounds):
                for which, python in (('ours', sys.executable), ('original', theirs)):
                    before = cpu_of(server)
                    found = measured(
                        which, python, url, token, str(folder / 'images'), f'{which}_{turn}'
                    )
                    row = [*found, cpu_of(server) - before]
                    best[which] = min(best.get(which, row), row)
        finally:
            server.terminate()
            server.wait()
    for which, (taken, cpu, rss, of_server) in best.items():
        print(f'{which:9} {count / taken:5.0f} images/s, {cpu / count * 1e3:.2f} ms CPU an image, '
              f'{of_server / count * 1e3:.2f} ms in the server, {rss:.0f} MB')  # fmt: skip
    ratios = [b / a for a, b in zip(best['ours'], best['original'], strict=True)]
    print(f'ours is {ratios[0]:.1f} x as fast, with {1 / ratios[1]:.2f} of the CPU time and '
          f'{1 / ratios[3]:.2f} of the server\'s; {os.getloadavg()[0]:.0f} processes wanted the '
          f'{os.cpu_count()} processors')  # fmt: skip


if __name__ == '__main__':
    main()
