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


"""Many assets are created with few requests, bytes before documents."""

from datetime import datetime, timedelta, timezone
import io
import zipfile

from fake_platform import FakePlatform
import httpx
import pytest

from scenebox_ros.client import uploads
from scenebox_ros.errors import AssetError, InvalidArgumentsError, RequestTimeoutError

METADATA = {'timestamp': '2026-01-01T00:00:00Z'}


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def put(platform, count, asset_type='images', **options):
    ids = [f'Img-{number}' for number in range(count)]
    bodies = [f'body {number}'.encode() for number in range(count)]
    threads = options.pop('num_threads', 1)
    client = platform.client(asset_type, num_threads=threads)
    options = {'file_objects': bodies, **options}
    return client.put_assets_batch([METADATA] * count, ids, **options)


def test_a_hundred_assets_share_a_permission_and_a_document_request():
    platform = FakePlatform('raw_put')
    ids = put(platform, 250, num_threads=4)

    tickets = platform.sent('POST .*temporary_upload_url/')
    writes = platform.sent('POST .*meta_batch/')
    assert ids == [f'Img-{number}' for number in range(250)]
    assert [len(one.json['ids']) for one in tickets] == [100, 100, 50]
    assert [len(one.json['ids']) for one in writes] == [100, 100, 50]
    assert len(platform.stored) == 250


def test_bytes_are_stored_before_the_documents_that_name_them():
    platform = FakePlatform('raw_put')
    put(platform, 2)
    lines = [one.line for one in platform.sent()]

    write = lines.index('POST /v1/assets/meta_batch/')
    assert {'PUT /raw/Img-0', 'PUT /raw/Img-1'} <= set(lines[:write])


def test_a_document_has_its_standard_id_and_where_its_bytes_are():
    platform = FakePlatform()
    put(platform, 1)

    (write,) = platform.sent('POST .*meta_batch/')
    access = {'filename': 'Img-0', 'uri': 's3://bucket/Img-0'}
    assert write.json['ids'] == ['img_0']
    assert write.json['metadata'] == [{**METADATA, 'id': 'img_0', 'object_access': access}]
    assert {'replace': 'True', 'replace_sets': 'False'}.items() <= write.query.items()


def test_the_callers_documents_are_not_changed():
    document = {'sensor': 'left'}
    FakePlatform().client().put_assets_batch([document], ['a'], urls=['http://h/a.png'])

    assert document == {'sensor': 'left'}


def test_a_document_without_a_time_gets_the_current_one():
    platform = FakePlatform()
    platform.client().put_assets_batch([{}], ['a'], urls=['http://h/a.png'])

    (document,) = platform.sent('POST .*meta_batch/')[0].json['metadata']
    moment = datetime.fromisoformat(document['timestamp'])
    assert abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=1)


def test_an_upload_that_fails_leaves_no_document():
    platform = FakePlatform()
    platform.answer('POST /form', status=403, content=b'')

    with pytest.raises(AssetError):
        put(platform, 5, num_threads=4)

    assert platform.sent('POST .*meta_batch/') == []


def test_files_of_one_name_do_not_overwrite_each_other(tmp_path):
    paths = [tmp_path / side / '0001.png' for side in ('left', 'right')]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(path.parent.name.encode())
    platform = FakePlatform('raw_put')
    platform.client().put_assets_batch([{}, {}], ['l_1', 'r_1'], file_paths=paths)

    assert platform.stored == {'/raw/l_1/0001.png': b'left', '/raw/r_1/0001.png': b'right'}


def test_a_large_file_among_small_ones_goes_in_parts(monkeypatch):
    monkeypatch.setattr(uploads, 'LARGE', 50)
    platform = FakePlatform()
    bodies = [b'small', b'x' * 60]
    platform.client().put_assets_batch([{}, {}], ['a', 'b'], file_objects=bodies)

    (ticket,) = platform.sent('POST .*assets/temporary_upload_url/')
    assert ticket.json['ids'] == ['a']
    assert platform.stored == {'/part/1': b'x' * 60}


def test_media_types_go_with_the_permission():
    platform = FakePlatform()
    put(platform, 3, content_type=['image/png', 'image/jpeg', 'image/png'])

    asked = [one.json for one in platform.sent('POST .*temporary_upload_url/')]
    assert asked == [
        {'ids': ['Img-0', 'Img-2'], 'content_type': 'image/png'},
        {'ids': ['Img-1'], 'content_type': 'image/jpeg'},
    ]


@pytest.mark.parametrize(
    'options, message',
    [
        ({'file_objects': [b'']}, r'2 ids and 1 file_objects'),
        ({'filenames': ['a', 'b', 'c']}, r'2 ids and 3 filenames'),
    ],
)
def test_columns_of_another_length_are_named(options, message):
    with pytest.raises(InvalidArgumentsError, match=message):
        put(FakePlatform(), 2, **options)


