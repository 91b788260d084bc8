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

"""Bytes in and out over HTTP."""

import hashlib
import os

import httpx
import pytest

from scenebox_ros.server.fsck import fsck

Q = {'asset_type': 'images', 'metadata_only': 'False'}


def target(http, name='fold/My File.png', **body):
    reply = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': [name], **body})
    assert reply.status_code == 200, reply.text
    return reply.json()[name]


def as_original(place, content):
    """Send a form as the original client does: every field looks like a file."""
    files = [(name, (name, value)) for name, value in place['fields'].items()]
    return httpx.post(place['url'], files=[*files, ('file', ('file', content))])


def link(http, place):
    reply = http.post('/v1/storage/url_from_object_access/', params=Q, json={'uri': place['uri']})
    return reply.json()['url']


@pytest.mark.parametrize('size', [0, 4, 200_000, 3_000_000])
def test_a_form_upload_comes_back_byte_for_byte(http, size):
    content = os.urandom(size)
    place = target(http, content_type='image/png')

    assert place['uri'].startswith('s3://scenebox/scenebox/')
    assert place['uri'].endswith('/fold/My File.png')
    assert as_original(place, content).status_code == 204
    reply = httpx.get(link(http, place))
    assert reply.content == content
    assert reply.headers['content-type'] == 'image/png'
    assert reply.headers['etag'] == f'"{hashlib.sha256(content).hexdigest()}"'


@pytest.mark.parametrize('size', [10, 2_500_000])
def test_a_raw_put_tells_hash_and_size(http, size):
    content = os.urandom(size)

    reply = httpx.put(target(http)['put_url'], content=content)

    assert reply.json() == {'sha256': hashlib.sha256(content).hexdigest(), 'size': size}


def test_a_raw_put_with_another_hash_is_refused_and_stores_nothing(http):
    place = target(http)

    reply = httpx.put(place['put_url'], content=b'x', headers={'x-content-sha256': '0' * 64})

    assert (reply.status_code, reply.json()['error']['code']) == (422, 'wrong_hash')
    assert httpx.get(link(http, place)).status_code == 404


@pytest.mark.parametrize('way', ['as given', 'doubled', 'with a slash', 'last of two'])
def test_a_raw_put_is_the_same_by_whatever_way(http, way):
    given = target(http, content_type='image/png')
    url = {
        'as given': given['put_url'],
        'doubled': given['put_url'].replace('/v1/', '/v1//v1/'),
        'with a slash': given['put_url'].replace('?', '/?'),
        'last of two': given['put_url'].replace('?', '?&type=other%2Fkind&signature&'),
    }[way]
    reply = httpx.put(url, content=b'way', headers={'X-Request-ID': 'by-this-way'})
    digest = hashlib.sha256(b'way').hexdigest()

    assert (reply.status_code, reply.json()) == (200, {'sha256': digest, 'size': 3})
    assert reply.headers['etag'] == f'"{digest}"'
    assert reply.headers['content-type'] == 'application/json'
    assert reply.headers['x-request-id'] == 'by-this-way'
    shown = httpx.get(link(http, given))
    assert (shown.content, shown.headers['content-type']) == (b'way', 'image/png')
    counted = http.get('/metrics').text
    assert 'route="/v1/storage/put/{key}",status="200"' in counted


def test_content_types_may_be_a_list_with_one_for_each_id(http):
    body = {'ids': ['a', 'b'], 'content_type': ['image/png', 'image/jpeg']}
    places = http.post('/v1/assets/temporary_upload_url/', params=Q, json=body).json()
    httpx.put(places['b']['put_url'], content=b'b')

    assert httpx.get(link(http, places['b'])).headers['content-type'] == 'image/jpeg'


def test_gzipped_content_is_unpacked_by_the_receiver(http):
    import gzip

    place = target(http, content_encoding='gzip')
    httpx.put(place['put_url'], content=gzip.compress(b'hello'))

    assert httpx.get(link(http, place)).content == b'hello'


@pytest.mark.parametrize('asked, expected, status', [
    ('bytes=0-3', b'0123', 206), ('bytes=4-', b'456789', 206), ('bytes=-3', b'789', 206),
    ('bytes=8-100', b'89', 206), ('bytes=10-', None, 416), ('bytes=1-2,4-5', b'0123456789', 200),
    ('lines=1-2', b'0123456789', 200), ('bytes=5-4', b'0123456789', 200), ('bytes=-0', None, 416),
])
def test_ranges(http, asked, expected, status):
    place = target(http)
    httpx.put(place['put_url'], content=b'0123456789')

    reply = httpx.get(link(http, place), headers={'Range': asked})

    assert reply.status_code == status
    if expected is not None:
        assert reply.content == expected


def test_a_download_that_is_known_already_is_not_sent_again(http):
    place = target(http)
    httpx.put(place['put_url'], content=b'abc')
    url = link(http, place)
    etag = httpx.get(url).headers['etag']

    for held in (etag, f'W/{etag}', '*'):
        assert httpx.get(url, headers={'If-None-Match': held}).status_code == 304
    assert httpx.get(url, headers={'If-None-Match': '"other"'}).status_code == 200
    head = httpx.head(url)
    assert (head.headers['content-length'], head.content) == ('3', b'')


