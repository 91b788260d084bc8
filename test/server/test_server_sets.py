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

"""Sets against a real server."""

import io
import itertools
import json
import tarfile
import zipfile

import pytest

from scenebox_ros.server.store.naming import Name

numbers = itertools.count()


@pytest.fixture
def images(server, ask):
    """Make images with bytes; give their ids."""

    def make(count=3, **document):
        owner = server.core.identities.identify(server.token).organization_id
        ids = [f'img_{next(numbers)}' for _ in range(count)]
        for name in ids:
            stored = server.core.objects.put(Name(owner, f'{name}/a.JPG'), name.encode())
            content = {'object_access': {'filename': 'a.JPG', 'uri': stored.uri},
                       'timestamp': '2024-01-01T00:00:00Z', **document}  # fmt: skip
            ask('PUT', f'assets/meta/{name}?asset_type=images&replace=True', content)
        return ids

    return make


@pytest.fixture
def new_set(ask):
    def make(**wish):
        name = wish.pop('name', f'Set {next(numbers)}')
        return ask('POST', 'sets/add/', {'name': name, 'assets_type': 'images', **wish})['id']

    return make


@pytest.fixture
def filled(ask, finish, images, new_set):
    """A set of three images."""
    ids, name = images(), new_set()
    finish(ask('POST', f'sets/{name}/add_assets_list/', {'asset_list': ids}))
    return name, ids


def members(ask, name, search=None):
    return ask('POST', f'sets/{name}/list_assets/', search or {})['results']


def download(server, ask, kind, name):
    document = ask('GET', f'assets/meta/{name}?asset_type={kind}')
    stored = server.core.objects.find_uri(document['object_access']['uri'])
    return document, server.core.objects.read(stored)


def test_a_sets_id_is_its_name_standardized(ask):
    body = {'name': 'My Set-1', 'assets_type': 'images', 'tags': ['primary'],
            'auxiliary': {'k': 1}, 'expected_count': 4, 'origin_set_id': None}  # fmt: skip
    one, two = ask('POST', 'sets/add/', body), ask('POST', 'sets/add/', body)
    document = ask('GET', 'assets/meta/my_set_1?asset_type=sets')

    assert one == two == {'id': 'my_set_1'}
    assert document['assets_type'] == 'images'
    assert document['aux'] == {'k': 1}
    assert document['tags'] == ['primary']


def test_a_set_of_another_type_does_not_take_its_place(ask, new_set):
    new_set(name='taken')
    ask('POST', 'sets/add/', {'name': 'taken', 'assets_type': 'videos'}, 409)
    ask('POST', 'sets/add/', {'name': 'x', 'assets_type': 'cars'}, 409)
    ask('POST', 'sets/add/', {'name': 'x', 'assets_type': 'images', 'origin_set_id': 'no'}, 409)


def test_assets_are_added_and_removed_by_list(ask, finish, filled):
    name, ids = filled

    assert members(ask, name) == sorted(ids)
    result = finish(ask('POST', f'sets/{name}/remove_assets_list/', {'asset_list': ids[:1]}))
    assert members(ask, name) == sorted(ids[1:])
    assert result == {'changed': 1, 'missing': []}


def test_assets_that_do_not_exist_are_told(ask, finish, filled):
    name, _ = filled
    reply = ask('POST', f'sets/{name}/add_assets_list/', {'asset_list': ['ghost']})
    finish(reply)
    job = ask('GET', f'assets/meta/{reply["job_id"]}?asset_type=jobs')

    assert job['notes'] == ['1 of 1 assets do not exist: ghost']


def test_assets_are_added_and_removed_by_query(ask, finish, images, new_set):
    name = new_set()
    images(2, sensor='left')
    right = images(3, sensor='right')
    search = {'filters': [{'field': 'sensor', 'values': ['right']}]}
    finish(ask('POST', f'sets/{name}/add_assets_query/?limit=2', search))
    some = members(ask, name)
    finish(ask('POST', f'sets/{name}/add_assets_query/', search))
    everyone = members(ask, name, search)
    finish(ask('POST', f'sets/{name}/remove_assets_query/', search))

    assert len(some) == 2
    assert everyone == sorted(right)
    assert members(ask, name) == []


def test_members_documents_are_listed(ask, filled):
    name, ids = filled
    query = {'filters': [{'field': 'id', 'values': ids[:1]}], 'source_selected_fields': ['sets']}
    found = ask('POST', f'sets/{name}/list_assets_meta/', query)['results']

    assert found == [{'id': ids[0], 'sets': [name]}]
    assert len(ask('POST', f'sets/{name}/list_assets_meta/')['results']) == 3


