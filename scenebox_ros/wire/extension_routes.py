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
Routes that the original platform does not have.

A server that has them says so in ``/status``: features ``content_checks`` and ``put_batch``.
"""

from __future__ import annotations

from scenebox_ros.wire.route import Route

CONTENT_CHECKS = 'content_checks'

# {"ids": [...]} -> {id: hex SHA-256 of the bytes as they are now, null where there are none}
HASHES = Route('POST', 'v1', 'assets/hashes/')
# {"entity_ids": [...]} -> {"missing": [...]}
MISSING_ENTITIES = Route('POST', 'v1', 'session_manager/missing_entities/{session_uid}')
# {"entity_names": [...]?, "after": entity_id?} -> {"entities": [...], "after": entity_id or null}
LIST_ENTITIES = Route('POST', 'v1', 'session_manager/list_entities/{session_uid}')
# {"fields": [...]?, "columns": n?, "time_range": {...}?} -> what a drawing of so many columns can
# show of a timeline; see docs/server.md
OUTLINE = Route('POST', 'v1', 'session_manager/outline/{session_uid}')
# -> {"models": [name, ...]}: what model_inference can run
MODELS = Route('GET', 'v1', 'models/')

# Feature ``put_batch``. Frames of :mod:`scenebox_ros.wire.frames` ->
# {"results": [{"id", "uri", "size"} or {"id", "error": {"status", "code", "message"}}, ...],
#  "sets": [id, ...]}: for each asset, in order; and the sets that those written are in
PUT_BATCH = 'put_batch'
BATCH_PUT = Route('PUT', 'v1', 'assets/batch/')
