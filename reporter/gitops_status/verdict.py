"""From observations of a host to the verdict on it. Pure, and the only place that says SYNCED."""

from __future__ import annotations

from .left_out import left_out_of
from .modules import plain_module
from .proof import changes_of_host, drift_in, has_failed, kind_of_task, never_fails, proves

LOCALHOSTS = ('localhost', '127.0.0.1', '::1')


class Rules:
    """The user's settings for verdicts."""

    def __init__(self, compares=(), accepted=(), accepted_patterns=(), full_texts=False):
        self.compares = tuple(compares)
        self.accepted = frozenset(accepted)
        self.accepted_patterns = frozenset(accepted_patterns)
        self.full_texts = full_texts


class Problem:
    """Why something is UNKNOWN. `stops`: it ended the check, so the drift that was found may be incomplete."""

    def __init__(self, kind, text, stops=False):
        self.kind = kind
        self.text = text
        self.stops = stops


class Verdict:
    def __init__(self, host):
        self.host = host.name
        self.implicit = host.implicit
        self.labels = host.labels
        self.status = 'UNKNOWN'
        self.problem = None
        self.items = []
        self.proofs = []
        self.left_out = []
        self.accepted = 0
        self.ignored = 0
        self.rescued = 0
        self.skipped_in_check_mode = 0
        # (setting, lines): the setting that would accept it.
        self.hints = []


def judge(record, rules, problem=None):
    """A verdict per host. `problem`: why nothing from this run may be SYNCED."""
    made = _made_by_check(record)
    causes = _failures(record)
    run_problem = problem or _problem_of_inventory(record)
    verdicts = [_judge_host(host, record, rules, run_problem, made, causes) for _, host in sorted(record.hosts.items())]
    return [verdict for verdict in verdicts if not _is_idle_controller(verdict, verdicts, record)]


def _is_idle_controller(verdict, verdicts, record):
    """The localhost that Ansible adds for a play is no server, unless it is the only one, or drift was found on it."""
    if not verdict.implicit or all(other.implicit for other in verdicts):
        return False
    failed = verdict.problem is not None and verdict.problem.kind in ('task_failed', 'unreachable') and verdict.problem.stops
    return not failed and not verdict.items


def _problem_of_inventory(record):
    if record.unparsed:
        return Problem('parse', 'the inventory source %s cannot be parsed' % ', '.join(record.unparsed))
    return None


def _problem_of_unresolved_plays(record):
    for play in record.plays.values():
        if play.expected is None and not play.started:
            return Problem('not_processed', 'the play "%s" never started, and its hosts depend on earlier plays' % play.name, stops=True)
    return None


def _judge_host(host, record, rules, run_problem, made, causes):
    verdict = Verdict(host)
    tasks = record.tasks
    kinds = [kind_of_task(tasks[result['task']], result, rules.compares) for result in host.results]
    pairs = [(tasks[result['task']], result, kind) for result, kind in zip(host.results, kinds)]
    left = left_out_of(host, record, rules.compares)
    verdict.items = _drift_of(pairs)
    verdict.proofs = _unique(result['name'] for task, result, kind in pairs if proves(task, result, kind, rules.compares))
    verdict.skipped_in_check_mode = left.commands
    _count(verdict, host, pairs)
    problem = (
        run_problem
        or _stopping_problem(host, record, pairs, left, made, causes, rules)
        or _problem_of_unresolved_plays(record)
        or _problem_of_patterns(record, rules, verdict)
        or _problem_of_changes(pairs)
        or _problem_of_unproven(verdict, pairs, rules)
        or _problem_of_left_out(verdict, left, rules)
        or _problem_of_nothing(verdict, pairs, host)
    )
    _decide(verdict, problem, record)
    return verdict


def _decide(verdict, problem, record):
    if problem is not None and record.unparsed:
        # With a wrong inventory, drift may be wrong as well.
        verdict.problem = problem
    elif verdict.items and record.check_mode:
        verdict.status = 'OUT_OF_SYNC'
        verdict.problem = problem if problem is not None and problem.stops else None
    elif problem is not None:
        verdict.problem = problem
    elif verdict.proofs:
        verdict.status = 'SYNCED'


def _unique(names):
    return list(dict.fromkeys(names))


def _count(verdict, host, pairs):
    failed = [(task, result) for task, result, _ in pairs if result['kind'] == 'failed']
    verdict.ignored = sum(result['kind'] == 'ignored' for _, result, _ in pairs)
    verdict.rescued = sum(task['rescued'] for task, _ in failed) if host.counts is None else host.counts.get('rescued', 0)


# ---- Drift


