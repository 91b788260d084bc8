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

"""The files of the web app, as the server sends them; what people see is in ``test/web``."""

import pytest

from scenebox_ros.server.web import pages


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Let a small app stand where npm puts the real one."""
    (tmp_path / 'index.html').write_text('<title>app</title>')
    (tmp_path / 'app.js').write_text('export {}')
    (tmp_path.parent / 'secret.txt').write_text('secret')
    monkeypatch.setattr(pages, 'STATIC', tmp_path)


@pytest.mark.parametrize('page', [*pages.PAGES, 'sessions/', '/images?image=a'])
def test_every_page_is_the_app_and_needs_no_token(http, built, page):
    reply = http.get(f'/{page}', headers={'Authorization': ''})

    assert (reply.status_code, reply.text) == (200, '<title>app</title>')
    assert reply.headers['content-type'].startswith('text/html')


def test_only_what_comes_from_here_may_run(http, built):
    reply = http.get('/sessions')

    policy = dict(part.strip().split(' ', 1) for part in
                  reply.headers['content-security-policy'].split(';'))
    assert policy['default-src'] == "'none'"
    assert policy['script-src'] == policy['connect-src'] == "'self'"
    assert policy['frame-ancestors'] == "'none'"
    assert 'set-cookie' not in reply.headers


def test_a_browser_asks_again_and_is_told_that_nothing_changed(http, built):
    first = http.get('/web/app.js')
    again = http.get('/web/app.js', headers={'If-None-Match': first.headers['etag']})

    assert first.headers['content-type'].startswith('text/javascript')
    assert (again.status_code, again.content) == (304, b'')


NAMES = ['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', '/etc/passwd', '.', 'no']


@pytest.mark.parametrize('name', NAMES)
def test_no_name_leads_out_of_the_folder(http, built, name):
    reply = http.get(f'/web/{name}')

    assert (reply.status_code, reply.json()['error']['code']) == (404, 'no_route')


def test_an_installation_without_the_app_says_so(http, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, 'STATIC', tmp_path)
    for page in ('', 'images?image=a', 'sessions?session_uid=a', 'web/app.js'):
        reply = http.get(f'/{page}', headers={'Accept': 'text/html'})

        assert (reply.status_code, reply.json()['error']['code']) == (404, 'no_web_app')
        assert 'make web' in reply.json()['error']['message']
    assert http.get('/elsewhere').json()['error']['code'] == 'no_route'