def test_a_locked_set_does_not_change(ask, finish, filled):
    name, ids = filled
    ask('PUT', f'sets/{name}/lock')

    assert ask('GET', f'sets/{name}/lock') == {'locked': True}
    for path in ('add_assets_list', 'remove_assets_list'):
        reply = ask('POST', f'sets/{name}/{path}/', {'asset_list': ids}, 409)
        assert 'locked' in reply['error']['message']
    ask('DELETE', f'sets/delete_set/{name}', status=409)
    ask('DELETE', f'sets/{name}/lock')
    finish(ask('POST', f'sets/{name}/remove_assets_list/', {'asset_list': ids}))
    assert members(ask, name) == []


def test_the_status_counts(ask, filled):
    name, _ = filled

    assert ask('GET', f'sets/{name}/status') == {
        'id': name, 'status': 'ready', 'locked': False, 'count': 3, 'expected_count': None,
    }  # fmt: skip


@pytest.mark.parametrize(('path', 'left'), [
    ('sets/{}', 3), ('sets/delete_set/{}?delete_content=False', 3),
    ('sets/delete_set/{}?delete_content=True', 0),
])  # fmt: skip
def test_a_set_is_deleted_with_or_without_its_content(ask, finish, filled, path, left):
    name, ids = filled
    finish(ask('DELETE', path.format(name)))
    query = {'filters': [{'field': 'id', 'values': ids}]}
    found = ask('POST', 'assets/meta?asset_type=images', query)

    assert ask('GET', f'assets/exists/{name}?asset_type=sets') is False
    assert len(found) == left
    assert all(document['sets'] == [] for document in found)


def test_a_set_is_split_the_same_way_for_the_same_seed(ask, finish, images, new_set):
    ids, parent = images(10), new_set()
    finish(ask('POST', f'sets/{parent}/add_assets_list/', {'asset_list': ids}))
    shares = []
    for names in (['a', 'b'], ['c', 'd']):
        reply = ask('POST', 'sets/split_sets/', {
            'set_id': parent, 'random_seed': 7, 'wait_for_completion': False,
            'subset_names': names, 'percentages': [0.7, 0.3],
        })  # fmt: skip
        finish(reply)
        shares.append([members(ask, one) for one in reply['subset_ids']])

    assert shares[0] == shares[1]
    assert [len(share) for share in shares[0]] == [7, 3]
    assert sorted(itertools.chain(*shares[0])) == sorted(ids)
    again = {'set_id': parent, 'subset_names': ['a', 'b'], 'sections': 2}
    assert 'exists already' in ask('POST', 'sets/split_sets/', again, 409)['error']['message']


def test_a_set_that_is_written_as_a_text_is_kept(ask, finish, filled):
    name, ids = filled
    put = f'assets/meta/{ids[0]}?asset_type=images&replace=True&replace_sets=True'
    ask('PUT', put, {'sets': 'another'})
    finish(ask('POST', f'sets/{name}/add_assets_list/', {'asset_list': ids[:1]}))

    assert ask('GET', f'assets/meta/{ids[0]}?asset_type=images')['sets'] == ['another', name]


def test_a_set_without_a_type_and_a_name_holds_images(ask, finish):
    ask('PUT', 'assets/meta/plain?asset_type=sets&replace=True', {})
    ask('PUT', 'assets/meta/in_plain?asset_type=images&replace=True', {'sets': ['plain']})
    done = finish(ask('POST', 'sets/split_sets/', {'set_id': 'plain', 'sections': 1}))
    finish(ask('POST', 'sets/plain/zip_all_assets/'))

    assert done['subset_ids'] == ['plain_subset_1']
    assert members(ask, 'plain_subset_1') == ['in_plain']


def test_a_zip_holds_bytes_documents_and_annotations(server, ask, finish, filled):
    name, ids = filled
    annotation = {'asset_id': ids[0], 'media_type': 'images', 'labels': ['car']}
    ask('PUT', f'assets/meta/ann_{name}?asset_type=annotations&replace=True', annotation)
    reply = ask('POST', f'sets/{name}/zip_all_assets/?force_recreate=False')
    finish(reply)
    document, body = download(server, ask, 'zipfiles', reply['zip_id'])
    archive = zipfile.ZipFile(io.BytesIO(body))

    assert set(archive.namelist()) == {
        *(f'assets/{one}.jpg' for one in ids), *(f'metadata/{one}.json' for one in ids),
        f'annotations/{ids[0]}/ann_{name}.json',
    }  # fmt: skip
    assert archive.testzip() is None
    assert archive.read(f'assets/{ids[1]}.jpg') == ids[1].encode()
    assert json.loads(archive.read(f'metadata/{ids[1]}.json'))['id'] == ids[1]
    assert document['count'] == 3
    assert ask('GET', f'sets/{name}/status')['status'] == 'ready'


