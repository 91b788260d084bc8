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

"""What requests and jobs hold in memory is bounded, however many there are and however large."""

from contextlib import ExitStack
from pathlib import Path
import socket
import threading

import httpx
import numpy as np
import pytest
from server_support import running, Server

from scenebox_ros.codecs.images import encode_jpeg
from scenebox_ros.codecs.video import VideoOptions, VideoWriter
from scenebox_ros.wire.frames import line

pytestmark = pytest.mark.e2e

MIB = 1 << 20
BATCH = '/v1/assets/batch/?asset_type=images'
Q = {'asset_type': 'images', 'replace': 'True'}


@pytest.fixture(scope='module')
def narrow(tmp_path_factory):
    """A server whose requests may hold 8 MiB together."""
    with running(tmp_path_factory.mktemp('narrow'), max_bodies_bytes=8 * MIB) as server:
        yield server


def slow(server, path, sent, method='PUT'):
    """Begin to send 12 MiB, and stop after some of it."""
    url = httpx.URL(server.url)
    raw = socket.create_connection((url.host, url.port), timeout=30)
    head = (
        f'{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n'
        f'Content-Length: {12 * MIB}\r\n\r\n'
    )
    block = b'x' * (MIB - 4096)
    body = b''.join(line(name, b'{}', block, 'x') + block for name in 'ab')
    raw.sendall(head.encode() + body[:sent])
    return raw


def answers(senders):
    """Read what those senders are told that are told something."""
    told = []
    for raw in senders:
        raw.settimeout(0.5)
        try:
            told.append(raw.recv(4096).decode())
        except TimeoutError:
            told.append('')
        except ConnectionError:
            told.append('reset')
    return told


@pytest.mark.parametrize(('path', 'method'), [
    (BATCH, 'PUT'), ('/v1/assets/meta_batch/?asset_type=images', 'POST'),
])  # fmt: skip
def test_slow_senders_together_hold_no_more_than_is_allowed(narrow, path, method):
    with ExitStack() as opened:
        senders = [opened.enter_context(slow(narrow, path, 2 * MIB, method))
                   for _ in range(16)]  # fmt: skip
        told = answers(senders)
        with narrow.client() as http:
            small = http.put('/v1/assets/meta/small', params=Q, json={'a': 1})
            large = http.put('/v1/assets/meta/large', params=Q, json={'a': 'x' * 9 * MIB})

        # Two MiB of each of four fit, the others are refused, and nothing small is.
        assert 3 <= told.count('') <= 4
        assert sum('503' in one or one == 'reset' for one in told) == 16 - told.count('')
        assert any('retry-after: 1' in one.lower() for one in told)
        assert small.status_code == 200
        assert (large.status_code, large.headers['Retry-After']) == (503, '1')

    def is_room():
        with narrow.client() as http:
            return http.put('/v1/assets/meta/later', params=Q, json={'a': 'x' * 6 * MIB})

    # Those who hang up give back what they held, as soon as the server hears of it.
    pause = threading.Event()
    while (reply := is_room()).status_code == 503:
        pause.wait(0.05)
    assert reply.status_code == 200


def test_objects_on_their_way_count_until_they_are_in_a_file(narrow):
    with ExitStack() as opened, narrow.client() as http:
        places = http.post('/v1/assets/temporary_upload_url/', params=Q, json={
            'ids': [f'o{n}' for n in range(20)]}).json()  # fmt: skip
        paths = [httpx.URL(place['put_url']).raw_path.decode() for place in places.values()]
        small = [opened.enter_context(slow(narrow, path, MIB - 4096)) for path in paths]
        told = answers(small)

        assert 6 <= told.count('') <= 8
        assert sum('503' in one or one == 'reset' for one in told) == 20 - told.count('')

    large = b'x' * 20 * MIB
    reply = httpx.put(next(iter(places.values()))['put_url'], content=large)
    assert reply.status_code == 200


def test_a_body_that_takes_too_long_is_refused(tmp_path):
    with running(tmp_path / 'data', body_timeout_s=0.3) as server, \
            slow(server, BATCH, 10) as batch, \
            slow(server, '/v1/assets/meta/x?asset_type=images', 10) as document:  # fmt: skip
        for raw in (batch, document):
            assert '408' in raw.recv(4096).decode().splitlines()[0]


