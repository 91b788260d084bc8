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

"""Previews: small pictures that are uploaded before the images."""

from captured import capture, fix, jpeg, S, T0
import cv2
import numpy as np

from scenebox_ros.model.readings import ImageBlob


def test_previews_are_small_seldom_and_first_after_the_track():
    blob = cv2.imencode('.jpg', np.zeros((60, 80, 3), np.uint8))[1].tobytes()
    made, sink = capture(cam={'preview_every_s': 1.0, 'preview_max_side': 20, 'priority': 3})
    for number in range(20):
        stamp_ns = T0 + number * S // 10
        made.add('/gps', fix(stamp_ns), stamp_ns)
        made.add('/cam', ImageBlob(memoryview(blob), 'jpeg', 80, 60, stamp_ns, 'cam'), stamp_ns)
    report = made.close()

    images = sink.of('images')
    previews = [r for r in images if r.document['aux'].get('is_preview')]
    assert len(images) - len(previews) == report.streams['/cam'].kept == 20
    assert [r.stamp_ns for r in previews] == [T0, T0 + S]
    assert all((r.document['width'], r.document['height']) == (20, 15) for r in previews)
    assert {r.document['sensor'] for r in previews} == {'cam_preview'}
    assert len({r.id for r in images}) == 22
    track, = {r.priority for r in sink.of('entities')}
    assert track > previews[0].priority > 3


def test_an_image_that_is_small_needs_no_preview():
    made, sink = capture(cam={'preview_every_s': 1.0})
    made.add('/cam', jpeg(), T0)
    made.close()

    assert len(sink.of('images')) == 1