def test_a_link_opens_one_object_for_one_purpose(http):
    one, other = target(http), target(http)
    httpx.put(one['put_url'], content=b'one')
    httpx.put(other['put_url'], content=b'other')
    query = link(http, one).split('?')[1]
    path = link(http, other).split('?')[0]

    assert httpx.get(f'{path}?{query}').status_code == 403
    assert httpx.get(path).status_code == 403
    assert httpx.put(link(http, one), content=b'new').status_code == 405
    for changed in (
        one['put_url'] + '&type=text%2Fhtml', one['put_url'] + '&expires=999999999999',
        one['put_url'] + '&signature=', one['put_url'].split('?')[0], f'{path}?{query}',
        one['put_url'].replace('?', 'x?'), one['put_url'].replace('/put/', '/put//'),
    ):
        assert httpx.put(changed, content=b'new').status_code in (403, 405)
    assert httpx.get(link(http, one)).content == b'one'


def test_pages_that_were_uploaded_cannot_run_scripts(http):
    place = target(http, content_type='text/html')
    httpx.put(place['put_url'], content=b'<script>')

    headers = httpx.get(link(http, place)).headers
    assert 'sandbox' in headers['content-security-policy']
    assert headers['content-disposition'] == 'attachment'


@pytest.mark.parametrize('body, kind', [
    (b'nothing', 'multipart/form-data'),
    (b'nothing', 'text/plain'),
    (b'--b\r\nbroken', 'multipart/form-data; boundary=b'),
    (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf',
     'multipart/form-data; boundary=b'),
])
def test_a_broken_form_stores_nothing(http, body, kind):
    place = target(http)

    reply = httpx.post(place['url'], content=body, headers={'Content-Type': kind})

    assert reply.status_code in (400, 415)
    assert httpx.get(link(http, place)).status_code == 404


def multipart(http, parts, order=None):
    upload = http.post('/v1/assets/multipart_upload_id/', params=Q, json={'id': 'big.bin'}).json()
    claimed = []
    for number in order or range(1, len(parts) + 1):
        body = {'id': 'big.bin', 'part_no': number, **upload}
        url = http.post('/v1/assets/multipart_temporary_upload_url/', params=Q, json=body).json()
        reply = httpx.put(url['url'], content=parts[number - 1])
        claimed.append({'ETag': reply.headers['ETag'], 'PartNumber': number})
    return upload, sorted(claimed, key=lambda part: part['PartNumber'])


def test_an_upload_in_parts_is_only_of_its_own_object(http):
    upload, claimed = multipart(http, [b'a'])
    for path, more in (('multipart_temporary_upload_url', {'part_no': 1}),
                       ('multipart_complete', {'parts': claimed})):  # fmt: skip
        reply = http.post(f'/v1/assets/{path}/', params=Q, json={
            **upload, **more, 'id': 'other.bin'})  # fmt: skip
        assert (reply.status_code, 'not of' in reply.text) == (400, True)


def complete(http, upload, claimed):
    body = {'id': 'big.bin', 'parts': claimed, **upload}
    return http.post('/v1/assets/multipart_complete/', params=Q, json=body)


def test_parts_sent_in_any_order_become_one_object(http):
    parts = [os.urandom(1_500_000), os.urandom(1_500_000), b'end']
    upload, claimed = multipart(http, parts, [2, 1, 3])
    listed = http.post('/v1/assets/multipart_parts/', params=Q, json=upload).json()['parts']

    assert [part['PartNumber'] for part in listed] == [1, 2, 3]
    done = complete(http, upload, claimed)
    assert done.status_code == 200, done.text
    assert httpx.get(link(http, done.json())).content == b''.join(parts)
    assert complete(http, upload, claimed).json()['uri'] == done.json()['uri']


def test_an_upload_with_a_missing_or_other_part_is_not_completed(http):
    upload, claimed = multipart(http, [b'a', b'b'])

    missing = complete(http, upload, [*claimed, {'ETag': '"x"', 'PartNumber': 3}])
    assert 'part 3 has not arrived' in missing.json()['error']['message']
    claimed[0]['ETag'] = '"0"'
    assert complete(http, upload, claimed).status_code == 400


def test_foreign_buckets_are_refused_not_fetched(http):
    for uri in ('s3://elsewhere/k', 'gs://b/k', 'file:///etc/passwd'):
        access = {'uri': uri}
        reply = http.post('/v1/storage/url_from_object_access/', params=Q, json=access)
        assert reply.status_code == 400, reply.text
    body = {'bucket': 'elsewhere', 'key': 'k'}
    assert http.post('/v1/storage/generate_signed_url/', json=body).status_code == 400


def test_objects_are_listed_below_their_organization(http):
    place = target(http, 'listed/one.bin')
    httpx.put(place['put_url'], content=b'listed')

    listed = http.post('/v1/storage/list_objects/', json={'bucket': 'scenebox', 'folder': None})
    assert place['uri'] in [item['uri'] for item in listed.json()]


def test_equal_bytes_are_stored_once(server, http):
    content = os.urandom(100_000)
    before = server.core.database.query('SELECT count(*) FROM blobs')[0][0]
    for _ in range(3):
        httpx.put(target(http)['put_url'], content=content)

    assert server.core.database.query('SELECT count(*) FROM blobs')[0][0] == before + 1


@pytest.mark.parametrize(
    'name', ['../../etc/passwd', '/etc/passwd', 'a/../../b', 'a#b?c%2f.png', 'ü/ñ.png', 'C:\\x']
)
def test_names_never_become_paths(server, http, name):
    place = target(http, name)
    assert httpx.put(place['put_url'], content=b'hostile').status_code == 200

    url = link(http, place)
    assert httpx.get(url).content == b'hostile'


def test_a_name_of_dots_alone_is_refused(http):
    body = {'ids': ['../..']}
    reply = http.post('/v1/assets/temporary_upload_url/', params=Q, json=body)

    assert reply.status_code == 400


def test_everything_is_as_it_should_be_in_the_end(server):
    report = fsck(server.folder)

    assert report.problems == []
    assert report.blobs > 10
