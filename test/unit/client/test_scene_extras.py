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


"""Methods of the later release: ego poses, video sessions, streamable sets, embeddings."""

import io
import json
import tarfile

import pytest
from scene_platform import client_of, platform

from scenebox_ros.client import Embedding, Video
from scenebox_ros.errors import ProjectError, SetsError, UDFError
from scenebox_ros.model.udf import Enricher


def shard(*members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode='w') as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def test_ego_poses_are_stored_beside_the_session(tmp_path):
    fake = platform()
    fake.answer('PUT /v1/assets/meta/session_1', {})
    poses = [{'timestamp': '2026-01-31T10:06:00Z', 'objects': {'ego': {'lat': 48, 'lon': 11}}}]
    path = tmp_path / 'poses.json'
    path.write_text(json.dumps(poses))
    client = client_of(fake)
    client.add_ego_pose('session_1', ego_pose_path=path, title='poses')
    span = fake.sent('POST /v1/sessions/update_time_span/')[0].json
    stored = fake.sent('PUT /v1/assets/meta/session_1')[0].json

    assert span['session_end_time'] == '2026-01-31T10:06:00+00:00'
    assert stored['auxiliary_data'][0]['type'] == 'ego_pose'
    with pytest.raises(ValueError, match='exactly one'):
        client.add_ego_pose('session_1')


def test_a_video_session_is_made_by_a_job_of_its_own():
    fake = platform()
    fake.answer('GET /v1/assets/meta/video_set', {'assets_type': 'videos'})
    fake.answer('POST /v1/assets/', {'results': ['video_set']})
    fake.answer('POST /v1/jobs/add/', {'job_id': 'job_9'})
    client = client_of(fake)
    video_id = client.add_video_session(Video(id='ride_1', bytes=b'mp4'), vehicle='truck_7')
    asked = fake.sent('POST /v1/sessions/add_video_session')[0].json

    assert video_id == 'ride_1'
    assert (asked['job_id'], asked['vehicle']) == ('job_9', 'truck_7')
    assert fake.sent('POST /v1/jobs/add/')[0].json['tags'] == ['user_facing']


def test_a_streamable_set_gives_its_samples_in_order():
    fake = platform()
    body = shard(
        ('a.input.png', b'A'), ('a.metadata.json', b'{"id": "a"}'), ('b.input.jpg', b'B'),
        ('b.annotations.json', b'[1]'),
    )
    fake.rules.insert(0, fake.rules.pop())
    fake.answer('GET /v1/assets/meta/s_1', {'streamable_shards': ['shard_1']})
    fake.answer('GET /v1/assets/shard_1', {'url': 'http://storage/shard'})
    fake.answer('GET /shard', content=body)
    samples = list(client_of(fake).get_streamable_set('s_1'))

    assert [(one.key, one.image, one.format) for one in samples] == [
        ('a', b'A', 'png'), ('b', b'B', 'jpg')
    ]
    assert samples[0].metadata == {'id': 'a'}
    assert samples[1].annotations == [1]


def test_an_embedding_that_is_read_back_keeps_its_id():
    pytest.importorskip('numpy')
    fake = platform()
    made = Embedding([1, 2, 3], 'img_1', layer='fc1', timestamp='2026-01-31')
    found = {
        'images': [{'id': 'img_1', 'embeddings': {made.index_name: made.id}}],
        'embeddings': [{**made.metadata, 'object_access': {'url': 'http://storage/e'}}],
    }

    def page(sent):
        import httpx

        pages = [] if 'search_after' in sent.query else found[sent.query['asset_type']]
        return httpx.Response(200, json=pages)

    fake.does('POST /v1/assets/meta', page)
    fake.answer('POST /v1/(assets|storage)/url_from.*', {made.id: 'http://storage/e'})
    fake.answer('GET /v1/assets/[0-9]+', {'url': 'http://storage/e'})
    fake.answer('GET /e', content=made.bytes)
    read = client_of(fake).get_embeddings(made.index_name)

    assert [one.id for one in read] == [made.id]
    assert read[0].get_nparray().tolist() == [1, 2, 3]


def test_embeddings_of_different_spaces_are_refused():
    pytest.importorskip('numpy')
    mixed = [Embedding([1], 'a'), Embedding([1], 'a', model='other')]

    with pytest.raises(AssertionError, match='several spaces'):
        client_of(platform()).add_embeddings(mixed)


def test_names_must_be_unique_to_be_found():
    fake = platform()
    fake.answer('POST /v1/assets/', {'results': ['a', 'b']})
    fake.answer('POST /v1/assets/meta', [])
    client = client_of(fake)

    with pytest.raises(SetsError, match="2 sets are named 'rides'"):
        client.get_set_id_by_name('rides')
    with pytest.raises(ProjectError, match="0 projects are named 'rides'"):
        client.get_project_sets('rides', 0)


def test_a_function_must_be_defined_in_main():
    with pytest.raises(UDFError, match='define it in __main__'):
        client_of(platform()).submit_enricher(Enricher)


def test_split_set_returns_the_subsets_and_checks_its_shares():
    fake = platform()
    fake.answer('POST /v1/sets/split_sets/', {'job_id': 'job_1'})
    client = client_of(fake)

    assert client.split_set('set_1', [0.8, 0.2], ['A B', 'c']) == ['a_b', 'c']
    with pytest.raises(AssertionError, match='2 names for 3 subsets'):
        client.split_set('set_1', 3, ['a', 'b'])
    with pytest.raises(AssertionError, match='their sum at most 1'):
        client.split_set('set_1', [0.8, 0.3], ['a', 'b'])
    with pytest.raises(ValueError, match='0 sections'):
        client.split_set('set_1', 0, [])


def test_pages_are_fetched_as_they_are_needed(monkeypatch):
    from scenebox_ros.client.methods.scene import search

    monkeypatch.setattr(search, 'PAGE', 2)
    fake = platform()
    fake.answer('POST /v1/images', ['a', 'b'], times=1)
    fake.answer('POST /v1/images', ['c'])
    found = client_of(fake).iterate_assets('images')

    assert next(found) == 'a'
    assert len(fake.sent('POST /v1/images')) == 1
    assert list(found) == ['b', 'c']
    assert fake.sent('POST /v1/images')[1].query['search_after'] == 'b'
