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

"""How the C library and Python keep memory: frames come and go in it, all else stays."""

import atexit
import ctypes
import gc

# Options of glibc's mallopt, from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 128 * 1024 * 1024
LARGEST_KEPT = 32 * 1024 * 1024
OBJECTS_BETWEEN_SEARCHES = 10_000


def keep_freed_memory() -> None:
    """
    Let this process use the memory of freed frames again.

    Without this each frame's memory goes back to the system and comes anew, page by page: a
    thousand faults and a millisecond for a raw 1080p image. Other C libraries are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)


def search_less() -> None:
    """
    Let a short process look for garbage not while it starts, seldom later, and not at its end.

    Starting makes 35,000 objects, and all of them stay: looking through them takes a tenth of the
    start, and once more 0.02 s before the system takes everything back anyway.
    """
    gc.disable()
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    atexit.register(gc.freeze)


def search_what_follows() -> None:
    """Look for garbage from here on, among what is not there yet: the process has started."""
    gc.freeze()
    gc.enable()
