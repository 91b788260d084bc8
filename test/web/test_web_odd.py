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

"""Odd data and bad days: documents without fields, broken bytes, places far away, busy servers."""

import re

import av
import numpy as np
import pytest

from scenebox_ros.client import (
    ClassificationAnnotation,
    Connection,
    Cuboid2D,
    Cuboid2DAnnotation,
    Label,
    Point,
    Pose,
    PoseAnnotation,
)

expect = pytest.importorskip('playwright.sync_api').expect
pytestmark = pytest.mark.web

CORNERS = {'tl1': (10, 10), 'bl1': (10, 30), 'tr1': (40, 10), 'br1': (40, 30),
           'tl2': (20, 5), 'bl2': (20, 25), 'tr2': (50, 5), 'br2': (50, 25)}  # fmt: skip


@pytest.fixture(scope='module')
def picture(client, annotated):
    """Find where the bytes of a whole picture are."""
    return client.get_asset_manager('images').get_metadata(annotated)['object_access']


@pytest.mark.parametrize('kind', ['sessions', 'sets', 'projects', 'images', 'jobs'])
def test_documents_without_fields_and_with_nulls_are_shown(page, put, kind):
    put({'bare': {}, 'nulls': dict.fromkeys(
        ('name', 'session_name', 'set_stages', 'notes', 'sets', 'thumbnails', 'object_access',
         'start_time', 'assets_type'))}, kind)  # fmt: skip
    page.goto(f'/{kind}')
    for name in ('bare', 'nulls'):
        expect(page.locator('main')).to_contain_text(name if kind != 'images' else 'images')
        if kind != 'jobs':
            key = 'session_uid' if kind == 'sessions' else kind[:-1]
            page.goto(f'/{kind}?{key}={name}')
            page.get_by_role('heading', name=name).wait_for()
            page.goto(f'/{kind}')
    assert page.get_by_role('alert').count() == 0


def test_what_is_broken_hides_nothing_else_and_is_told(page, put, picture):
    put({'whole': {'sensor': 'odd', 'object_access': picture},
         'lost': {'sensor': 'odd', 'object_access': {'uri': picture['uri'] + 'x'}},
         'nowhere': {'sensor': 'odd', 'object_access': {'uri': 's3://elsewhere/a'}}})  # fmt: skip
    page.goto('/images?sensor=odd')

    page.wait_for_function("() => document.querySelector('.grid img')?.naturalWidth === 120")
    expect(page.locator('.grid .blank')).to_have_text(
        ['this picture cannot be shown here', 'no bytes'])


def test_poses_cuboids_and_labels_without_a_place_are_shown(page, client, put, picture):
    put({'posed': {'object_access': picture}})
    about = {'image_id': 'posed', 'provider': 'people'}
    joints = [Point(label='joint', left=left, top=top) for left, top in
              ((60, 20), (70, 40), (60, 60))]  # fmt: skip
    for one in (
        PoseAnnotation([Pose('man', joints, [Connection(0, 1), Connection(1, 2)])], **about),
        Cuboid2DAnnotation([Cuboid2D(label='van', **CORNERS)], **about),
        ClassificationAnnotation([Label(label='rain', class_name='weather')], **about),
    ):
        client.add_annotation(one)
    page.goto('/images?image=posed')

    expect(page.locator('.layers line')).to_have_count(2 + 12)
    expect(page.locator('.layers circle')).to_have_count(3)
    page.get_by_text('weather: rain', exact=True).wait_for()


def test_a_filter_is_a_step_to_go_back_to_and_can_always_be_let_go(page, put):
    put({'stepped': {'sensor': 'steps', 'tags': ['tagged']}})
    page.goto('/images?sensor=steps')
    page.get_by_role('button', name='tagged').click()
    page.wait_for_url(re.compile('tag=tagged'))
    page.go_back()
    expect(page.get_by_role('button', name='tagged')).to_have_attribute('aria-pressed', 'false')

    page.goto('/images?set=no_such_set')
    page.get_by_role('button', name='no_such_set').click()
    expect(page).to_have_url(re.compile('/images$'))


