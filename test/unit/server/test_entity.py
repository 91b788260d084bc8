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

from hypothesis import given, settings, strategies as st
import pytest

from scenebox_ros.errors import InvalidArgumentsError, InvalidTimeError
from scenebox_ros.server.sessions.entity import INFLUENCES, read_entity, TYPES
from scenebox_ros.server.sessions.times import parse_ns

NOON = 1_714_564_800 * 10**9


@pytest.mark.parametrize(('text', 'ns'), [
    ('2024-05-01T12:00:00Z', NOON), ('2024-05-01 12:00:00', NOON),
    ('2024-05-01T14:00:00.000000001+02:00', NOON + 1), ('2024-05-01T14:00:00+0200', NOON),
    ('2024-05-01T12:00:00.5+00:00', NOON + 500_000_000), ('May 1 2024 noon', None),
    ('May 1 2024 12pm', NOON), ('2024-05-01', NOON - 43_200 * 10**9), ('9999-01-01', None),
    ('', None), ('yesterday', None), (5, None), ('2024-13-01T00:00:00Z', None), ('1' * 500, None),
])  # fmt: skip
def test_times_come_in_many_forms(text, ns):
    if ns is None:
        with pytest.raises(InvalidTimeError):
            parse_ns(text)
    else:
        assert parse_ns(text) == ns


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(['2024-05-01T12:00:00Z', '9999-12-31T23:59:59Z', '0001-01-01', 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(st.fixed_dictionaries({'entity_name': st.just('x') | JSON}, optional={
    'entity_type': st.sampled_from(TYPES) | JSON, 'entity_value': JSON,
    'influence': st.sampled_from(INFLUENCES) | JSON, 'entity_id': JSON, 'enrichments': JSON,
    'timestamp': JSON, 'start_time': JSON, 'end_time': JSON, 'media_asset_id': JSON,
    'influence_radius_in_seconds': JSON, 'extend_session': JSON, 'geolocation': JSON,
}))  # fmt: skip
def test_anything_is_read_or_refused_in_words(wire):
    try:
        entity = read_entity(wire)
    except InvalidArgumentsError:
        return
    assert all(abs(t) < 2**63 for t in entity.span_ns)


def test_an_entity_that_is_too_long_is_refused():
    wire = {'entity_name': 'x', 'entity_type': 'state', 'timestamp': '2024-05-01T12:00:00Z'}

    for change in ({'entity_value': 'x' * 70_000}, {'entity_id': 'x' * 600},
                   {'entity_name': 'x' * 600}):  # fmt: skip
        with pytest.raises(InvalidArgumentsError, match=r'at most|up to'):
            read_entity({**wire, **change})
