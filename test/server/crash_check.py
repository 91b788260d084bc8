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

"""How all that a killed server acknowledged is looked up afterwards."""

from collections import Counter
import threading

from crash_load import claims, Q, sha256
import httpx


class Check:
    """Compares what the ledgers say with what the server gives; ``compared`` counts what was."""

    def __init__(self, server, loads):
        self.server = server
        self.ledgers = [load.ledger for load in loads]
        self.compared = Counter()

    def run(self, at_the_end=False):
        """Compare what must be so by now; at the end also what jobs and uploads become."""
        with self.server.client() as self.http, httpx.Client(timeout=60) as self.plain:
            for ledger in self.ledgers if at_the_end else ():
                self._jobs(ledger)
                self._uploads(ledger)
            params = {**Q, 'scan': 'True', 'sort_field': 'id'}
            found = self.http.post('/v1/assets/meta/', params=params, json={}).json()
            self.found = {one['id']: one for one in found}
            for ledger in self.ledgers:
                self._assets(ledger)
        return self

    def _assets(self, ledger):
        found, sets = self.found, ledger.sets
        accesses = [found[name]['object_access'] for name in ledger.bytes]
        body = {'ids': [*ledger.bytes], 'object_accesses': accesses}
        path = '/v1/assets/url_from_object_access_in_batch/'
        urls = self.http.post(path, params=Q, json=body).json()
        for name, hashes in ledger.bytes.items():
            assert sha256(self.plain.get(urls[name]).content) in hashes, name
        for name, numbers in ledger.numbers.items():
            assert found[name].get('n') in numbers, name
        for name, known in sets.items():
            assert known - {'left'} <= set(found[name]['sets']), name
        assert not ledger.gone & found.keys()
        assert all(len({name in found for name in names}) == 1 for names in ledger.unanswered)
        for table in ('bytes', 'numbers', 'sets', 'gone'):
            self.compared[table] += len(getattr(ledger, table))

    def _jobs(self, ledger):
        for job, change, names in ledger.jobs:
            document = self._ended(job)
            self.compared[f'job {document["status"]}'] += 1
            assert document['status'] == 'finished', document
            if change == 'gone':
                ledger.gone.update(names)
            for name in () if change == 'gone' else ledger.bytes.keys() & set(names):
                asset = self.http.get(f'/v1/assets/meta/{name}', params=Q).json()
                if change == 'thumbnail':
                    assert 'small' in asset['thumbnails']
                else:
                    assert (change in asset['sets']) == (change != 'left'), (name, change)
        ledger.jobs.clear()

    def _ended(self, job):
        for _ in range(1200):
            document = self.http.get(
                f'/v1/assets/meta/{job}', params={'asset_type': 'jobs'}
            ).json()
            if document['status'] in ('finished', 'aborted'):
                return document
            threading.Event().wait(0.05)
        raise AssertionError(f'job {job} does not end: {document}')

    def _uploads(self, ledger):
        for upload, known in ledger.parts.items():
            body = {'upload_id': upload}
            reply = self.http.post('/v1/assets/multipart_parts/', params=Q, json=body).json()
            listed = {part['PartNumber']: part['ETag'] for part in reply['parts']}
            assert all(listed[n] == f'"{sha256(content)}"' for n, content in known.items())
            self.compared['parts'] += len(known)
            if known:
                body['parts'] = claims(known)
                reply = self.http.post('/v1/assets/multipart_complete/', params=Q, json=body)
                assert reply.json()['sha256'] == sha256(b''.join(known.values()))
                self.compared['uploads'] += 1
