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

"""What people see of a server, in a real browser; compared with what the client says is there."""

import io
import re
import zipfile

import pytest

expect = pytest.importorskip('playwright.sync_api').expect
pytestmark = pytest.mark.web


def test_a_wrong_token_is_told_and_the_right_one_opens(visitor, server):
    visitor.goto('/images')
    visitor.get_by_label('Token').fill('wrong')
    visitor.get_by_role('button', name='Sign in').click()

    assert 'unknown, revoked or expired' in visitor.get_by_role('alert').inner_text()
    visitor.get_by_label('Token').fill(server.token)
    visitor.get_by_role('button', name='Sign in').click()
    visitor.get_by_role('heading', name='Images').wait_for()
    assert visitor.evaluate('localStorage.length') == 0
    assert visitor.context.cookies() == []
    visitor.get_by_role('button', name='Sign out').click()
    visitor.get_by_label('Token').wait_for()
    assert visitor.evaluate('sessionStorage.length') == 0


def test_a_token_that_was_taken_back_ends_the_stay(visitor, http):
    user = {'username': 'visitor', 'email': 'v@example.com', 'role': 'read_only_user',
            'organization_id': 'scenebox'}  # fmt: skip
    token = http.post('/identity_manager/user', json=user).json()['token']
    # This page asks for nothing by itself.
    visitor.goto('/images')
    visitor.get_by_label('Token').fill(token)
    visitor.get_by_role('button', name='Sign in').click()
    visitor.get_by_role('heading', name='Images').wait_for()
    visitor.wait_for_load_state('networkidle')
    http.delete('/identity_manager/user/visitor').raise_for_status()

    visitor.get_by_role('link', name='Videos').click()

    visitor.get_by_label('Token').wait_for()
    assert 'revoked' in visitor.get_by_role('alert').inner_text()


def test_sessions_are_listed_with_what_they_hold(page, client, session_uid):
    page.reload()
    row = page.get_by_role('row', name='small_drive')

    images = client.get_asset_manager('images').count({'filters': [
        {'field': 'session_uid', 'values': [session_uid]}]})  # fmt: skip
    expect(row.get_by_role('cell').nth(3)).to_have_text(str(images))
    expect(row.get_by_role('cell').nth(6)).to_have_text('resolved')


def test_a_search_finds_what_happened_and_leads_there(page, session_uid):
    page.get_by_label('Search').fill('geolocation.lat>0')
    page.get_by_label('Search').press('Enter')
    page.locator('a.chip').first.click()

    page.get_by_role('heading', name='small_drive').wait_for()
    assert 't=2026-01-01' in page.url
    page.goto('/sessions?q=geolocation.lat<-80')
    page.get_by_text('No session.').wait_for()


def test_the_cursor_moves_all_sensors(page, client, session_uid):
    images = client.get_asset_manager('images').search_meta_large(
        {'filters': [{'field': 'session_uid', 'values': [session_uid]}]})
    last = max(image['timestamp'] for image in images)
    page.goto(f'/sessions?session_uid={session_uid}')
    page.get_by_role('img', name=re.compile('camera_front at 2026-01-01 00:00:00')).wait_for()

    page.get_by_label('Time').press('End')

    wanted = last[:23].replace('T', ' ')
    page.get_by_role('img', name=f'camera_front at {wanted}').wait_for()
    page.wait_for_url(re.compile('t=2026-01-01T00%3A00%3A0'))
    expect(page.get_by_role('link', name=re.compile(f'^{len(images)} images'))).to_have_attribute(
        'href', f'/images?session={session_uid}')
    expect(page.locator('video')).to_have_js_property('paused', True)
    page.wait_for_function("() => document.querySelector('video').currentTime > 1")


def test_a_click_on_an_event_goes_to_it(page, client, session_uid):
    client.add_event_interval('manoeuvre', 'braking', '2026-01-01T00:00:01Z',
                              '2026-01-01T00:00:01.500Z', session_uid)  # fmt: skip
    client.resolve_session(session_uid, wait_for_completion=True)
    page.goto(f'/sessions?session_uid={session_uid}')
    strip = page.locator('.strip', has_text='manoeuvre')
    strip.locator('rect', has_text='braking').click()

    page.wait_for_url(re.compile('t=2026-01-01T00%3A00%3A01'))


def test_play_lets_time_run(page, session_uid):
    page.goto(f'/sessions?session_uid={session_uid}')
    page.get_by_role('button', name='Play').click()

    page.wait_for_function(
        "() => new URLSearchParams(location.search).get('t') > '2026-01-01T00:00:01'")


def test_a_cloud_is_drawn_with_all_its_points(page, client, painted, session_uid):
    (cloud, *_) = client.get_asset_manager('lidars').search_meta_large()
    page.goto(f'/lidars?lidar={cloud["id"]}')
    page.get_by_text(f'{cloud["num_points"]:,} points').wait_for()

    assert painted()['colours'] > 20


