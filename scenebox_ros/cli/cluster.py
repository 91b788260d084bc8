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

"""``scenebox upload --dask``: the work on a cluster, the report here."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from scenebox_ros.bags.cluster import transfer_on_cluster
from scenebox_ros.bags.parts import Access
from scenebox_ros.bags.recordings import Options
from scenebox_ros.bags.transfer import TransferReport
from scenebox_ros.cli.connection import connect
from scenebox_ros.cli.console import say_json
from scenebox_ros.cli.settings import access


def on_cluster(
    options: argparse.Namespace, paths: Sequence[Path], wanted: Options
) -> TransferReport:
    """Upload by the workers of a cluster."""

    def told(done: int, total: int) -> None:
        if options.json:
            say_json({'event': 'progress', 'parts': done, 'total': total})
        else:
            sys.stderr.write(f'{done} of {total} parts\n')

    # Server and token are tried here first: an error of one's own is easier to read.
    connect(options).close()
    reach = access(options)
    paths = [path.resolve() for path in paths]
    return transfer_on_cluster(
        paths, Access(reach.server, reach.token), options.dask, wanted, told)
