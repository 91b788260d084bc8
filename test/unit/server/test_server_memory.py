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

"""Remembered answers are never old."""

from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.summary import read_request, summarize

REQUEST = {'dimensions': ['sensor']}


def ask(store, asked):
    def work():
        asked.append(1)
        return summarize(compiler, read_request(REQUEST))

    with store.core.database.reading() as connection:
        compiler = Compiler(connection, ('me',), 'images')
        return store.core.answers.get(compiler, REQUEST, work)


def test_an_answer_is_worked_out_again_after_each_kind_of_write(store):
    asked = []
    assert ask(store, asked)['total'] == 0
    store.put({'id': 'a', 'sensor': 'x'})
    assert ask(store, asked)['total'] == 1
    assert ask(store, asked)['total'] == 1
    assert len(asked) == 2
    store.core.documents.update(store.me, 'images', 'a', {'sensor': 'y'})
    assert ask(store, asked)['aggregations'][0]['buckets'] == [{'key': 'y', 'doc_count': 1}]
    store.core.documents.delete(store.me, 'images', ['a'])
    assert ask(store, asked)['total'] == 0
    assert len(asked) == 4
