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

"""Uploads as forms, read piece by piece."""

from __future__ import annotations

from typing import Any

from scenebox_ros.server.api.failures import RefusedError

MAX_FIELD = 16 * 1024
MAX_FIELDS = 100


class FilePart:
    """
    Finds the part ``file`` in a multipart form and passes its bytes on.

    Whatever comes before it is a field, also when it looks like a file, as the original client
    sends it; whatever comes after it is not looked at.

    Attributes
    ----------
    fields
        Names and texts of the fields so far.
    is_complete
        Whether the file's last byte was seen.

    """

    def __init__(self, content_type: str) -> None:
        from python_multipart.multipart import MultipartParser, parse_options_header

        kind, options = parse_options_header(content_type)
        boundary = options.get(b'boundary')
        if kind != b'multipart/form-data' or not boundary:
            raise RefusedError(415, 'bad_form', 'send multipart/form-data with a boundary')
        self.fields: dict[str, str] = {}
        self.is_complete = False
        self._options = parse_options_header
        self._header = bytearray()
        self._value = bytearray()
        self._name = ''
        self._field = bytearray()
        self._out: list[bytes] = []
        self._parser = MultipartParser(boundary, self._callbacks())

    def feed(self, piece: bytes) -> list[bytes]:
        """Take the next bytes of the form; return those of the file."""
        from python_multipart.exceptions import MultipartParseError

        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise RefusedError(400, 'bad_form', f'the form is broken: {error}') from None
        out, self._out = self._out, []
        return out

    def _callbacks(self) -> Any:
        return {
            'on_part_begin': self._on_begin,
            'on_part_data': self._on_data,
            'on_part_end': self._on_end,
            'on_header_field': lambda data, a, b: self._grow(self._header, data[a:b]),
            'on_header_value': lambda data, a, b: self._grow(self._value, data[a:b]),
            'on_header_end': self._on_header,
        }

    def _on_begin(self) -> None:
        self._name = ''
        self._field = bytearray()
        if len(self.fields) > MAX_FIELDS:
            raise RefusedError(400, 'bad_form', f'the form has more than {MAX_FIELDS} fields')

    def _on_header(self) -> None:
        if bytes(self._header).lower() == b'content-disposition':
            _, options = self._options(bytes(self._value))
            self._name = options.get(b'name', b'').decode('utf-8', 'replace')
        self._header.clear()
        self._value.clear()

    def _on_data(self, data: bytes, start: int, stop: int) -> None:
        if self.is_complete:
            return
        if self._name == 'file':
            self._out.append(data[start:stop])
        else:
            self._grow(self._field, data[start:stop])

    def _on_end(self) -> None:
        if self._name == 'file':
            self.is_complete = True
        elif not self.is_complete:
            self.fields[self._name] = self._field.decode('utf-8', 'replace')

    def _grow(self, what: bytearray, more: bytes) -> None:
        if len(what) + len(more) > MAX_FIELD:
            raise RefusedError(400, 'bad_form', f'a field is longer than {MAX_FIELD} bytes')
        what += more
