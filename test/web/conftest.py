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

"""A real server with a recording, and a real Chromium that looks at it."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import cv2
import httpx
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'test' / 'e2e'))

from e2e_support import COMMAND, Server  # noqa: E402

from scenebox_ros.client import (  # noqa: E402
    BoundingBox,
    BoundingBoxAnnotation,
    Polygon,
    PolygonAnnotation,
)
from scenebox_ros.demo.drive import Drive  # noqa: E402
from scenebox_ros.demo.recording import record  # noqa: E402
from scenebox_ros.demo.sensors import Camera, Lidar  # noqa: E402

CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
# What a document may say, and no browser may run.
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


@pytest.fixture(scope='session')
def server(tmp_path_factory):
    if not (ROOT / 'scenebox_ros/server/web/static/index.html').exists():
        pytest.fail('the web app is not built; run: make web')
    running = Server(tmp_path_factory.mktemp('server') / 'data')
    yield running
    running.stop()


@pytest.fixture(scope='session')
def client(server):
    with server.client() as made:
        yield made


@pytest.fixture(scope='session')
def http(server):
    token = {'Authorization': f'Bearer {server.token}'}
    with httpx.Client(base_url=server.url, headers=token, timeout=60) as made:
        yield made


@pytest.fixture(scope='session')
def put(http):
    """Store documents, by id."""

    def send(documents, kind='images'):
        for name, document in documents.items():
            http.put(f'/v1/assets/meta/{name}', params={'asset_type': kind, 'replace': True},
                     json=document).raise_for_status()  # fmt: skip

    return send


@pytest.fixture(scope='session')
def session_uid(server, client, tmp_path_factory):
    """Upload two seconds of a drive, as images, clouds and a video."""
    drive = Drive(duration_s=2.0, camera=Camera(160, 90, 100.0), lidar=Lidar(8, 180))
    bag = record(drive, tmp_path_factory.mktemp('drive') / 'small_drive')
    settings = {'SCENE_ENGINE_URL': server.url, 'SCENEBOX_TOKEN': server.token,
                'PYTHONPATH': str(ROOT)}  # fmt: skip
    subprocess.run([*COMMAND, 'upload', '--video', str(bag)], env={**os.environ, **settings},
                   check=True, capture_output=True, timeout=300)  # fmt: skip
    (found,) = client.get_asset_manager('sessions').search_assets(
        {'filters': [{'field': 'session_name', 'values': ['small_drive']}]})
    return found


@pytest.fixture(scope='session')
def annotated(client):
    """Add an image with two boxes of one provider, and a polygon of another."""
    _, png = cv2.imencode('.png', np.full((80, 120, 3), 200, np.uint8))
    boxes = [BoundingBox(label='car', x_min=10, x_max=30, y_min=10, y_max=40),
             BoundingBox(label='bus', x_min=50, x_max=90, y_min=20, y_max=60)]  # fmt: skip
    corners = [(5, 70), (60, 75), (115, 70)]
    made = {'image_id': 'annotated'}
    annotations = [
        BoundingBoxAnnotation(bounding_boxes=boxes, provider='people', **made),
        PolygonAnnotation(polygons=[Polygon(coordinates=corners, label='kerb')],
                          provider='model', **made),
    ]  # fmt: skip
    client.create_set('annotated set', 'images', id='annotated_set')
    return client.add_image(image_bytes=png.tobytes(), id='annotated', set_id='annotated_set',
                            sensor=HOSTILE, annotations=annotations,
                            aux_metadata={'remark': HOSTILE})  # fmt: skip


@pytest.fixture(scope='session')
def browser():
    if CHROMIUM is None:
        pytest.skip('Chromium is not installed')
    playwright = pytest.importorskip('playwright.sync_api')
    playwright.expect.set_options(timeout=30_000)  # a machine that tests much else at once
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        yield opened
        opened.close()


@pytest.fixture
def visitor(server, browser):
    """Open a page that nobody has signed in to; afterwards, it must not have complained."""
    page = browser.new_page(base_url=server.url, viewport={'width': 1280, 'height': 900})
    page.complaints, page.asked = [], []
    page.on('pageerror', lambda error: page.complaints.append(str(error)))
    page.on('console', lambda said: page.complaints.append(said.text)
            if 'Content Security Policy' in said.text else None)  # fmt: skip
    page.on('request', lambda request: page.asked.append(request.url))
    yield page
    assert page.complaints == []
    assert [url for url in page.asked if not url.startswith((server.url, 'data:'))] == []
    assert [url for url in page.asked if server.token in url] == []
    page.close()


@pytest.fixture
def painted(page):
    """Say of the cloud that a page shows how many colours it has, and how many pixels are lit."""
    return lambda: page.locator('.cloud canvas').evaluate(
        """canvas => {
            const copy = document.createElement('canvas');
            [copy.width, copy.height] = [canvas.width, canvas.height];
            const pen = copy.getContext('2d');
            pen.drawImage(canvas, 0, 0);
            const { data } = pen.getImageData(0, 0, copy.width, copy.height);
            const pixels = new Uint32Array(data.buffer);
            const lit = pixels.filter((pixel) => pixel & 0xffffff).length;
            return { colours: new Set(pixels).size, lit };
        }""")


@pytest.fixture
def page(visitor, server):
    """Open a page that somebody has signed in to."""
    visitor.goto('/sessions')
    visitor.get_by_label('Token').fill(server.token)
    visitor.get_by_role('button', name='Sign in').click()
    visitor.get_by_role('heading', name='Sessions').wait_for()
    return visitor
