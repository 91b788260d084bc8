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

"""A platform in memory that can be told to fail, and a spool with records for it."""

from collections import Counter
from threading import Lock

from scenebox_ros import ids
from scenebox_ros.errors import AssetError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.upload import Uploader, UploadSettings
from scenebox_ros.upload.platform import coarse_enough, moment_of

S = 1_000_000_000
T0 = 1_700_000_000 * S


class FakePlatform:
    """Keeps what a server would; ``fail(method)`` plans errors, which may come after the deed."""

    server = 'http://platform'

    def __init__(self):
        self.lock = Lock()
        self.sessions = {}
        self.sets = {}
        self.assets = {}
        self.writes = Counter()
        self.entities = {}
        self.ended = []
        self.previews = []
        self.calls = Counter()
        self.plans = {}
        self.poison = set()
        self.poison_status = 422
        self.renewals = 0
        self.on_renew = lambda: None

    def fail(self, method, *errors, after=False):
        self.plans.setdefault(method, []).extend((error, after) for error in errors)

    def _called(self, method, deed):
        with self.lock:
            self.calls[method] += 1
            error, after = self.plans[method].pop(0) if self.plans.get(method) else (None, False)
            if error is not None and not after:
                raise error
            outcome = deed()
            if error is not None:
                raise error
            return outcome

    def pace(self, bucket):
        self.bucket = bucket

    def renew_token(self):
        self.renewals += 1
        self.on_renew()

    def add_session(self, name, session_type, resolution, metadata):
        def deed():
            for uid, session in self.sessions.items():
                if session['name'] == name:
                    return uid
            uid = f'uid{len(self.sessions)}'
            self.sessions[uid] = {
                'name': name, 'type': session_type, 'resolution': resolution,
                'metadata': dict(metadata),
            }
            return uid
        return self._called('add_session', deed)

    def update_session(self, uid, metadata):
        self._called('update_session', lambda: self.sessions[uid]['metadata'].update(metadata))

    def make_span(self, uid, start, end):
        seconds = (moment_of(end) - moment_of(start)).total_seconds()
        session = self.sessions[uid]
        session['resolution'] = coarse_enough(session['resolution'], seconds)
        return self._called('make_span', lambda: session['resolution'])

    def create_set(self, name, asset_type):
        self._called('create_set', lambda: self.sets.setdefault(name, (asset_type, set())))
        return name

    def add_to_set(self, set_id, ids):
        self._called('add_to_set', lambda: [self.assets[i]['sets'].append(set_id) for i in ids])

    def documents(self, asset_type, ids):
        return self._called('documents', lambda: {i: self.assets.get(i) for i in ids})

    def without_bytes(self, asset_type, ids):
        return [name for name in ids if self.assets[name]['body'] is None]

    def recording_of(self, session_name):
        return next((session['metadata'].get('recording') for session in self.sessions.values()
                     if session['name'] == session_name), None)

    def put_assets(self, asset_type, assets):
        def deed():
            bad = [asset.id for asset in assets if asset.id in self.poison]
            if bad:
                raise AssetError(f'{bad[0]} cannot be stored', status=self.poison_status)
            for asset in assets:
                self.writes[asset.id] += 1
                self.assets[asset.id] = {**asset.document, 'body': asset.body, 'type': asset_type}
        self._called('put_assets', deed)

    def change_aux(self, asset_type, changes):
        self._called('change_aux', lambda: [
            self.assets[name]['aux'].update(change) for name, change in changes.items()])

    def make_previews(self, asset_type, ids):
        self._called('make_previews', lambda: self.previews.extend(ids))

    def add_entities(self, entities):
        known = {(entity['session'], entity['entity_id']): entity for entity in entities}
        self._called('add_entities', lambda: self.entities.update(known))

    def end_session(self, uid, start, end, sources, sensors):
        self._called('end_session', lambda: self.ended.append((uid, start, end, sources, sensors)))


def asset(name, kind='images', session='run', body=None, **changes):
    body = name.encode() if body is None else body
    fields = {
        'kind': kind, 'session': session, 'id': name, 'stream': '/cam', 'stamp_ns': T0,
        'document': {'sensor': 'cam', 'width': 4, 'aux': {'topic': '/cam'}}, 'body': body,
        'entities': ({'entity_id': f'e_{name}', 'entity_type': 'media'},),
        'content_type': 'image/jpeg', 'sha256': ids.sha256(body),
    }
    return Record(**{**fields, **changes})


def opening(session='run', name='My Run', **metadata):
    document = {'name': name, 'type': 'generic', 'resolution': 0.5, 'sets_prefix': ids.std(name),
                'metadata': metadata}
    digest = ids.md5_of_json(document)
    return Record('session', session, f'{session}_{digest}', document=document, priority=127)


def fixes(name='gps', session='run', count=3, stamp_ns=T0):
    entities = tuple({'entity_id': f'{name}{i}', 'entity_type': 'geo'} for i in range(count))
    return Record('entities', session, name, '/gps', stamp_ns, entities=entities, priority=50)


def ending(session='run', start_ns=T0, end_ns=T0 + 10 * S):
    return Record('end', session, f'{session}_end_{end_ns}', document={
        'start_ns': start_ns, 'end_ns': end_ns})


def run(*assets):
    return [opening(), fixes(), *(assets or [asset(f'a{i}') for i in range(5)]), ending()]


def open_spool(folder):
    return Spool(folder, SpoolLimits(max_bytes=100_000_000, min_free_bytes=0))


def settings(**changes):
    fields = {'first_wait_s': 0.0, 'idle_s': 0.01, 'workers': 2}
    return UploadSettings(**{**fields, **changes})


def uploader(spool, platform, **changes):
    return Uploader(spool, platform, settings(**changes))
