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

"""The server's parts, opened together and closed together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scenebox_ros.server.embeddings.schema import VECTORS
from scenebox_ros.server.jobs import bulk as _bulk  # noqa: F401  (registers its kinds of jobs)
from scenebox_ros.server.jobs.runner import Jobs
from scenebox_ros.server.search.engine import Search
from scenebox_ros.server.search.memory import Answers
from scenebox_ros.server.sessions.schema import SESSIONS
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.database import Database
from scenebox_ros.server.store.documents import Documents
from scenebox_ros.server.store.identities import Identities
from scenebox_ros.server.store.objects import Objects
from scenebox_ros.server.store.schema import SCHEMA


@dataclass
class Core:
    """
    Everything behind the API.

    Attributes
    ----------
    settings, database, documents, search, objects, identities, jobs, answers
        See their modules.
    extras
        Parts that other modules of the server put beside these, by name.

    """

    settings: ServerSettings
    database: Database
    documents: Documents
    search: Search
    objects: Objects
    identities: Identities
    jobs: Jobs = field(init=False)
    answers: Answers = field(default_factory=Answers)
    extras: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Stop jobs, finish writes, close files; may be called twice."""
        self.jobs.close()
        self.objects.close()
        self.database.close()


def open_core(settings: ServerSettings) -> Core:
    """Open, or begin, the folder of a server; jobs do not run before ``core.jobs.start()``."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.folder / 'scenebox.sqlite', [*SCHEMA, *SESSIONS, VECTORS])
    core = Core(
        settings=settings,
        database=database,
        documents=Documents(database),
        search=Search(database, settings.query_timeout_s, settings.scan_timeout_s),
        objects=Objects(settings, database),
        identities=Identities(database),
    )
    core.jobs = Jobs(core)
    return core
