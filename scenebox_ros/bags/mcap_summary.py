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

"""The summary at the end of an MCAP file: what is where, without reading the messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
import struct
from typing import Optional

from scenebox_ros.bags import mcap_records as mcap
from scenebox_ros.bags.blocks import Block, chunk_head, PlacedFile
from scenebox_ros.bags.inflate import crc32, DamagedBytesError
from scenebox_ros.bags.storage import Channel

_MAX_SUMMARY_BYTES = 512 << 20


@dataclass(frozen=True)
class Summary:
    """Channels, their counts, and the blocks that hold their messages."""

    channels: dict[int, Channel]
    counts: dict[int, int]
    blocks: list[Block]


def read_summary(file: PlacedFile) -> Optional[Summary]:
    """Read the summary; None if it is missing, damaged, or does not list everything."""
    try:
        content = _summary_bytes(file)
        return None if content is None else _parse(file, content)
    except (mcap.RecordError, DamagedBytesError, struct.error):
        return None


def _summary_bytes(file: PlacedFile) -> Optional[memoryview]:
    end = file.read(file.size - len(mcap.MAGIC) - mcap.FOOTER_BYTES, 1 << 10)
    if len(end) != len(mcap.MAGIC) + mcap.FOOTER_BYTES or not end.endswith(mcap.MAGIC):
        return None
    if end[0] != mcap.FOOTER:
        return None
    start, crc = mcap.parse_footer(memoryview(end)[mcap.PREFIX:mcap.FOOTER_BYTES])
    footer_at = file.size - len(end)
    if not 0 < start <= footer_at or footer_at - start > _MAX_SUMMARY_BYTES:
        return None
    content = file.read(start, footer_at - start)
    # The checksum covers the summary and the footer up to the checksum itself.
    if crc and crc32(content + end[:mcap.FOOTER_BYTES - 4]) != crc:
        return None
    return memoryview(content)


def _parse(file: PlacedFile, content: memoryview) -> Optional[Summary]:
    schemas: dict[int, mcap.Schema] = {}
    channels: dict[int, Channel] = {}
    entries: list[mcap.ChunkEntry] = []
    statistics: Optional[tuple[int, int, dict[int, int]]] = None
    for opcode, record in mcap.records(content):
        if opcode == mcap.SCHEMA:
            schema = mcap.parse_schema(record)
            schemas[schema.id] = schema
        elif opcode == mcap.CHANNEL:
            channel = mcap.parse_channel(record, schemas)
            channels[channel.id] = channel
        elif opcode == mcap.CHUNK_INDEX:
            entries.append(mcap.parse_chunk_index(record))
        elif opcode == mcap.STATISTICS:
            statistics = mcap.parse_statistics(record)
    # An index that points beside its chunks is worse than none.
    for entry in [*entries[:1], *entries[-1:]]:
        chunk_head(file, entry.offset)
    statistics = statistics or _counted(file, entries)
    if not _is_complete(statistics, channels, entries):
        return None
    return Summary(channels, statistics[2], [
        _block(entry) for entry in entries if entry.indexes or 0 < entry.start_ns <= entry.end_ns
    ])


def _counted(
    file: PlacedFile, entries: list[mcap.ChunkEntry]
) -> tuple[int, int, dict[int, int]]:
    """Count messages by the lengths of their indexes, where a writer left out the statistics."""
    counts: Counter[int] = Counter()
    for entry in entries:
        if not entry.indexes:
            raise DamagedBytesError('a chunk has no message indexes')
        for channel, offset in entry.indexes.items():
            opcode, length = struct.unpack('<BQ', file.read(offset, mcap.PREFIX))
            if opcode != mcap.MESSAGE_INDEX:
                raise DamagedBytesError('there is no message index where one should be')
            counts[channel] += (length - 6) // 16
    return sum(counts.values()), len(entries), dict(counts)


def _is_complete(
    statistics: tuple[int, int, dict[int, int]],
    channels: dict[int, Channel],
    entries: list[mcap.ChunkEntry],
) -> bool:
    messages, chunks, counts = statistics
    return (
        chunks == len(entries)
        and bool(entries or not messages)
        and sum(counts.values()) == messages
        and set(counts) <= set(channels)
        # A writer may leave the schemas out of the summary.
        and all(channel.msgtype for channel in channels.values())
    )


def _block(entry: mcap.ChunkEntry) -> Block:
    return Block(
        entry.offset, entry.num_bytes, entry.size + entry.num_bytes, entry.start_ns, entry.end_ns,
        indexes=entry.indexes,
    )
