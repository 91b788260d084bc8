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
How long ``GET /healthz`` takes: at rest, while assets arrive, while jobs compute.

Run ``python bench/health.py [seconds]``. One connection asks every 10 ms. Meanwhile four others,
in a process of their own, send batches of thirty assets of 200 kB; or jobs make thumbnails of
1080p images, and measure them, in all the processes that the server has for that.
"""

from contextlib import contextmanager
import json
import multiprocessing
from pathlib import Path
import sys
import tempfile
import threading
import time

import cv2
from ingest import Caller, document, frames, Process, QUERY, SERVE, TOGETHER, together
import numpy as np

from scenebox_ros.wire.frames import line

IMAGES = 200
SENDERS = 4
EVERY_S = 0.01


def tell(name, caller, seconds):
    """Ask for so long, and print the quantiles."""
    took = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        caller.call('GET', '/healthz')
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(EVERY_S)
    p50, p99, longest = (sorted(took)[int((len(took) - 1) * part)] for part in (0.5, 0.99, 1))
    print(f'{name:22} p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  longest {longest:6.1f} ms '
          f'({len(took)} answers)')


def send(port, token):
    """Send batches until ended; a server that has the bytes already would store nothing."""
    def run():
        caller = Caller(port, token)
        while True:
            together(caller, range(TOGETHER), frames(TOGETHER))

    for _ in range(SENDERS):
        threading.Thread(target=run, daemon=True).start()
    threading.Event().wait()


@contextmanager
def sending(port, token):
    """Let another process send."""
    process = multiprocessing.get_context('spawn').Process(target=send, args=(port, token))
    process.start()
    try:
        time.sleep(1)
        yield
    finally:
        process.terminate()
        process.join()


def put_images(caller):
    """Store pictures of noise, which are the slowest; say their ids."""
    names = [f'picture_{n}' for n in range(IMAGES)]
    text = json.dumps(document()).encode()
    noise = np.random.default_rng(0)
    for name in names:
        small = noise.integers(0, 255, (135, 240, 3), np.uint8)
        blob = cv2.imencode('.jpg', cv2.resize(small, (1920, 1080)))[1].tobytes()
        caller.call('PUT', f'/v1/assets/batch/?{QUERY}', line(name, text, blob, 'a.jpg') + blob)
    return names


def begin_jobs(caller, names):
    """Begin one job of each kind, for all images; say their ids."""
    wanted = {
        'compress_images': {'ids': names, 'use_preset': 'small'},
        'image_properties_enrichment': {'ids': names},
    }
    replies = [caller.call('POST', f'/v1/images/{route}/', json.dumps(body))
               for route, body in wanted.items()]
    return [json.loads(reply)['job_id'] for reply in replies]


def main(seconds):
    """Ask in every condition."""
    with tempfile.TemporaryDirectory() as folder:
        server = Process(SERVE, folder)
        token = Path(folder, 'token').read_text()
        caller, probe = Caller(server.port, token), Caller(server.port)
        tell('at rest', probe, seconds)
        with sending(server.port, token):
            tell('assets arrive', probe, seconds)
        names = put_images(caller)
        jobs = begin_jobs(caller, names)
        tell('jobs compute', probe, seconds)
        with sending(server.port, token):
            tell('both', probe, seconds)
        for job in jobs:
            print('a job is then', caller.call('GET', f'/v1/jobs/status/{job}').decode())
        server.stop()


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
