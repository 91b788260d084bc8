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

"""What the command says about losses."""

from scenebox_ros.bags.storage import Loss
from scenebox_ros.cli.telling import loss_lines

S = 1_700_000_000_000_000_000


def test_a_loss_of_unknown_topics_tells_since_when():
    assert list(loss_lines([Loss(None, S, None, 'the file ends early')])) == [
        'lost: what was from 2023-11-14T22:13:20+00:00 on: the file ends early']
    assert list(loss_lines([Loss(None, None, None, 'a page is gone')])) == [
        'lost: what was there: a page is gone']


def test_losses_of_one_reason_are_one_line():
    losses = [Loss('/b', S, S, 'bad chunk', 2), Loss('/a', S, S, 'bad chunk', 3)]

    assert list(loss_lines(losses)) == [
        'lost: 5 messages of /a, /b from 2023-11-14T22:13:20+00:00 to '
        '2023-11-14T22:13:20+00:00: bad chunk']
