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


"""Files go to the storage, whole and verified, and without the token."""

import gzip
import io
import json

from fake_platform import FakePlatform, TOKEN
import httpx
import pytest

from scenebox_ros.client import journal, multipart, uploads
from scenebox_ros.errors import AssetError, UploadError

BODY = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of 100 bytes, and files of 250 are large."""
    monkeypatch.setattr(uploads, 'LARGE', 250)
    monkeypatch.setattr(multipart, 'PART', 100)


class OneWay(io.RawIOBase):
    """A stream that cannot seek."""

    def __init__(self, body):
        self._rest = io.BytesIO(body)

    def readable(self):
        return True

    def read(self, size=-1):
        return self._rest.read(size)

    def seek(self, *_):
        raise io.UnsupportedOperation('seek')


def form_parts(sent):
    boundary = sent.headers['content-type'].partition('boundary=')[2].encode()
    parts = {}
    for chunk in sent.body.split(b'--' + boundary)[1:-1]:
        head, _, content = chunk[2:-2].partition(b'\r\n\r\n')
        parts[head.split(b'name="')[1].split(b'"')[0].decode()] = content
    return parts


@pytest.mark.parametrize(
    'content',
    [
        BODY,
        bytearray(BODY),
        memoryview(BODY),
        io.BytesIO(BODY),
        OneWay(BODY),
        gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(BODY))),
    ],
    ids=lambda one: type(one).__name__,
)
def test_whatever_holds_bytes_can_be_uploaded(content):
    platform = FakePlatform()
    access = platform.client().put_file(content, id='a.bin', folder='f/')

    (form,) = platform.sent('POST /form')
    assert access.to_dic() == {'filename': 'a.bin', 'uri': 's3://bucket/f/a.bin'}
    assert form_parts(form) == {'key': b'f/a.bin', 'policy': b'p', 'file': BODY}
    assert int(form.headers['content-length']) == len(form.body)


def test_a_path_and_an_open_file_are_read_from_their_beginning(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(BODY)
    platform = FakePlatform()
    platform.client().put_file(path, id='a')
    with path.open('rb') as file:
        file.read(10)
        platform.client().put_file(file, id='b')

        assert not file.closed
    assert [form_parts(one)['file'] for one in platform.sent('POST /form')] == [BODY, BODY]


def test_text_is_uploaded_as_utf_8():
    platform = FakePlatform()
    platform.client().put_file('grün', id='note.txt')

    assert form_parts(platform.sent('POST /form')[0])['file'] == 'grün'.encode()


def test_what_holds_no_bytes_is_named():
    with pytest.raises(TypeError, match='file_object is 3; pass bytes'):
        FakePlatform().client().put_file(3)


def test_a_storage_never_sees_the_token():
    for features in [(), ('raw_put',), ('raw_put', 'auth_header')]:
        platform = FakePlatform(*features)
        platform.client().put_file(BODY, id='a')

        to_storage = platform.sent('(POST|PUT) /(form|raw).*')
        assert len(to_storage) == 1
        assert TOKEN not in str(to_storage[0])


def test_a_server_that_takes_files_as_they_are_gets_them_in_one_request_with_their_hash():
    platform = FakePlatform('raw_put')
    platform.client().put_file(BODY, id='a.bin')

    assert [one.line for one in platform.sent()] == [
        'POST /v1/assets/temporary_upload_url/',
        'PUT /raw/a.bin',
    ]
    assert platform.stored['/raw/a.bin'] == BODY
    assert len(platform.sent()[1].headers['x-content-sha256']) == 64


@pytest.mark.parametrize(
    'told', [{'sha256': '00', 'size': len(BODY)}, {'size': 3}, 'fine', None], ids=str
)
def test_a_server_that_has_something_else_than_was_sent_is_an_error(told):
    platform = FakePlatform('raw_put')
    platform.answer('PUT /raw/.*', told)

    with pytest.raises(AssetError, match="could not upload 'a'"):
        platform.client().put_file(BODY, id='a')

    assert len(platform.sent('PUT .*')) == 4


def test_a_storage_whose_etag_is_another_md5_is_an_error():
    platform = FakePlatform()
    platform.answer('POST /form', status=204, content=b'', ETag=f'"{"0" * 32}"')

    with pytest.raises(AssetError, match=r'the storage has 0{32}; try again'):
        platform.client().put_file(BODY, id='a')


@pytest.mark.parametrize('status', [429, 500, 503])
def test_an_upload_is_sent_again_because_it_writes_the_same(status):
    platform = FakePlatform()
    platform.answer('POST /form', status=status, times=3)
    platform.client().put_file(OneWay(BODY), id='a')

    assert {form_parts(one)['file'] for one in platform.sent('POST /form')} == {BODY}


def test_a_storage_that_refuses_is_an_error_at_once():
    platform = FakePlatform()
    platform.answer('POST /form', content=b'<Error>Expired</Error>', status=403)

    with pytest.raises(AssetError, match='403'):
        platform.client().put_file(BODY, id='a')

    assert len(platform.sent('POST /form')) == 1


def test_a_file_that_shrinks_meanwhile_is_an_error(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(BODY)
    platform = FakePlatform()

    def shrink(sent):
        path.write_bytes(b'')
        return httpx.Response(200, json={'a': platform.ticket('a')})

    platform.does('POST .*temporary_upload_url/', shrink)
    with pytest.raises(UploadError, match='is being changed'):
        platform.client().put_file(path, id='a')


# -- in parts


@pytest.mark.usefixtures('small_parts')
@pytest.mark.parametrize('threads', [1, 4])
def test_a_large_file_goes_in_parts(tmp_path, threads):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY[:250])
    platform = FakePlatform()
    access = platform.client(num_threads=threads).put_file(path, id='large.bin')

    (complete,) = platform.sent('POST .*multipart_complete/')
    assert access.uri == 's3://bucket/large.bin'
    assert platform.stored == {
        '/part/1': BODY[:100], '/part/2': BODY[100:200], '/part/3': BODY[200:250]
    }
    assert [part['PartNumber'] for part in complete.json['parts']] == [1, 2, 3]
    assert all(len(part['ETag']) == 34 for part in complete.json['parts'])


@pytest.mark.usefixtures('small_parts')
@pytest.mark.parametrize(
    'content', [BODY[:250], io.BytesIO(BODY[:250]), OneWay(BODY[:250])],
    ids=lambda one: type(one).__name__,
)
def test_what_is_not_on_disk_goes_in_parts_too(content):
    platform = FakePlatform()
    platform.client(num_threads=4).put_file(content, id='large.bin')

    assert b''.join(body for _, body in sorted(platform.stored.items())) == BODY[:250]


@pytest.mark.usefixtures('small_parts')
def test_a_part_without_an_etag_is_an_error():
    platform = FakePlatform()
    platform.answer('PUT /part/2', status=200, content=b'')

    with pytest.raises(AssetError, match='did not confirm'):
        platform.client().put_file(BODY[:250], id='a')

    assert platform.sent('POST .*multipart_complete/') == []


@pytest.mark.usefixtures('small_parts')
def test_an_upload_that_was_cut_off_goes_on_with_the_parts_that_are_missing(tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY[:250])
    platform = FakePlatform()
    platform.answer('PUT /part/2', status=403, content=b'')
    with pytest.raises(AssetError):
        platform.client().put_file(path, id='large.bin')
    platform.rules.clear()
    before = len(platform.requests)
    platform.client().put_file(path, id='large.bin')

    again = [one.line for one in platform.requests[before:] if one.path != '/status']
    assert [one for one in again if one.startswith('PUT')] == ['PUT /part/2', 'PUT /part/3']
    assert 'POST /v1/assets/multipart_upload_id/' not in again
    assert list(journal.folder().iterdir()) == []


@pytest.mark.usefixtures('small_parts')
def test_an_upload_whose_file_has_changed_starts_again(tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY[:250])
    platform = FakePlatform()
    platform.answer('PUT /part/2', status=403, content=b'', times=1)
    with pytest.raises(AssetError):
        platform.client().put_file(path, id='large.bin')
    path.write_bytes(BODY[1:252])
    platform.client().put_file(path, id='large.bin')

    assert len(platform.sent('POST .*multipart_upload_id/')) == 2
    assert platform.stored['/part/1'] == BODY[1:101]


@pytest.mark.usefixtures('small_parts')
def test_an_upload_that_the_storage_has_forgotten_starts_again(tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY[:250])
    platform = FakePlatform()
    platform.answer('PUT /part/3', status=403, content=b'', times=1)
    with pytest.raises(AssetError):
        platform.client().put_file(path, id='large.bin')
    platform.answer('POST .*multipart_temporary_upload_url/', {'error': 'x'}, status=404, times=1)
    platform.client().put_file(path, id='large.bin')

    assert len(platform.sent('POST .*multipart_upload_id/')) == 2
    assert len(platform.sent('PUT /part/1')) == 2


@pytest.mark.usefixtures('small_parts')
def test_a_line_of_the_journal_that_was_cut_off_is_not_there(tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY[:250])
    platform = FakePlatform()
    platform.answer('PUT /part/3', status=403, content=b'', times=1)
    with pytest.raises(AssetError):
        platform.client().put_file(path, id='large.bin')
    (kept,) = journal.folder().iterdir()
    kept.write_text(kept.read_text()[:-5])
    platform.client().put_file(path, id='large.bin')

    parts = [json.loads(line) for line in platform.sent('POST .*complete/')[0].body.splitlines()]
    assert [one['PartNumber'] for one in parts[0]['parts']] == [1, 2, 3]
    assert len(platform.sent('PUT /part/2')) == 2


@pytest.mark.parametrize('tail', ['{"part": 2, "et', '\0' * 20])
def test_a_journal_that_was_damaged_is_written_on(tail):
    with journal.journal_of('key') as first:
        first.begin('a', 'upload_1')
        first.add(1, '"one"')
    (kept,) = journal.folder().iterdir()
    kept.write_text(kept.read_text() + tail)
    with journal.journal_of('key') as second:
        second.add(2, '"two"')

    with journal.journal_of('key') as third:
        assert (third.upload_id, third.parts) == ('upload_1', {1: '"one"', 2: '"two"'})


@pytest.mark.parametrize('text', ['null\n5\n', '[1]\n', '{}\n', '{"begun": 1e99}\n', 'x\n'])
def test_a_journal_of_something_else_is_as_none(text):
    with journal.journal_of('key') as first:
        first.begin('a', 'upload_1')
    (kept,) = journal.folder().iterdir()
    kept.write_text(text)

    with journal.journal_of('key') as second:
        assert not second.is_begun


@pytest.mark.usefixtures('small_parts')
def test_a_large_file_that_is_written_to_meanwhile_is_an_error(tmp_path):
    path = tmp_path / 'large.bin'
    path.write_bytes(BODY[:250])
    platform = FakePlatform()

    def write(sent):
        with path.open('ab') as file:
            file.write(b'more')
        return httpx.Response(200, headers={'ETag': '"v1"'})

    platform.does('PUT /part/2', write)
    with pytest.raises(UploadError, match='is being changed'):
        platform.client().put_file(path, id='large.bin')
    assert platform.sent('POST .*complete/') == []
    assert list(journal.folder().iterdir()) == []


def test_a_closed_file_is_named(tmp_path):
    file = (tmp_path / 'a').open('w+b')
    file.close()

    with pytest.raises(TypeError, match='closed already'):
        FakePlatform().client().put_file(file)
