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

"""Log lines for machines: one JSON object each."""

from __future__ import annotations

import json
import logging
import sys

from scenebox_ros.stamps import to_iso

# What the log calls of the server add to a record.
FIELDS = ('request_id', 'method', 'path', 'status', 'took_ms', 'user', 'job')


class JsonLines(logging.Formatter):
    """Writes ``time``, ``level``, ``logger``, ``message``, ``error`` and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line = {
            'time': to_iso(int(record.created * 1e9)),
            'level': record.levelname,
            'logger': record.name,
            'message': record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info:
            line['error'] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def begin(kind: str) -> None:
    """
    Log to stderr what happens in the server, requests included.

    Parameters
    ----------
    kind
        ``text`` or ``json``.

    """
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter('%(asctime)s %(levelname)s %(name)s: %(message)s')
    handler.setFormatter(JsonLines() if kind == 'json' else plain)
    logger = logging.getLogger('scenebox_ros')
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
