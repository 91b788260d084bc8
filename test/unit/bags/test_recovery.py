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

"""Broken bags: what is whole is given, what is lost is said, and nothing else happens."""

import errno
import os
import re

from bag_writers import contents, drive, FILES, START_NS, write_mcap, write_rosbag2, written
import numpy as np
import pytest

from scenebox_ros.bags import inflate, open_bag
from scenebox_ros.errors import BagError

# Writers of these kinds store a checksum of every chunk, so damage never goes unseen.
CHECKED = ['mcap_zstd', 'mcap_lz4', 'mcap_plain_chunks']


def read(path):
    with open_bag(path) as bag:
        found = contents(bag)
        return found, bag.losses


def damaged(path, content):
    broken = path.with_name(f'broken{path.suffix}')
    broken.write_bytes(content)
    return broken


def is_part_of(found, whole):
    """Whether found are some of whole's items, in their order."""
    rest = iter(whole)
    return all(item in rest for item in found)


@pytest.mark.parametrize('kind', FILES)
def test_a_file_cut_anywhere_gives_what_is_before_the_cut(kind, tmp_path):
    path, whole = FILES[kind](tmp_path), written(kind)
    content = path.read_bytes()
    counts = []
    for percent in range(1, 100, 3):
        found, losses = read(damaged(path, content[:len(content) * percent // 100]))
        assert is_part_of(found, whole), f'cut at {percent} %'
        assert losses, f'cut at {percent} %'
        counts.append(len(found))

    # More of the file gives more messages, and not only at its end.
    assert counts == sorted(counts)
    assert counts[len(counts) // 2] >= 20


@pytest.mark.parametrize('size', [1, 7, 8, 9, 15, 16, 17, 40, 100])
@pytest.mark.parametrize('kind', FILES)
def test_a_file_cut_to_a_few_bytes_is_a_bag_that_lost_everything(kind, size, tmp_path):
    path = FILES[kind](tmp_path)
    found, losses = read(damaged(path, path.read_bytes()[:size]))

    assert found == []
    assert losses


def test_an_empty_file_is_refused_in_one_line(tmp_path):
    with pytest.raises(BagError, match=r'^.*broken.mcap is empty \(0 bytes\).*$'):
        read(damaged(tmp_path / 'a.mcap', b''))


@pytest.mark.parametrize('kind', FILES)
@pytest.mark.parametrize('seed', range(3))
def test_one_flipped_bit_never_stops_a_bag(kind, seed, tmp_path):
    path, whole = FILES[kind](tmp_path), written(kind)
    content = path.read_bytes()
    places = np.random.default_rng(seed).integers(0, len(content) * 8, 25)
    for place in map(int, places):
        broken = bytearray(content)
        broken[place // 8] ^= 1 << place % 8
        found, losses = read(damaged(path, bytes(broken)))
        if kind in CHECKED:
            assert is_part_of(found, whole), f'bit {place}'
            assert losses or found == whole, f'bit {place}'
        assert len(found) >= 30 or losses, f'bit {place}'


@pytest.mark.parametrize('kind', FILES)
@pytest.mark.parametrize('size', [64, 4096])
def test_a_hole_of_zeros_costs_only_what_was_in_it(kind, size, tmp_path):
    path, whole = FILES[kind](tmp_path), written(kind)
    content = path.read_bytes()
    for percent in range(2, 98, 8):
        start = len(content) * percent // 100 // size * size
        broken = content[:start] + bytes(size) + content[start + size:]
        if broken == content:
            continue
        found, losses = read(damaged(path, broken))
        same = [item for item in found if item in whole]
        assert len(same) >= 36, f'hole at {percent} %'
        assert losses or len(found) == 60, f'hole at {percent} %'
        if kind in CHECKED:
            assert is_part_of(found, whole), f'hole at {percent} %'


@pytest.mark.parametrize('kind', FILES)
def test_random_bytes_behind_a_good_start_are_refused_or_reported(kind, tmp_path):
    path = FILES[kind](tmp_path)
    start = path.read_bytes()[:200]
    noise = np.random.default_rng(1).integers(0, 256, 300_000, np.uint8).tobytes()

    found, losses = read(damaged(path, start + noise))

    assert found == []
    assert losses


def test_the_losses_of_a_bad_chunk_name_topics_times_and_numbers(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive(), chunk_size=40_000)
    content = bytearray(path.read_bytes())
    content[60_000:60_256] = bytes(256)

    found, losses = read(damaged(path, bytes(content)))

    lost = [item for item in written('mcap') if item not in found]
    assert {(loss.topic, loss.start_ns, loss.end_ns, loss.messages) for loss in losses} == {
        (topic, min(times), max(times), len(times))
        for topic in {item[0] for item in lost}
        for times in [[item[1] for item in lost if item[0] == topic]]
    }
    assert losses[0].reason.startswith('broken.mcap: ')
    assert '(byte ' in losses[0].reason


@pytest.mark.parametrize('indexed', [True, False])
@pytest.mark.parametrize('kind', ['mcap', 'ros1'])
def test_damage_inside_a_chunk_that_nothing_checks_costs_one_message(kind, indexed, tmp_path):
    if kind == 'ros1':
        path = FILES['ros1'](tmp_path)
        content = bytearray(path.read_bytes())
        place = content.index(b'op=\x02', 60_000) - 20
    else:
        path = write_mcap(tmp_path / 'a.mcap', drive(), 'NONE', enable_crcs=False)
        content = bytearray(path.read_bytes())
        place = content.index(b'sensor', 60_000) - 60
    content[place:place + 64] = bytes(64)

    found, losses = read(damaged(path, bytes(content if indexed else content[:-2000])))

    whole = written(kind)
    assert len([item for item in found if item in whole]) >= (58 if indexed else 50)
    assert losses
    assert not indexed or sum(loss.messages for loss in losses) == 60 - len(found)


def test_reading_twice_reports_a_loss_once(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive(), chunk_size=40_000)
    content = bytearray(path.read_bytes())
    content[60_000:60_256] = bytes(256)
    with open_bag(damaged(path, bytes(content))) as bag:
        contents(bag)
        losses = bag.losses
        contents(bag)

        assert bag.losses == losses != []


def test_an_mcap_without_its_end_tells_until_when_messages_are_missing(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive(), 'NONE')
    _, losses = read(damaged(path, path.read_bytes()[:100_000]))

    assert losses[0].start_ns < losses[0].end_ns <= START_NS + 10**9
    assert 'the file ends inside the chunk' in losses[0].reason


@pytest.mark.parametrize('options', [{'use_chunking': False}, {'index_types': 0}])
def test_an_mcap_that_never_had_an_index_is_read_without_losses(options, tmp_path):
    if 'index_types' in options:
        from mcap.writer import IndexType
        options = {'index_types': IndexType.NONE}
    found, losses = read(write_mcap(tmp_path / 'a.mcap', drive(), **options))

    assert found == written('mcap')
    assert losses == []


def test_a_missing_split_is_reported_with_its_span(tmp_path):
    folder = write_rosbag2(tmp_path / 'bag', drive(), 'mcap')
    metadata = folder / 'metadata.yaml'
    text = metadata.read_text()
    text = text.replace('relative_file_paths:', 'relative_file_paths:\n  - gone_1.mcap').replace(
        '  files:', '  files:\n  - path: gone_1.mcap\n    starting_time:\n'
        '      nanoseconds_since_epoch: 100\n    duration:\n      nanoseconds: 20\n'
        '    message_count: 7')
    metadata.write_text(text)

    found, losses = read(folder)

    assert len(found) == 60
    assert [(loss.start_ns, loss.end_ns, loss.messages, loss.reason) for loss in losses] == [
        (100, 120, 7, 'gone_1.mcap is missing')]


@pytest.mark.parametrize('text', [
    '', '\0\0\0', 'rosbag2_bagfile_information:', 'rosbag2_bagfile_information: [1, 2]', '{{{',
    'rosbag2_bagfile_information: {relative_file_paths: [7], topics_with_message_count: 3}',
    '&a [*a, *a]',
])
def test_metadata_that_is_wrong_is_replaced_by_what_the_files_tell(text, tmp_path):
    folder = write_rosbag2(tmp_path / 'bag', drive(), 'mcap')
    (folder / 'metadata.yaml').write_text(text)
    with open_bag(folder) as bag:
        assert contents(bag) == written('mcap')
        assert bag.losses == []
        assert 'metadata.yaml' in bag.notes[0]


def test_counts_that_differ_from_the_metadata_are_noted(tmp_path):
    folder = write_rosbag2(tmp_path / 'bag', drive(), 'sqlite3')
    path = folder / 'metadata.yaml'
    path.write_text(path.read_text().replace('message_count: 30', 'message_count: 31'))
    with open_bag(folder) as bag:
        assert 'metadata.yaml counts 31 messages of /gps/fix, the files have 30' in bag.notes


def test_one_damaged_split_does_not_cost_the_others(tmp_path):
    messages = drive()
    for index in range(3):
        write_mcap(tmp_path / f'run_{index}.mcap', messages[index * 20:index * 20 + 20])
    (tmp_path / 'run_1.mcap').write_bytes(b'')

    found, losses = read(tmp_path)

    assert len(found) == 40
    assert 'run_1.mcap is empty' in losses[0].reason


@pytest.mark.parametrize('how', ['zstd', 'lz4'])
def test_a_small_file_does_not_fill_the_disk(tmp_path, monkeypatch, how):
    import lz4.frame
    import zstandard

    monkeypatch.setattr(inflate, 'MAX_BYTES', 1 << 20)
    monkeypatch.setattr(inflate, 'MAX_RATIO', 10)
    compress = {'zstd': zstandard.compress, 'lz4': lz4.frame.compress}[how]
    bomb = tmp_path / f'a.mcap.{how}'
    bomb.write_bytes(compress(bytes(200 << 20)))

    with pytest.raises(BagError, match='decompress it first'):
        open_bag(bomb)


@pytest.mark.parametrize('name', ['a.mcap.zstd', 'a.db3.zstd'])
def test_a_compressed_file_that_is_cut_gives_its_start(name, tmp_path):
    import zstandard

    plain = name.rsplit('.', 1)[0]
    kind = 'db3' if 'db3' in plain else 'mcap_without_chunks'
    content = zstandard.compress(FILES[kind](tmp_path).read_bytes())
    (tmp_path / name).write_bytes(content[:len(content) * 3 // 4])

    found, losses = read(tmp_path / name)

    assert 20 < len(found) < 60
    assert 'zstd data is damaged or ends early' in losses[0].reason


def test_a_chunk_that_claims_to_be_huge_is_not_believed(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive(), use_chunking=True)
    content = bytearray(path.read_bytes())
    place = content.index(b'\x04\0\0\0zstd') - 12
    content[place:place + 8] = (1 << 60).to_bytes(8, 'little')

    found, losses = read(damaged(path, bytes(content)))

    assert 40 <= len(found) < 60
    assert losses


def test_compressed_bytes_that_would_fill_the_memory_are_refused(tmp_path):
    import zstandard

    from scenebox_ros.bags.inflate import DamagedBytesError, inflate

    bomb = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(200 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(DamagedBytesError, match='more than'):
        inflate(bomb, 'zstd', max_bytes=64 << 20)


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    scratch = tmp_path / 'scratch'
    scratch.mkdir()
    monkeypatch.setattr('tempfile.tempdir', str(scratch))
    folder = write_rosbag2(tmp_path / 'bag', drive(), 'mcap', 'file')
    with open_bag(folder) as bag:
        assert len(contents(bag)) == 60
        assert list(scratch.iterdir())

    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize('kind', [kind for kind in FILES if kind != 'db3'])
@pytest.mark.parametrize('is_indexed', [True, False])
def test_a_bad_sector_costs_only_what_is_around_it(kind, is_indexed, tmp_path, monkeypatch):
    path, whole = FILES[kind](tmp_path), written(kind)
    if not is_indexed:
        path.write_bytes(path.read_bytes()[:-200])
    bad = range(100_000, 100_512)
    pread = os.pread

    def failing_pread(fd, size, offset):
        if offset < bad.stop and offset + size > bad.start:
            raise OSError(errno.EIO, 'Input/output error')
        return pread(fd, size, offset)

    monkeypatch.setattr(os, 'pread', failing_pread)
    found, losses = read(path)

    # Where no index tells what comes next, up to 64 KiB around it are passed over.
    assert len(found) >= (40 if is_indexed else 20)
    assert is_part_of(found, whole)
    assert losses


def test_sqlite_pages_on_a_bad_sector_are_counted(tmp_path, monkeypatch):
    from scenebox_ros.bags.sqlite_pages import PageReader

    path = FILES['db3'](tmp_path)
    pread = os.pread

    def failing_pread(fd, size, offset):
        if offset < 102_000 and offset + size > 100_000:
            raise OSError(errno.EIO, 'Input/output error')
        return pread(fd, size, offset)

    monkeypatch.setattr(os, 'pread', failing_pread)
    reader = PageReader(path)

    assert reader.num_rows >= 55
    assert any('the disk cannot read 1 pages' in loss.reason for loss in reader.losses)
    reader.close()


@pytest.mark.parametrize('kind', ['mcap_zstd', 'db3', 'ros1'])
def test_reading_from_a_closed_bag_says_so(kind, tmp_path):
    bag = open_bag(FILES[kind](tmp_path))
    messages = bag.messages()
    bag.close()

    with pytest.raises(BagError, match='is closed'):
        next(messages)
    assert bag.losses == []


def test_ros1_messages_whose_connection_is_lost_are_counted(tmp_path):
    content = FILES['ros1'](tmp_path).read_bytes()
    # The connection of the fixes gets another number wherever it is described.
    described = re.compile(rb'conn=\x01\x00\x00\x00(?=[^=]{4}(op=\x07|topic=))', re.DOTALL)
    assert len(described.findall(content)) == 2
    found, losses = read(damaged(tmp_path / 'a.bag', described.sub(b'conn=c\0\0\0', content)))

    whole = written('ros1')
    lost = [item for item in whole if item not in found]
    assert found == [item for item in whole if item[0] == found[0][0]]
    assert [(loss.messages, loss.topic) for loss in losses] == [(len(lost), None)]
    assert 'messages of connection 1, whose topic and type are lost' in losses[0].reason


@pytest.mark.parametrize('kind', ['ros1', 'ros1_bz2', 'ros1_lz4'])
def test_a_ros1_chunk_of_which_only_the_size_is_wrong_is_read(kind, tmp_path):
    content = bytearray(FILES[kind](tmp_path).read_bytes())
    at = content.index(b'size=') + 5
    size = int.from_bytes(content[at:at + 4], 'little')
    for wrong in [0, size - 1, size + 100]:
        content[at:at + 4] = wrong.to_bytes(4, 'little')

        assert read(damaged(tmp_path / 'a.bag', content)) == (written(kind), [])
