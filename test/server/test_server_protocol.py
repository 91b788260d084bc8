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

"""What clients count on: slashes, flags, errors, jobs, idempotency."""

import socket
import time

import httpx
import pytest
from server_support import running

Q = {'asset_type': 'images', 'metadata_only': 'False'}


def put(http, name, document, kind='images'):
    params = {'asset_type': kind, 'replace': 'True'}
    assert http.put(f'/v1/assets/meta/{name}', params=params, json=document).status_code == 200


def wait(http, job_id):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status = http.get(f'/v1/jobs/status/{job_id}').json()['status']
        if status in ('finished', 'aborted'):
            return status
    raise AssertionError(f'job {job_id} did not end')


def test_status_tells_where_everything_is(server):
    told = httpx.get(f'{server.url}/status').json()

    assert told['asset_manager_url'] == f'{server.url}/v1'
    assert {'auth_header', 'raw_put', 'idempotency_key'} <= set(told['features'])


@pytest.mark.parametrize('path', ['/v1/assets/meta_batch', '/v1/assets/meta_batch/'])
def test_batches_are_taken_with_and_without_a_slash(http, path):
    body = {'ids': ['B-1', 'b 2'], 'metadata': [{'n': 1}, {'n': 2}]}
    reply = http.post(path, params={**Q, 'replace': 'True'}, json=body)

    assert reply.json()['ids'] == ['b_1', 'b_2']
    assert reply.history == []


def test_an_update_of_something_unknown_writes_nothing(http):
    body = {'ids': ['known', 'unknown'], 'metadata': [{'n': 1}, {'n': 2}]}
    put(http, 'known', {'n': 0})

    reply = http.post('/v1/assets/meta_batch', params={**Q, 'replace': 'False'}, json=body)

    assert (reply.status_code, reply.json()['error']['code']) == (404, 'not_found')
    assert http.get('/v1/assets/meta/known', params=Q).json()['n'] == 0


def test_the_double_slash_of_directory_uploads_is_read_as_part_of_the_id(http):
    put(http, '/tmp/tmpyljdm5kj.zip', {'n': 1})

    assert http.get('/v1/assets/meta/_tmp_tmpyljdm5kj.zip', params=Q).json()['n'] == 1


def test_jobs_are_found_where_the_original_job_client_looks(http):
    body = {'asset_type': None, 'asset_id': 'undefined', 'user': None, 'job_type': '', 'notes': []}
    for base in ('/v1', '//v1', '/v1//v1'):
        url = str(http.base_url).rstrip('/') + base
        job_id = http.post(f'{url}/jobs/add/', json=body).json()['job_id']
        assert http.get(f'{url}/jobs/status/{job_id}').json() == {'status': 'queued'}


def test_a_job_of_a_client_lives_as_the_client_says(http):
    body = {'job_type': 'zipping', 'tags': ['user_facing'], 'task_id': 't1'}
    job_id = http.post('/v1/jobs/add/', json=body).json()['job_id']
    say = f'/v1/jobs/{{}}/{job_id}'
    assert http.put(say.format('run'), json={'hostname': 'h'}).status_code == 200
    assert http.put(say.format('progress'), params={'progress': 12.345}).status_code == 200
    assert http.put(say.format('stage'), params={'stage': 'x' * 2000}).status_code == 200
    assert http.put(say.format('append_note'), params={'note': 'n1'}).status_code == 200
    meta = {'key': 'child_job_ids', 'value': ['c']}
    assert http.put(say.format('meta'), json=meta).status_code == 200
    told = http.get(say.format('comprehensive_status')).json()
    assert (told['status'], told['progress'], len(told['stage'])) == ('running', 12.35, 1024)
    assert (told['notes'], told['child_job_ids']) == (['n1'], ['c'])
    found = http.post('/v1/assets/', params={'asset_type': 'jobs'},
                      json={'filters': [{'field': 'task_id', 'values': ['t1']}]}).json()
    assert found == {'results': [job_id]}
    aborted = http.put(say.format('abort'), params={'error_string': 'why', 'revoke': 'False'})
    assert aborted.json()['cancelled'] is True
    told = http.get(f'/v1/assets/meta/{job_id}', params={'asset_type': 'jobs'}).json()
    assert (told['status'], told['notes']) == ('aborted', ['n1', 'why'])


