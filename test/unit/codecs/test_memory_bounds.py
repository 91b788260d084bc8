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

"""What hostile or large input costs in memory, measured in processes of their own."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.e2e
MB = 1_000_000
MEASURE = textwrap.dedent("""
    import resource, struct, sys, zlib
    from types import SimpleNamespace as Msg
    import cv2, numpy as np
    from scenebox_ros.codecs.images import decode_image, thumbnail
    from scenebox_ros.codecs.pcd import decode_pcd
    from scenebox_ros.decode import decode
    from scenebox_ros.errors import DecodeError

    HEADER = Msg(stamp=Msg(sec=1, nanosec=0), frame_id='sensor')

    def zeros(count):
        squeeze = zlib.compressobj(9)
        return b''.join(squeeze.compress(bytes(MB)) for _ in range(count)) + squeeze.flush()

    def png(width, height, depth, kind, body):
        parts = [b'\\x89PNG\\r\\n\\x1a\\n']
        head = struct.pack('>IIBBBBB', width, height, depth, kind, 0, 0, 0)
        for name, data in ((b'IHDR', head), (b'IDAT', body), (b'IEND', b'')):
            check = struct.pack('>I', zlib.crc32(name + data))
            parts += [struct.pack('>I', len(data)), name, data, check]
        return b''.join(parts)

    def tiff(width, height, bits, code, body):
        tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, code), (262, 3, 1),
                (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, len(body)), (339, 3, 1)]
        body += b'\\0' * (len(body) % 2)
        return (b'II*\\0' + struct.pack('<I', 8 + len(body)) + body + struct.pack('<H', len(tags))
                + b''.join(struct.pack('<HHII', *tag[:2], 1, tag[2]) for tag in tags) + bytes(4))

    def jpeg(width, height):
        blob = bytearray(cv2.imencode('.jpg', np.zeros((8, 8, 3), np.uint8))[1].tobytes())
        at = blob.index(b'\\xff\\xc0')
        blob[at + 5:at + 9] = struct.pack('>HH', height, width)
        return bytes(blob)

    def image(**said):
        return decode('sensor_msgs/msg/Image', Msg(**{
            'header': HEADER, 'encoding': 'bgr8', 'width': 65535, 'height': 65535,
            'step': 196605, 'is_bigendian': 0, 'data': bytes(99), **said}))

    def cloud(**said):
        field = Msg(name='x', offset=0, datatype=7, count=1)
        return decode('sensor_msgs/msg/PointCloud2', Msg(**{
            'header': HEADER, 'height': 1, 'width': 2**32 - 1, 'fields': [field],
            'data': bytes(99), 'is_bigendian': False, 'point_step': 4, 'row_step': 4,
            'is_dense': True, **said}))

    def rvl(width, height, code):
        data = struct.pack('<i2f2I', 0, 0, 0, width, height) + code
        return decode('sensor_msgs/msg/CompressedImage', Msg(
            header=HEADER, format='16UC1; compressedDepth rvl', data=data))

    def pcd(data, points, body):
        return decode_pcd((
            'VERSION 0.7\\nFIELDS x\\nSIZE 4\\nTYPE F\\nCOUNT 1\\n'
            f'WIDTH {points}\\nHEIGHT 1\\nPOINTS {points}\\nDATA {data}\\n').encode() + body)

    MB = 1 << 20
    made = INPUT
    decode_image(cv2.imencode('.png', np.zeros((8, 8), np.uint8))[1].tobytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        TASK
        print('decoded')
    except DecodeError as error:
        print('refused')
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
""")


def run(script, *arguments):
    done = subprocess.run(
        [sys.executable, '-c', script, *arguments], capture_output=True, check=True, text=True,
        timeout=120, env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    return done.stdout.split()


@pytest.mark.parametrize(('given', 'task'), [
    ('None', 'image()'),
    ('None', "image(encoding='64FC512', width=2**31, height=1, step=0)"),
    ('None', 'cloud()'),
    ('None', 'cloud(height=2**32 - 1, row_step=2**32 - 1)'),
    ('png(60000, 60000, 16, 6, zeros(64))', 'decode_image(made)'),
    ('png(11000, 11000, 16, 6, zeros(968))', 'decode_image(made)'),
    ('tiff(11000, 10000, 64, 8, zeros(840))', 'decode_image(made)'),
    ('tiff(11500, 11500, 8, 5, bytes(2000))', 'decode_image(made)'),  # LZW
    ('tiff(11500, 11500, 8, 32773, bytes(2000))', 'decode_image(made)'),  # runs of bytes
    ('jpeg(65500, 65500)', 'decode_image(made)'),
    ('jpeg(11500, 11500)', 'decode_image(made)'),
    ('jpeg(11500, 11500)', 'thumbnail(made)'),
    ('None', 'rvl(2**31, 2**31, bytes(8))'),
    ('None', "rvl(8192, 4096, b'\\xff' * 4000)"),
    ('None', "pcd('binary', 4 * 10**9, bytes(99))"),
    ('None', "pcd('ascii', 4 * 10**9, b'1 ')"),
    ('None', "pcd('binary_compressed', 10**9, struct.pack('<II', 99, 4 * 10**9) + bytes(99))"),
])
def test_what_input_claims_to_be_is_refused_before_it_costs_memory(given, task):
    outcome, grown = run(MEASURE.replace('INPUT', given).replace('TASK', task))

    assert outcome == 'refused'
    assert int(grown) < 8 * MB


COPIER = textwrap.dedent("""
    import resource, sys
    from fractions import Fraction
    from pathlib import Path
    import av, numpy as np
    from scenebox_ros.codecs.packets import PacketWriter

    context = av.CodecContext.create('libx264', 'w')
    context.width, context.height, context.pix_fmt = 64, 48, 'yuv420p'
    context.time_base, context.gop_size = Fraction(1, 30), 1000
    context.options = {'preset': 'ultrafast', 'tune': 'zerolatency'}
    frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), 'bgr24')
    packets = []
    for number in range(int(sys.argv[2])):
        frame.pts = number
        packets += [bytes(packet) for packet in context.encode(frame)]
    filler = b'\\0\\0\\1\\x0c' + b'\\xff' * 2_000_000 + b'\\x80'
    writer = PacketWriter('h264', Path(sys.argv[1]))
    for number, packet in enumerate(packets):
        writer.write(packet + filler, number * 1_000_000)
    clip = writer.close()
    print(clip.frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
""")


def test_packets_of_one_second_and_one_key_frame_are_not_kept(tmp_path):
    pytest.importorskip('av')
    few, base = map(int, run(COPIER, tmp_path / 'few.mp4', '30'))
    many, grown = map(int, run(COPIER, tmp_path / 'many.mp4', '150'))

    assert (few, many) == (30, 150)
    assert grown - base < 40 * MB  # of the 240 MB more that were written
    assert (tmp_path / 'many.mp4').stat().st_size > 300 * MB
