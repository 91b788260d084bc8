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

"""Quantities as CSV, a row for each message; the way of the vehicle as GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TYPE_CHECKING

from scenebox_ros.bags.folder import Folder

if TYPE_CHECKING:
    from csv import DictWriter

TIME = 'timestamp'
HALF_TURN_DEG = 180.0


class Point(NamedTuple):
    """Where the vehicle was at a moment; not every receiver knows the altitude."""

    when: str
    lat: float
    lon: float
    altitude_m: float | None = None


class Table:
    """
    A CSV file with a row for each moment and a column for each quantity.

    Rows are written as they come. A quantity that appears later makes the file be written once
    more, with its column.

    Parameters
    ----------
    folder, name
        Where it will be.
    prefix
        What all quantities' names begin with; it is left out of the columns.

    """

    def __init__(self, folder: Folder, name: str, prefix: str) -> None:
        self._folder = folder
        self._name = name
        self._prefix = prefix
        self._part = folder.part(name)
        self._columns = [TIME]
        self._file: TextIO | None = None
        self._row: dict[str, Any] = {}
        self._last: dict[str, Any] = {}

    def add(self, entity: Mapping[str, Any]) -> None:
        """Take a quantity; those of one moment are one row."""
        name = str(entity['entity_name']).removeprefix(self._prefix)
        # A message's quantities come together; the first one again is the next message.
        if entity[TIME] != self._row.get(TIME) or name in self._row:
            self._write_row()
            self._row = {TIME: entity[TIME]}
        self._row[name] = entity['entity_value']

    def close(self) -> None:
        """Give the file its name."""
        self._write_row()
        if self._file is not None:
            self._file.close()
            self._folder.finish('tables', self._name)

    def _write_row(self) -> None:
        # Of a message that came twice, a batch may hold a part: it says nothing new.
        if self._row.items() <= self._last.items():
            return
        new = [name for name in self._row if name not in self._columns]
        if new or self._file is None:
            self._columns += new
            self._begin_again()
        self._writer().writerow(self._row)
        self._last, self._row = self._row, {}

    def _opened(self) -> TextIO:
        if self._file is None:
            self._file = self._part.open('w', newline='', encoding='utf-8')
        return self._file

    def _writer(self) -> DictWriter[str]:
        from csv import DictWriter

        return DictWriter(self._opened(), self._columns, lineterminator='\n')

    def _begin_again(self) -> None:
        """Write the header, and below it the rows that are there already."""
        old: Path | None = None
        if self._file is not None:
            self._file.close()
            old = self._part.with_name(f'{self._part.name}.old')
            self._part.replace(old)
        self._file = None
        writer = self._writer()
        writer.writeheader()
        if old is not None:
            from csv import DictReader

            with old.open(newline='', encoding='utf-8') as file:
                writer.writerows(DictReader(file))
            old.unlink()


class Way:
    """Where the vehicle was, by fix topic."""

    def __init__(self) -> None:
        self._points: dict[str, list[Point]] = {}

    def __iter__(self) -> Iterator[tuple[str, list[Point]]]:
        return iter(self._points.items())

    def add(self, topic: str, entity: Mapping[str, Any]) -> None:
        """Take a geolocation."""
        place = entity['geolocation']
        self._points.setdefault(topic, []).append(Point(entity[TIME], place['lat'], place['lon']))

    def add_altitude(self, topic: str, entity: Mapping[str, Any]) -> None:
        """Take the altitude of the geolocation before; those of other topics are passed over."""
        points = self._points.get(topic)
        if points and points[-1].when == entity[TIME]:
            points[-1] = points[-1]._replace(altitude_m=entity['entity_value'])

    def geojson(self) -> bytes:
        """Give a line for each topic, with the times of its points."""
        features = [
            {
                'type': 'Feature',
                'geometry': _geometry([[point.lon, point.lat] for point in points]),
                'properties': {'topic': topic, 'times': [point.when for point in points]},
            }
            for topic, whole in self._points.items() for points in _between_antimeridians(whole)
        ]
        return json.dumps({'type': 'FeatureCollection', 'features': features}).encode()


def _between_antimeridians(points: list[Point]) -> Iterator[list[Point]]:
    """Cut a way where it crosses the antimeridian, as RFC 7946 wants (3.1.9)."""
    start = 0
    for index in range(1, len(points)):
        if abs(points[index].lon - points[index - 1].lon) > HALF_TURN_DEG:
            yield points[start:index]
            start = index
    yield points[start:]


def _geometry(points: list[list[float]]) -> dict[str, Any]:
    # A line needs two points.
    if len(points) == 1:
        return {'type': 'Point', 'coordinates': points[0]}
    return {'type': 'LineString', 'coordinates': points}
