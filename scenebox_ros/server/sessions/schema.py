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
The sessions' part of the store's file.

A *group* is the entities of one name, type and influence of one session: what one table of
``resolve`` holds. Its ``dirty_lo`` and ``dirty_hi`` are the times whose cells are out of date.
"""

from __future__ import annotations

from scenebox_ros.server.store.database import Migration

TIMELINES = Migration(
    'sessions-1',
    """
    CREATE TABLE timelines (
      session INTEGER PRIMARY KEY,
      owner TEXT NOT NULL,
      uid TEXT NOT NULL,
      -- the grid that the blocks were made on; 0: not resolved yet
      resolution_ns INTEGER NOT NULL DEFAULT 0,
      first INTEGER NOT NULL DEFAULT 0,
      last INTEGER NOT NULL DEFAULT 0,
      UNIQUE (owner, uid)
    ) STRICT;
    CREATE TABLE groups (
      grp INTEGER PRIMARY KEY,
      session INTEGER NOT NULL REFERENCES timelines (session) ON DELETE CASCADE,
      name TEXT NOT NULL,
      type TEXT NOT NULL,
      influence TEXT NOT NULL,
      before_ns INTEGER NOT NULL DEFAULT 0,  -- farthest that an entity reaches before its time
      after_ns INTEGER NOT NULL DEFAULT 0,
      dirty_lo INTEGER,
      dirty_hi INTEGER,
      version INTEGER NOT NULL DEFAULT 0,
      UNIQUE (session, name, type, influence)
    ) STRICT;
    CREATE TABLE entities (
      entity INTEGER PRIMARY KEY,
      session INTEGER NOT NULL,
      key TEXT NOT NULL,
      grp INTEGER NOT NULL REFERENCES groups (grp) ON DELETE CASCADE,
      at_ns INTEGER NOT NULL,
      start_ns INTEGER,
      end_ns INTEGER,
      number REAL,
      lat REAL,
      lon REAL,
      altitude_m REAL,
      text TEXT,
      radius_s REAL NOT NULL,
      extends INTEGER NOT NULL,
      enrichments TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX entities_key ON entities (session, key);
    CREATE INDEX entities_time ON entities (grp, at_ns);
    CREATE TABLE timeline_fields (
      field INTEGER PRIMARY KEY,
      session INTEGER NOT NULL REFERENCES timelines (session) ON DELETE CASCADE,
      name TEXT NOT NULL,  -- of the entities
      path TEXT NOT NULL,
      least REAL,  -- bounds of the numbers; they may be wider than the numbers are
      most REAL,
      UNIQUE (session, path)
    ) STRICT;
    CREATE INDEX timeline_fields_path ON timeline_fields (path);
    CREATE TABLE timeline_terms (
      field INTEGER NOT NULL REFERENCES timeline_fields (field) ON DELETE CASCADE,
      term TEXT NOT NULL,
      PRIMARY KEY (field, term)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE timeline_blocks (
      number INTEGER PRIMARY KEY,
      field INTEGER NOT NULL REFERENCES timeline_fields (field) ON DELETE CASCADE,
      block INTEGER NOT NULL,
      body BLOB NOT NULL,
      UNIQUE (field, block)
    ) STRICT;
    """,
)
NUMBERS = Migration(
    'sessions-2',
    """
    -- the number that was given last: those of deleted sessions are not given again
    CREATE TABLE session_numbers (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      last INTEGER NOT NULL
    ) STRICT;
    INSERT INTO session_numbers SELECT 1, coalesce(max(session), 0) FROM timelines;
    """,
)
SESSIONS = [TIMELINES, NUMBERS]
