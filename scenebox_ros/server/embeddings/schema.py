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

"""The vectors' part of the store's file."""

from __future__ import annotations

from scenebox_ros.server.store.database import Migration

VECTORS = Migration(
    'vectors-1',
    """
    -- one organization's vectors of one kind of asset, all of one length
    CREATE TABLE spaces (
      space INTEGER PRIMARY KEY AUTOINCREMENT,  -- caches know a space by it, so never again
      owner TEXT NOT NULL,
      asset_type TEXT NOT NULL,
      name TEXT NOT NULL,
      length INTEGER NOT NULL,
      version INTEGER NOT NULL DEFAULT 0,
      UNIQUE (owner, asset_type, name)
    ) STRICT;
    CREATE TABLE vectors (
      vector INTEGER PRIMARY KEY,
      space INTEGER NOT NULL REFERENCES spaces (space) ON DELETE CASCADE,
      asset TEXT NOT NULL,
      body BLOB NOT NULL,  -- float32, little-endian
      UNIQUE (space, asset)
    ) STRICT;
    """,
)
