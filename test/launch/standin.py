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
A strict stand-in for launch and launch_ros, which cannot be installed from a registry.

It knows exactly what our launch files use; anything else fails with ImportError or TypeError.
It proves that our files say what we mean, not that launch works: the real packages read the
same files.
"""

from __future__ import annotations

from collections import Counter
import importlib.util
import os
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types

import yaml


class Context:
    """What a launch knows while it is described."""

    def __init__(self, arguments):
        self.configurations = dict(arguments)
        self.environment = {}
        self.declared = {}
        self.processes = []
        self.respawn_delays = {}


def perform(value, context):
    """Turn text, a substitution or a list of them into text."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return ''.join(perform(part, context) for part in value)
    return value.perform(context)


class LaunchConfiguration:
    def __init__(self, variable_name):
        self._name = variable_name

    def perform(self, context):
        return context.configurations[self._name]


class PathJoinSubstitution:
    def __init__(self, substitutions):
        self._parts = substitutions

    def perform(self, context):
        return os.path.join(*[perform(part, context) for part in self._parts])


class FindPackageShare:
    def __init__(self, package):
        self._package = package

    def perform(self, context):
        return str(package_prefix(self._package) / 'share' / self._package)


def package_prefix(package):
    """Find an installed package as launch does, by its marker in AMENT_PREFIX_PATH."""
    marker = Path('share', 'ament_index', 'resource_index', 'packages', package)
    for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        if prefix and (Path(prefix) / marker).is_file():
            return Path(prefix)
    raise LookupError(f'package {package!r} not found in AMENT_PREFIX_PATH')


class IfCondition:
    def __init__(self, predicate_expression):
        self._expression = predicate_expression

    def holds(self, context):
        word = perform(self._expression, context).strip().lower()
        if word not in {'true', 'false', '1', '0'}:
            raise ValueError(f'invalid condition {word!r}')
        return word in {'true', '1'}


class LaunchDescription:
    def __init__(self, initial_entities):
        self.entities = list(initial_entities)

    def visit(self, context):
        for entity in self.entities:
            if entity.condition is None or entity.condition.holds(context):
                entity.execute(context)


class DeclareLaunchArgument:
    condition = None

    def __init__(self, name, *, default_value=None, description):
        self.name, self._default, self.description = name, default_value, description

    def execute(self, context):
        context.declared[self.name] = self.description
        if self.name not in context.configurations:
            if self._default is None:
                raise RuntimeError(f'required launch argument {self.name!r} was not provided')
            context.configurations[self.name] = perform(self._default, context)


class SetEnvironmentVariable:
    condition = None

    def __init__(self, name, value):
        self._name, self._value = name, value

    def execute(self, context):
        context.environment[self._name] = perform(self._value, context)


class Node:
    def __init__(
        self, *, package, executable, name=None, namespace=None, output='log', parameters=(),
        arguments=(), ros_arguments=(), respawn=False, respawn_delay=0.0,
        sigterm_timeout='5', sigkill_timeout='5', condition=None,
    ):
        self._package, self._executable = package, executable
        self._name, self._namespace = name, namespace
        self._parameters, self._arguments = parameters, arguments
        self._ros_arguments = ros_arguments
        self._respawn, self._respawn_delay = respawn, respawn_delay
        self.condition = condition
        assert output in {'screen', 'log'}
        assert respawn_delay >= 0
        # launch takes texts only.
        assert {type(sigterm_timeout), type(sigkill_timeout)} == {str}

    def execute(self, context):
        libexec = package_prefix(self._package) / 'lib' / self._package
        executable = libexec / self._executable
        if not os.access(executable, os.X_OK):
            raise RuntimeError(f'executable {self._executable!r} not found in {libexec}')
        command = [str(executable), *[perform(a, context) for a in self._arguments], '--ros-args']
        command += [perform(part, context) for part in self._ros_arguments]
        if self._name:
            command += ['-r', f'__node:={self._name}']
        namespace = perform(self._namespace or '', context)
        if namespace:
            command += ['-r', f'__ns:=/{namespace.strip("/")}']
        for entry in self._parameters:
            command += ['--params-file', self._params_file(entry, context)]
        context.processes.append((self._executable, command))
        if self._respawn:
            context.respawn_delays[self._executable] = self._respawn_delay

    def _params_file(self, entry, context):
        if not isinstance(entry, dict):
            return perform(entry, context)
        # launch reads the text of a substitution as YAML: 'true' becomes a boolean.
        values = {
            key: value if isinstance(value, (bool, int, float)) else yaml.safe_load(
                perform(value, context))
            for key, value in entry.items()
        }
        with tempfile.NamedTemporaryFile('w', suffix='.yaml', delete=False) as file:
            yaml.safe_dump({'/**': {'ros__parameters': values}}, file)
        return file.name


MODULES = {
    'launch': [LaunchDescription],
    'launch.actions': [DeclareLaunchArgument, SetEnvironmentVariable],
    'launch.conditions': [IfCondition],
    'launch.substitutions': [LaunchConfiguration, PathJoinSubstitution],
    'launch_ros': [],
    'launch_ros.actions': [Node],
    'launch_ros.substitutions': [FindPackageShare],
}


def install():
    """Put the stand-in where imports find it."""
    for name, things in MODULES.items():
        module = types.ModuleType(name)
        module.__path__ = []
        for thing in things:
            setattr(module, thing.__name__, thing)
        sys.modules[name] = module


def describe(path, **arguments):
    """Read a launch file and give the context with its processes."""
    spec = importlib.util.spec_from_file_location(path.name.replace('.', '_'), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = Context(arguments)
    module.generate_launch_description().visit(context)
    return context


class Running:
    """
    The processes of a launch, started; leaving the block stops them as launch does.

    One thread starts again what ended and is to respawn, after its delay.
    """

    def __init__(self, context, log_folder, **environment):
        self._environment = {**os.environ, **context.environment, **environment}
        self._context, self._logs = context, log_folder
        self._processes, self._due = {}, {}
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_up)
        self.respawned = Counter()
        self.exit_codes = {}

    def __enter__(self):
        for name, _ in self._context.processes:
            self._start(name, 'w')
        self._keeper.start()
        return self

    def _start(self, name, mode):
        with (self._logs / f'{name}.log').open(mode) as log:
            self._processes[name] = subprocess.Popen(
                dict(self._context.processes)[name], env=self._environment, stdout=log,
                stderr=subprocess.STDOUT)

    def _keep_up(self):
        while not self._stopping.wait(0.1):
            for name, delay in self._context.respawn_delays.items():
                if self._processes[name].poll() is None:
                    continue
                if time.monotonic() >= self._due.setdefault(name, time.monotonic() + delay):
                    del self._due[name]
                    self._start(name, 'a')
                    self.respawned[name] += 1

    def log(self, name):
        return (self._logs / f'{name}.log').read_text()

    def poll(self):
        return {name: process.poll() for name, process in self._processes.items()}

    def kill(self, name):
        """Kill a process as the kernel does one that took too much memory."""
        self._processes[name].kill()
        self._processes[name].wait()

    def __exit__(self, *_):
        self._stopping.set()
        self._keeper.join()
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        self.exit_codes = {name: _end_of(process) for name, process in self._processes.items()}


def _end_of(process):
    try:
        return process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        return 'had to be killed'
