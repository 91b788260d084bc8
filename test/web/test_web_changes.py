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

"""What people say and change in a browser, and masks, against what the client reads and wrote."""

import re

import cv2
import numpy as np
import pytest

from scenebox_ros.client import SegmentationAnnotation

expect = pytest.importorskip('playwright.sync_api').expect
pytestmark = pytest.mark.web

HOSTILE = '<img src=x onerror="window.hacked=1">'
ROAD, CAR, WHITE = (0x33, 0x66, 0xCC), (1, 0, 0), (255, 255, 255)


def put_mask(folder, name, regions):
    """Write a mask of the picture's size: a colour in each stretch of columns."""
    mask = np.zeros((80, 120, 3), np.uint8)
    for (first, last), color in regions:
        mask[:, first:last] = color[::-1]
    cv2.imwrite(str(folder / name), mask)
    return str(folder / name)


@pytest.fixture(scope='module')
def segmented(client, annotated, http, tmp_path_factory):
    """Segment a picture: two colours of one mask, any colour of another, a mask that is lost."""
    folder = tmp_path_factory.mktemp('masks')
    access = client.get_asset_manager('images').get_metadata(annotated)['object_access']
    http.put('/v1/assets/meta/segmented', params={'asset_type': 'images', 'replace': True},
             json={'object_access': access, 'sensor': 'cam'}).raise_for_status()  # fmt: skip
    about = {'asset_id': 'segmented', 'media_type': 'images'}
    many = put_mask(folder, 'many.png', [((0, 40), ROAD), ((40, 50), CAR)])
    one = put_mask(folder, 'one.png', [((100, 110), WHITE), ((110, 115), CAR)])
    for made in (
        SegmentationAnnotation(['road', 'car'], ['#36c', '#010000'], mask_file_paths=[many] * 2,
                               provider='model', **about),
        SegmentationAnnotation(['sign'], ['#ffffff'], mask_file_paths=[one],
                               mask_types=['SingleColor'], provider='people', **about),
        SegmentationAnnotation(['sky'], ['#ffffff'], mask_uris=[access['uri'] + 'x'],
                               provider='lost', **about),
    ):  # fmt: skip
        client.add_annotation(made)
    return 'segmented'


@pytest.fixture
def covered(page):
    """Say which columns of the picture masks cover."""
    def read():
        return page.locator('.layers canvas').evaluate("""canvas => {
            const { width, height } = canvas;
            const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
            const lit = Array.from({ length: width }, () => 0);
            for (let at = 0; at < width * height; at += 1) lit[at % width] += data[4 * at + 3] > 0;
            return lit.flatMap((number, x) => number === height ? [x] : number ? [-1] : []);
        }""")

    return read


def test_masks_cover_exactly_their_pixels_and_follow_the_switches(page, segmented, covered):
    page.goto(f'/images?image={segmented}')
    page.get_by_role('img', name='3 segments').wait_for()

    assert covered() == [*range(50), *range(100, 115)]
    painted, label = page.evaluate("""() => {
        const pen = document.querySelector('.layers canvas').getContext('2d');
        const swatch = [...document.querySelectorAll('label')]
            .find((one) => one.textContent.includes('road')).querySelector('rect');
        return [[...pen.getImageData(10, 10, 1, 1).data].slice(0, 3),
            getComputedStyle(swatch).fill.match(/\\d+/g).map(Number)];
    }""")
    assert painted == pytest.approx(label, abs=3)
    page.get_by_label('road').uncheck()
    page.get_by_role('img', name='2 segments').wait_for()
    assert covered() == [*range(40, 50), *range(100, 115)]
    page.get_by_label('people').uncheck()
    page.get_by_role('img', name='1 segments').wait_for()
    assert covered() == list(range(40, 50))
    page.get_by_text('1 mask cannot be shown').wait_for()


def test_labels_switch_boxes_too(page, annotated):
    page.goto(f'/images?image={annotated}')
    page.get_by_label('bus').uncheck()

    expect(page.locator('.layers text')).to_have_text(['car', 'kerb'])


@pytest.mark.parametrize('text', ['blurred', HOSTILE])
def test_a_comment_on_an_asset_is_what_the_client_reads(page, client, annotated, text):
    page.goto(f'/images?image={annotated}')
    page.get_by_label('Comment', exact=True).fill(text)
    page.get_by_role('button', name='Add', exact=True).click()
    line = page.locator('.comments li', has_text=text)
    line.wait_for()

    said = client.get_comments('images', [annotated])[annotated]
    assert [one['user'] for one in said if one['comment'] == text] == ['superadmin']
    expect(page.locator('.comments li')).to_have_count(len(said))
    expect(page.get_by_label('Comment', exact=True)).to_have_value('')
    assert page.evaluate('window.hacked') is None


