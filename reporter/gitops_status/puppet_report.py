"""The verdict on one noop run of Puppet: how it ended, and what its `last_run_report.yaml` says.

Every scalar of the report is text: `true` and `false` are words.
"""

from __future__ import annotations

import calendar
import re
import time
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .source_finding import File, Finding, out_of_sync, synced, unknown
from .texts import one_line

# Puppet 5 to 8, OpenVox 8.
KNOWN_FORMATS = frozenset(('10', '11', '12'))
# These are no part of the host: they say when and how the others are checked.
NOT_OF_THE_HOST = frozenset(('Schedule', 'Filebucket', 'Notify', 'Stage', 'Class', 'Whit', 'Anchor'))
# If these do not need to run, that proves nothing: the report does not say whether a condition was checked.
NEVER_COMPARES = NOT_OF_THE_HOST | {'Exec'}
TIME = re.compile(r'(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)? ?(Z|[+-]\d\d:?\d\d)')


class Resource(NamedTuple):
    name: str
    kind: str
    facts: Dict[str, Any]

    def says(self, fact: str) -> bool:
        return self.facts.get(fact) == 'true'


def judge_report(exit_code: Optional[int], report: Any, started_at: float, ended_at: float,
                 environment: Optional[str] = None) -> Finding:
    """`report` is None if the run left none; `environment` is the requested one, if any."""
    try:
        return _judge_report(exit_code, report, (started_at, ended_at), environment)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return unknown('parse', 'The report of the run does not have the form of a Puppet report.')


def _judge_report(exit_code: Optional[int], report: Any, bounds: Tuple[float, float],
                  environment: Optional[str]) -> Finding:
    if exit_code is None:
        return unknown('not_started', 'Puppet could not be started: is it installed?')
    if report is None:
        return unknown('no_report', 'The run left no report (exit code %d): the log says why.' % exit_code)
    foreign = _why_foreign(report, bounds, environment)
    if foreign is not None:
        return unknown(*foreign)
    resources = [*_puppet_resources(report)]
    drifted = [one for one in resources if one.says('out_of_sync') and not one.says('changed')]
    files = sorted((_resource_file(one) for one in drifted), key=lambda one: one['name'])
    broken = _why_run_is_partial(exit_code, report, resources)
    if files:
        return out_of_sync(files, *(broken or ()))
    if broken is not None:
        return unknown(*broken)
    if not any(one.kind not in NEVER_COMPARES for one in resources):
        return unknown('nothing_compared', 'The catalog has no resource that compares the host with the repo.')
    if report.get('noop_pending') != 'false' and not _has_notice_only(report):
        return out_of_sync([])
    return synced()


def _why_foreign(report: Any, bounds: Tuple[float, float], environment: Optional[str]) -> Optional[Tuple[str, str]]:
    """Why the report says nothing about this check, as a kind and a sentence."""
    if not isinstance(report, dict) or not isinstance(report.get('resource_statuses'), dict) \
            or report.get('noop_pending') not in ('true', 'false'):
        return 'parse', 'The report of the run does not have the form of a Puppet report.'
    if report.get('report_format') not in KNOWN_FORMATS:
        return 'format', 'The report has an unknown format: only 10 to 12 are known.'
    made_at = _report_instant(report.get('time'))
    # A run that could not make a catalog leaves the report of the run before.
    if made_at is None or not bounds[0] - 1 <= made_at <= bounds[1]:
        return 'stale_report', 'The report is from another run: it says nothing about the state now.'
    if report.get('noop') != 'true':
        return 'not_noop', 'The report is not of a noop run.'
    if report.get('cached_catalog_status') != 'not_used':
        return 'cached_catalog', 'The run used a cached catalog, which may be older than the commit.'
    if environment is not None and report.get('environment') != environment:
        return 'wrong_environment', 'The run used another environment than the one asked for.'
    return None


def _why_run_is_partial(exit_code: int, report: Dict[str, Any], resources: List[Resource]) -> Optional[Tuple[str, str]]:
    failed = [one for one in resources if one.says('failed') or one.says('failed_to_restart')]
    changed = [one for one in resources if one.says('changed')]
    skipped = [one for one in resources if not _is_told_false(one, 'skipped')]
    if failed:
        return 'failed', '%s failed%s.' % _named(failed)
    if changed:
        return 'changed_the_host', '%s was changed by the check itself (noop => false)%s.' % _named(changed)
    if skipped:
        return 'left_out', '%s was skipped (tags, a schedule or a failed dependency)%s.' % _named(skipped)
    if report.get('transaction_completed') != 'true' or report.get('status') != 'unchanged' or exit_code != 0:
        return 'failed', 'The run failed (exit code %d): the log says why.' % exit_code
    return None


def _has_notice_only(report: Dict[str, Any]) -> bool:
    """A `notify` is pending in every noop run."""
    pending = {str(facts.get('resource_type')) for facts in report['resource_statuses'].values()
               if facts.get('out_of_sync') == 'true'}
    return pending == {'Notify'}


def _puppet_resources(report: Dict[str, Any]) -> Iterator[Resource]:
    for reference, facts in report['resource_statuses'].items():
        kind = str(facts.get('resource_type'))
        if kind not in NOT_OF_THE_HOST:
            yield Resource(_name(reference, kind, facts), kind, facts)


def _name(reference: str, kind: str, facts: Dict[str, Any]) -> str:
    title = str(facts.get('title'))
    if kind == 'File' and title.startswith('/'):
        return one_line(title)
    # The title of an exec is often its command line, which may hold a secret.
    if kind == 'Exec' and (re.search(r'\s', title) or len(title) > 100):
        return one_line('Exec at %s:%s' % (facts.get('file') or '?', facts.get('line') or '?'))
    return one_line(reference)


def _resource_file(resource: Resource) -> File:
    """Only a corrective change has a known origin: Puppet also says `false` for some that are corrective."""
    origin = {'origin': 'host'} if resource.says('corrective_change') else {}
    return {'name': resource.name, **origin}


def _is_told_false(resource: Resource, fact: str) -> bool:
    return resource.facts.get(fact) == 'false'


def _named(resources: List[Resource]) -> Tuple[str, str]:
    others = len(resources) - 1
    return min(one.name for one in resources)[:200], ' and %d more' % others if others else ''


def _report_instant(text: Any) -> Optional[float]:
    match = TIME.fullmatch(text if isinstance(text, str) else '')
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    instant = calendar.timegm(time.strptime('%s %s' % (day, clock), '%Y-%m-%d %H:%M:%S')) + float(fraction or 0)
    if zone == 'Z':
        return instant
    digits = zone[1:].replace(':', '')
    offset = 3600 * int(digits[:2]) + 60 * int(digits[2:])
    return instant - offset if zone[0] == '+' else instant + offset
