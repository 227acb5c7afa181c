"""The real outputs in fixtures/, and the surroundings of a source in tests."""

import calendar
import contextlib
import copy
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, 'fixtures')
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'reporter'))

from gitops_status.source_finding import Surroundings, ProgramOutcome  # noqa: E402


def read_fixture(*names):
    with open(os.path.join(FIXTURES, *names), 'rb') as file:
        return file.read()


def a_plan(number, **changes):
    """The sample of that number; `changes` replaces its keys, None removes one."""
    name = next(one for one in sorted(os.listdir(os.path.join(FIXTURES, 'terraform'))) if one.startswith('%02d-' % number))
    plan = json.loads(read_fixture('terraform', name))
    for key, value in changes.items():
        plan.pop(key, None)
        if value is not None:
            plan[key] = value
    return plan


def made_at(plan):
    return calendar.timegm(time.strptime(plan['timestamp'], '%Y-%m-%dT%H:%M:%SZ'))


def entry_of(plan, address, key='resource_changes'):
    return next(one for one in plan[key] if one['address'] == address)


class Tools:
    """Programs that do not exist: `answers` maps the words of a command line to a ProgramOutcome."""

    def __init__(self, answers):
        self.answers = answers
        self.calls = []

    def run(self, argv, environ, directory, capture):
        self.calls.append((list(argv), dict(environ), directory, capture))
        for words, answer in self.answers:
            if set(words) <= set(argv):
                return answer(argv) if callable(answer) else answer
        return ProgramOutcome(1)


def a_context(tools, directory='/', environ=None, repo_root='/', now=None):
    return Surroundings(
        environ=environ or {}, directory=directory, repo_root=repo_root, host_name='this-host',
        now=now or time.time, run=tools.run,
    )


def copied(value):
    return copy.deepcopy(value)


def run_program(argv, environ, directory, capture):
    """A real program, as the reporter runs it."""
    pipe = subprocess.PIPE if capture else None
    try:
        done = subprocess.run(argv, env=dict(environ), cwd=directory, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    except OSError:
        return ProgramOutcome(None)
    return ProgramOutcome(done.returncode, done.stdout or b'', done.stderr or b'')


def missing(*tools):
    """Those that are missing; PyYAML counts too."""
    return [one for one in tools
            if (importlib.util.find_spec('yaml') if one == 'PyYAML' else shutil.which(one)) is None]


@contextlib.contextmanager
def a_file(text):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'file')
        with open(path, 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        yield path
