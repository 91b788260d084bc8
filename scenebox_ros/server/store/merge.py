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

"""How a write changes a document that is already there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
import json
from typing import Any

Document = dict[str, Any]
# What a document collects over its life; overwriting it must not take it out of its sets.
COLLECTED = ('sets', 'annotations', 'annotations_meta')


class Mode(Enum):
    """
    What a write does when the document exists.

    ``UPDATE`` merges into it and needs it to exist; ``UPSERT`` merges or creates; ``PUT`` creates
    or overwrites.
    """

    UPDATE = 'update'
    UPSERT = 'upsert'
    PUT = 'put'


def written(old: Document | None, new: Mapping[str, Any], mode: Mode, replace_lists: bool) -> Any:
    """
    Say what a document becomes.

    Parameters
    ----------
    old
        The document as it is, or nothing.
    new
        What is written.
    mode
        Merge or overwrite.
    replace_lists
        The protocol's ``replace_sets``: lists are replaced. Otherwise a merged list gains the
        elements that it does not have yet; of an overwritten document, only ``sets``,
        ``annotations`` and ``annotations_meta`` are kept and gain.

    Returns
    -------
    dict
        A new document; neither argument is changed.

    """
    if old is None:
        return dict(new)
    if mode is not Mode.PUT:
        return merged(old, new, replace_lists)
    result = dict(new)
    if not replace_lists:
        for name in COLLECTED:
            if old.get(name) is not None:
                result[name] = _extended(listed(old[name]), listed(new.get(name)))
    return result


def listed(value: Any) -> list[Any]:
    """Read a field that is a list, where somebody may have written its only element."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def objects_of(document: Mapping[str, Any], field: str) -> list[Document]:
    """Read a field that is a list of objects; what was put as a document may say anything."""
    found = document.get(field)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def merged(old: Mapping[str, Any], new: Mapping[str, Any], replace_lists: bool) -> Document:
    """Merge objects recursively; scalars overwrite, lists extend or replace."""
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            result[key] = merged(before, value, replace_lists)
        elif isinstance(value, list) and isinstance(before, list) and not replace_lists:
            result[key] = _extended(before, value)
        else:
            result[key] = value
    return result


def _extended(old: list[Any], new: list[Any]) -> list[Any]:
    """Append what is not there yet, in its order; every item is looked at once."""
    known = {_key(item) for item in old}
    result = list(old)
    for item in new:
        if (key := _key(item)) not in known:
            known.add(key)
            result.append(item)
    return result


def _key(item: Any) -> Any:
    """Give what is the same for the same JSON, and can be hashed."""
    if isinstance(item, (dict, list)):
        return (json.dumps(item, sort_keys=True),)
    # JSON's true is not its 1, though Python says they are equal.
    return (bool, item) if isinstance(item, bool) else item
