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
The query language in plain Python, over a list of documents.

It knows nothing of the server's code: what is here was written from ``docs/server.md`` and the
protocol, so that both can be compared.
"""

from datetime import datetime, timezone
from fractions import Fraction
import math
import re
import unicodedata

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time_of(value):
    """Read ISO 8601 as nanoseconds; None if it is no time."""
    if not isinstance(value, str):
        return None
    found = re.fullmatch(r'(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?'
                         r'(Z|[+-]\d\d:\d\d)?)?', value, re.ASCII)
    if not found:
        return None
    date, hour, minute, second, fraction, zone = found.groups()
    try:
        day = datetime.fromisoformat(date).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    seconds = (day - EPOCH).days * 86400 + int(hour or 0) * 3600 + int(minute or 0) * 60
    seconds += int(second or 0)
    if zone and zone != 'Z':
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == '+' else -offset
    return seconds * 10**9 + int((fraction or '').ljust(9, '0'))


def leaves(value, path):
    """List what is at a path, through lists on the way and at its end."""
    return list(_leaves(value, path.split('.')))


def _leaves(value, steps):
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item, steps)
    elif steps:
        if isinstance(value, dict) and steps[0] in value:
            yield from _leaves(value[steps[0]], steps[1:])
    elif value is not None:
        yield value


def form(value):
    """Bring a value into a form in which equal ones are equal: kind and content."""
    if isinstance(value, bool):
        return 'text', str(value).lower()
    if isinstance(value, (int, float)):
        whole = isinstance(value, int) and not -2**63 <= value < 2**63
        return ('text', str(value)) if whole else ('number', Fraction(value))
    ns = time_of(value)
    return ('text', value) if ns is None else ('time', ns)


def forms(value):
    """List all forms that a filter's value finds."""
    found = {form(value)}
    if isinstance(value, str):
        found.add(('text', value))
        if re.fullmatch(r'[+-]?\d+(\.\d+)?', value):
            found.add(('number', Fraction(value)))
    elif not isinstance(value, bool):
        found.add(('text', str(int(value) if value == int(value) else value)))
    return found


def values(document, path):
    """Give the distinct scalars at a path, in their forms."""
    return {form(each) for each in leaves(document, path) if not isinstance(each, dict)}


def words(document):
    """List the words of a document's texts."""
    return set(_words(document))


def _words(value):
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ('object_access', 'thumbnails', 'sha256', 'embeddings'):
                yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, str) and time_of(value) is None:
        yield from re.findall(r'[^\W_]+', folded(value))


def folded(text):
    """Take case and accents out of a text."""
    plain = unicodedata.normalize('NFD', text.lower())
    return ''.join(c for c in plain if not unicodedata.combining(c))


def span(document):
    """Say from when to when a document lasts, or None."""
    start, end = (time_of(document.get(name)) for name in ('start_time', 'end_time'))
    if start is None:
        at = time_of(document.get('timestamp'))
        return None if at is None else (at, at)
    return start, start if end is None or end < start else end


def places(document, path, declared):
    """List the points of a document: objects with lat and lon, and what was declared."""
    found = []

    def visit(value, at):
        if isinstance(value, list) and at in declared and len(value) == 2:
            found.append((at, float(value[0]), float(value[1])))
        elif isinstance(value, list):
            for each in value:
                visit(each, at)
        elif isinstance(value, str) and at in declared:
            found.append((at, *map(float, value.split(','))))
        elif isinstance(value, dict):
            if {'lat', 'lon'} <= value.keys():
                found.append((at, value['lat'], value['lon']))
            for key, each in value.items():
                visit(each, f'{at}.{key}' if at else key)

    visit(document, '')
    return [(lat, lon) for at, lat, lon in found if path is None or at == path]


def away_m(lat, lon, other_lat, other_lon):
    """Measure the distance along a great circle, by the angle between vectors."""
    def vector(lat, lon):
        phi, lam = math.radians(lat), math.radians(lon)
        return (math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi))
    one, two = vector(lat, lon), vector(other_lat, other_lon)
    cross = (one[1] * two[2] - one[2] * two[1], one[2] * two[0] - one[0] * two[2],
             one[0] * two[1] - one[1] * two[0])
    dot = sum(a * b for a, b in zip(one, two, strict=True))
    return 6_371_008.8 * math.atan2(math.hypot(*cross), dot)