def _drift_of(pairs):
    """All items that drifted, except for paths that a later task of the same host sets absent."""
    found, absent_after = [], []
    for task, result, kind in reversed(pairs):
        for item in reversed(drift_in(task, result, kind)):
            path = item.get('path')
            if path is not None and not item.get('absent'):
                removals = [one for one in found if one.get('absent') == path]
                # If two tasks contradict each other, the path exists, but not as the first task wants it: more
                # important is that it will be removed.
                if removals and item['change'] != 'missing':
                    found = [one for one in found if one not in removals]
                elif _is_under(path, absent_after):
                    continue
            found.append(dict(item, task=result['name'], module=plain_module(task['module'])))
        if kind != 'handler' and not result.get('delegated'):
            absent_after.extend(path for path in _paths_set_absent(result) if path)
    return found[::-1]


def _paths_set_absent(result):
    return [item['absent'] for item in result['items'] if item.get('absent') and not item.get('failed')]


def _is_under(path, roots):
    return any(path == root or path.startswith(root.rstrip('/') + '/') for root in roots)


# ---- What stops a check


def _stopping_problem(host, record, pairs, left, made, causes, rules):
    lost = [(task, result) for task, result, _ in pairs if result['kind'] == 'unreachable']
    if lost or (host.counts or {}).get('dark', 0) > 0:
        return Problem('unreachable', _failure_text(host.name, *lost[-1], what='unreachable', rules=rules) if lost else 'unreachable', stops=True)
    failure = _deciding_failure(host, pairs)
    if failure is not None:
        task, result = failure
        text = _needs_what_was_skipped(task, result, left, made) or _failure_text(host.name, task, result, 'failed', rules)
        return Problem('task_failed', text, stops=True)
    if (host.counts or {}).get('failures', 0) > 0:
        return Problem('task_failed', 'a task failed on %s' % host.name, stops=True)
    return _unfinished(host, record, causes)


def _deciding_failure(host, pairs):
    failed = [(task, result) for task, result, _ in pairs if result['kind'] == 'failed']
    if not failed:
        return None
    if host.counts is None:
        return next(((task, result) for task, result in reversed(failed) if not task['rescued']), None)
    if not host.counts.get('failures', 0):
        return None
    return next(((task, result) for task, result in reversed(failed) if not task['rescued']), failed[-1])


def _failure_text(host, task, result, what, rules):
    said = 'task "%s" (%s) %s on %s' % (result['name'], plain_module(task['module']), 'found the host unreachable' if what == 'unreachable' else what, host)
    if what == 'unreachable':
        said = 'host %s was unreachable in task "%s"' % (host, result['name'])
    paths = _unique(item['path'] for item in result['items'] if item.get('path') and item.get('failed'))
    if paths and not result.get('hidden'):
        said += ': ' + ', '.join(paths[:3])
    if result.get('hidden'):
        return said + ' (no_log hides why)'
    if task['is_async'] and 'async' in result.get('error', ''):
        return said + ': this Ansible cannot run async tasks in check mode'
    return said + ': ' + result['error'] if rules.full_texts and result.get('error') else said


def _needs_what_was_skipped(task, result, left, made):
    """A failure that check mode itself has caused, with its way out."""
    way_out = 'check mode did not; set "check_mode: false" on "%s"'
    for name in task['needs']:
        if name in left.not_registered:
            source = left.not_registered[name]
            return '"%s" needs the result of "%s" (%s), which check mode skipped; set "check_mode: false" on "%s"' % (
                result['name'], source, name, source)
    for path in result.get('paths') or []:
        source = next((maker for known, maker, delegated in made if known == path.rstrip('.:') and (delegated or maker != result['name'])), None)
        if source is not None and source != result['name']:
            return '"%s" needs %s, which "%s" would have made and ' % (result['name'], path.rstrip('.:'), source) + way_out % source
    return None


def _made_by_check(record):
    """[(path, task, delegated)]: paths that would exist if tasks had not run in check mode. Only those that are made
    elsewhere: a file missing on the host itself is drift."""
    made = []
    for host in record.hosts.values():
        for result in host.results:
            if not result.get('real') and result.get('delegated'):
                made.extend((item['path'], result['name'], True) for item in result['items'] if item.get('path') and (item.get('changed') or item.get('differs')))
    return made


def _failures(record):
    """[(host, name of the task)] of everything that failed or was lost, in order of hosts: possible reasons why others
    stopped."""
    found = []
    for name, host in sorted(record.hosts.items()):
        for result in host.results:
            task = record.tasks[result['task']]
            if result['kind'] in ('failed', 'unreachable') and not (task['rescued'] and (host.counts or {}).get('failures', 0) == 0):
                found.append((name, result, task))
    return found


def _because_of(host, causes):
    others = [(name, result) for name, result, _ in causes if name != host.name]
    if not others:
        return ''
    name, result = others[-1]
    return ', because task "%s" failed on %s' % (result['name'], name)


def _unfinished(host, record, causes):
    why = _because_of(host, causes)
    if host.removed:
        return Problem('not_processed', 'a play could not continue with %s' % host.name + why, stops=True)
    if host.stopped or _stopped_by_fellow(host, record, causes):
        return Problem('not_processed', 'the play stopped before it had finished with %s' % host.name + why, stops=True)
    for identity in host.expected_by:
        if identity not in host.started:
            play = record.plays[identity]
            return Problem('not_processed', 'the play "%s" never reached %s' % (play.name, host.name) + why, stops=True)
    if host.counts is None and record.complete and not host.started:
        return Problem('not_processed', 'the run did not reach %s' % host.name + why, stops=True)
    return None