def test_an_update_by_query_is_a_task_that_ends(http):
    for n in range(20):
        put(http, f'u{n}', {'group': 'u', 'sets': ['old']})
    search = {'filters': [{'field': 'group', 'values': ['u']}]}
    body = {'update_field': 'sets', 'update_value': 'new', 'operation': 'add', 'limit': 7,
            'search': search}
    (task,) = http.post('/v1/assets/update_by_query', params=Q, json=body).json()
    assert wait(http, task) == 'finished'
    told = http.get(f'/v1/jobs/query_task/{task}').json()
    assert (told['completed'], told['response']['updated']) == (True, 7)
    new = {'filters': [{'field': 'sets', 'values': ['new']}]}
    assert http.post('/v1/assets/count/', params=Q, json=new).json() == 7
    body = {'update_field': 'sets', 'update_value': 'old', 'operation': 'remove'}
    (task,) = http.post('/v1/assets/update_by_query', params=Q, json=body).json()
    assert wait(http, task) == 'finished'
    assert http.get('/v1/assets/meta/u3', params=Q).json()['sets'] in ([], ['new'])


def test_deletions_by_query_and_list_are_jobs(http):
    for n in range(5):
        put(http, f'x{n}', {'group': 'x'})
    body = {'assets_list': ['X0', 'x1', 'nothing']}
    job_id = http.post('/v1/assets/remove_with_list/', params=Q, json=body).json()['job_id']
    assert wait(http, job_id) == 'finished'
    query = {'filters': [{'field': 'group', 'values': ['x']}]}
    assert http.post('/v1/assets/count/', params=Q, json=query).json() == 3
    job_id = http.post('/v1/assets/remove_with_query/', params=Q, json=query).json()['job_id']
    assert wait(http, job_id) == 'finished'
    assert http.post('/v1/assets/count/', params=Q, json=query).json() == 0
    typo = {'filter': []}
    assert http.post('/v1/assets/remove_with_query/', params=Q, json=typo).status_code == 400


def test_a_field_is_removed_from_all_documents(http):
    put(http, 'k1', {'aux': {'gone': 1, 'kept': 2}, 'meta': [{'gone': 1}]})
    job_id = http.post('/v1/assets/remove_key_from_index/', params=Q,
                       json={'key': 'aux.gone'}).json()['job_id']

    assert wait(http, job_id) == 'finished'
    assert http.get('/v1/assets/meta/k1', params=Q).json()['aux'] == {'kept': 2}
    fields = {f['field'] for f in http.get('/v1/images/meta/search_fields/').json()}
    assert ('aux.gone' in fields, 'aux.kept' in fields) == (False, True)


def test_compressed_answers_are_plain_gzip(http):
    put(http, 'z1', {'group': 'z'})
    query = {'filters': [{'field': 'group', 'values': ['z']}]}
    reply = http.post('/v1/assets/meta', params={**Q, 'compress': 'True'}, json=query)

    assert reply.headers['content-encoding'] == 'gzip'
    assert [document['id'] for document in reply.json()] == ['z1']


def test_a_copy_is_a_document_of_its_own(http):
    put(http, 'c1', {'n': 1})
    reply = http.put('/v1/assets/copy/C1', params={**Q, 'new_id': 'New Id'})

    assert reply.json()['id'] == 'new_id'
    assert http.get('/v1/assets/meta/new_id', params=Q).json()['n'] == 1


def test_a_repeated_post_with_its_key_is_answered_as_before(http):
    headers = {'Idempotency-Key': 'k-1'}
    first = http.post('/v1/jobs/add/', json={'job_type': ''}, headers=headers)
    again = http.post('/v1/jobs/add/', json={'job_type': ''}, headers=headers)
    other = http.post('/v1/jobs/add/', json={'job_type': 'zipping'}, headers=headers)

    assert again.json() == first.json()
    assert again.headers['idempotency-replayed'] == 'true'
    assert other.status_code == 422


def test_nan_and_infinity_become_null(http):
    body = b'{"n": NaN, "i": -Infinity, "e": 1e999, "d": -%s.5, "ok": 1e2}' % (b'9' * 310)
    http.put('/v1/assets/meta/nan', params={**Q, 'replace': 'True'}, content=body)

    document = http.get('/v1/assets/meta/nan', params=Q).json()
    assert [document[name] for name in 'nied'] == [None] * 4
    assert document['ok'] == 100


BAD = [
    b'{', b'[1', b'\xff', b'"\\ud800"', b'{"a": "\\udc00"}', b'[' * 100_000, b'5', b'"x"', b'[]',
]


@pytest.mark.parametrize('body', BAD, ids=[str(b[:12]) for b in BAD])
def test_what_is_no_json_object_is_refused_with_a_reason(http, body):
    reply = http.put('/v1/assets/meta/bad', params={**Q, 'replace': 'True'}, content=body)

    assert reply.status_code == 400
    assert reply.json()['error']['message']
    assert reply.headers['x-request-id']


