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

"""Cutting documents down to selected fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.server.store.json_text import dumps, loads


def project(text: str, paths: Sequence[str]) -> str:
    """Keep a document's selected fields, with their nesting; ``id`` always stays."""
    document = loads(text)
    tree: dict[str, Any] = {'id': {}}
    # The longest first, so that a whole object wins over a part of it.
    for path in sorted(paths, key=len, reverse=True):
        *above, last = path.split('.')
        branch = tree
        for step in above:
            branch = branch.setdefault(step, {})
        branch[last] = {}
    return dumps(_cut(document, tree))


def _cut(value: Any, tree: Mapping[str, Any]) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_cut(item, tree) for item in value if isinstance(item, (dict, list))]
    return {
        key: _cut(value[key], branch)
        for key, branch in tree.items()
        if key in value and (not branch or isinstance(value[key], (dict, list)))
    }
