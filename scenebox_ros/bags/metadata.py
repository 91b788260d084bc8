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

"""``metadata.yaml`` of a rosbag2 folder: hints, never more trusted than the files themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Optional

NAME = 'metadata.yaml'
_MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class FileSpan:
    """What the metadata tells about one file; None where it does not."""

    name: str
    start_ns: Optional[int] = None
    end_ns: Optional[int] = None
    messages: Optional[int] = None


@dataclass(frozen=True)
class Metadata:
    """
    What is used of ``metadata.yaml``, of any version.

    Attributes
    ----------
    files
        In the order of recording.
    counts
        Messages by topic.
    serializations
        Serialization format by topic.
    problem
        Why the file could not be used; empty if it could.

    """

    files: tuple[FileSpan, ...] = ()
    counts: Mapping[str, int] | None = None
    serializations: Mapping[str, str] | None = None
    distro: str = ''
    problem: str = ''


def read_metadata(folder: Path) -> Optional[Metadata]:
    """Read a folder's metadata; None if it has none. Never raises: a wrong one says so."""
    path = folder / NAME
    if not path.is_file():
        return None
    import yaml

    try:
        if path.stat().st_size > _MAX_BYTES:
            return Metadata(problem=f'{NAME} has more than {_MAX_BYTES} bytes')
        loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
        content = yaml.load(path.read_text('utf-8', 'replace'), loader)  # noqa: S506
        return _parse(content['rosbag2_bagfile_information'])
    except (OSError, yaml.YAMLError, RecursionError) as error:
        return Metadata(problem=f'{NAME} cannot be read: {" ".join(str(error).split())}')
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Metadata(problem=f'{NAME} is not what rosbag2 writes: {error!r}')


def _parse(content: Mapping[str, Any]) -> Metadata:
    spans = {_file_name(entry['path']): entry for entry in content.get('files') or ()}
    names = [_file_name(name) for name in content.get('relative_file_paths') or ()]
    topics = content.get('topics_with_message_count') or ()
    return Metadata(
        files=tuple(_span(name, spans.get(name)) for name in names),
        counts={topic['topic_metadata']['name']: int(topic['message_count']) for topic in topics},
        serializations={
            topic['topic_metadata']['name']: str(topic['topic_metadata']['serialization_format'])
            for topic in topics
        },
        distro=str(content.get('ros_distro') or ''),
    )


def _file_name(path: str) -> str:
    # Version 1 to 3 wrote the folder too, and a moved bag may have another one.
    return PurePosixPath(path.replace('\\', '/')).name


def _span(name: str, entry: Optional[Mapping[str, Any]]) -> FileSpan:
    if entry is None:
        return FileSpan(name)
    messages = int(entry['message_count'])
    start_ns = int(entry['starting_time']['nanoseconds_since_epoch'])
    if not messages:
        return FileSpan(name, messages=0)
    return FileSpan(name, start_ns, start_ns + int(entry['duration']['nanoseconds']), messages)
