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

"""What an operator may set, with limits that hold by default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True)
class ServerSettings:
    """
    The server's settings.

    Attributes
    ----------
    folder
        Everything the server keeps is below it.
    public_url
        How clients reach the server (``https://scenebox.example``), when it stands behind a
        proxy. Empty: the ``Host`` of each request.
    frontend_url
        Where the web app is. Empty: the server itself.
    max_body_bytes, max_object_bytes
        Largest JSON body, largest single object.
    max_bodies_bytes
        Largest sum of the bodies that are in memory, of all requests together.
    body_timeout_s
        Longest time that such a body may take to arrive.
    small_object_bytes
        Objects up to this size are packed into segments, larger ones get a file each.
    query_timeout_s, scan_timeout_s
        Longest time that one search, or one streamed scan, may take.
    requests_per_s
        Sustained rate per token, with bursts of twice as much; 0 means no limit.
    sweep_after_s
        Bytes that no document refers to are deleted when they are older than this.
    job_threads, heavy_jobs, job_processes
        Jobs at a time, long ones among them, and processes for their computing.

    """

    folder: Path
    public_url: str = ''
    frontend_url: str = ''
    max_body_bytes: int = 64 * MIB
    max_bodies_bytes: int = 512 * MIB
    body_timeout_s: float = 600.0
    max_object_bytes: int = 64 * 1024 * MIB
    small_object_bytes: int = 1 * MIB
    url_lifetime_s: int = 12 * 3600
    query_timeout_s: float = 30.0
    scan_timeout_s: float = 600.0
    requests_per_s: float = 5000.0
    sweep_after_s: float = 7 * 24 * 3600.0
    job_threads: int = 4
    heavy_jobs: int = 2
    job_processes: int = 2
