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
Recordings to a platform by a Dask cluster: bags, and spans of long ones, on every worker.

The workers must see the recordings under the same paths, and reach the platform. A worker that
dies costs time: its parts are done again by others, and what it had sent is not sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
import pydoc
from queue import Empty, SimpleQueue
import time
from typing import Any

from scenebox_ros import __version__
from scenebox_ros.bags.merging import merged_ingests, merged_notes, merged_uploads
from scenebox_ros.bags.parts import Access, capture_part, divide, Part, PartResult
from scenebox_ros.bags.recordings import Options, sessions_of
from scenebox_ros.bags.transfer import TransferReport, uploading
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.errors import BagError, ConnectionFailedError, DependencyError
from scenebox_ros.model.records import Record
from scenebox_ros.stamps import NS_PER_S
from scenebox_ros.upload import ClientPlatform, UploadReport

# Shorter parts would mostly read what is around them.
LEAST_NS = 300 * NS_PER_S
PARTS_PER_WORKER = 2
CONNECT_S = 20
NO_CERTIFICATES = (
    'tls:// needs certificates: set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, '
    'DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY')
RETRIES = 2
# How often to see whether there are workers, and how long there may be none.
LOOK_S = 2.0
ALONE_S = 60.0
# Called with how many parts are done, and how many there are.
Told = Callable[[int, int], None]


def transfer_on_cluster(
    paths: Sequence[Path],
    access: Access,
    scheduler: str,
    options: Options | None = None,
    told: Told | None = None,
    least_ns: int = LEAST_NS,
) -> TransferReport:
    """
    Bring recordings to a platform, by all workers of a cluster.

    Parameters
    ----------
    paths
        Recordings, as :func:`scenebox_ros.bags.find_bags` gives them.
    access
        The platform; the token goes to the workers, so use ``tls://`` outside a trusted network.
    scheduler
        The cluster's address, like ``tcp://scheduler:8786``.
    options
        What differs from the defaults.
    told
        Called when a part is done.
    least_ns
        The shortest span that is worth a part.

    Returns
    -------
    TransferReport
        As :func:`scenebox_ros.bags.transfer.transfer` gives it.

    Raises
    ------
    DependencyError
        If Dask is not installed, or a worker has not the version of this package that is here.
    ConnectionFailedError
        If the scheduler cannot be reached, has no workers, or lost all of them for a while.
    BagError
        If a worker does not see a recording that is seen here.
    SceneBoxError
        If a worker cannot reach the platform, or it refuses.

    """
    options = options or Options()
    refused: dict[str, str] = {}
    with _cluster(scheduler) as cluster:
        count = PARTS_PER_WORKER * _workers(cluster, scheduler)
        groups: list[list[Part]] = []
        for group in sessions_of(paths, options):
            readable = _readable(group.paths, options, refused)
            if readable:
                groups.append(divide(replace(group, paths=readable), options, count, least_ns))
        results = _run(cluster, groups, access, told)
    uploads = [result.upload for group in results for result in group]
    ingests = {}
    for parts, done in zip(groups, results, strict=True):
        ingests[parts[0].name] = merged_ingests([result.ingest for result in done])
        uploads.append(_end(done, access, options))
    return TransferReport(ingests, refused, merged_uploads(uploads))


def _readable(
    group: Sequence[Path], options: Options, refused: dict[str, str]
) -> tuple[Path, ...]:
    from scenebox_ros.bags.recordings import open_recording

    good = []
    for path in group:
        try:
            open_recording(path, options).close()
            good.append(path)
        except BagError as error:
            refused[str(path)] = str(error)
    return tuple(good)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise DependencyError(
            "a Dask cluster needs the library 'distributed'; run: pip install 'scenebox_ros[dask]'"
        ) from None
    return distributed


@contextmanager
def _cluster(scheduler: str) -> Iterator[Any]:
    dask = _distributed()
    try:
        # A client that fails as it begins is closed for 40 s at the end, and says so.
        # In a thread: the caller may be in a loop of its own, as notebooks are.
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, _greet(scheduler)).result()
        client = dask.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, MemoryError, TypeError) as error:
        told: object = error
        if isinstance(error, MemoryError):  # another server's words are taken for lengths
            told = 'something else answers there'
        elif isinstance(error, TypeError):
            told = NO_CERTIFICATES
        raise ConnectionFailedError(
            f'no Dask scheduler answers at {scheduler}: {told}; write its address like '
            'tcp://scheduler:8786'
        ) from error
    with client:
        try:
            yield client
        except (CancelledError, dask.comm.CommClosedError):
            raise ConnectionFailedError(
                f'the Dask scheduler at {scheduler} is gone; start it, and run the same command '
                'again to continue'
            ) from None


