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

"""
Versions of sets: what a set held at a commit, and the history of commits.

The history is a JSON file, the newest commit first, that the set's ``object_access`` names; so the
original client downloads it. Beside what that client reads, each commit keeps the members' ids.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any, TYPE_CHECKING

from scenebox_ros import stamps
from scenebox_ros.errors import SetsError
from scenebox_ros.server.sets.contents import digest, stored_of
from scenebox_ros.server.store.documents import Reach
from scenebox_ros.server.store.naming import Name, new_key

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core
    from scenebox_ros.server.jobs.context import Job

MAX_MESSAGE = 4096
Commit = dict[str, Any]


def commit(job: Job, set_id: str, message: str, member_ids: list[str]) -> Commit | None:
    """Add a commit to a set's history; None if nothing has changed since the last one."""
    core, reach = job.core, job.owner
    content = digest(core, reach, set_id)
    commits = history(core, reach, set_id)
    if commits and commits[0]['content_digest'] == content:
        core.documents.update(reach, 'sets', set_id, {'version_in_sync': True})
        return None
    made = _commit(job, message, content, member_ids, commits[0]['full_hash'] if commits else '')
    body = json.dumps([made, *commits], indent=1).encode()
    name = Name(reach.organization_id, new_key(f'{set_id}_history.json'), 'application/json')
    stored = core.objects.put(name, body)
    core.documents.update(reach, 'sets', set_id, {
        'version': made['full_hash'],
        'version_in_sync': True,
        'object_access': {'filename': f'{set_id}_history.json', 'uri': stored.uri},
    })  # fmt: skip
    return made


def history(core: Core, reach: Reach, set_id: str) -> list[Commit]:
    """Read a set's commits, the newest first; none if it was never committed."""
    stored = stored_of(core, reach, core.documents.get(reach, 'sets', set_id))
    commits: list[Commit] = json.loads(core.objects.read(stored)) if stored else []
    return commits


def find_commit(core: Core, reach: Reach, set_id: str, version: str) -> Commit:
    """Find a commit by its whole hash or the beginning of it."""
    commits = history(core, reach, set_id)
    matching = [one for one in commits if one['full_hash'].startswith(version)]
    if len(matching) != 1:
        known = ', '.join(one['short_hash'] for one in commits) or 'none'
        raise SetsError(f'set {set_id!r} has no single version {version!r}; it has {known}')
    return matching[0]


def _commit(job: Job, message: str, content: str, member_ids: list[str], parent: str) -> Commit:
    user = job.core.identities.user(job.username) if job.username else None
    made: Commit = {
        'timestamp': stamps.to_iso(time.time_ns()),
        'author_name': job.username,
        'author_email': (user or {}).get('email', ''),
        'message': message[:MAX_MESSAGE],
        'parent': parent,
        'content_digest': content,
        'assets': member_ids,
    }
    full = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:40]
    return {'short_hash': full[:7], 'full_hash': full, **made}
