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
Recordings of video streams: real packets in real bags become MP4 files with every picture once.

The pictures say their number by their brightness, and each file is decoded again.
"""

from fractions import Fraction
import io
import json

from bag_writers import Message, START_NS, STORE, write_mcap
import numpy as np
import pytest
from rosbags.typesys import get_types_from_msg

from scenebox_ros.bags import ingest, open_bag, Overrides, plan
from scenebox_ros.cli.main import main
from scenebox_ros.codecs import nal
from scenebox_ros.codecs.video import probe
from scenebox_ros.stamps import to_iso

av = pytest.importorskip('av')
FFMPEG = 'ffmpeg_image_transport_msgs/msg/FFMPEGPacket'
FOXGLOVE = 'foxglove_msgs/msg/CompressedVideo'
STORE.register({
    **get_types_from_msg(
        'std_msgs/Header header\nint32 width\nint32 height\nstring encoding\nuint64 pts\n'
        'uint8 flags\nbool is_bigendian\nuint8[] data', FFMPEG),
    **get_types_from_msg(
        'builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format',
        FOXGLOVE),
})
ENCODERS = {'h264': 'libx264', 'h265': 'libx265'}
PERIOD_NS = 33_333_333
MOST = 50  # pictures that can be told apart


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self):
        self.records = []

    def put(self, records):
        self.records += records

    def videos(self):
        return [record for record in self.records if record.kind == 'videos']


def stream(codec, count, first=0, width=64, b_frames=0, gop=15):
    """Encode pictures from a number on; give packets with the number that each shows."""
    context = av.CodecContext.create(ENCODERS[codec], 'w')
    context.width, context.height, context.pix_fmt = width, 48, 'yuv420p'
    context.time_base = Fraction(1, 30)
    if codec == 'h264':
        context.options = {'bf': str(b_frames), 'g': str(gop), 'sc_threshold': '0', 'crf': '5'}
    else:
        context.options = {'x265-params': f'bframes={b_frames}:keyint={gop}:scenecut=0:crf=5:'
                                          'log-level=none:pools=1:frame-threads=1'}
    packets = []
    for number in range(first, first + count):
        planes = np.full((72, width), 128, np.uint8)
        planes[:48] = 30 + number % MOST * 4
        frame = av.VideoFrame.from_ndarray(planes, 'yuv420p')
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    return [(bytes(packet), packet.pts) for packet in packets]


def without_sets(packets, codec):
    """Leave the parameter sets in the first packet only, as some cameras do."""
    kept = packets[:1]
    for blob, number in packets[1:]:
        units = [bytes(unit) for kind, unit in nal.units(blob, codec)
                 if kind not in nal._PARAMETERS[codec]]
        kept.append((b''.join(b'\0\0\0\1' + unit for unit in units), number))
    return kept


def stamp_of(number):
    return START_NS + number * PERIOD_NS + number % 3 * 1_111_111


def message(kind, codec, blob, number, width):
    stamp_ns = stamp_of(number)
    time = STORE.types['builtin_interfaces/msg/Time'](stamp_ns // 10**9, stamp_ns % 10**9)
    data = np.frombuffer(blob, np.uint8)
    if kind == FOXGLOVE:
        return STORE.types[FOXGLOVE](time, 'cam', data, codec)
    head = STORE.types['std_msgs/msg/Header'](time, 'cam')
    words = {'h264': 'libx264', 'h265': 'hevc_nvenc'}[codec]
    return STORE.types[FFMPEG](
        head, width, 48, words, number, int(nal.is_key(blob, codec)), False, data)


def recorded(path, kind, codec, packets, widths=None):
    """Write a bag, as recorders do in the order of arrival."""
    widths = widths or [64] * len(packets)
    return write_mcap(path, [
        Message('/cam/video', kind, START_NS + index * PERIOD_NS,
                message(kind, codec, blob, number, width))
        for index, ((blob, number), width) in enumerate(zip(packets, widths, strict=True))])


def ingested(path, segment_s=1.0):
    sink = Kept()
    with open_bag(path) as bag:
        wanted = Overrides(session={'video_segment_s': segment_s})
        report = ingest(bag, plan(bag, 'Run', wanted), sink)
    return sink.videos(), report


def pictures(record):
    """Decode a video: size, and for each picture its stamp in microseconds and its number."""
    with av.open(io.BytesIO(bytes(record.body))) as container:
        keys = [packet.is_keyframe for packet in container.demux(video=0) if packet.size]
    assert keys[0], 'a video starts with a key frame'
    with av.open(io.BytesIO(bytes(record.body))) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == record.document['num_frames'] == len(keys)
    assert not any(frame.is_corrupt for frame in frames)
    start_ns = probe(bytes(record.body)).start_ns
    assert record.document['start_time'] == to_iso(start_ns)
    return [(start_ns // 1000 + round(frame.pts * frame.time_base * 10**6),
             round((frame.to_ndarray()[:48].mean() - 30) / 4)) for frame in frames]


def expected(numbers):
    """Say what is shown when, to the microsecond and its rounding."""
    return [(pytest.approx(stamp_of(number) // 1000, abs=1), number % MOST) for number in numbers]


@pytest.mark.parametrize('kind', [FFMPEG, FOXGLOVE])
@pytest.mark.parametrize('codec', ['h264', 'h265'])
@pytest.mark.parametrize('b_frames', [0, 2])
def test_every_picture_is_in_one_video(kind, codec, b_frames, tmp_path):
    path = recorded(tmp_path / 'a.mcap', kind, codec, stream(codec, 120, b_frames=b_frames))

    videos, report = ingested(path)

    shown = [pictures(video) for video in videos]
    assert len(shown) >= 4
    assert sorted(one for video in shown for one in video) == expected(range(120))
    assert [video[0] for video in shown] == sorted(video[0] for video in shown)
    assert {video.document['codec'] for video in videos} == {codec}
    topic = report.topics['/cam/video']
    assert (topic.read, topic.kept, topic.undecodable) == (120, 120, 0)
    assert report.is_perfect


@pytest.mark.parametrize('codec', ['h264', 'h265'])
def test_a_recording_from_the_middle_of_a_group_starts_at_the_next_key_frame(codec, tmp_path):
    path = recorded(tmp_path / 'a.mcap', FOXGLOVE, codec, stream(codec, 90)[4:])

    videos, report = ingested(path)

    assert [one for video in videos for one in pictures(video)] == expected(range(15, 90))
    counts = report.capture.streams['/cam/video']
    assert (counts.received, counts.kept, counts.failed) == (86, 75, 11)
    assert 'before the first key frame' in report.capture.errors['/cam/video']
    assert not report.is_perfect


def test_a_recording_that_never_had_the_parameter_sets_says_so(tmp_path):
    packets = without_sets(stream('h264', 90), 'h264')[4:]
    path = recorded(tmp_path / 'a.mcap', FFMPEG, 'h264', packets)

    videos, report = ingested(path)

    counts = report.capture.streams['/cam/video']
    assert (videos, counts.received, counts.kept, counts.failed) == ([], 86, 0, 86)
    assert 'before a key frame' in report.capture.errors['/cam/video']


@pytest.mark.parametrize('codec', ['h264', 'h265'])
@pytest.mark.parametrize('kind', [FFMPEG, FOXGLOVE])
def test_parameter_sets_that_came_once_are_in_every_video(kind, codec, tmp_path):
    path = recorded(tmp_path / 'a.mcap', kind, codec, without_sets(stream(codec, 100), codec))

    videos, report = ingested(path)

    assert len(videos) >= 3
    assert [one for video in videos for one in pictures(video)] == expected(range(100))
    assert report.is_perfect


@pytest.mark.parametrize('codec', ['h264', 'h265'])
@pytest.mark.parametrize('kind', [FFMPEG, FOXGLOVE])
def test_another_resolution_begins_another_video(kind, codec, tmp_path):
    packets = stream(codec, 20) + stream(codec, 25, 20, width=96) + stream(codec, 15, 45)
    widths = [64] * 20 + [96] * 25 + [64] * 15
    path = recorded(tmp_path / 'a.mcap', kind, codec, packets, widths)

    videos, report = ingested(path, segment_s=60.0)

    assert [(video.document['width'], video.document['num_frames']) for video in videos] == [
        (64, 20), (96, 25), (64, 15)]
    assert [one for video in videos for one in pictures(video)] == expected(range(60))
    assert report.is_perfect


@pytest.mark.parametrize('codec', ['h264', 'h265'])
def test_the_same_recording_gives_the_same_videos(codec, tmp_path):
    path = recorded(tmp_path / 'a.mcap', FFMPEG, codec, stream(codec, 60))

    (first, _), (second, _) = ingested(path), ingested(path)

    assert [(one.id, bytes(one.body)) for one in first] == [
        (one.id, bytes(one.body)) for one in second]


def test_a_dry_run_says_what_becomes_of_packets(tmp_path, capsys):
    path = recorded(tmp_path / 'a.mcap', FOXGLOVE, 'h264', stream('h264', 5))

    assert main(['upload', str(path), '--dry-run']) == 0
    line = capsys.readouterr().out.splitlines()[1].split()
    assert main(['upload', str(path), '--dry-run', '--json']) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])['plan'][0]

    assert line[:3] == ['/cam/video', '5', 'video']
    assert (row['type'], row['messages'], row['reason']) == (FOXGLOVE, 5, '')
