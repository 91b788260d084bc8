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

"""Timelines of long sessions as a browser draws them, against numpy on what the client reads."""

from datetime import datetime
import re

import numpy as np
import pytest

expect = pytest.importorskip('playwright.sync_api').expect
pytestmark = pytest.mark.web

CELLS = 60_000
RESOLUTION_S = 0.01
SPIKE, GAP = 400, range(100, 200)


def iso(second):
    return f'2026-03-01T00:{int(second) // 60:02}:{second % 60:06.3f}Z'


@pytest.fixture(scope='module')
def long_uid(client):
    """Make ten minutes in cells of 10 ms: a noisy speed with a spike and a gap, and a mode."""
    uid = client.add_session('long drive', resolution=RESOLUTION_S)
    noise = np.random.default_rng(5).normal(10, 2, 600).tolist()
    noise[SPIKE] = 500.0
    speed = [{
        'session': uid, 'entity_name': 'speed_m', 'entity_value': value, 'timestamp': iso(second),
        'entity_type': 'scalar', 'influence': 'affect_forward', 'end_time': iso(second + 1),
        'start_time': iso(second),
    } for second, value in enumerate(noise[:-1]) if second not in GAP]  # fmt: skip
    mode = [{
        'session': uid, 'entity_name': 'mode', 'entity_value': [name], 'timestamp': iso(start),
        'entity_type': 'state_set', 'influence': 'interval', 'start_time': iso(start),
        'end_time': iso(start + 60),
    } for start, name in ((0, 'manual'), (120, 'auto'), (300, '<b>manual'))]  # fmt: skip
    client.add_entities(speed + mode)
    client.resolve_session(uid, wait_for_completion=True)
    return uid


@pytest.fixture(scope='module')
def full(client, long_uid):
    """Read all of the timeline, as the client does."""
    return client.get_field_data(long_uid, fields=['speed_m', 'mode'])


@pytest.fixture
def open_at(page, long_uid):
    def go(second, **query):
        more = ''.join(f'&{name}={value}' for name, value in query.items())
        page.goto(f'/sessions?session_uid={long_uid}&t={iso(second)}{more}')
        page.locator('.plot canvas').wait_for()
        return page.locator('.plot .now')

    return go


def words(numbers):
    """Say a column's numbers as the page does."""
    held = numbers[~np.isnan(numbers)]
    if not len(held):
        return '\N{EN DASH} m'
    low, high = (f'{float(f"{value:.6g}"):g}' for value in (held.min(), held.max()))
    return f'{low} m' if held.min() == held.max() else f'{low} … {high} m'


@pytest.mark.parametrize('second', [5, 150, SPIKE + 0.5, 598])
def test_what_a_plot_says_is_least_and_greatest_of_the_cells_there(page, full, open_at, second):
    said = open_at(second)

    step = -(-CELLS // (page.evaluate('innerWidth') - 1))
    begin = round(datetime.fromisoformat(full['timestamp'][0]).timestamp() / RESOLUTION_S)
    cell = int(second * 100)
    first = max(0, (begin + cell) // step * step - begin)
    series = np.array(full['speed_m'], float)
    expect(said).to_have_text(words(series[first:first - (begin + first) % step + step]))


def test_a_spike_of_a_second_reaches_the_top_and_a_gap_stays_empty(page, open_at):
    open_at(0)
    inked = page.locator('.plot').evaluate("""(plot, [spike, gap]) => {
        const canvas = plot.querySelector('canvas');
        const [all, over] = [canvas, plot.querySelector('.u-over')]
            .map((one) => one.getBoundingClientRect());
        const at = (second, height) => {
            const pen = canvas.getContext('2d');
            const [x, y] = [over.left - all.left + over.width * second / 600, over.top - all.top];
            const box = pen.getImageData(x - 2, y, 5, over.height * height).data;
            return box.some((_, i) => i % 4 === 2 && box[i] > box[i - 2] + 80);
        };
        return [at(spike, 0.3), at(spike - 20, 0.3), at(spike - 20, 1), at(gap, 1)];
    }""", [SPIKE + 0.5, GAP.start + 50])  # fmt: skip

    assert inked == [True, False, True, False]


def test_plots_take_the_colours_that_the_system_turns_to(page, open_at):
    open_at(0)
    for scheme in ('dark', 'light'):
        page.emulate_media(color_scheme=scheme)

        page.wait_for_function("""() => {
            const [red] = getComputedStyle(document.body).color.match(/\\d+/g).map(Number);
            const canvas = document.querySelector('.plot canvas');
            const { data } = canvas.getContext('2d').getImageData(0, 0, 60, canvas.height);
            const inked = data.filter((_, i) => i % 4 === 0 && data[i + 3] === 255);
            return inked.some((one) => Math.abs(one - red) < 3);
        }""")


def test_dragging_looks_closer_until_each_cell_shows_its_own_number(page, full, open_at):
    said = open_at(SPIKE + 0.5)
    over = page.locator('.plot .u-over').bounding_box()
    middle = over['x'] + over['width'] * (SPIKE + 0.5) / 600
    y = over['y'] + over['height'] / 2
    page.mouse.move(middle - 4, y)
    page.mouse.down()
    page.mouse.move(middle + 4, y, steps=4)
    page.mouse.up()

    page.wait_for_url(re.compile('zoom='))
    expect(said).to_have_text(words(np.array(full['speed_m'][SPIKE * 100 + 50:][:1])))
    assert 't=2026-03-01T00%3A06%3A40' in page.url or 't=2026-03-01T00:06:40' in page.url
    page.reload()
    expect(said).to_have_text('500 m')
    page.get_by_role('button', name='Whole session').click()
    expect(page).not_to_have_url(re.compile('zoom='))


def test_zooming_with_buttons_goes_to_the_cursor_and_back(page, open_at):
    open_at(300)
    for _ in range(3):
        page.get_by_role('button', name='Zoom in').press('Enter')
    page.get_by_text(re.compile('1:1[45] shown')).wait_for()
    for _ in range(3):
        page.get_by_role('button', name='Zoom out').press('Enter')

    expect(page.get_by_role('button', name='Zoom out')).to_be_disabled()


def test_states_are_said_at_the_cursor_and_gone_through_with_the_keyboard(page, full, open_at):
    open_at(0)
    said = page.locator('.strip .now')
    expect(said).to_have_text('manual')
    for cell in (12_000, 30_000):
        page.get_by_role('button', name='Next: mode').press('Enter')

        expect(said).to_have_text(full['mode'][cell][0])
        expect(page.locator('.clock output')).to_contain_text(full['timestamp'][cell][11:19])
    assert page.locator('main b').count() == 0
    expect(page.get_by_role('button', name='Next: mode')).to_be_disabled()