def test_a_cloud_far_from_the_origin_is_seen(page, client, painted, tmp_path):
    points = np.random.default_rng(1).normal([500_000, 5_200_000, 400], 10, (5000, 3))
    head = ('VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 5000\n'
            'HEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 5000\nDATA binary\n')  # fmt: skip
    client.create_set('far', 'lidars', id='far')
    for name, body in (('far', head.encode() + points.astype('<f4').tobytes()), ('junk', b'no')):
        (tmp_path / name).write_bytes(body)
        client.add_lidar(lidar_path=str(tmp_path / name), id=name, set_id='far', format='pcd')
    page.goto('/lidars?lidar=far')
    page.get_by_text('5,000 points').wait_for()

    assert painted()['lit'] > 2000
    page.goto('/lidars?lidar=junk')
    page.get_by_text('cannot be read as a PCD file').wait_for()


def test_a_video_that_no_browser_knows_is_played_from_its_preview(page, client, tmp_path):
    path = tmp_path / 'old.mp4'
    with av.open(str(path), 'w') as file:
        stream = file.add_stream('mpeg4', rate=10, width=160, height=96)
        stream.pix_fmt = 'yuv420p'
        for shade in range(20):
            picture = np.full((96, 160, 3), shade * 10, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        file.mux(stream.encode())
    client.create_set('old videos', 'videos', id='old_videos')
    name = client.add_video(set_id='old_videos', video_path=str(path), id='old_codec',
                            start_timestamp='2026-01-01T00:00:00Z')  # fmt: skip
    client.compress_videos([name], use_preset='small', wait_for_completion=True)
    page.goto(f'/videos?video={name}')

    page.wait_for_function("() => document.querySelector('video.big')?.videoWidth > 0")
    page.route('**/v1/storage/**', lambda route: route.abort())
    page.reload()
    page.get_by_text('this browser cannot play this video').wait_for()


def test_a_track_over_the_date_line_is_short(page, client):
    uid = client.add_session('date line')
    cells = range(20)
    client.add_geolocation_entities(
        [-17.0] * 20, [(359.95 + cell * 0.005) % 360 - 180 for cell in cells],
        [f'2026-01-01T00:00:{cell:02}Z' for cell in cells], uid)
    client.resolve_session(uid, wait_for_completion=True)
    page.goto(f'/sessions?session_uid={uid}')

    expect(page.locator('.leaflet-control-scale-line')).to_have_text(re.compile(r'^\d+ (m|km)$'))
    words = page.locator('.leaflet-control-scale-line').inner_text().split()
    assert float(words[0]) * {'m': 1, 'km': 1000}[words[1]] < 10_000


def test_arrows_step_from_picture_to_picture(page, client, session_uid):
    times = sorted(image['timestamp'] for image in client.get_asset_manager('images')
                   .search_meta_large({'filters': [
                       {'field': 'session_uid', 'values': [session_uid]},
                       {'field': 'sensor', 'values': ['camera_front']}]}))  # fmt: skip
    page.goto(f'/sessions?session_uid={session_uid}&t={times[3]}'.replace('+', '%2B'))
    for key, wanted in (('Right', times[4]), ('Left', times[3]), ('Left', times[2])):
        page.get_by_label('Time').press(f'Arrow{key}')

        expect(page.locator('.clock output')).to_contain_text(wanted[11:19])
        expect(page.get_by_label('Time')).to_have_attribute(
            'aria-valuetext', re.compile(wanted[:23].replace('T', ' ').removesuffix('.000')))


def test_a_busy_server_is_asked_again_and_an_absent_one_when_told(page, put):
    put({'patient': {'sensor': 'patient'}})
    left = ['busy', 'gone']

    def refuse(route):
        if not left:
            return route.continue_()
        if left.pop(0) == 'gone':
            return route.abort()
        return route.fulfill(status=429, headers={'Retry-After': '1'},
                             body='{"error": {"code": "too_many_requests", "message": "slow"}}')

    page.route('**/v1/images/meta?*', refuse)
    page.goto('/images?sensor=patient')
    page.get_by_role('button', name='Try again').click()

    expect(page.locator('.grid li')).to_have_count(1)
    assert left == []


def test_a_phone_shows_all_of_it(page, session_uid, annotated):
    page.set_viewport_size({'width': 390, 'height': 800})
    for address in ('/sessions', '/images', f'/images?image={annotated}', '/jobs', '/sets',
                    f'/sessions?session_uid={session_uid}', '/embeddings', '/dashboard'):
        page.goto(address)
        page.wait_for_load_state('networkidle')

        assert page.evaluate('document.documentElement.scrollWidth') == 390, address
