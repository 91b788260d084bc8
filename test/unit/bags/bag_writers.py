"""Bags of every kind, written by the tests that read them; all hold the same messages."""

from dataclasses import dataclass
from pathlib import Path
import shutil
import subprocess
import sys

import numpy as np
from rosbags.typesys import get_typestore, Stores

STORE = get_typestore(Stores.ROS2_HUMBLE)
STORE1 = get_typestore(Stores.ROS1_NOETIC)
START_NS = 1_700_000_000_000_000_000
STEP_NS = 10_000_000


@dataclass(frozen=True)
class Message:
    topic: str
    msgtype: str
    log_ns: int
    message: object

    def cdr(self):
        return bytes(STORE.serialize_cdr(self.message, self.msgtype))

    def ros1(self):
        return bytes(STORE1.serialize_ros1(self.message, self.msgtype))


def header(store, log_ns):
    time = store.types['builtin_interfaces/msg/Time'](log_ns // 10**9, log_ns % 10**9)
    parts = [time, 'sensor']
    if store is STORE1:
        parts.insert(0, 0)
    return store.types['std_msgs/msg/Header'](*parts)


def fix(index, store=STORE, log_ns=None):
    log_ns = START_NS + index * STEP_NS if log_ns is None else log_ns
    types = store.types
    return Message('/gps/fix', 'sensor_msgs/msg/NavSatFix', log_ns, types[
        'sensor_msgs/msg/NavSatFix'](
            header(store, log_ns), types['sensor_msgs/msg/NavSatStatus'](0, 1),
            48.0 + index * 1e-5, 11.0, 500.0, np.arange(9, dtype=float), 0))


def image(index, store=STORE, side=48):
    """A raw image of noise, so that compression cannot make the file tiny."""
    log_ns = START_NS + index * STEP_NS
    pixels = np.random.default_rng(index).integers(0, 255, side * side * 3, np.uint8)
    return Message('/camera/image_raw', 'sensor_msgs/msg/Image', log_ns, store.types[
        'sensor_msgs/msg/Image'](header(store, log_ns), side, side, 'rgb8', 0, side * 3, pixels))


def drive(count=60, store=STORE):
    """Alternate fixes and images."""
    return [image(i, store) if i % 2 else fix(i, store) for i in range(count)]


def write_rosbag2(folder, messages, storage='sqlite3', compression=None, version=9):
    """Write a rosbag2 folder; ``compression`` is none, 'file', 'message' or 'storage'."""
    from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

    plugin = StoragePlugin.MCAP if storage == 'mcap' else StoragePlugin.SQLITE3
    writer = Writer(folder, version=version, storage_plugin=plugin)
    if compression:
        writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
    with writer:
        connections = {}
        for each in messages:
            if each.topic not in connections:
                connections[each.topic] = writer.add_connection(
                    each.topic, each.msgtype, typestore=STORE)
            writer.write(connections[each.topic], each.log_ns, each.cdr())
    return folder


def write_mcap(path, messages, compression='ZSTD', chunk_size=40_000, **options):
    """Write one mcap file as the mcap library does: with checksums."""
    from mcap.writer import CompressionType, Writer

    with path.open('wb') as file:
        writer = Writer(file, chunk_size=chunk_size, compression=CompressionType[compression],
                        **options)
        writer.start('ros2', 'test')
        channels = {}
        for each in messages:
            if each.topic not in channels:
                text, _ = STORE.generate_msgdef(each.msgtype, ros_version=2)
                schema = writer.register_schema(each.msgtype, 'ros2msg', text.encode())
                channels[each.topic] = writer.register_channel(each.topic, 'cdr', schema)
            writer.add_message(channels[each.topic], each.log_ns, each.cdr(), each.log_ns)
        writer.finish()
    return path


def write_ros1(path, messages, compression=None, chunk_size=40_000):
    """Write a ROS 1 bag; ``compression`` is none, 'BZ2' or 'LZ4'."""
    from rosbags.rosbag1 import Writer

    writer = Writer(path)
    writer.chunk_threshold = chunk_size
    if compression:
        writer.set_compression(Writer.CompressionFormat[compression])
    with writer:
        connections = {}
        for each in messages:
            if each.topic not in connections:
                connections[each.topic] = writer.add_connection(
                    each.topic, each.msgtype, typestore=STORE1)
            writer.write(connections[each.topic], each.log_ns, each.ros1())
    return path


def write_db3(path, messages):
    """Write one bare SQLite file of the Crystal kind: no metadata, no definitions."""
    folder = write_rosbag2(path.with_suffix('.folder'), messages)
    shutil.move(next(folder.glob('*.db3')), path)
    shutil.rmtree(folder)
    return path


def write_db3_with_log(path, messages):
    """Write an SQLite file whose last messages are only in its write-ahead log."""
    write_db3(path, messages[:-10])
    rows = [(each.log_ns, each.cdr(), each.topic) for each in messages[-10:]]
    script = (
        'import os, pickle, sqlite3, sys\n'
        'path, rows = pickle.load(sys.stdin.buffer)\n'
        'db = sqlite3.connect(path)\n'
        "db.execute('PRAGMA journal_mode=WAL')\n"
        'for log_ns, data, topic in rows:\n'
        "    db.execute('INSERT INTO messages (topic_id, timestamp, data) '\n"
        "               'SELECT id, ?, ? FROM topics WHERE name = ?', (log_ns, data, topic))\n"
        'db.commit()\n'
        'os._exit(0)\n'  # As a recorder that was killed: nothing is tidied up.
    )
    import pickle

    subprocess.run([sys.executable, '-c', script], input=pickle.dumps((str(path), rows)),
                   check=True)
    assert path.with_name(path.name + '-wal').stat().st_size
    return path


# Every kind of file, by what writes it into a folder.
FILES = {
    'mcap_zstd': lambda d: write_mcap(d / 'a.mcap', drive()),
    'mcap_lz4': lambda d: write_mcap(d / 'a.mcap', drive(), 'LZ4'),
    'mcap_plain_chunks': lambda d: write_mcap(d / 'a.mcap', drive(), 'NONE'),
    'mcap_without_chunks': lambda d: write_mcap(d / 'a.mcap', drive(), use_chunking=False),
    'db3': lambda d: write_db3(d / 'a.db3', drive()),
    'ros1': lambda d: write_ros1(d / 'a.bag', drive(store=STORE1)),
    'ros1_bz2': lambda d: write_ros1(d / 'a.bag', drive(store=STORE1), 'BZ2'),
    'ros1_lz4': lambda d: write_ros1(d / 'a.bag', drive(store=STORE1), 'LZ4'),
}
FOLDERS = {
    f'{storage}_{compression or "plain"}': (
        lambda d, storage=storage, compression=compression: write_rosbag2(
            d / 'bag', drive(), storage, compression))
    for storage in ('mcap', 'sqlite3') for compression in (None, 'file', 'message')
}
FOLDERS['mcap_storage'] = lambda d: write_rosbag2(d / 'bag', drive(), 'mcap', 'storage')


def written(kind):
    """What a bag of a kind holds: topic, time and bytes of every message."""
    if kind.startswith('ros1'):
        return [(each.topic, each.log_ns, each.ros1()) for each in drive(store=STORE1)]
    return [(each.topic, each.log_ns, each.cdr()) for each in drive()]


def contents(bag):
    """The same of an open bag."""
    return [(each.topic, each.log_ns, bytes(each.payload)) for each in bag.messages()]


def repository():
    return Path(__file__).parents[3]
