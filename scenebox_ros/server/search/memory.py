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

"""Answers that stay true until somebody writes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
import threading
from typing import Any

from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.store.json_text import dumps

MOST = 512
MAX_QUESTION = 10_000


class Answers:
    """
    Remembers summaries by question and state of the data.

    Each scope counts its writes, in the same transaction; an answer is found again only if no
    count has changed, so it can never be old.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Any] = OrderedDict()

    def get(self, compiler: Compiler, question: Any, work: Callable[[], Any]) -> Any:
        """Give the answer to a question, working it out if it is not known for this state."""
        key = dumps([compiler.state, question])
        if len(key) > MAX_QUESTION:
            return work()
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        answer = work()
        with self._lock:
            self._known[key] = answer
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return answer
