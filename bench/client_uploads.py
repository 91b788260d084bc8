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
Upload images of 200 KB with metadata: this client against the original client's way.

Both talk to the same bare server in one other process, in the same run. The original's way is:
per image a request for an upload URL, a form, and a DELETE, each on a connection of its own, from
20 threads; per 100 images one request with metadata, a search, and a pause of a second.

    python bench/client_uploads.py [images] [size]
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
import hashlib
import http.client
import json
import multiprocessing
import os
import resource
import socket
import sys
import tempfile
import time
from typing import Any

from scenebox_ros.client import AssetManagerClient

TOKEN = 'aa-bb-cc'
LARGE = 2**31


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer what uploads ask; keep nothing."""
    if scope['type'] != 'http':
        return
    digest, size, body = hashlib.sha256(), 0, []
    path = scope['path']
    is_file = path.startswith(('/raw', '/form', '/part'))
    while True:
        message = await receive()
        chunk = message.get('body', b'')
        size += len(chunk)
        if path.startswith('/raw'):
            digest.update(chunk)
        elif not is_file:
            body.append(chunk)
        if not message.get('more_body'):
            break
    answer = _answer(path, b''.join(body), digest.hexdigest(), size)
    headers = [(b'content-type', b'application/json'), (b'etag', b'"e"')]
    await send({'type': 'http.response.start', 'status': 200, 'headers': headers})
    await send({'type': 'http.response.body', 'body': json.dumps(answer).encode()})


def _answer(path: str, body: bytes, sha256: str, size: int) -> Any:
    base = os.environ['BENCH_URL']
    if path == '/status':
        return {'features': os.environ['BENCH_FEATURES'].split()}
    if path.startswith('/raw'):
        return {'sha256': sha256, 'size': size}
    if path.endswith('/temporary_upload_url/'):
        return {
            one: {
                'url': f'{base}/form',
                'fields': {'key': one},
                'uri': f's3://b/{one}',
                **(
                    {'put_url': f'{base}/raw/{one}'}
                    if 'raw_put' in os.environ['BENCH_FEATURES'] else {}
                ),
            }
            for one in json.loads(body)['ids']
        }
    if path.endswith('/assets/meta'):
        ids = json.loads(body)['filters'][0]['values']
        return [{'id': one} for one in ids]
    if path.endswith('/multipart_upload_id/'):
        return {'upload_id': 'u'}
    if path.endswith('/multipart_temporary_upload_url/'):
        return {'url': f'{base}/part'}
    if path.endswith('/multipart_complete/'):
        return {'uri': 's3://b/k'}
    return {'acknowledged': True, 'organization_id': 'o'}


def serve(port: int, features: str) -> None:
    """Run the server."""
    import uvicorn

    os.environ['BENCH_URL'] = f'http://127.0.0.1:{port}'
    os.environ['BENCH_FEATURES'] = features
    config = uvicorn.Config(app, port=port, log_level='error', access_log=False)
    asyncio.run(uvicorn.Server(config).serve())


def started(features: str) -> tuple[multiprocessing.Process, str]:
    """Start the server, and wait until it answers."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
    process = multiprocessing.get_context('spawn').Process(target=serve, args=(port, features))
    process.start()
    while not _is_open(port):
        time.sleep(0.05)
    return process, f'http://127.0.0.1:{port}'


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


