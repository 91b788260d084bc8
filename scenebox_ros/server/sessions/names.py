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

"""Session uids: issued here, the same for the same name, and safe in every URL."""

from __future__ import annotations

import hashlib
import re

from scenebox_ros.errors import SessionError

STEM = 48


def make_uid(owner: str, name: str) -> str:
    """
    Issue the uid of an organization's session of this name.

    Returns
    -------
    str
        Lower case letters, digits and ``_``: readable, and unchanged by standardization.

    Raises
    ------
    SessionError
        If the name is empty or no text.

    """
    if not isinstance(name, str) or not name.strip() or len(name) > 512:
        raise SessionError(f'session_name is {str(name)[:60]!r}; give 1 to 512 characters')
    stem = re.sub(r'[^a-z0-9]+', '_', name.lower())[:STEM].strip('_') or 'session'
    # The hash keeps apart what the stem makes alike, and racing requests together.
    mark = hashlib.sha256(f'{owner}\0{name}'.encode()).hexdigest()[:12]
    return f'{stem}_{mark}'
