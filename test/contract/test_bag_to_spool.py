"""A bag through the real spool: everything arrives byte for byte, and a second time nothing."""

import os
from pathlib import Path

import pytest

from scenebox_ros.bags import ingest, open_bag, plan
from scenebox_ros.spool import Spool

ROOT = Path(__file__).parents[2]
DRIVE = Path(os.environ.get('SCENEBOX_SHARED', ROOT.parent / 'shared')) / 'data' / 'drive_small'
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DRIVE.is_dir(), reason='the shared recordings are not here'),
]


@pytest.fixture
def bag():
    with open_bag(DRIVE) as opened:
        yield opened


def entries(spool):
    return spool.take(10_000, 1 << 30)


def test_the_jpegs_in_the_spool_are_the_bags_own(bag, tmp_path):
    expected = [bytes(message.read().data)
                for message in bag.messages(['/camera/image_raw/compressed'])]
    with Spool(tmp_path) as spool:
        report = ingest(bag, plan(bag, 'drive'), spool)
        records = [entry.record for entry in entries(spool)]

    assert [bytes(record.body) for record in records
            if record.stream == '/camera/image_raw/compressed'] == expected
    assert sum(record.kind == 'lidars' for record in records) == 8
    assert report.is_perfect


def test_a_second_ingest_of_the_same_bag_adds_nothing(bag, tmp_path):
    with Spool(tmp_path) as spool:
        ingest(bag, plan(bag, 'drive'), spool)
        before = len(spool)
        ingest(bag, plan(bag, 'drive'), spool)

        assert len(spool) == before


def test_frames_carry_the_position_between_the_fixes(bag, tmp_path):
    with Spool(tmp_path) as spool:
        ingest(bag, plan(bag, 'drive'), spool)
        lidars = [each.record for each in entries(spool) if each.record.kind == 'lidars']

    # The recording was placed there; see its README.
    places = [record.document['aux']['geolocation'] for record in lidars[1:]]
    assert all(abs(place['lat'] - 49.015) < 0.01 for place in places)
    assert all(abs(place['lon'] - 8.4343) < 0.01 for place in places)
