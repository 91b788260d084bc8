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


"""A platform that answers as the one did with which the original client was recorded."""

from __future__ import annotations

import hashlib
from pathlib import Path
import re
import sys
from typing import Any
from urllib.parse import unquote

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / 'unit' / 'client'))

from fake_platform import FakePlatform, HOST as HOST, Sent, STORAGE  # noqa: E402

TIME = '2021-03-01T10:00:00+00:00'
CONTENT = b'<content>'
JOB = {'job_id': 'job_1'}
DONE = {'acknowledged': True}
ANSWERS = {
    'GET /auth': {'organization_id': 'org_1'},
    'POST /clear_cache': DONE,
    'POST /assets/count': 2,
    'POST /assets/sum': 7.5,
    'POST /assets/average': 3.75,
    'POST /assets/cardinality': 4,
    'POST /assets/meta_batch': DONE,
    'POST /assets/update_by_query': ['task_1'],
    'POST /assets/multipart_upload_id': {'upload_id': 'upload_1'},
    'POST /assets/remove_key_from_index': JOB,
    'POST /assets/remove_with_query': JOB,
    'POST /assets/remove_with_list': JOB,
    'DELETE /assets/clear_bytes_from_cache': DONE,
}
READS = (
    r'GET .*',
    r'POST (/v1)?/assets(/meta|/meta/summary|/count|/sum|/average|/cardinality)?',
    r'POST (/v1)?/storage/url_from_object_access(_in_batch)?',
)
# What a client does for itself.
OWN_BUSINESS = (r'GET (/auth|/status)', r'DELETE (/v1)?/assets/clear_bytes_from_cache')
# Flags that mean "no" when they are absent, and what means the same when it is.
ABSENT = {
    'replace_sets': 'false', 'buffered_write': 'false', 'compress': 'false',
    'all_organizations': 'false', 'expiration': '43200',
}
UUID = re.compile(r'[0-9a-f]{8}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{12}')
PAGING = ('size', 'offset', 'scan', 'sort_field', 'sort_order', 'compress', 'search_after')


def document(asset_type: str, asset_id: str) -> dict[str, Any]:
    """Make a plausible document of any asset."""
    file = {'object_access': {'uri': f's3://wire-bucket/{asset_id}', 'filename': asset_id}}
    annotation = {
        'provider': 'wire', 'id': f'ann_of_{asset_id}', 'type': 'two_d_bounding_box',
        'version': 'v1',
    }
    extra: dict[str, dict[str, Any]] = {
        'annotations': {'asset_id': 'img_1', 'media_type': 'images'},
        'images': {
            **file, 'sensor': 'camera_1', 'session_uid': 'session_1', 'format': 'PNG',
            'width': 8, 'height': 6, 'annotations': [annotation['id']],
            'annotations_meta': [annotation],
            'embeddings': {'similarity_images_wire_v1': '111'},
        },
        'jobs': {'status': 'finished', 'notes': ['wire note']},
        'sessions': {
            'session_name': 'wire session', 'session_type': 'generic', 'start_time': TIME,
            'end_time': '2021-03-01T10:10:00+00:00', 'resolution': 1.0,
            'auxiliary_data': [
                {'id': 'aux_0', 'type': 'concatenated_video', 'tags': ['camera_0']}
            ],
        },
        'sets': {'name': 'wire set'},
    }
    common = {'id': asset_id, 'timestamp': TIME, 'owner': 'org_owner', 'sets': []}
    return {**common, **extra.get(asset_type, file)}