class Cost:
    """Seconds of the clock and of this process's CPU since it was made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def taken(self) -> tuple[float, float]:
        """Tell both."""
        return time.perf_counter() - self._begun[0], time.process_time() - self._begun[1]


def original(url: str, images: list[bytes]) -> tuple[float, float]:
    """Upload as the original client does, and return the seconds without its pauses."""
    import requests

    query = {'asset_type': 'images', 'metadata_only': 'False', 'token': TOKEN}

    def put(index: int) -> None:
        name = f'img_{index}'
        told = requests.post(
            f'{url}/v1/assets/temporary_upload_url/', params=query, json={'ids': [name]}
        ).json()[name]
        files = {**told['fields'], 'file': images[index]}
        requests.post(told['url'], files=files)
        requests.delete(f'{url}/v1/assets/clear_bytes_from_cache', params={**query, 'id': name})

    cost = Cost()
    for start in range(0, len(images), 100):
        chunk = range(start, min(start + 100, len(images)))
        with ThreadPoolExecutor(20) as executor:
            list(executor.map(put, chunk))
        ids = [f'img_{index}' for index in chunk]
        documents = [document(one) for one in ids]
        body = {'ids': ids, 'metadata': documents}
        requests.post(f'{url}/v1/assets/meta_batch/', params=query, json=body)
        search = {'filters': [{'field': 'id', 'values': ids}]}
        requests.post(f'{url}/v1/assets/meta', params=query, json=search)
    return cost.taken()


def ours(url: str, images: list[bytes], threads: int) -> tuple[float, float]:
    """Upload with this client, and return the seconds."""
    ids = [f'img_{index}' for index in range(len(images))]
    with AssetManagerClient(
        'images', f'{url}/v1', auth_token=TOKEN, num_threads=threads
    ) as client:
        cost = Cost()
        client.put_assets_batch([document(one) for one in ids], ids, file_objects=images)
        return cost.taken()


def large(url: str, size: int) -> float:
    """Upload one large file, and return the seconds."""
    with tempfile.NamedTemporaryFile(dir=os.environ.get('BENCH_DIR')) as file:
        file.truncate(size)
        with AssetManagerClient('videos', f'{url}/v1', auth_token=TOKEN) as client:
            begun = time.perf_counter()
            with open(file.name, 'rb') as content:
                client.put_file(content, id='large.bin')
            return time.perf_counter() - begun


def limit(url: str, size: int) -> float:
    """PUT one large file with nothing but the standard library, and return the seconds."""
    connection = http.client.HTTPConnection(url.removeprefix('http://'), blocksize=2**18)
    with tempfile.TemporaryFile(dir=os.environ.get('BENCH_DIR')) as file:
        file.truncate(size)
        begun = time.perf_counter()
        connection.request('PUT', '/part', body=file, headers={'Content-Length': str(size)})
        connection.getresponse().read()
        return time.perf_counter() - begun


def document(asset_id: str) -> dict[str, Any]:
    """Make metadata like a camera's."""
    aux = {'topic': '/camera/image', 'geolocation': {'lat': 48.1, 'lon': 11.5, 'altitude_m': 520}}
    return {'id': asset_id, 'sensor': 'camera', 'width': 1920, 'height': 1080, 'aux': aux}


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    images = [os.urandom(size)] * count
    for features in ['', 'raw_put auth_header']:
        process, url = started(features)
        try:
            theirs, cpu = original(url, images)
            paused = theirs + -(-count // 100)
            print(
                f'original  {count / theirs:5.0f} images/s, {count / paused:.0f} with its pauses, '
                f'{cpu / count * 1e3:.2f} ms CPU an image',
                flush=True,
            )
            for threads in (1, 4, 20):
                taken, cpu = ours(url, images, threads)
                print(
                    f'ours      {count / taken:5.0f} images/s, {theirs / taken:.1f} x, '
                    f'{paused / taken:.1f} x with its pauses, {cpu / count * 1e3:.2f} ms CPU an '
                    f'image, {threads} threads, {features or "plain server"}',
                    flush=True,
                )
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            taken = large(url, LARGE)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            bare = limit(url, LARGE)
            print(
                f'one file  {LARGE / taken / 1e6:7.0f} MB/s, {bare / taken:.2f} of the standard '
                f'library, memory grew by {grown / 1024:.0f} MB'
            )
        finally:
            process.terminate()
            process.join()


if __name__ == '__main__':
    main()
