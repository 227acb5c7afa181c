"""Reads what the plugin wrote, line by line. A killed run has written everything up to that point."""

from __future__ import annotations

import json

FORMAT = 2


class Host:
    """What was observed of one host, in order."""

    def __init__(self, name):
        self.name = name
        self.results = []
        self.dropped = []
        self.may_end = []
        self.labels = None
        self.stopped = None
        self.removed = False
        self.counts = None
        self.expected_by = []
        self.started = set()
        self.implicit = False


class Play:
    def __init__(self, identity, name):
        self.identity = identity
        self.name = name
        self.expected = None
        self.started = False
        self.others = False


class Record:
    """The whole run. `hosts` are those that some play was to reach, whether it did or not."""

    def __init__(self):
        self.started = 0
        self.format = None
        self.check_mode = False
        self.tool = 'ansible-core'
        self.complete = False
        self.broken = None
        self.unparsed = []
        self.unknown_in_limit = []
        self.empty_patterns = []
        self.tasks = {}
        self.plays = {}
        # Lists of tasks that a failure in one of them leaves, into a `rescue`.
        self.rescued_blocks = []
        self.hosts = {}
        self.named = set()
        self.cut = False

    def host(self, name):
        if name not in self.hosts:
            self.hosts[name] = Host(name)
        return self.hosts[name]


def read_record(lines):
    """The record made of these lines of JSON. A last line that is cut off means that the run was killed."""
    record = Record()
    for line in lines:
        try:
            event = json.loads(line)
            take = _TAKERS.get(event.get('e'))
            if take is not None:
                take(record, event)
        except (ValueError, AttributeError, KeyError, TypeError):
            record.cut = True
    return record


def bare(record):
    """The same hosts, without anything else about them."""
    hosts = Record()
    hosts.tool = record.tool
    for name, host in record.hosts.items():
        hosts.host(name).implicit = host.implicit
    return hosts


def _start(record, event):
    record.started += 1
    record.format = event.get('format')
    record.check_mode = bool(event.get('check_mode'))
    record.tool = event.get('tool') or record.tool
    record.unparsed = event.get('unparsed') or []
    record.unknown_in_limit = event.get('limited') or []


def _play(record, event):
    play = record.plays.setdefault(event['play'], Play(event['play'], event.get('name') or ''))
    play.others = play.others or bool(event.get('others'))
    if event.get('expected') is not None:
        play.expected = sorted(set(play.expected or []) | set(event['expected']))
    for name in play.expected or []:
        host = record.host(name)
        if play.identity not in host.expected_by:
            host.expected_by.append(play.identity)
    record.named |= set(event.get('named') or [])
    for name in event.get('implicit') or []:
        if name in record.hosts:
            record.hosts[name].implicit = True
    if event['e'] == 'play':
        play.started = True
        for name in event.get('batch') or []:
            record.host(name).started.add(play.identity)
        record.empty_patterns.extend(one for one in event.get('empty') or [] if one not in record.empty_patterns)


def _task(record, event):
    record.tasks[event['id']] = event


def _rescued_block(record, event):
    record.rescued_blocks.append(event.get('tasks') or [])


def _of_hosts(record, event):
    for name in event.get('hosts') or []:
        record.host(name).dropped.append(event['task'])


def _may_end(record, event):
    record.host(event['host']).may_end.append(event['task'])


def _result(record, event):
    record.host(event['host']).results.append(event)


def _labels(record, event):
    record.host(event['host']).labels = event.get('labels') or {}


def _stopped(record, event):
    for name in event.get('hosts') or []:
        record.host(name).stopped = 'stopped'


def _broken(record, event):
    record.broken = record.broken or event.get('what') or 'it failed'


def _end(record, event):
    record.complete = bool(event.get('complete'))
    for name, counts in (event.get('stats') or {}).items():
        record.host(name).counts = counts
    for name in event.get('removed') or []:
        record.host(name).removed = True


_TAKERS = {
    'start': _start,
    'plan': _play,
    'play': _play,
    'task': _task,
    'dropped': _of_hosts,
    'rescued_block': _rescued_block,
    'may_end': _may_end,
    'result': _result,
    'labels': _labels,
    'stopped': _stopped,
    'broken': _broken,
    'end': _end,
}