def test_an_empty_id_is_named():
    with pytest.raises(InvalidArgumentsError, match=r'ids\[1\] is empty'):
        FakePlatform().client().put_assets_batch([{}, {}], ['a', ''], urls=['u', 'v'])


@pytest.mark.parametrize(
    'asset_type, options, message',
    [
        ('images', {}, r"'a' of images has no bytes; pass file_path"),
        ('images', {'urls': ['http://h'], 'uris': ['s3://b/k']}, r'has a url and a uri'),
        ('images', {'file_paths': ['/nowhere/a.png']}, r"'/nowhere/a.png', does not exist"),
        ('objects', {'file_objects': [b'x']}, r"objects have metadata only, but 'a' has file_obj"),
    ],
)
def test_bytes_must_be_given_where_there_are_some_and_only_there(asset_type, options, message):
    with pytest.raises(AssetError, match=message):
        FakePlatform().client(asset_type).put_assets_batch([{}], ['a'], **options)


def test_assets_that_do_not_appear_are_a_timeout(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr('time.monotonic', lambda: clock[0])
    monkeypatch.setattr('time.sleep', lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    platform = FakePlatform()
    platform.answer('POST /v1/assets/meta', [])

    with pytest.raises(TimeoutError, match=r"2 images, 'img_0' first, cannot be found") as caught:
        put(platform, 2)

    assert isinstance(caught.value, RequestTimeoutError)


def test_only_what_is_missing_is_looked_for_again(monkeypatch):
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    platform = FakePlatform()
    platform.answer('POST /v1/assets/meta', [{'id': 'img_0'}], times=1)
    platform.answer('POST /v1/assets/meta', [], times=1)
    put(platform, 2)

    looks = platform.sent('POST /v1/assets/meta')
    assert looks[-1].json['filters'][0]['values'] == ['img_1']


# -- sets that were committed


def in_set(platform, in_sync):
    buckets = [{'key': 'set_1', 'doc_count': 1}, {'key': 'set_2', 'doc_count': 0}]
    platform.answer('POST .*summary/', {'total': 1, 'aggregations': [{'buckets': buckets}]})

    def documents(sent):
        ids = sent.json['filters'][0]['values']
        sets = [{'id': one, 'version_in_sync': in_sync} for one in ids]
        return httpx.Response(200, json=[] if 'search_after' in sent.query else sets)

    platform.does('POST /v1/assets/meta', documents)


def test_a_set_whose_member_changes_is_no_longer_in_sync():
    platform = FakePlatform()
    in_set(platform, in_sync=True)
    put(platform, 1)

    (told,) = [one for one in platform.sent('POST .*meta_batch') if one.path.endswith('batch')]
    assert told.query['asset_type'] == 'sets'
    assert told.json == {'ids': ['set_1'], 'metadata': [{'version_in_sync': False}]}


@pytest.mark.parametrize('in_sync', [False, None])
def test_a_set_that_is_not_in_sync_is_left_alone(in_sync):
    platform = FakePlatform()
    in_set(platform, in_sync=in_sync)
    put(platform, 1)

    assert [one for one in platform.sent('POST .*meta_batch') if one.path.endswith('batch')] == []


def test_annotations_tell_the_sets_of_the_images_they_belong_to():
    platform = FakePlatform()
    annotation = {'id': 'ann', 'asset_id': 'img_1', 'media_type': 'images'}
    platform.answer('GET /v1/assets/meta/ann', annotation)
    in_set(platform, in_sync=True)
    platform.client('annotations').update_metadata('ann', {'tags': ['x']})

    (summary,) = platform.sent('POST .*summary/')
    assert summary.query['asset_type'] == 'images'
    assert summary.json['search']['filters'][0]['values'] == ['img_1']


# -- one asset


def test_one_asset_is_uploaded_written_and_waited_for(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(b'body')
    platform = FakePlatform('raw_put')
    platform.answer('GET .*exists.*', True)
    told = platform.client().put_asset({'sensor': 'left'}, file_path=path, id='My Img')

    (write,) = platform.sent('PUT .*meta.*')
    assert told == 'My Img'
    assert write.path == '/v1/assets/meta/my_img'
    assert write.json['object_access'] == {'filename': 'a.png', 'uri': 's3://bucket/a.png'}
    assert platform.stored == {'/raw/a.png': b'body'}


def test_a_directory_is_uploaded_as_an_archive_and_nothing_stays_behind(tmp_path):
    folder, temporary = tmp_path / 'labels', tmp_path / 'tmp'
    (folder / 'deep').mkdir(parents=True)
    temporary.mkdir()
    (folder / 'deep' / 'a.txt').write_text('hello')
    platform = FakePlatform('raw_put')
    platform.answer('GET .*exists.*', True)
    name = platform.client('zipfiles').put_directory(folder, {}, temp_dir=temporary)

    archive = zipfile.ZipFile(io.BytesIO(platform.stored[f'/raw/{name}']))
    assert archive.read('deep/a.txt') == b'hello'
    assert name.startswith('labels_')
    assert list(temporary.iterdir()) == []
