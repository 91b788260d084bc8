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
The schema of the store's file.

A *scope* is one organization's documents of one asset type; a *field* is a dotted path in one
scope, so a field's number alone says whose data a row of ``terms`` belongs to.
"""

from __future__ import annotations

from scenebox_ros.server.store.database import Migration

DOCUMENTS = Migration(
    'documents-1',
    """
    CREATE TABLE scopes (
      scope INTEGER PRIMARY KEY,
      owner TEXT NOT NULL,
      asset_type TEXT NOT NULL,
      longest_ns INTEGER NOT NULL DEFAULT 0,  -- longest time span of a document, for time ranges
      documents INTEGER NOT NULL DEFAULT 0,
      changes INTEGER NOT NULL DEFAULT 0,  -- grows with every write
      UNIQUE (owner, asset_type)
    ) STRICT;
    CREATE TABLE documents (
      row INTEGER PRIMARY KEY,
      scope INTEGER NOT NULL,
      id TEXT NOT NULL,
      start_ns INTEGER,
      end_ns INTEGER,
      session TEXT,
      sensor TEXT,
      body TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX documents_id ON documents (scope, id);
    CREATE INDEX documents_time ON documents (scope, start_ns, end_ns);
    CREATE INDEX documents_session ON documents (scope, session, start_ns, end_ns, sensor);
    CREATE INDEX documents_sensor ON documents (scope, sensor, start_ns, end_ns);
    CREATE TABLE fields (
      field INTEGER PRIMARY KEY,
      scope INTEGER NOT NULL,
      path TEXT NOT NULL,
      types INTEGER NOT NULL DEFAULT 0,  -- what was seen: bits, see flatten.py
      declared INTEGER NOT NULL DEFAULT 0,  -- what it was said to be: bits
      settings TEXT NOT NULL DEFAULT '{}',
      UNIQUE (scope, path)
    ) STRICT;
    CREATE TABLE terms (
      field INTEGER NOT NULL,
      value ANY NOT NULL,
      row INTEGER NOT NULL,
      PRIMARY KEY (field, value, row)
    ) STRICT, WITHOUT ROWID;
    -- field, y and x are a box each; a document's boxes are numbered from row * 16.
    CREATE VIRTUAL TABLE places USING rtree (
      place, field0, field1, y0, y1, x0, x1, +y REAL, +x REAL
    );
    CREATE VIRTUAL TABLE words USING fts5 (content, content='', tokenize='unicode61');
    """,
)
INDEX = Migration(
    'documents-2',
    """
    DROP TABLE terms;
    DROP TABLE places;
    DROP TABLE words;
    -- texts in their own order; numbers are elsewhere
    CREATE TABLE terms (
      field INTEGER NOT NULL,
      value TEXT NOT NULL,
      row INTEGER NOT NULL,
      PRIMARY KEY (field, value, row)
    ) STRICT, WITHOUT ROWID;
    -- numbers in the documents' order, a block of rows in a blob; see numbers.py
    CREATE TABLE numbers (
      key INTEGER PRIMARY KEY,
      low ANY NOT NULL,  -- nothing in the block is below
      high ANY NOT NULL,  -- or above
      entries BLOB NOT NULL
    ) STRICT;
    -- how many documents have a value, of fields that have few values
    CREATE TABLE counts (
      field INTEGER NOT NULL,
      value ANY NOT NULL,
      documents INTEGER NOT NULL,
      PRIMARY KEY (field, value)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE fields ADD COLUMN counted INTEGER NOT NULL DEFAULT 1;  -- 0: it has too many
    -- field, y and x are a box each; a document's boxes are numbered from row * 16.
    CREATE VIRTUAL TABLE places USING rtree (
      place, field0, field1, y0, y1, x0, x1, +y REAL, +x REAL
    );
    CREATE VIRTUAL TABLE words USING fts5 (content, content='', tokenize='unicode61');
    DELETE FROM uses;
    -- by which rules documents are indexed, and up to which row they are
    CREATE TABLE indexed (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      version INTEGER NOT NULL,
      row INTEGER NOT NULL,
      until INTEGER NOT NULL
    ) STRICT;
    INSERT INTO indexed SELECT 1, 0, 0, coalesce(max(row), 0) FROM documents;
    """,
)
POINTS = Migration(
    'documents-3',
    """
    DROP TABLE places;
    -- row, y, x of points: a field's new ones by row, then runs of neighbours; see points.py
    CREATE TABLE points (
      key INTEGER PRIMARY KEY,
      entries BLOB NOT NULL
    ) STRICT;
    -- the boxes around the runs
    CREATE VIRTUAL TABLE areas USING rtree (key, field0, field1, y0, y1, x0, x1);
    """,
)
OBJECTS = Migration(
    'objects-1',
    """
    CREATE TABLE blobs (
      sha256 TEXT PRIMARY KEY,
      size INTEGER NOT NULL,
      segment INTEGER,  -- null: a file of its own
      position INTEGER NOT NULL DEFAULT 0,
      stored REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blobs_segment ON blobs (segment, size);
    CREATE TABLE objects (
      owner TEXT NOT NULL,
      key TEXT NOT NULL,
      sha256 TEXT NOT NULL REFERENCES blobs (sha256),
      content_type TEXT NOT NULL,
      content_encoding TEXT NOT NULL,
      stored REAL NOT NULL,
      PRIMARY KEY (owner, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX objects_blob ON objects (sha256);
    -- which document's text names which of our objects
    CREATE TABLE uses (
      uri TEXT NOT NULL,
      row INTEGER NOT NULL,
      PRIMARY KEY (uri, row)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE uploads (
      upload TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      key TEXT NOT NULL,
      content_type TEXT NOT NULL,
      content_encoding TEXT NOT NULL,
      done INTEGER NOT NULL DEFAULT 0,
      started REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE parts (
      upload TEXT NOT NULL,
      part INTEGER NOT NULL,
      size INTEGER NOT NULL,
      sha256 TEXT NOT NULL,
      PRIMARY KEY (upload, part)
    ) STRICT, WITHOUT ROWID;
    """,
)
RECOVERY = Migration(
    'objects-2',
    '''
    -- up to where the rows of what segments hold are written
    CREATE TABLE noted (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      segment INTEGER NOT NULL,
      position INTEGER NOT NULL
    ) STRICT;
    ''',
)

IDENTITIES = Migration(
    'identities-1',
    """
    CREATE TABLE organizations (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE users (
      username TEXT PRIMARY KEY,
      email TEXT NOT NULL,
      role TEXT NOT NULL,
      organization_id TEXT NOT NULL REFERENCES organizations (id)
    ) STRICT;
    CREATE TABLE tokens (
      hash TEXT PRIMARY KEY,
      username TEXT NOT NULL REFERENCES users (username) ON DELETE CASCADE,
      hint TEXT NOT NULL,
      created REAL NOT NULL,
      expires REAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tokens_user ON tokens (username);
    CREATE TABLE ownerships (
      owner TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
      access TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
      PRIMARY KEY (owner, access)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE replies (
      caller TEXT NOT NULL,
      key TEXT NOT NULL,
      request TEXT NOT NULL,
      status INTEGER NOT NULL,
      body BLOB NOT NULL,
      stored REAL NOT NULL,
      PRIMARY KEY (caller, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX replies_stored ON replies (stored);
    """,
)
JOBS = Migration(
    'jobs-1',
    """
    CREATE TABLE queue (
      place INTEGER PRIMARY KEY,
      job TEXT NOT NULL UNIQUE,
      owner TEXT NOT NULL,
      username TEXT NOT NULL,
      kind TEXT NOT NULL,
      payload TEXT NOT NULL,
      priority INTEGER NOT NULL,
      state TEXT NOT NULL,  -- queued, running, finished, aborted
      attempts INTEGER NOT NULL DEFAULT 0,
      result TEXT,
      error TEXT,
      queued REAL NOT NULL
    ) STRICT;
    CREATE INDEX queue_next ON queue (state, priority DESC, place);
    """,
)
SCHEMA = [DOCUMENTS, OBJECTS, INDEX, POINTS, RECOVERY, IDENTITIES, JOBS]