@pytest.mark.parametrize('params', [
    {}, {'asset_type': 'cats'}, {**Q, 'size': 'x'}, {**Q, 'size': '-1'}, {**Q, 'scan': 'perhaps'},
    {**Q, 'sort_order': 'up'}, {**Q, 'offset': '-1'}, {**Q, 'size': '99999999999999999999'},
])
def test_bad_parameters_are_refused_with_a_reason(http, params):
    reply = http.post('/v1/assets/', params=params, json={})

    assert reply.status_code == 400
    assert reply.json()['error']['message']


@pytest.mark.parametrize('name', ['%00', 'x' * 600, '%ff%fe', '%0d%0aSet-Cookie:x', '..%2f..%2fx'])
def test_hostile_ids_do_no_harm(http, name):
    assert http.get(f'/v1/assets/meta/{name}', params=Q).status_code in (400, 404)


def test_unknown_routes_and_methods_are_told_apart(http):
    assert http.get('/v1/nowhere/at/all').status_code in (404, 405)
    reply = http.patch('/v1/assets/meta/x')
    assert (reply.status_code, 'GET' in reply.headers['allow']) == (405, True)


def test_a_body_too_large_is_refused(tmp_path_factory):
    with running(tmp_path_factory.mktemp('small'), max_body_bytes=1000,
                 max_object_bytes=2000) as small, small.client() as http:
        reply = http.put('/v1/assets/meta/x', params=Q, json={'a': 'x' * 2000})
        assert reply.status_code == 413
        places = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': ['x']})
        assert httpx.put(places.json()['x']['put_url'], content=b'x' * 3000).status_code == 413


def test_too_many_requests_are_slowed_down(tmp_path_factory):
    folder = tmp_path_factory.mktemp('slow')
    with running(folder, requests_per_s=2) as slow, slow.client() as http:
        replies = [http.get('/auth') for _ in range(10)]
    assert replies[-1].status_code == 429
    assert int(replies[-1].headers['retry-after']) >= 1


def test_an_upload_that_breaks_off_leaves_nothing(server, http):
    places = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': ['cut']})
    place = places.json()['cut']
    url = httpx.URL(place['put_url'])
    with socket.create_connection((url.host, url.port)) as raw:
        head = f'PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000'
        raw.sendall(f'{head}\r\n\r\n'.encode() + b'x' * 2_000_000)

    reply = http.post('/v1/storage/url_from_object_access/', json={'uri': place['uri']})
    assert httpx.get(reply.json()['url']).status_code == 404


def test_metrics_and_health(server, http):
    assert httpx.get(f'{server.url}/healthz').json() == {'status': 'ok'}
    assert httpx.get(f'{server.url}/metrics').status_code == 401
    text = http.get('/metrics').text
    assert 'scenebox_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert 'scenebox_documents ' in text


@pytest.mark.parametrize(('role', 'organization', 'status'), [
    ('health_checker', None, 200), ('admin', None, 200), ('superadmin', 'Metrics others', 200),
    ('data_user', None, 403), ('admin', 'Metrics others', 403),
    ('health_checker', 'Metrics others', 403),
])  # fmt: skip
def test_metrics_are_for_who_looks_after_the_server(server, role, organization, status):
    with server.client(server.user(role, organization)) as http:
        assert http.get('/metrics').status_code == status


def test_summaries_of_every_kind(http):
    for n in range(6):
        put(http, f's{n}', {
            'timestamp': f'2020-01-0{n + 1}T00:00:00Z', 'sensor': 'ab'[n % 2], 'size': n * 10,
            'annotations_meta': [{'provider': 'p'}, {'provider': f'q{n % 3}'}], 'flag': n > 3,
        }, kind='videos')
    search = {'search': {'filters': [{'field': 'size', 'values': [0, 10, 20, 30]}]}}
    everything = {
        'dimensions': ['sensor', 'flag', 'nothing'], 'nested_dimensions': [
            'annotations_meta.provider'],
        'custom_buckets_numeric': [{'field': 'size', 'ranges': [{'from': 0, 'to': 20},
                                                                {'from': 20}]},
                                   {'field': 'size', 'interval': 25}],
        'custom_buckets_time': [{'field': 'timestamp', 'interval': 'day'},
                                {'field': 'timestamp', 'ranges': [{'to': '2020-01-02T00:00:00Z',
                                                                   'key': 'early'}]}],
        'aggregate_field': 'size', 'aggregation_type': 'sum',
    }
    path = '/v1/videos/meta/summary/'
    whole = http.post(path, json=everything).json()
    part = http.post(path, json={**everything, **search}).json()
    counts = [[(b['key'], b['doc_count']) for b in a['buckets']] for a in part['aggregations']]
    assert (whole['total'], part['total']) == (6, 4)
    assert whole['aggregate']['value'] == 150
    assert counts[0] == [('a', 2), ('b', 2)]
    assert counts[1:3] == [[(False, 4)], []]
    assert counts[3] == [('p', 4), ('q0', 2), ('q1', 1), ('q2', 1)]
    assert counts[4] == [('0-20', 2), ('20-*', 2)]
    assert counts[5] == [(0.0, 3), (25.0, 1)]
    assert [n for _, n in counts[6]] == [1, 1, 1, 1]
    assert counts[6][0][0] == '2020-01-01T00:00:00+00:00'
    assert counts[7] == [('early', 1)]
    combined = http.post('/v1/assets/summary_2d/', params={'asset_type': 'videos'},
                         json={'dimensions': ['sensor', 'flag']}).json()
    assert {tuple(b['key']): b['doc_count'] for b in combined['buckets']} == {
        ('a', False): 2, ('b', False): 2, ('a', True): 1, ('b', True): 1}


