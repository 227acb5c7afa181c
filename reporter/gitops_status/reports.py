"""Makes reports, one per target, from verdicts. Pure."""

from __future__ import annotations

import json
import socket

from .texts import error_text, file_name, printable, server_name, without_prefix
from .verdict import LOCALHOSTS

NAMED_FILES_MAX = 1000  # with everything that is known; the others have only names and changes
FILES_MAX = 5000  # only the first; drift_count counts them all
RESOURCES_MAX = 1000
REPORT_BYTES_MAX = 2000000
ORDER = ('OUT_OF_SYNC', 'UNKNOWN', 'SYNCED')


class Context:
    """What every report of this run has: its origin."""

    def __init__(self, **fields):
        self.repo = fields['repo']
        self.server = fields.get('server') or ''
        self.strip_prefix = fields.get('strip_prefix') or ''
        self.common = {key: value for key, value in fields.get('common', {}).items() if value not in (None, '')}


def targets_of(verdicts, context):
    """{target: its verdicts}. The localhost of a pull fleet gets the machine's name: otherwise all would be one target."""
    grouped = {}
    for verdict in verdicts:
        grouped.setdefault(target_of(verdict.host, verdicts, context), []).append(verdict)
    return grouped


def target_of(host, verdicts, context):
    if context.server:
        return context.server
    if host in LOCALHOSTS and all(verdict.host in LOCALHOSTS for verdict in verdicts):
        return machine_name()
    return server_name(host)


def machine_name():
    return server_name(socket.gethostname())


def reports_of(verdicts, context):
    return [_report(target, group, context) for target, group in sorted(targets_of(verdicts, context).items())]


def report_without_record(target, problem, context):
    """UNKNOWN, if not even the hosts were seen."""
    return dict(
        {'repo': context.repo, 'server': target, 'sync_status': 'UNKNOWN', 'drift_count': 0, 'files': []},
        error=error_text(problem.text), error_kind=problem.kind, **context.common)


def report_of_finding(target, finding, context):
    """For a source with its own verdict: its findings already have the words of a report."""
    taken = {entry['name'] for entry in finding['files']}
    files = [_without_prefix(entry, context.strip_prefix, taken) for entry in finding['files']]
    report = dict({'repo': context.repo, 'server': target}, **dict(finding, files=files[:FILES_MAX]))
    if len(files) > FILES_MAX:
        report['files_omitted'] = len(files) - FILES_MAX
    if 'error' in report:
        report['error'] = error_text(report['error'])
    report.update(context.common)
    return fitted(report, REPORT_BYTES_MAX)


def _without_prefix(entry, strip_prefix, taken):
    """The package "foo" and the file "/etc/foo" must stay different."""
    name = without_prefix(entry['name'], strip_prefix)
    return entry if name == entry['name'] or name in taken else dict(entry, name=name, path=entry['name'])


def _report(target, group, context):
    # For several hosts with one name: drift that was found comes first.
    speaker = min(group, key=lambda verdict: ORDER.index(verdict.status))
    # Drift on one of them, and another that could not be checked: the list may be incomplete.
    problem = next((verdict.problem for verdict in [speaker] + group if verdict.problem is not None), None)
    items = [item for verdict in group for item in verdict.items]
    files, resources = _files(items, context.strip_prefix), _resources(items)
    report = {
        'repo': context.repo,
        'server': target,
        'sync_status': speaker.status,
        'drift_count': len(files) + sum(one['count'] for one in resources),
        'files': [{key: one[key] for key in ('name', 'change')} for one in files[:FILES_MAX]] if len(files) > NAMED_FILES_MAX else files,
    }
    if len(files) > FILES_MAX:
        report['files_omitted'] = len(files) - FILES_MAX
    if resources:
        report['resources'] = resources[:RESOURCES_MAX]
    if problem is not None:
        report.update(error_kind=problem.kind, error=error_text(problem.text))
        if items:
            report['partial'] = True
    if len(group) > 1:
        report['hosts'] = sorted(printable(verdict.host) for verdict in group)
    report.update(_totals(group))
    labels = _common_labels(group)
    if labels is not None:
        report['labels'] = labels
    report.update(context.common)
    return fitted(report, REPORT_BYTES_MAX)


def _files(items, strip_prefix):
    """One entry per file; if several tasks are about one, the first one counts."""
    files = {}
    for item in items:
        path = item.get('path')
        if path is None or path in files:
            continue
        told = {key: item[key] for key in ('change', 'task', 'module', 'attributes', 'lines_added', 'lines_removed') if key in item}
        told['task'] = printable(told.get('task', ''))
        files[path] = dict({'name': file_name(path, strip_prefix), 'path': file_name(path, '')}, **told)
    return [files[path] for path in sorted(files)]


def _resources(items):
    resources = {}
    for item in items:
        if item.get('path') is not None:
            continue
        told = {'task': printable(item['task']), 'module': item['module'], 'change': item['change']}
        if item.get('name'):
            told['name'] = printable(item['name'])[:255]
        key = tuple(sorted(told.items()))
        # The same user in two tasks is one finding per task; items without a name can only be counted.
        resources.setdefault(key, dict(told, count=0))
        resources[key]['count'] = 1 if item.get('name') else resources[key]['count'] + 1
    return list(resources.values())


def _totals(group):
    totals = {
        'ignored': sum(verdict.ignored for verdict in group),
        'rescued': sum(verdict.rescued for verdict in group),
        'skipped_in_check_mode': sum(verdict.skipped_in_check_mode for verdict in group),
        'left_out_accepted': sum(verdict.accepted for verdict in group),
    }
    return {key: value for key, value in totals.items() if value}


def _common_labels(group):
    """For several hosts with one name, the labels that they agree on."""
    known = [verdict.labels for verdict in group if verdict.labels is not None]
    if not known:
        return None
    return {key: value for key, value in known[0].items() if all(labels.get(key) == value for labels in known)}


def size_of(report):
    return len(json.dumps(report, ensure_ascii=False).encode('utf-8', 'replace'))


def fitted(report, bytes_max):
    """The report with as many of its files as a request has room for. The count stays unchanged."""
    while size_of(report) > bytes_max and (report['files'] or report.get('resources')):
        kept = len(report['files']) // 2
        report = dict(report, files=report['files'][:kept], files_omitted=report.get('files_omitted', 0) + len(report['files']) - kept)
        if not kept and report.get('resources'):
            report['resources'] = report['resources'][: len(report['resources']) // 2]
    return report
