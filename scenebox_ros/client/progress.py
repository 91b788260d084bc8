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


"""Progress bars, on terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import sys


@contextmanager
def bar(
    name: str, total: int, unit: str, done: int = 0, *, is_shown: bool = True
) -> Iterator[Callable[[int], object]]:
    """
    Show how far a long call is.

    Parameters
    ----------
    name
        What is being done.
    total, unit, done
        How much there is to do, of what, and how much of it is done already.
    is_shown
        False shows nothing; nothing is shown either where standard error is no terminal.

    Yields
    ------
    callable
        To be called with how much was done since.

    """
    if not (is_shown and sys.stderr is not None and sys.stderr.isatty()):
        yield lambda _: None
        return
    from tqdm import tqdm

    with tqdm(
        total=total,
        initial=done,
        unit=unit,
        unit_scale=unit == 'B',
        unit_divisor=1024,
        desc=name,
        leave=False,
    ) as shown:
        yield shown.update
