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

"""A recorder that is killed: what of its videos survives, and comes into the right session."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import textwrap

from captured import ListSink, S, T0
import numpy as np
import pytest

from scenebox_ros.capture import Capture
from scenebox_ros.capture.recovery import recover
from scenebox_ros.codecs.video import read_frames
from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.readings import ImageFrame
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

pytest.importorskip('av')
STREAMS = {'/cam': StreamSettings(role='image', video=True, images=False, sensor='front'),
           '/gps': StreamSettings(role='fix')}
RECORDER = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    import numpy as np
    sys.path.insert(0, sys.argv[2])
    from test_video_recovery import frame, new_capture
    from captured import ListSink, S, T0

    capture = new_capture(ListSink(), Path(sys.argv[1]))
    for index in range(118):
        capture.add('/cam', frame(index), T0 + index * S // 10)
    capture._streams['/cam'].cutter._writing().submit(int).result()
    os.kill(os.getpid(), signal.SIGKILL)
""")


def frame(index):
    pixels = np.random.default_rng(index).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    stamp_ns = T0 + index * S // 10
    return ImageFrame(pixels, 'bgr', 'bgr8', stamp_ns, 'cam', memoryview(pixels.tobytes()))


def new_capture(sink, folder):
    # No fix ever comes: finished segments wait for one, and have not reached the sink.
    settings = CaptureSettings('Run', STREAMS, video_segment_s=4.0, geotag_wait_s=60.0)
    return Capture(settings, sink, 'run', workers=1, video_folder=folder)


def killed(folder):
    done = subprocess.run(
        [sys.executable, '-c', RECORDER, str(folder), str(Path(__file__).parent)],
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}, capture_output=True,
        timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def whole_ids():
    sink = ListSink()
    capture = new_capture(sink, None)
    for index in range(118):
        capture.add('/cam', frame(index), T0 + index * S // 10)
    capture.close()
    return [record.id for record in sink.of('videos')]


def test_what_a_killed_recorder_has_filmed_is_stored_by_the_next_one(tmp_path):
    killed(tmp_path / 'videos')
    sink = ListSink()
    new_capture(sink, tmp_path / 'videos').close()

    records = sorted(sink.of('videos'), key=lambda record: record.stamp_ns)
    counts = [len(list(read_frames(bytes(record.body)))) for record in records]
    # Whole segments that had not reached the sink are whole; the open one lost its last second
    # and what the encoder looked ahead at.
    assert counts[:2] == [40, 40]
    assert 5 <= counts[2] < 38
    assert [record.id for record in records[:2]] == whole_ids()[:2]
    assert {record.session for record in records} == {'run'}
    assert records[0].document['sensor'] == 'front'
    assert records[0].document['aux']['topic'] == '/cam'
    assert records[0].entities[0]['entity_name'] == 'video'
    assert list((tmp_path / 'videos').iterdir()) == []


def test_recovering_twice_adds_nothing(tmp_path):
    killed(tmp_path)
    first, second = ListSink(), ListSink()
    recover(tmp_path, first)
    recover(tmp_path, second)

    assert len(first.records) == 3
    assert second.records == []


def test_what_a_living_recorder_films_is_left_alone(tmp_path):
    living, other = ListSink(), ListSink()
    capture = new_capture(living, tmp_path)
    for index in range(30):
        capture.add('/cam', frame(index), T0 + index * S // 10)
    assert recover(tmp_path, other) == []
    capture.close()

    assert [record.document['num_frames'] for record in living.of('videos')] == [30]
    assert list(tmp_path.iterdir()) == []


def test_what_the_sink_has_no_room_for_stays_for_the_next_time(tmp_path):
    class Full:
        def put(self, records):
            raise SpoolFullError('the spool is full')

    killed(tmp_path)
    assert recover(tmp_path, Full()) == []
    sink = ListSink()

    assert len(recover(tmp_path, sink)) == 3


def test_a_folder_that_cannot_be_written_does_not_stop_the_recorder(tmp_path):
    (tmp_path / 'file').write_text('in the way')
    sink = ListSink()
    capture = new_capture(sink, tmp_path / 'file' / 'videos')
    for index in range(5):
        capture.add('/cam', frame(index), T0 + index * S // 10)
    report = capture.close()

    assert [record.document['num_frames'] for record in sink.of('videos')] == [5]
    assert report.streams['/cam'].failed == 0


@pytest.mark.parametrize('notes', [b'', b'{', b'{"origin": {}}\n', b'[]\n7 zz\n', b'\xff\n\xfe\n'])
def test_notes_that_make_no_sense_are_removed(tmp_path, notes):
    (tmp_path / 'a.notes').write_bytes(notes)
    (tmp_path / 'a.mp4.part').write_bytes(b'no video')
    sink = ListSink()

    assert recover(tmp_path, sink) == []
    assert list(tmp_path.iterdir()) == []
