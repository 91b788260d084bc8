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

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

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
RETRIES = 2
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
        If Dask is not installed.
    ConnectionFailedError
        If the scheduler cannot be reached or has no workers.
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
        client = dask.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConnectionFailedError(
            f'the Dask scheduler at {scheduler} does not answer: {error}') from error
    with client:
        yield client


def _workers(cluster: Any, scheduler: str) -> int:
    count = len(cluster.scheduler_info(n_workers=-1)['workers'])
    if not count:
        raise ConnectionFailedError(
            f'the Dask scheduler at {scheduler} has no workers; start some: dask worker '
            f'{scheduler}'
        )
    return count


def _run(
    cluster: Any, groups: Sequence[Sequence[Part]], access: Access, told: Told | None
) -> list[list[PartResult]]:
    """Run the first part of each session, and the others once it has opened the session."""
    total = sum(len(group) for group in groups)
    results: dict[tuple[int, int], PartResult] = {}
    places: dict[Any, tuple[int, int]] = {}

    def submit(index: int, number: int, part: Part) -> Any:
        future = cluster.submit(_work, part, access, pure=False, retries=RETRIES)
        places[future] = (index, number)
        return future

    finished = _distributed().as_completed(
        [submit(index, 0, group[0]) for index, group in enumerate(groups)], loop=cluster.loop)
    for future in finished:
        index, number = places.pop(future)
        result = results[index, number] = future.result()
        if number == 0:
            for later, part in enumerate(groups[index][1:], 1):
                finished.add(submit(index, later, replace(part, uid=result.uid)))
        if told:
            told(len(results), total)
    return [[results[index, number] for number in range(len(group))]
            for index, group in enumerate(groups)]


def _work(part: Part, access: Access) -> PartResult:
    """Do a part on a worker, with as many encoders as it has threads."""
    return capture_part(part, access, _distributed().get_worker().state.nthreads)


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
