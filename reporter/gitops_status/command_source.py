"""The source `command`: any program with declared exit codes. Any other code is UNKNOWN."""

from __future__ import annotations

import argparse
import os
from typing import FrozenSet, List, NamedTuple, Optional, Tuple

from .source_finding import (
    File,
    Finding,
    PreparedCheck,
    Refusal,
    Surroundings,
    TargetFinding,
    name_from_bytes,
    out_of_sync,
    synced,
    unknown,
)
from .source_names import repo_path, valid_server

# 124 to 127 come from timeout, env and the shell; higher ones mean that a signal ended the program.
FIRST_RESERVED_CODE = 124


class CodeMeanings(NamedTuple):
    in_sync: FrozenSet[int]
    drift: FrozenSet[int]


def add_command_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--in-sync', metavar='CODE', action='append', default=[],
                        help='exit code (or codes: 0,3) that prove SYNCED')
    parser.add_argument('--drift', metavar='CODE', action='append', default=[],
                        help='exit code (or codes) that prove OUT_OF_SYNC')
    parser.add_argument('--names', metavar='FILE',
                        help='file into which the command writes what has drifted, one name per line')


def prepare_command(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """Runs `words`, with their output in the log. Raises Refusal if the codes prove nothing."""
    meanings = code_meanings(options.in_sync, options.drift)
    if not words:
        raise Refusal('After -- comes the command to run.')
    server = valid_server(context.environ.get('SERVER_NAME') or context.host_name)
    check = context.environ.get('GITOPS_STATUS_CHECK') or 'command ' + _program_name(words[0], context)

    def run() -> List[TargetFinding]:
        before = _stamp(options.names, context)
        outcome = context.run(words, context.environ, context.directory, False)
        names = _written_names(options.names, before, context)
        finding = judge_command(outcome.exit_code, meanings, names)
        return [TargetFinding(server, check, os.path.basename(words[0]), finding)]
    return PreparedCheck(check, server, run)


def code_meanings(in_sync: List[str], drift: List[str]) -> CodeMeanings:
    meanings = CodeMeanings(_codes('--in-sync', in_sync), _codes('--drift', drift))
    if not meanings.in_sync and not meanings.drift:
        raise Refusal('No exit code has a meaning: set --in-sync and --drift.')
    both = meanings.in_sync & meanings.drift
    if both:
        raise Refusal('Exit code %d cannot mean both in sync and drift.' % min(both))
    return meanings


def judge_command(exit_code: Optional[int], meanings: CodeMeanings, names: Optional[List[str]]) -> Finding:
    """`names` is None if the command wrote none: then it is not known what has drifted."""
    files: List[File] = [{'name': name} for name in names or ()]
    if exit_code is None:
        return unknown('not_started', 'The command could not be started: does it exist, and is it executable?')
    if exit_code < 0:
        return unknown('signal', 'Signal %d ended the command.' % -exit_code, files)
    if exit_code in meanings.drift:
        return out_of_sync(files)
    if exit_code not in meanings.in_sync:
        return unknown('exit_code', 'The command ended with exit code %d, which has no meaning.' % exit_code, files)
    if files:
        return unknown('contradiction', 'The exit code %d says in sync, but the command wrote names of what has drifted.'
                       % exit_code, files)
    return synced()


def read_names(text: bytes) -> List[str]:
    """One name per line, each once; empty lines are ignored."""
    lines = (line[:-1] if line.endswith(b'\r') else line for line in text.split(b'\n'))
    return sorted({name_from_bytes(line) for line in lines if line.strip()})


def _codes(option: str, texts: List[str]) -> FrozenSet[int]:
    codes = set()
    for text in ','.join(texts).split(',') if texts else ():
        if not (text.strip().isascii() and text.strip().isdigit()):
            raise Refusal('%s takes exit codes, such as 0 or 0,3.' % option)
        code = int(text)
        if code >= FIRST_RESERVED_CODE:
            raise Refusal('%s cannot take %d: codes from %d on say that the command did not run or was ended.'
                          % (option, code, FIRST_RESERVED_CODE))
        codes.add(code)
    return frozenset(codes)


def _program_name(word: str, context: Surroundings) -> str:
    """A script of the repo is named by its path from the root, another program by its own name."""
    path = os.path.join(context.directory, word)
    if '/' not in word or context.repo_root is None or not os.path.exists(path):
        return os.path.basename(word)
    try:
        return repo_path(path, context.repo_root)
    except Refusal:
        return os.path.basename(word)


def _stamp(names: Optional[str], context: Surroundings) -> Optional[Tuple[int, ...]]:
    if names is None:
        return None
    try:
        status = os.stat(os.path.join(context.directory, names))
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


def _written_names(names: Optional[str], before: Optional[Tuple[int, ...]], context: Surroundings) -> Optional[List[str]]:
    """The names that this run wrote: an older file that was not changed belongs to another run."""
    if names is None or _stamp(names, context) in (None, before):
        return None
    try:
        with open(os.path.join(context.directory, names), 'rb') as file:
            return read_names(file.read())
    except OSError:
        return None