def is_near(entry, point):
    lat, lon = point
    if 'box' in entry:
        box = entry['box']
        west, east = box['west'], box['east']
        inside = west <= lon <= east if west <= east else lon >= west or lon <= east
        return box['south'] <= lat <= box['north'] and inside
    centre = entry['center']
    return away_m(lat, lon, centre['lat'], centre['lon']) <= entry['radius_m']


COMPARE = {'gt': lambda a, b: a > b, 'gte': lambda a, b: a >= b,
           'lt': lambda a, b: a < b, 'lte': lambda a, b: a <= b}


def in_range(entry, document):
    bounds = [(COMPARE[name], limit_of(entry[name])) for name in COMPARE if name in entry]
    return any(
        all(kind == of and compare(value, limit) for compare, (of, limit) in bounds)
        for kind, value in values(document, entry['field'])
    )


def limit_of(value):
    """Read a limit: a time or a number of any size."""
    return form(value) if isinstance(value, str) else ('number', Fraction(value))


def like(pattern, text):
    """Match ``*`` and ``?``, nothing else, and as letters are written."""
    parts = ('.*' if c == '*' else '.' if c == '?' else re.escape(c) for c in pattern)
    return re.fullmatch(''.join(parts), text, re.DOTALL) is not None


def is_hit(query, document, declared=()):
    """Tell whether a document meets a query."""
    def hold(key, test):
        return all(test(entry) != bool(entry.get('filter_out')) for entry in query.get(key, []))

    def has_value(entry):
        wanted = set().union(*map(forms, entry['values'])) if entry['values'] else set()
        if entry['field'] == 'id':
            return document['id'] in entry['values']
        return bool(values(document, entry['field']) & wanted)

    def is_there(entry):
        return bool(_there(document, entry['field'].split('.')))

    def is_like(entry):
        texts = [text for kind, text in values(document, entry['field']) if kind == 'text']
        return any(like(entry['pattern'], text) for text in texts)

    def is_at(entry):
        return any(is_near(entry, at) for at in places(document, entry.get('field'), declared))

    if not (hold('filters', has_value) and hold('exists_filters', is_there)
            and hold('range_filters', lambda entry: in_range(entry, document))
            and hold('wildcard_filters', is_like) and hold('geo_filters', is_at)):
        return False
    if 'time_range' in query:
        lasts, limits = span(document), query['time_range']
        start, end = (time_of(limits.get(name)) for name in ('start_time', 'end_time'))
        if (lasts is None or (end is not None and lasts[0] > end)
                or (start is not None and lasts[1] < start)):
            return False
    if 'text' in query:
        known = words(document)
        for word in folded(query['text']).split():
            begin = word.rstrip('*')
            if not any(each.startswith(begin) if word != begin else each == begin
                       for each in known):
                return False
    return 'any_of' not in query or any(
        is_hit(each, document, declared) for each in query['any_of'])


def _there(value, steps):
    if isinstance(value, list) and steps:
        # Of what is in lists, that has a value which is one, or has one in it.
        return any(list(_scalars(each)) for each in _leaves(value, steps))
    if steps:
        return isinstance(value, dict) and steps[0] in value and _there(
            value[steps[0]], steps[1:])
    return value is not None


def changed(document, path, value, adding):
    """Add a value to the list at a path of a hit, or take it out."""
    return _changed(document, path.split('.'), value, adding)


def _changed(old, steps, value, adding):
    if steps and isinstance(old, list):
        return [each if each is None else _changed(each, steps, value, adding) for each in old]
    if steps:
        if isinstance(old, dict) and (adding or steps[0] in old):
            return {**old, steps[0]: _changed(old.get(steps[0]), steps[1:], value, adding)}
        return {steps[0]: _changed(None, steps[1:], value, adding)} if (
            old is None and adding) else old
    items = old if isinstance(old, list) else [] if old is None else [old]
    if adding:
        return [*items, value]
    kept = [each for each in items
            if each is None or isinstance(each, (dict, list)) or form(each) not in forms(value)]
    return old if kept == items else kept


def _scalars(value):
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _scalars(each)
    elif value is not None:
        yield value


def in_order(documents, path, is_down):
    """Sort: what lacks the field last, ties by id; of several values the smallest counts."""
    def key(document):
        rank = {'number': 0, 'time': 0, 'text': 1}
        return min((rank[kind], value) for kind, value in values(document, path))
    having = [each for each in documents if values(each, path)]
    lacking = [each for each in documents if not values(each, path)]
    having.sort(key=lambda each: (key(each), each['id']), reverse=is_down)
    lacking.sort(key=lambda each: each['id'], reverse=is_down)
    return [each['id'] for each in having + lacking]
