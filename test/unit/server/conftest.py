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

"""A store in a folder of its own."""

import pytest

from scenebox_ros.server.core import open_core
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.documents import Owner


class Store:
    """A store, and short words for what tests do with it."""

    def __init__(self, core):
        self.core = core
        self.me = Owner('me')

    def put(self, *documents, kind='images', owner=None, **writing):
        reach = owner or self.me
        items = [(document['id'], document) for document in documents]
        return self.core.documents.write(reach, kind, items, **writing)

    def ids(self, query=None, kind='images', owner=None, **page):
        return self.core.search.ids(owner or self.me, kind, parse(query), Page(**page))

    def found(self, query=None, **page):
        return sorted(self.ids(query, **page))

    def count(self, query=None, kind='images'):
        return self.core.search.count(self.me, kind, parse(query))


@pytest.fixture
def store(tmp_path):
    core = open_core(ServerSettings(tmp_path))
    yield Store(core)
    core.close()