class WirePlatform(FakePlatform):
    """Finds two assets whatever is searched, and every asset that is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, dict[str, Any]] = {}
        self.missing: set[str] = set()

    def told(self, asset_type: str, asset_id: str) -> dict[str, Any]:
        return {**document(asset_type, asset_id), **self.documents.get(asset_id, {})}

    def default(self, sent: Sent) -> httpx.Response:
        if sent.host == STORAGE:
            return self._storage(sent)
        line = re.sub(r'^(\w+) (/v\d+)?', r'\1 ', sent.line).rstrip('/')
        if line == 'GET /status':
            return httpx.Response(404, json={'error': 'no such route'})
        if line in ANSWERS:
            return httpx.Response(200, json=ANSWERS[line])
        return httpx.Response(200, json=self._answer(line, sent))

    def _answer(self, line: str, sent: Sent) -> Any:
        asset_type = sent.query.get('asset_type', '')
        last = unquote(line.rpartition('/')[2])
        if line in ('POST /assets', 'POST /assets/meta'):
            found = self._search(asset_type, sent)
            return found if line.endswith('meta') else {'results': [one['id'] for one in found]}
        if line == 'POST /assets/meta/summary':
            names = sent.json.get('dimensions', [])
            buckets = [{'dimension': name, 'buckets': []} for name in names]
            return {'total': 2, 'aggregations': buckets}
        if line.startswith('GET /assets/exists/'):
            return last not in self.missing
        if line.startswith('GET /assets/meta/'):
            return self.told(asset_type, last)
        if line.startswith('PUT /assets/meta/'):
            return {'id': last, **DONE}
        if line.startswith('PUT /assets/copy/'):
            return {'id': sent.query['new_id']}
        if line.startswith('DELETE /assets/'):
            self.missing.add(last)
            return DONE
        if line.startswith('GET /jobs/status/'):
            return {'status': 'finished'}
        if line.startswith('GET /jobs/query_task/'):
            return {'completed': True, 'response': {'updated': 2}}
        return self._places(line, sent)

    def _places(self, line: str, sent: Sent) -> Any:
        """Tell where bytes are or shall go."""
        asset_type, body = sent.query.get('asset_type', ''), sent.json
        if line == 'POST /assets/temporary_upload_url':
            return {
                one: {
                    'url': f'{STORAGE}/upload',
                    'fields': {'key': one, 'policy': 'wire-policy'},
                    'uri': f's3://wire-bucket/{one}',
                }
                for one in body['ids']
            }
        if line == 'POST /assets/multipart_temporary_upload_url':
            return {'url': f'{STORAGE}/multipart/upload_1/{body["part_no"]}'}
        if line == 'POST /assets/multipart_complete':
            return {'uri': f's3://wire-bucket/{body["id"]}'}
        if line == 'POST /storage/url_from_object_access_in_batch':
            places = [one['uri'].partition('://')[2] for one in body['object_accesses']]
            urls = [f'{STORAGE}/objects/{place}' for place in places]
            return dict(zip(body['ids'], urls, strict=True))
        assert line.startswith('GET /assets/'), line
        return {'url': f'{STORAGE}/objects/{asset_type}/{line.rpartition("/")[2]}'}

    def _search(self, asset_type: str, sent: Sent) -> list[dict[str, Any]]:
        if 'search_after' in sent.query:
            return []
        filters = {one['field']: one['values'] for one in sent.json.get('filters', [])}
        ids = filters.get('id', [f'{asset_type}_1', f'{asset_type}_2'])
        return [self.told(asset_type, one) for one in ids if one not in self.missing]

    def _storage(self, sent: Sent) -> httpx.Response:
        if sent.line == 'POST /upload':
            return httpx.Response(204)
        if sent.method == 'PUT':
            return httpx.Response(200, headers={'ETag': f'"etag-{sent.path[-1]}"'})
        return httpx.Response(200, content=CONTENT)


def meaning(sent: Sent) -> dict[str, Any]:
    """Write a request as the recordings do: without what has no meaning on the wire."""
    service = 'storage ' if sent.host == STORAGE else ''
    path = unquote(sent.path).rstrip('/') or '/'
    query = {
        name: value.lower() if value in ('True', 'False') else value
        for name, value in sent.query.items()
        if name != 'token' and ABSENT.get(name) != value.lower()
    }
    body = _body(sent)
    if query.get('replace') != 'false':
        body = _without_nulls(body)
    told = {'line': f'{sent.method} {service}{path}', 'query': query, 'body': body}
    return {name: plain(value) for name, value in told.items() if value not in (None, {}, '')}


def _body(sent: Sent) -> Any:
    kind = sent.headers.get('content-type', '')
    if 'boundary=' in kind:
        parts = sent.body.split(b'--' + kind.partition('boundary=')[2].encode())[1:-1]
        pairs = [part[2:-2].partition(b'\r\n\r\n') for part in parts]
        return {
            head.split(b'name="')[1].split(b'"')[0].decode(): content.decode()
            for head, _, content in pairs
        }
    if kind == 'application/json':
        return sent.json
    if not sent.body:
        return None
    return {'sha256': hashlib.sha256(sent.body).hexdigest(), 'size': len(sent.body)}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return value


def plain(value: Any) -> Any:
    """Write a value as JSON, with random ids masked."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return UUID.sub('<id>', value)
    if isinstance(value, dict):
        return {plain(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def is_any(line: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether one of the patterns fits."""
    return any(re.fullmatch(pattern, line.rstrip('/')) for pattern in patterns)


def without_paging(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out which page of a listing was asked for."""
    query = {name: one for name, one in told.get('query', {}).items() if name not in PAGING}
    return {**told, 'query': query}