def _stopped_by_fellow(host, record, causes):
    """A fatal failure (any_errors_fatal, run_once) of a host ends the batch for the other hosts."""
    for name, _, task in causes:
        if name != host.name and task['fatal'] and record.hosts[name].started & host.started:
            return True
    return False


# ---- What is not proven


def _problem_of_patterns(record, rules, verdict):
    patterns = [one for one in record.empty_patterns if one not in rules.accepted_patterns]
    if patterns:
        verdict.hints.append(('GITOPS_STATUS_EMPTY_PATTERNS', patterns))
        return Problem('no_hosts', 'the pattern %s in hosts: matches nothing in the inventory' % ', '.join('"%s"' % one for one in patterns))
    only_implicit = record.hosts and all(host.implicit for host in record.hosts.values())
    if only_implicit and any(play.others for play in record.plays.values()) and not record.empty_patterns:
        return Problem('no_hosts', 'only the implicit localhost is left, although a play names other hosts')
    return None


def _problem_of_changes(pairs):
    removed_later = []
    found = None
    written = set()
    for task, result, kind in pairs:
        if result.get('real'):
            written |= {item['path'] for item in result['items'] if item.get('path') and not item.get('absent')}
    for task, result, kind in reversed(pairs):
        items = [item for item in changes_of_host(task, result, kind)
                 if item.get('changed') or not _is_staging(item, removed_later, written)]
        if items:
            found = (task, result)
        removed_later.extend(_paths_set_absent(result))
    if found is None:
        return None
    task, result = found
    return Problem('changed_the_host', 'task "%s" (%s) has check_mode: false and changed the host; if it only reads, give it changed_when: false' % (
        result['name'], plain_module(task['module'])))


def _is_staging(item, removed_later, written):
    path = item.get('path')
    if path is None:
        return False
    return path in written if item.get('absent') else _is_under(path, removed_later)


def _problem_of_unproven(verdict, pairs, rules):
    """Comparing tasks prove nothing if they failed and were ignored or rescued, or if they cannot fail."""
    unproven = []
    for task, result, kind in pairs:
        if kind != 'compares' or drift_in(task, result, kind) or result['kind'] in ('skipped', 'unreachable'):
            continue
        if result['kind'] == 'ok' and not result.get('ran', 1):
            continue
        if has_failed(result):
            unproven.append((result['name'], 'failed, and the failure was %s' % ('ignored' if result['kind'] == 'ignored' else 'rescued')))
        elif never_fails(task):
            unproven.append((result['name'], 'has failed_when: false, which hides whether it failed'))
    open_ones = _not_accepted(verdict, dict(unproven), rules)
    if not open_ones:
        return None
    name, why = open_ones[0]
    return Problem('task_failed', 'task "%s" %s: it proves nothing' % (name, why) + _and_more(open_ones))


def _problem_of_left_out(verdict, left, rules):
    verdict.left_out = list(left.tasks) + [(name, 'tags or --start-at-task leave it out') for name in left.by_tags]
    open_ones = _not_accepted(verdict, dict(left.tasks), rules)
    if left.by_tags and 'tags' in rules.accepted:
        verdict.accepted += len(left.by_tags)
    elif left.by_tags:
        by_tags = _not_accepted(verdict, dict.fromkeys(left.by_tags, 'is left out by tags or --start-at-task'), rules, hint='tags')
        open_ones = open_ones + by_tags
    if not open_ones:
        return None
    name, why = open_ones[0]
    return Problem('left_out', 'a deploy would run "%s", this check did not: %s' % (name, why) + _and_more(open_ones))


def _not_accepted(verdict, named, rules, hint=None):
    open_ones = [(name, why) for name, why in named.items() if name not in rules.accepted]
    verdict.accepted += len(named) - len(open_ones)
    lines = [hint] if hint else [name for name, _ in open_ones]
    if open_ones:
        verdict.hints.append(('GITOPS_STATUS_ACCEPT_LEFT_OUT', lines))
    return open_ones


def _and_more(names):
    return ' (and %d more: %s)' % (len(names) - 1, ', '.join('"%s"' % name for name, _ in names[1:6])) if len(names) > 1 else ''


def _problem_of_nothing(verdict, pairs, host):
    if verdict.proofs:
        return None
    modules = _unique(plain_module(task['module']) for task, result, kind in pairs if kind == 'other' and result['kind'] == 'ok')
    if modules:
        verdict.hints.append(('GITOPS_STATUS_COMPARES', modules))
        hint = '; if %s compares in check mode, add it to GITOPS_STATUS_COMPARES' % ' or '.join(modules)
    else:
        hint = ''
    return Problem('nothing_compared', 'no task compared %s with the repo' % host.name + hint)