def peak_mb(process):
    """Find the most memory that a process, or one of its children, ever had."""
    most = 0.0
    for status in Path('/proc').glob('[0-9]*/status'):
        try:
            said = dict(one.split(':', 1) for one in status.read_text().splitlines())
        except OSError:
            continue
        if process in (int(status.parent.name), int(said['PPid'])) and 'VmHWM' in said:
            most = max(most, int(said['VmHWM'].split()[0]) / 1024)
    return most


def frame(number):
    return np.random.default_rng(number).integers(0, 256, (720, 1280, 3), np.uint8)


@pytest.fixture(scope='module')
def pictures():
    """Twelve different JPEG files of 1280 x 720 pixels."""
    return [encode_jpeg(frame(number), 60) for number in range(12)]


@pytest.fixture(scope='module')
def film():
    """A video of 60 such frames, one a second."""
    writer = VideoWriter(options=VideoOptions(encoder='software', quality=30))
    for second in range(60):
        writer.write(frame(second % 12), second * 10**9)
    return writer.close().blob


def kept(http, kind, name, body, **document):
    params = {'asset_type': kind, 'replace': 'True'}
    place = http.post('/v1/assets/temporary_upload_url/', params=params, json={'ids': [name]})
    place = place.json()[name]
    assert http.put(place['put_url'], content=body).status_code == 200
    document = {'object_access': {'uri': place['uri']}, **document}
    assert http.put(f'/v1/assets/meta/{name}', params=params, json=document).status_code == 200
    return name


def done(http, path, body):
    reply = http.post(f'/v1/{path}', json=body)
    assert reply.status_code == 200, reply.text
    pause = threading.Event()
    while (status := http.get(f'/v1/jobs/comprehensive_status/{reply.json()["job_id"]}').json()
           )['status'] in ('queued', 'running'):  # fmt: skip
        pause.wait(0.1)
    assert status['status'] == 'finished', status


def of_images(http, pictures, film, count):
    for n in range(count):
        kept(http, 'images', f'i{count}_{n}', pictures[n % 12], sensor=f'cam{count}',
             timestamp=f'2024-01-01T00:{n // 60:02}:{n % 60:02}Z')  # fmt: skip
    done(http, 'videos/images_to_video', {'sensor': f'cam{count}', 'search': {}, 'video_id': 'v'})


def joined(http, pictures, film, count):
    names = [kept(http, 'videos', f'v{count}_{n}', film) for n in range(count // 20)]
    done(http, 'videos/concatenate_videos', {'ids': names, 'output_video_id': f'all{count}'})


def taken_out(http, pictures, film, count):
    name = kept(http, 'videos', f'whole{count}', film)
    done(http, 'videos/extract_frame_thumbnails', {
        'ids': [name], 'thumbnail_tags': ['full_size_png'], 'frames': list(range(count // 4))})
    done(http, 'videos/extract_images', {'id': name})


def cut_out(http, pictures, film, count):
    name = kept(http, 'videos', f'long{count}', film, start_time='2024-01-01T00:00:00Z')
    end = f'2024-01-01T00:00:{count // 5:02}Z'
    done(http, 'videos/extract_subclip_video', {'id': name, 'extract_end_time': end})
    done(http, 'videos/compress_videos', {'ids': [name], 'use_preset': 'small'})


@pytest.mark.e2e
@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='reads /proc')
@pytest.mark.parametrize(('work', 'more'), [
    (of_images, 140), (joined, 140), (taken_out, 240), (cut_out, 240),
])  # fmt: skip
def test_a_media_job_needs_no_more_memory_for_more(tmp_path, pictures, film, work, more):
    server = Server(tmp_path / 'data')
    server.start()
    with server.client() as http:
        work(http, pictures, film, 40)
        few = peak_mb(server.process.pid)
        work(http, pictures, film, more)
        many = peak_mb(server.process.pid)

    assert server.stop() == 0
    # A hundred frames more are 275 MB of pixels; those taken or cut out of a film, 110 MB.
    assert many < few + 80, (few, many)