def test_a_comment_on_a_stretch_stands_in_the_timeline_and_leads_there(page, client, put):
    uid = client.add_session('commented', resolution=0.5)
    client.add_event_interval('manoeuvre', 'turn', '2026-04-01T00:00:00Z', '2026-04-01T00:00:20Z',
                              uid)  # fmt: skip
    client.resolve_session(uid, wait_for_completion=True)
    client.add_comment_to_assets('sessions', [uid], 'of all of it')
    page.goto(f'/sessions?session_uid={uid}&t=2026-04-01T00:00:05Z')
    page.get_by_text('of all of it').wait_for()
    page.get_by_label('Comment', exact=True).fill(HOSTILE)
    page.get_by_label('Seconds from the cursor').fill('2')
    page.get_by_role('button', name='Add', exact=True).click()
    page.locator('.comments li', has_text=HOSTILE).get_by_role('button').wait_for()

    data = client.get_field_data(uid, fields=['comment', 'commentator'])
    cells = [i for i, said in enumerate(data['comment']) if said == [HOSTILE]]
    assert [data['timestamp'][i][17:21] for i in (cells[0], cells[-1])] == ['05+0', '06.5']
    assert data['commentator'][cells[0]] == ['superadmin']
    expect(page.locator('.strip', has_text='commentator').locator('.now')).to_have_text(
        'superadmin')
    page.get_by_label('Time').press('Home')
    page.locator('.comments li', has_text=HOSTILE).get_by_role('button').click()
    expect(page.locator('.clock output')).to_contain_text('00:00:05')
    assert page.evaluate('window.hacked') is None


def test_who_may_only_read_is_told_so(page, server, http, annotated):
    user = {'username': 'reader', 'email': 'r@example.com', 'role': 'read_only_user',
            'organization_id': 'scenebox'}  # fmt: skip
    token = http.post('/identity_manager/user', json=user).json()['token']
    page.evaluate('(token) => sessionStorage.setItem("scenebox-token", token)', token)
    page.goto(f'/images?image={annotated}')
    page.get_by_label('Comment', exact=True).fill('mine')
    page.get_by_role('button', name='Add', exact=True).click()

    expect(page.locator('.comments output')).to_contain_text('read_only_user')


def test_tags_and_sets_of_what_is_chosen_change(page, client, put):
    put({f'pick_{i}': {'sensor': 'picks', 'timestamp': f'2026-05-01T00:00:0{i}Z'}
         for i in range(5)})
    images = client.get_asset_manager('images')
    page.goto('/images?sensor=picks')
    page.get_by_label('Choose pick_1').check()
    page.get_by_label('Choose pick_3').click(modifiers=['Shift'])
    page.get_by_text('3 chosen').wait_for()

    def apply(what, name):
        page.get_by_label('What to do').select_option(what)
        page.get_by_label('Set' if 'set' in what else 'Tag', exact=True).fill(name)
        page.get_by_role('button', name='Apply').click()

    apply('Add tag', 'wet')
    expect(page.get_by_role('button', name=re.compile('^wet'))).to_contain_text('3')
    page.get_by_label('Choose pick_1').uncheck()
    apply('Remove tag', 'wet')
    expect(page.get_by_role('button', name=re.compile('^wet'))).to_contain_text('1')
    apply('Add to set', 'Picked ones')
    expect(page.get_by_role('button', name='picked_ones')).to_contain_text('2')

    assert images.search_assets({'filters': [{'field': 'tags', 'values': ['wet']}]}) == ['pick_1']
    assert sorted(client.assets_in_set('picked_ones')) == ['pick_2', 'pick_3']
    page.get_by_role('button', name='All 5').click()
    page.get_by_text('5 chosen').wait_for()
    apply('Add tag', 'each')
    expect(page.get_by_role('button', name=re.compile('^each'))).to_contain_text('5')
    assert images.count({'filters': [{'field': 'tags', 'values': ['each']}]}) == 5
    page.goto('/sets?set=picked_ones')
    page.get_by_label('Choose pick_2').check()
    apply('Remove from set', 'Picked ones')
    expect(page.locator('.grid li')).to_have_count(1)
    assert client.assets_in_set('picked_ones') == ['pick_3']


def test_the_same_sensor_is_gone_through(page, put):
    put({f'row_{i}': {'sensor': 'row', 'timestamp': f'2026-06-01T00:00:0{i}Z'} for i in range(2)})
    page.goto('/images?image=row_0')
    page.get_by_role('link', name='After').click()
    page.get_by_role('heading', name='row_1').wait_for()
    page.get_by_role('link', name='Before').click()

    page.get_by_role('heading', name='row_0').wait_for()
    expect(page.get_by_role('link', name='Before')).to_have_count(0)
