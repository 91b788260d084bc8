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

"""Whether everybody can use the web app: keyboard, names of what is used, contrast."""

import pytest

expect = pytest.importorskip('playwright.sync_api').expect
pytestmark = pytest.mark.web

# Of what can be used, what a screen reader would have no word for.
NAMELESS = """() => [...document.querySelectorAll('a[href], button, input, select, [tabindex]')]
    .filter((one) => !one.closest('.leaflet-container') && !(one.getAttribute('aria-label')
        || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
    .map((one) => one.outerHTML)"""
# The least contrast of texts with what is behind them, by WCAG's formula.
CONTRAST = """() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = numbers(color).map((one) => one / 255)
            .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (one) => {
        const color = getComputedStyle(one).backgroundColor;
        return numbers(color)[3] === 0 && one.parentElement ? behind(one.parentElement) : color;
    };
    const ratio = (one) => {
        const [a, b] = [getComputedStyle(one).color, behind(one)].map(light).sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    };
    const said = [...document.querySelectorAll('header *, main *')].filter((one) =>
        [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
        && !one.closest('svg, .leaflet-container, .blank, .said, :disabled'));
    return [said.length, Math.min(...said.map(ratio))];
}"""


def test_texts_stand_out_in_light_and_dark_and_what_can_be_used_has_a_name(
        page, session_uid, annotated):
    for address in ('/sessions', f'/sessions?session_uid={session_uid}', '/images', '/jobs',
                    f'/images?image={annotated}', '/dashboard', '/images?image=nowhere'):
        page.goto(address)
        page.wait_for_load_state('networkidle')

        papers = set()
        for scheme in ('light', 'dark'):
            page.emulate_media(color_scheme=scheme)
            papers.add(page.evaluate('getComputedStyle(document.body).backgroundColor'))
            texts, contrast = page.evaluate(CONTRAST)
            assert (texts > 8, contrast >= 4.5) == (True, True), (address, scheme, contrast)
        assert len(papers) == 2
        assert page.evaluate(NAMELESS) == [], address


def test_embeddings_are_gone_through_with_arrows_and_opened_with_enter(page, put):
    put({name: {'sensor': 'keys', 'umap': {'keyed': {'coordinates': place}}}
         for name, place in (('k_left', [0.0, 0.1]), ('k_right', [5.0, 0.0]),
                             ('k_top', [0.2, 6.0]))})  # fmt: skip
    page.goto('/embeddings?type=images&space=keyed')
    plane = page.get_by_label('3 images')
    said = page.locator('figcaption')
    plane.press('ArrowRight')
    for key, name in (('ArrowLeft', 'k_left'), ('ArrowRight', 'k_right'), ('ArrowUp', 'k_top')):
        plane.press(key)

        expect(said).to_contain_text(name)
    plane.press('Enter')
    page.get_by_role('heading', name='k_top').wait_for()


def test_time_runs_at_the_speed_that_is_chosen(page, session_uid):
    page.goto(f'/sessions?session_uid={session_uid}')
    page.get_by_label('Speed').select_option('60')
    page.get_by_role('button', name='Play').click()

    page.get_by_role('button', name='Play').wait_for()
    expect(page.locator('.clock output')).to_contain_text('2.0 s')


def test_a_session_is_looked_at_again_until_it_is_resolved(page, client):
    uid = client.add_session('later', resolution=1)
    client.add_event_interval('weather', 'rain', '2026-07-01T00:00:00Z', '2026-07-01T00:00:05Z',
                              uid)  # fmt: skip
    page.goto(f'/sessions?session_uid={uid}')
    page.get_by_role('heading', name='later').wait_for()
    expect(page.locator('.strip')).to_have_count(0)
    client.resolve_session(uid, wait_for_completion=True)

    expect(page.locator('.strip', has_text='weather').locator('.now')).to_have_text('rain')