def test_the_map_needs_no_network_and_a_click_goes_there(page, session_uid):
    page.goto(f'/sessions?session_uid={session_uid}')
    page.locator('.map canvas').wait_for()
    page.locator('.map').click(position={'x': 250, 'y': 90})

    page.wait_for_url(re.compile('t=2026'))


def test_plots_are_chosen_and_the_choice_is_in_the_address(page, session_uid):
    page.goto(f'/sessions?session_uid={session_uid}')
    expect(page.locator('.plot canvas')).to_have_count(4)
    page.get_by_text('4 of 24 numbers are plotted').click()
    page.get_by_label('gnss.altitude_m', exact=True).uncheck()

    page.wait_for_url(re.compile('plots='))
    expect(page.locator('.plot canvas')).to_have_count(3)
    page.reload()
    page.get_by_text('3 of 24 numbers are plotted').click()
    expect(page.get_by_label('gnss.altitude_m', exact=True)).not_to_be_checked()


def test_filters_narrow_the_grid_and_say_how_many_there_are(page, client, session_uid, annotated):
    page.goto('/images')
    page.get_by_role('button', name='camera_front').click()

    wanted = client.get_asset_manager('images').count({'filters': [
        {'field': 'sensor', 'values': ['camera_front']}]})  # fmt: skip
    page.get_by_text(f'{wanted} images').wait_for()
    expect(page.locator('.grid li')).to_have_count(wanted)
    assert 'sensor=camera_front' in page.url


def test_more_images_come_when_the_end_is_scrolled_to(page, put):
    ids = [f'many_{number:03}' for number in range(150)]
    put({name: {'sensor': 'many', 'timestamp': '2026-02-01T00:00:00+00:00'} for name in ids})
    page.goto('/images?sensor=many')
    page.get_by_text('150 images').wait_for()

    for seen in (60, 120, 150):
        expect(page.locator('.grid li')).to_have_count(seen)
        page.locator('.grid li').last.scroll_into_view_if_needed()


def test_annotations_are_drawn_and_can_be_hidden_by_provider(page, annotated):
    page.goto(f'/images?image={annotated}')
    expect(page.locator('.layers polygon')).to_have_count(3)

    assert sorted(page.locator('.layers text').all_text_contents()) == ['bus', 'car', 'kerb']
    page.get_by_label('people').uncheck()
    expect(page.locator('.layers text')).to_have_text(['kerb'])
    points = page.locator('.layers polygon').get_attribute('points')
    assert points == '5,70 60,75 115,70'


def test_nothing_that_a_document_says_is_run(page, put, annotated):
    put({'odd_link': {'object_access': {'url': 'javascript:window.hacked=1'}}})
    for address in ('/images', f'/images?image={annotated}', '/images?image=odd_link',
                    '/sets?set=annotated_set', '/images?q=<img src=x onerror=window.hacked=1>',
                    '/dashboard?dashboard=<script>window.hacked=1</script>'):
        page.goto(address)
        page.wait_for_load_state('networkidle')

        assert page.evaluate('window.hacked') is None
        assert page.locator('a[href^="javascript"]').count() == 0
    assert page.locator('main script').count() == 0


def test_the_links_of_the_display_methods_open_what_they_name(page, client, session_uid):
    for kind, name in (('images', 'image'), ('videos', 'video'), ('lidars', 'lidar')):
        (asset, *_) = client.get_asset_manager(kind).search_assets({})
        page.goto(f'/{kind}?{name}={asset}')

        page.get_by_role('heading', name=asset).wait_for()
    page.goto('/images?image=nowhere')
    assert 'nowhere' in page.get_by_role('alert').inner_text()


def test_a_set_is_saved_as_a_zip(page, annotated):
    page.goto('/sets')
    page.get_by_role('link', name='annotated set').click()
    with page.expect_download() as saved:
        page.get_by_role('button', name='Save as zip').click()

    with zipfile.ZipFile(io.BytesIO(saved.value.path().read_bytes())) as archive:
        names = archive.namelist()
    assert [name for name in names if name.startswith('assets/')] == ['assets/annotated.png']


def test_embeddings_lie_on_a_plane_and_can_be_pointed_at(page, put):
    put({name: {'umap': {'space': {'coordinates': place}}}
         for name, place in (('near', [0.0, 0.0]), ('far', [3.0, 4.0]))})
    page.goto('/embeddings?type=images&space=space')
    canvas = page.get_by_label('2 images')
    canvas.hover(position={'x': 11, 'y': 631})

    page.locator('figcaption', has_text='near').wait_for()
    canvas.click(position={'x': 11, 'y': 631})
    page.get_by_role('heading', name='near').wait_for()


def test_jobs_and_what_there_is_are_shown(page, client, session_uid):
    page.get_by_role('link', name='Jobs').click()
    page.get_by_role('row', name='session resolution').first.wait_for()
    page.get_by_role('link', name='Overview').click()

    images = client.get_asset_manager('images').count({})
    page.locator('.counts div', has_text='images').get_by_text(f'{images:,}').wait_for()
