"""What a source returns: a finding in the words of a report, and what it needs to run its tool."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional

from .texts import one_line

Finding = Dict[str, Any]
File = Dict[str, Any]


class Refusal(Exception):
    """The request cannot prove anything, or cannot be named. Nothing was run; the text says what to do."""


class ProgramOutcome(NamedTuple):
    """How a program ended: `exit_code` is None if it could not be started, negative if a signal ended it."""

    exit_code: Optional[int]
    stdout: bytes = b''
    stderr: bytes = b''


class Surroundings(NamedTuple):
    """What a source may use of its surroundings. `environ` is what the tool may see: it does not have the token.

    `run(argv, environ, directory, capture)` returns a ProgramOutcome; without `capture` the output goes to the log.
    `now()` is seconds since 1970, `host_name` the machine's own name.
    """

    environ: Mapping[str, str]
    directory: str
    repo_root: Optional[str]
    host_name: str
    now: Callable[[], float]
    run: Callable[[List[str], Mapping[str, str], str, bool], ProgramOutcome]


class TargetFinding(NamedTuple):
    """One target, and what was found there. `tool_text` has the tool's own words: it may have secrets, so it is sent
    only if the user asked for full error texts."""

    server: str
    check: str
    tool: str
    finding: Finding
    tool_text: str = ''


class PreparedCheck(NamedTuple):
    """A check that is ready to run. `server` is None if only the run shows which targets there are."""

    check: str
    server: Optional[str]
    run: Callable[[], List[TargetFinding]]


def synced(**more: Any) -> Finding:
    return {'sync_status': 'SYNCED', 'drift_count': 0, 'files': [], **more}


def out_of_sync(files: List[File], error_kind: str = '', error: str = '', **more: Any) -> Finding:
    """With an `error`, the check saw only a part: `drift_count` is a lower bound. Without files it is not known."""
    finding = {'sync_status': 'OUT_OF_SYNC', 'drift_count': len(files) or None, 'files': files, **more}
    if error:
        finding.update(partial=True, error_kind=error_kind, error=error)
    return finding


def unknown(error_kind: str, error: str, files: Optional[List[File]] = None, **more: Any) -> Finding:
    """`files` were found before it was clear that the check cannot tell."""
    finding = {'sync_status': 'UNKNOWN', 'drift_count': len(files or ()) or None, 'files': files or [], **more}
    finding.update(error_kind=error_kind, error=error)
    if files:
        finding['partial'] = True
    return finding


def name_from_bytes(raw: bytes) -> str:
    """Bytes that are not UTF-8 are written as `\\xNN`."""
    return one_line(raw.decode('utf-8', 'surrogateescape'))
