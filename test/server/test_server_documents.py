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

"""Documents over HTTP."""

import pytest

Q = {'asset_type': 'images', 'metadata_only': 'False'}


def put(http, name, document, **query):
    query = {'replace': 'True', 'replace_sets': 'False', **Q, **query}
    reply = http.put(f'/v1/assets/meta/{name}', params=query, json=document)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_document_that_was_put_is_found_under_its_standardized_id(http):
    put(http, 'My-Img', {'timestamp': '2020-01-01T00:00:00Z', 'width': 3})

    document = http.get('/v1/assets/meta/My-Img', params=Q).json()
    assert document['id'] == 'my_img'
    assert document['owner'] == 'scenebox'
    assert http.get('/v1/assets/exists/my_img', params=Q).json() is True
    assert http.get('/v1/assets/exists/other', params=Q).json() is False


@pytest.mark.parametrize('document', [{'seen\0time': 'now'}, {'a': [{'b\0': 1}]}])
def test_a_key_with_a_zero_is_refused_and_spoils_no_summary(http, document):
    put(http, 'seen', {'seen': '2024-01-01'})
    reply = http.put('/v1/assets/meta/zero', params={**Q, 'replace': 'True'}, json=document)

    assert reply.status_code == 400
    assert 'zero character' in reply.json()['error']['message']
    summary = http.post('/v1/assets/meta/summary/', params=Q, json={'dimensions': ['seen']})
    assert len(summary.json()['aggregations'][0]['buckets']) == 1


def test_a_search_returns_ids_and_documents(http):
    put(http, 'found', {'sensor': 'front', 'sets': ['s9']})

    query = {'filters': [{'field': 'sets', 'values': ['s9']}]}
    assert http.post('/v1/assets/', params=Q, json=query).json() == {'results': ['found']}
    documents = http.post('/v1/assets/meta', params=Q, json=query).json()
    assert [document['sensor'] for document in documents] == ['front']
