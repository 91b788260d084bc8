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

"""``bag_upload_node`` under trouble: broken recordings, kills, pauses, a spool that is small."""

from array import array
from collections import Counter
from contextlib import contextmanager
import os
import subprocess

from lifecycle_msgs.msg import Transition
from node_bench import stamped, write_bag
import pytest
from robot_support import is_delivered
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from scenebox_ros.spool import Spool

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
TOPIC, KIND = '/camera/image_raw', 'sensor_msgs/msg/Image'
START_NS = 1_767_225_600_000_000_000
WIDTH, HEIGHT = 320, 240


def pictures(folder, count, start_ns=START_NS):
    """Record noise, which is slow to encode; give the stamps."""
    stamps = [start_ns + number * 10**8 for number in range(count)]
    write_bag(folder, [
        (TOPIC, KIND, stamp_ns, stamped(Image(
            height=HEIGHT, width=WIDTH, encoding='rgb8', step=3 * WIDTH,
            data=array('B', os.urandom(3 * WIDTH * HEIGHT))), stamp_ns, 'camera'))
        for stamp_ns in stamps])
    return stamps


def in_spool(bench):
    return Counter(record.stamp_ns for record in bench.records() if record.kind == 'images')


def stored(bench):
    if not (bench.folder / 'spool' / 'data.mdb').exists():
        return 0
    with Spool(bench.folder / 'spool') as spool:
        stat = spool.stat().streams.get(TOPIC)
    return stat.put if stat else 0


@contextmanager
def started(bench, *parameters):
    """Start the node and give its process, which may end by itself."""
    with subprocess.Popen(bench.command('bag_upload_node', *parameters), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_path_that_is_wrong_ends_the_node_with_words(bench):
    done = bench.run('bag_upload_node', f'path:={bench.folder / "nowhere"}')

    assert done.returncode == 1
    assert 'nowhere' in done.stderr + done.stdout


def test_a_broken_recording_beside_a_good_one_gives_what_is_intact_and_the_exit_code(bench):
    recordings = bench.folder / 'recordings'
    recordings.mkdir()
    (recordings / 'a_text.mcap').write_text('this is no recording')
    good = pictures(recordings / 'b_good', 5)
    cut = pictures(recordings / 'c_cut', 20, START_NS + 10**12)
    (file,) = (recordings / 'c_cut').glob('*.mcap')
    file.write_bytes(file.read_bytes()[:file.stat().st_size // 2])

    done = bench.run('bag_upload_node', f'path:={recordings}')

    assert done.returncode == 1
    assert 'a_text.mcap' in done.stderr + done.stdout
    held = in_spool(bench)
    assert set(good) <= set(held)
    assert held.keys() & set(cut)
    assert set(held.values()) == {1}


def test_killed_in_the_middle_and_started_again_it_has_all_once(bench):
    stamps = pictures(bench.folder / 'run', 500)
    words = [f'path:={bench.folder / "run"}']
    kills = 0
    for share in (30, 90, 180):
        with started(bench, *words) as process:
            while stored(bench) < share and process.poll() is None:
                bench.spin(0.05)
            process.kill()
            kills += process.wait() == -9
    done = bench.run('bag_upload_node', *words)

    assert kills == 3
    assert done.returncode == 0, done.stderr
    assert in_spool(bench) == Counter(stamps)


def test_paused_and_stopped_it_keeps_what_it_took_and_goes_on(bench):
    stamps = pictures(bench.folder / 'run', 500)
    words = [f'path:={bench.folder / "run"}']
    # Begun when the bench knows of it: it could be at the end before.
    with bench.running('bag_upload_node', 'autostart:=false', *words):
        for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
            bench.change('bag_upload_node', transition)
        bench.until(lambda: stored(bench) > 5, 'it has begun')
        assert bench.call(Trigger, '/bag_upload_node/pause').message == 'paused'
        kept = stored(bench)
        bench.spin(1.0)
        assert stored(bench) == kept < 500
        bench.until(lambda: bench.heard['bag_upload_node']['message'] == 'paused', 'it says so')
        said = bench.heard['bag_upload_node']['details']
        assert bench.call(Trigger, '/bag_upload_node/flush').success
        assert bench.call(Trigger, '/bag_upload_node/resume').message == 'running'
        bench.until(lambda: stored(bench) > kept, 'it goes on')
    stopped_at = stored(bench)
    done = bench.run('bag_upload_node', *words)

    assert (said['recordings'], said['done'], said['of']) == (1, 0, 500)
    assert stopped_at < 500
    assert done.returncode == 0, done.stderr
    assert in_spool(bench) == Counter(stamps)


def test_a_recording_larger_than_the_spool_waits_for_the_uploader(bench, server):
    # 14 MB as JPEG.
    stamps = pictures(bench.folder / 'run', 200)
    small = 'spool_max_gb:=0.01'
    words = [small, f'path:={bench.folder / "run"}']
    sent_to = [f'server:={server.url}', f'token_file:={server.folder / "token"}']
    with bench.running('bag_upload_node', *words) as node:
        bench.until(lambda: bench.heard['bag_upload_node']['level'] == 'WARN', 'it is full', 120)
        said = bench.heard['bag_upload_node']['message']
        assert 'waits for room' in said
        with bench.running('uploader_node', small, *sent_to), \
                Spool(bench.folder / 'spool') as spool:
            bench.until(lambda: node.poll() is not None, 'all is read', 120)
            bench.until(lambda: is_delivered(spool), 'all is on the server', 120)
            total = spool.stat().total

    assert (total.shed, total.refused) == (0, 0)
    with server.client() as client:
        held = Counter(int(document['aux']['stamp_ns'])
                       for document in client.get_asset_manager('images').search_meta_large())
    assert held == Counter(stamps)
