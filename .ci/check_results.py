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

"""Fail if a kind of test that matters did not run: check_results.py FOLDER."""

from collections import Counter
from pathlib import Path
import sys
from xml.etree import ElementTree

# Which results, whose classes begin how, how many must have run (skipped ones do not count).
NEEDED = [
    ('core.xml', 'test.unit', 200),
    ('core.xml', 'test.contract', 20),
    ('core.xml', 'test.e2e', 5),
    ('core.xml', 'test.packaging', 5),
    ('web.xml', 'test.web', 15),
    ('originals.xml', 'test.contract', 3),
    ('ros.xml', 'test.ros', 20),
]


def count(path: Path) -> Counter[str]:
    """Count the cases that ran, by the first two parts of their class."""
    ran: Counter[str] = Counter()
    for case in ElementTree.parse(path).iter('testcase'):  # noqa: S314, our own file
        if case.find('skipped') is None:
            ran['.'.join(case.get('classname', '').split('.')[:2])] += 1
    return ran


def main(folder: Path) -> int:
    """Compare what ran with what must have run."""
    short = 0
    for file, prefix, least in NEEDED:
        ran = count(folder / file)[prefix]
        print(f'{file} {prefix}: {ran} ran, {least} needed')
        short += ran < least
    return int(short > 0)


if __name__ == '__main__':
    sys.exit(main(Path(sys.argv[1])))