def test_every_asset_has_a_name_of_its_own_in_archives(server, ask, finish, new_set):
    name = new_set()
    ids = ['a', '.a', 'a.jpg', 'a_jpg', 'ü' * 300, f'{"ü" * 299}o']
    for one in ids:
        ask('PUT', f'assets/meta/{one}?asset_type=images&replace=True', {'sets': [name]})
    zipped = ask('POST', f'sets/{name}/zip_all_assets/')
    finish(zipped)
    shards = finish(ask('POST', f'sets/{name}/streamable_shards/'))['streamable_shards']
    archive = zipfile.ZipFile(io.BytesIO(download(server, ask, 'zipfiles', zipped['zip_id'])[1]))
    names = archive.namelist()
    body = download(server, ask, 'zipfiles', shards[0])[1]
    with tarfile.open(fileobj=io.BytesIO(body)) as samples:
        keys = [one.split('.', 1)[0] for one in samples.getnames()]

    assert sorted(json.loads(archive.read(one))['id'] for one in names) == sorted(ids)
    assert len({*names}) == len({*keys}) == len(ids)
    assert max(len(one.split('/')[1].encode()) for one in names) <= 255


def test_a_zip_is_made_again_only_if_something_changed(server, ask, finish, filled):
    name, ids = filled

    def made():
        reply = ask('POST', f'sets/{name}/zip_all_assets/')
        finish(reply)
        return download(server, ask, 'zipfiles', reply['zip_id'])[0]

    first, same = made(), made()
    ask('PUT', f'assets/meta/{ids[0]}?asset_type=images', {'sensor': 'new'})
    other = made()

    assert same == first
    assert other['sha256'] != first['sha256']


def test_a_commit_is_in_the_history(server, ask, finish, filled):
    name, ids = filled
    finish(ask('POST', f'sets/{name}/commit/', {'message': 'one'}))
    again = ask('POST', f'sets/{name}/commit/', {'message': 'nothing new'})
    finish(ask('POST', f'sets/{name}/remove_assets_list/', {'asset_list': ids[:1]}))
    in_sync = ask('GET', f'assets/meta/{name}?asset_type=sets')['version_in_sync']
    finish(ask('POST', f'sets/{name}/commit/', {'message': 'two'}))
    document, body = download(server, ask, 'sets', name)
    newest, oldest = json.loads(body)

    assert again['job_id'] is None
    assert in_sync is False
    assert (newest['message'], oldest['message']) == ('two', 'one')
    assert newest['parent'] == oldest['full_hash']
    assert newest['full_hash'] == document['version']
    assert newest['full_hash'].startswith(newest['short_hash'])
    assert oldest['assets'] == sorted(ids)
    assert oldest['author_name'] == 'superadmin'


def test_shards_are_tar_files_of_samples(server, ask, finish, filled):
    name, ids = filled
    reply = ask('POST', f'sets/{name}/streamable_shards/?force_recreate=False&shard_size=2')
    shards = finish(reply)['streamable_shards']
    _, body = download(server, ask, 'zipfiles', shards[0])
    again = ask('POST', f'sets/{name}/streamable_shards/?force_recreate=False&shard_size=2')

    assert [shard.split('_shard')[0].split(name)[1] for shard in shards] == ['_2', '_1']
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames() == [
            f'{one}.{part}' for one in sorted(ids)[:2] for part in ('input.jpg', 'metadata.json')
        ]
        first = sorted(ids)[0]
        assert archive.extractfile(f'{first}.input.jpg').read() == first.encode()
    assert again == {'job_id': None, 'streamable_shards': shards}


def test_sets_of_another_organization_cannot_be_changed(server, filled):
    name, ids = filled
    with server.client(server.user(organization='Set others')) as other:
        for method, path in [
            ('PUT', f'sets/{name}/lock'), ('POST', f'sets/{name}/add_assets_list/'),
            ('POST', f'sets/{name}/list_assets/'), ('DELETE', f'sets/{name}'),
            ('POST', f'sets/{name}/zip_all_assets/'),
        ]:  # fmt: skip
            body = {'asset_list': ids} if 'list/' in path and 'add' in path else None
            assert other.request(method, f'/v1/{path}', json=body).status_code == 404


def test_granted_sets_can_be_read_and_not_changed(server, ask, filled):
    name, ids = filled
    token = server.user(organization='Set friends')
    friend = server.core.identities.identify(token).organization_id
    server.core.identities.grant(server.core.identities.identify(server.token).organization_id,
                                 friend)  # fmt: skip
    with server.client(token) as other:
        listed = other.post(f'/v1/sets/{name}/list_assets/', json={})
        assert listed.json() == {'results': sorted(ids)}
        assert other.put(f'/v1/sets/{name}/lock').status_code == 403
        assert other.delete(f'/v1/sets/{name}').status_code == 403