async def _greet(scheduler: str) -> None:
    dask = _distributed()
    security = dask.Security().get_connection_args('client')
    comm = await dask.comm.connect(scheduler, timeout=CONNECT_S, **security)
    await comm.close()


def _workers(cluster: Any, scheduler: str) -> int:
    """Count the workers, and see that they do the same as this machine would."""
    if not _num_workers(cluster):
        raise ConnectionFailedError(
            f'the Dask scheduler at {scheduler} has no workers; start some: dask worker '
            f'{scheduler}'
        )
    # A worker without this package would end at the first part that it is given.
    told = cluster.run(pydoc.locate, 'scenebox_ros.__version__', on_error='return')
    for worker, version in told.items():
        if version != __version__:
            raise DependencyError(
                f'the worker at {worker} has scenebox_ros {version}, here it is {__version__}; '
                'install the same version on all workers'
            )
    return len(told)


def _num_workers(cluster: Any) -> int:
    return len(cluster.scheduler_info(n_workers=-1)['workers'])


def _run(
    cluster: Any, groups: Sequence[Sequence[Part]], access: Access, told: Told | None
) -> list[list[PartResult]]:
    """Run the first part of each session, and the others once it has opened the session."""
    total = sum(len(group) for group in groups)
    results: dict[tuple[int, int], PartResult] = {}
    places: dict[Any, tuple[int, int]] = {}

    finished: SimpleQueue[Any] = SimpleQueue()

    def submit(index: int, number: int, part: Part) -> None:
        future = cluster.submit(_work, part, access, pure=False, retries=RETRIES)
        places[future] = (index, number)
        future.add_done_callback(finished.put)

    for index, group in enumerate(groups):
        submit(index, 0, group[0])
    while places:
        future = _next(finished, cluster)
        index, number = places.pop(future)
        result = results[index, number] = future.result()
        if number == 0:
            for later, part in enumerate(groups[index][1:], 1):
                submit(index, later, replace(part, uid=result.uid))
        if told:
            told(len(results), total)
    return [[results[index, number] for number in range(len(group))]
            for index, group in enumerate(groups)]


def _next(finished: SimpleQueue[Any], cluster: Any) -> Any:
    """Wait for a part; for ever if there are workers, and not for long if there are none."""
    alone_since = time.monotonic()
    while True:
        with suppress(Empty):
            return finished.get(timeout=LOOK_S)
        if _num_workers(cluster):
            alone_since = time.monotonic()
        elif time.monotonic() - alone_since > ALONE_S:
            raise ConnectionFailedError(
                f'all workers of the Dask cluster have been gone for {ALONE_S:.0f} s; start some, '
                'and run the same command again to continue'
            )


def _work(part: Part, access: Access) -> PartResult:
    """Do a part on a worker, with as many encoders as it has threads."""
    worker = _distributed().get_worker()
    try:
        return capture_part(part, access, worker.state.nthreads)
    except BagError as error:
        raise BagError(
            f'the worker at {worker.address} cannot read what can be read here: {error}; all '
            'workers must see the recordings under the same paths'
        ) from error


def _end(done: Sequence[PartResult], access: Access, options: Options) -> UploadReport:
    """End the session, once everything is in it."""
    uid = next((result.uid for result in done if result.uid), None)
    spans = [(result.ingest.capture.start_ns, result.ingest.capture.end_ns) for result in done
             if result.ingest.capture.end_ns]
    if uid is None or not spans:
        return UploadReport()
    key = done[0].ingest.session
    start_ns, end_ns = min(span[0] for span in spans), max(span[1] for span in spans)
    end = Record('end', key, f'{key}_end_{start_ns}_{end_ns}', stamp_ns=end_ns,
                 document={'start_ns': start_ns, 'end_ns': end_ns})
    with (
        SceneEngineClient(auth_token=access.token, scene_engine_url=access.url) as client,
        uploading(ClientPlatform(client), options) as (passage, uploader),
    ):
        passage.set_session(key, uid)
        passage.note_session(key, **merged_notes([result.notes for result in done]))
        passage.put([end])
    return uploader.report()