def test_numbers_over_fields(http):
    for n in range(4):
        put(http, f'n{n}', {'size': n, 'sensor': 'ab'[n % 2]}, kind='lidars')
    lidars = {'asset_type': 'lidars'}

    def ask(route, field):
        body = {'search': {}, 'field_name': field, 'is_nested': False}
        return http.post(f'/v1/assets/{route}/', params=lidars, json=body).json()

    assert (ask('sum', 'size'), ask('average', 'size')) == (6, 1.5)
    assert (ask('cardinality', 'sensor.keyword'), ask('cardinality', 'size')) == (2, 4)
    assert (ask('sum', 'nothing'), ask('average', 'nothing')) == (0, 0)
    body = {'field_dicts': [{'field': 'size'}, {'field': 'sensor'}]}
    told = http.post('/v1/assets/field_statistics/', params=lidars, json=body).json()
    assert (told['size']['min'], told['size']['max'], told['size']['count']) == (0, 3, 4)
    assert told['sensor']['buckets'][0] == {'key': 'a', 'doc_count': 2}
    fields = {f['field']: f['type'] for f in http.get('/v1/lidars/meta/search_fields/').json()}
    assert (fields['size'], fields['sensor']) == ('number', 'tag')
    assert http.get('/v1/lidars/meta/searchable_field_statistics/').json()['size']['max'] == 3


def test_statistics_count_documents_not_values(http):
    for n in range(6):
        put(http, f'st{n}', {'tone': [f't{n}', f'u{n}'], **({'tune': 'x'} if n else {})},
            kind='rosbags')
    reply = http.post('/v1/assets/field_statistics/', params={'asset_type': 'rosbags'}, json={
        'field_dicts': ['tone', 'tune'], 'max_size_for_agg': 3,
        'search': {'filters': [{'field': 'id', 'values': ['st0', 'st1', 'st2', 'st3']}]},
    }).json()  # fmt: skip

    assert (reply['tone']['count'], len(reply['tone']['buckets'])) == (4, 3)
    assert reply['tune']['count'] == 3


def test_comments_on_nothing_and_without_an_end_are_refused(http):
    put(http, 'cm2', {'a': 1})
    missing = {'ids': ['cm2', 'no_such'], 'comment': 'nice'}
    endless = {'ids': ['cm2'], 'comment': 'x' * 10_001}

    assert http.post('/v1/images/comments/', json=missing).status_code == 404
    assert http.post('/v1/images/comments/', json=endless).status_code == 400
    assert http.post('/v1/images/get_comments', json={'ids': ['cm2']}).json() == {'cm2': []}


def test_comments_come_and_go(http):
    put(http, 'cm', {'n': 1})
    for _ in range(2):
        http.post('/v1/images/comments/', json={'ids': ['cm'], 'comment': 'nice'})
    comments = http.post('/v1/images/get_comments', json={'ids': ['cm']}).json()
    assert [c['comment'] for c in comments['cm']] == ['nice']
    http.post('/v1/images/delete_comments', json={'ids': ['cm'], 'comment': 'nice'})
    assert http.post('/v1/images/get_comments', json={'ids': ['cm']}).json() == {'cm': []}


def test_large_results_are_streamed_whole(http):
    body = {'ids': [f'many{n}' for n in range(3000)],
            'metadata': [{'group': 'many', 'text': 'x' * 300} for _ in range(3000)]}
    http.post('/v1/assets/meta_batch/', params={**Q, 'replace': 'True'}, json=body)
    query = {'filters': [{'field': 'group', 'values': ['many']}]}
    for compress in ('True', 'False'):
        params = {**Q, 'scan': 'True', 'compress': compress}
        assert len(http.post('/v1/assets/meta', params=params, json=query).json()) == 3000
