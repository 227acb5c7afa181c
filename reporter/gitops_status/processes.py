"""Runs a tool in a process group of its own, so that all of it can be ended: at a time limit, or when the reporter is
ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

KILL_AFTER_S = 10
ENDING_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Ended:
    def __init__(self, code, timed_out, stderr, seconds):
        self.code = code
        self.timed_out = timed_out
        self.stderr = stderr
        self.seconds = seconds


class Interrupted(Exception):
    """A signal asks this program to end. `str()` names it."""


def run_tool(command, environment, timeout_s, stdout=None, directory=None):
    """Runs to the end, the time limit or an Interrupted. Its stderr is passed on, and kept."""
    started = time.monotonic()
    said, timed_out = [], False
    waiting = _HeldSignals()
    try:
        child = subprocess.Popen(command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, start_new_session=True)
    except BaseException:
        waiting.release()
        raise
    try:
        waiting.release()
        reader = threading.Thread(target=_pass_on, args=(child.stderr, said), daemon=True)
        reader.start()
        child.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        timed_out = True
        end_group(child)
    except BaseException:
        end_group(child)
        raise
    reader.join(timeout=KILL_AFTER_S)
    return Ended(child.returncode, timed_out, b''.join(said).decode('utf-8', 'replace'), time.monotonic() - started)


class _HeldSignals:
    """A signal while a child is being started would leave it behind: the signal is handled once the child is known."""

    def __init__(self):
        self._heard = []
        self._handlers = {number: signal.signal(number, lambda heard, _frame: self._heard.append(heard)) for number in ENDING_SIGNALS}

    def release(self):
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for number in self._heard[:1]:
            if callable(self._handlers[number]):
                self._handlers[number](number, None)


def _pass_on(stream, said):
    for line in iter(stream.readline, b''):
        said.append(line)
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()


def end_group(child, patience_s=KILL_AFTER_S):
    for how, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, patience_s)):
        try:
            os.killpg(child.pid, how)
        except ProcessLookupError:
            pass
        try:
            child.wait(timeout=wait_s)
        except subprocess.TimeoutExpired:
            continue
        break
    try:
        os.killpg(child.pid, signal.SIGKILL)  # processes that outlived their leader
    except (ProcessLookupError, PermissionError):
        pass
