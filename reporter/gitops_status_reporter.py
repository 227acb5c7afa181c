#!/usr/bin/env python3
# Copyright (c) the gitops-status-server authors
# SPDX-License-Identifier: MIT
#
# Made by build.py from the modules in reporter/gitops_status/: change those.
"""Runs a drift check and reports what is true to a gitops-status-server. --help tells how."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple
from typing import Any, Callable, List, Mapping, Optional
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple
from typing import Any, Dict, Iterator, Optional, Set
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from typing import Callable, Dict, List, NamedTuple, Tuple
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple
from typing import FrozenSet, List, NamedTuple, Optional, Tuple
from typing import Optional
import argparse
import base64
import calendar
import collections
import configparser
import datetime
import email.utils
import fnmatch
import json
import os
import posixpath
import random
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib


# ---- ansible_settings.py
# The user's own Ansible configuration, which ours must not replace. Ansible's order: environment, then ansible.cfg.


def configuration_file(environment, directory):
    """The ansible.cfg in force. One in a directory that anybody may write to is ignored, as in Ansible."""
    named = environment.get('ANSIBLE_CONFIG')
    if named:
        named = os.path.join(directory, os.path.expanduser(named))
        if os.path.isdir(named):
            named = os.path.join(named, 'ansible.cfg')
        if os.path.exists(named):
            return named
    candidates = []
    if not _anybody_may_write(directory):
        candidates.append(os.path.join(directory, 'ansible.cfg'))
    home = environment.get('HOME')
    candidates += [os.path.join(home, '.ansible.cfg')] if home else []
    candidates.append('/etc/ansible/ansible.cfg')
    return next((path for path in candidates if os.path.exists(path)), None)


def _anybody_may_write(directory):
    try:
        return bool(os.stat(directory).st_mode & stat.S_IWOTH)
    except OSError:
        return False


class AnsibleSettings:
    def __init__(self, environment, directory):
        self._environment = environment
        self._directory = directory
        self._file = configuration_file(environment, directory)
        self._parser = configparser.ConfigParser(inline_comment_prefixes=(';',), interpolation=None, strict=False)
        try:
            if self._file:
                self._parser.read(self._file, encoding='utf-8')
        except (configparser.Error, OSError, UnicodeDecodeError):
            pass  # Ansible reports what is wrong with it

    def value(self, variable, key, section='defaults'):
        if self._environment.get(variable) is not None:
            return self._environment[variable]
        return self._parser.get(section, key, fallback=None)

    def callback_plugins(self):
        """The paths of the user's callback plugins, without ours."""
        if self._environment.get('ANSIBLE_CALLBACK_PLUGINS') is not None:
            return self._environment['ANSIBLE_CALLBACK_PLUGINS']
        configured = self._parser.get('defaults', 'callback_plugins', fallback=None)
        if configured is not None:
            return ':'.join(self._resolved(path) for path in configured.strip().strip('"\'').split(':') if path)
        home = self.value('ANSIBLE_HOME', 'home') or '~/.ansible'
        return os.path.join(home, 'plugins/callback') + ':/usr/share/ansible/plugins/callback'

    def _resolved(self, path):
        path = path.replace('{{CWD}}', self._directory).replace('{{ CWD }}', self._directory)
        path = os.path.expandvars(os.path.expanduser(path))
        return path if os.path.isabs(path) else os.path.join(os.path.dirname(os.path.abspath(self._file)), path)

    def printing(self, arguments):
        """The user's setting that makes the log print results, and so possibly the content of files; None if there is
        none."""
        callback = self.value('ANSIBLE_STDOUT_CALLBACK', 'stdout_callback') or 'default'
        verbosity = self.value('ANSIBLE_VERBOSITY', 'verbosity') or '0'
        flags = [one for one in arguments if one.startswith('-v') and set(one[1:]) == {'v'} or one == '--verbose']
        if callback.rsplit('.', 1)[-1] in ('json', 'jsonl', 'minimal', 'oneline'):
            return 'the stdout callback %s' % callback
        if flags or verbosity.strip() not in ('', '0'):
            return flags[0] if flags else 'verbosity %s' % verbosity
        return None


def environment_of_check(environment, directory, plugin_directory, record_path):
    """The environment of Ansible: the user's own, unchanged, plus what our plugin needs. It never has the token."""
    settings = AnsibleSettings(environment, directory)
    child = {name: value for name, value in environment.items() if name != 'GITOPS_STATUS_TOKEN'}
    child['GITOPS_STATUS_FILE'] = record_path
    child['ANSIBLE_CALLBACK_PLUGINS'] = ':'.join(path for path in (settings.callback_plugins(), plugin_directory) if path)
    # Since 2.21 results have no invocation by default, and so no names of users and packages.
    if settings.value('ANSIBLE_INJECT_INVOCATION', 'inject_invocation') is None:
        child['ANSIBLE_INJECT_INVOCATION'] = '1'
    # So the check leaves no compiled plugin in the working copy.
    child.setdefault('PYTHONDONTWRITEBYTECODE', '1')
    return child, settings


# ---- texts.py
# Names and texts in the form that the server accepts: printable, bounded, and still different from each other.


NAME_LENGTH = 4096
ERROR_LENGTH = 500
_UNPRINTABLE_CHARACTERS = '\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff'
_UNPRINTABLE = re.compile('[%s]' % _UNPRINTABLE_CHARACTERS)
# Also before text that is about to become an escape.
_LOOKS_ESCAPED = re.compile(r'\\(?=[xu\\%s])' % _UNPRINTABLE_CHARACTERS)
_SERVER_FORBIDDEN = re.compile(r'[^A-Za-z0-9._:@/+~-]')
SERVER_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._:@/+~-]{0,254}\Z')


def printable(text):
    """
    One line: control characters become `\x0a` or `\u0085`, bytes that are not UTF-8 `\x85`. A backslash that could look
    like the start of one is doubled, so different texts stay different.
    """
    return _UNPRINTABLE.sub(_escape, _LOOKS_ESCAPED.sub(r'\\\\', text))


def _escape(match):
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8
        return '\\x%02x' % (code - 0xDC00)
    return '\\x%02x' % code if code < 0x80 else '\\u%04x' % code


def shortened(text, length):
    """
    At most `length` UTF-16 units, as the server counts. Texts that differ beyond them stay different, by the length and
    the end of the text.
    """
    if len(_utf16(text)) <= 2 * length:
        return text
    end = '…%d…%s' % (len(text), text[-64:])
    return _utf16(text)[: 2 * length - len(_utf16(end))].decode('utf-16-le', 'ignore') + end


def _utf16(text):
    return text.encode('utf-16-le', 'surrogatepass')


def file_name(path, strip_prefix):
    return shortened(without_prefix(printable(path), strip_prefix), NAME_LENGTH)


def without_prefix(path, strip_prefix):
    return path[len(strip_prefix):] or path if strip_prefix and path.startswith(strip_prefix) else path


def one_line(name):
    """The name of a thing that is no file with a known path."""
    return file_name(name, '')


def server_name(host):
    name = _SERVER_FORBIDDEN.sub('_', host).lstrip('_')[:255]
    return name if SERVER_NAME.match(name) else ('host-' + name)[:255]


def redacted(text):
    text = re.sub(r'://[^/@\s]*@', '://***@', text)
    return re.sub(
        r'(?i)((?:passw(?:or)?d|passphrase|token|secret|api.?key|credentials?)["\']?\s*[=:]\s*)\S+', r'\1***', text)


def error_text(text):
    return printable(redacted(text.split('\n')[0]))[:ERROR_LENGTH]


# ---- explain.py
# --explain: per host, which tasks prove what, and which were left out. Pure.


def explanation_of(verdicts):
    lines = []
    for verdict in verdicts:
        lines.append('%s: %s' % (verdict.host, verdict.status))
        if verdict.problem is not None:
            lines.append('  because (%s): %s' % (verdict.problem.kind, verdict.problem.text))
        lines.extend('  compared by: %s' % name for name in verdict.proofs)
        lines.extend('  drifted: %s %s (task "%s", %s)' % (item['change'], item.get('path') or item.get('name') or '-', item['task'], item['module'])
                     for item in verdict.items)
        lines.extend('  left out: %s (%s)' % (name, why) for name, why in verdict.left_out)
        if verdict.accepted:
            lines.append('  accepted by GITOPS_STATUS_ACCEPT_LEFT_OUT: %d' % verdict.accepted)
        if verdict.skipped_in_check_mode:
            lines.append('  commands that check mode skips: %d' % verdict.skipped_in_check_mode)
    return [printable(line) for line in lines]


# ---- client.py
# HTTP to the server: one request, one answer, never a redirect, and the token only in a header.


CONNECT_TIMEOUT_S = 5
ANSWER_BYTES_MAX = 32 * 1024 * 1024


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        try:
            return json.loads(self.body.decode('utf-8'))
        except ValueError:
            return None


class NoAnswer(Exception):
    """No answer, or not in time."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


class Client:
    def __init__(self, url, token, timeout_s):
        self.url, self._authorization = _without_credentials(url)
        if token:
            self._authorization = 'Bearer ' + token
        self.timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_NoRedirects())

    def post_reports(self, body, timeout_s=None):
        return self._ask('POST', '/api/v1/reports', body, timeout_s)

    def status_of(self, repo, timeout_s=None):
        return self._ask('GET', '/api/v1/status?' + urllib.parse.urlencode({'repo': repo}), None, timeout_s)

    def gate(self, query, timeout_s):
        return self._ask('GET', '/api/v1/gate?' + urllib.parse.urlencode(query), None, timeout_s)

    def declare(self, repo, server):
        return self._ask('PUT', '/api/v1/targets?' + urllib.parse.urlencode({'repo': repo, 'server': server}), None, None)

    def _ask(self, method, path, body, timeout_s):
        timeout_s = timeout_s or self.timeout_s
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header('Accept', 'application/json')
        if body is not None:
            request.add_header('Content-Type', 'application/json')
        if self._authorization:
            request.add_unredirected_header('Authorization', self._authorization)
        until = time.monotonic() + timeout_s
        try:
            try:
                response = self._opener.open(request, timeout=timeout_s)
            except urllib.error.HTTPError as refusal:
                response = refusal
            with response:
                return Answer(response.status if hasattr(response, 'status') else response.code, response.headers, _read(response, until))
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise NoAnswer(_reason(error))
        except Exception as error:  # http.client has its own family of errors
            if type(error).__module__ != 'http.client':
                raise
            raise NoAnswer(type(error).__name__)


def _without_credentials(url):
    """(address, Authorization): a name and password in an address go into a header, and never into a log or file."""
    parts = urllib.parse.urlsplit(url)
    user, at, host = parts.netloc.rpartition('@')
    if not at:
        return url, ''
    encoded = base64.b64encode(urllib.parse.unquote(user).encode('utf-8')).decode('ascii')
    return urllib.parse.urlunsplit(parts._replace(netloc=host)), 'Basic ' + encoded


def _read(response, until):
    chunks, size = [], 0
    while True:
        chunk = response.read1(65536) if hasattr(response, 'read1') else response.read(65536)
        if not chunk:
            return b''.join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if size > ANSWER_BYTES_MAX or time.monotonic() > until:
            raise TimeoutError('the answer did not end')


def _reason(error):
    reason = getattr(error, 'reason', None) or error
    return str(reason) or type(error).__name__


# ---- known_targets.py
# The targets of a check according to the server: for a run that ended before it knew them itself.


def targets_of_check(client, repo, check, log, timeout_s=None):
    """(the targets whose newest report is from this same check, whether the server did not answer)"""
    try:
        answer = client.status_of(repo, timeout_s)
    except NoAnswer as error:
        log('the server cannot be asked which servers this check has reported about: %s' % error)
        return set(), True
    rows = answer.json()
    if answer.status != 200 or not isinstance(rows, list):
        log('the server does not tell which servers this check has reported about: it answered %d' % answer.status)
        return set(), True
    mine = [row for row in rows if isinstance(row, dict) and row.get('repo') == repo and row.get('check') == check]
    return {row['server'] for row in mine if isinstance(row.get('server'), str)}, False


# ---- observation.py
# What a check of any kind gives to the delivery: reports, and what could not be reported.


class Observation:
    def __init__(self, reports=(), incomplete=False, declared=(), explanation=()):
        self.reports = list(reports)
        # A report is missing that should be there: the run has failed, whatever the reports say.
        self.incomplete = incomplete
        # Servers of this check, reported or not.
        self.declared = sorted(declared)
        self.explanation = list(explanation)


# ---- processes.py
# Runs a tool in a process group of its own, so that all of it can be ended: at a time limit, or when the reporter is ended.


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


# ---- record.py
# Reads what the plugin wrote, line by line. A killed run has written everything up to that point.


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


# ---- expressions.py
# The variables that a condition or an argument of a playbook reads. Shared by the plugin and the reporter; needs no Ansible.


CHECK_MODE = 'ansible_check_mode'

# Words of Jinja that name no variable. Filters and tests may count as variables: that only asks for one name too many.
_WORDS = frozenset('and or not in is if else true false none True False None'.split())
_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_NAME = re.compile(r'(?<![\w.])[A-Za-z_]\w*')
_INDIRECT = re.compile(r'\b(?:hostvars|vars|lookup|query|q)\b')
_TEMPLATE = re.compile(r'\{\{(.*?)\}\}|\{%(.*?)%\}', re.DOTALL)


def names_in_expression(text):
    """The variables that a bare expression (`when`, `changed_when`) may read. `vars['x']` and `x.y` also name x."""
    text = str(text)
    quoted = re.findall(r"\[\s*['\"]([A-Za-z_]\w*)['\"]\s*\]", text)
    if _INDIRECT.search(text):
        # `hostvars[x].y`, `lookup('vars', 'y')`: the name is an attribute or a text.
        quoted += re.findall(r'[A-Za-z_]\w*', text)
    templates = ' '.join(a or b for a, b in _TEMPLATE.findall(text))
    bare = _STRING.sub("''", text) + ' ' + _STRING.sub("''", templates)
    return (set(_NAME.findall(bare)) | set(quoted)) - _WORDS


def names_in_template(value, depth=0):
    """The variables that a value of a playbook may read: only names between braces."""
    if isinstance(value, str):
        found = set()
        for expression, statement in _TEMPLATE.findall(value):
            found |= names_in_expression(expression or statement)
        return found
    if depth > 8:
        return set()
    if isinstance(value, dict):
        value = list(value.keys()) + list(value.values())
    if isinstance(value, (list, tuple)):
        return set().union(set(), *(names_in_template(part, depth + 1) for part in value))
    return set()


def names_behind(names, variables, limit=12):
    """`names`, and the names in their values, through variables of variables."""
    known, fresh = set(), set(names)
    for _ in range(limit):
        fresh -= known
        if not fresh:
            break
        known |= fresh
        behind = set()
        for name in fresh:
            # A mapping of all facts names nothing itself, and is large.
            if name in variables and not name.startswith(('ansible_facts', 'hostvars', 'vars')):
                behind |= names_in_template(variables[name])
        fresh = behind
    return known


def is_constant(conditions):
    """Whether a list of conditions always has the same result: `false`, `"no"`, `1 == 2`."""
    return all(isinstance(one, (bool, int, type(None))) or not names_in_expression(one) - _YES_NO for one in conditions)


def is_never(conditions):
    """Whether a list of conditions, all of which must hold, can never hold: `failed_when: false`."""
    return bool(conditions) and any(one is False or str(one).strip().lower() in ('false', 'no', 'off', 'never') for one in conditions)


_YES_NO = frozenset('yes no on off never always'.split())


# ---- modules.py
# Which modules compare a host with the repo in check mode, and which only read. No other module counts as either.


# Modules with full check mode: "ok" means that the host is as the task wants it. Modules of collections are in it if
# their documentation says so.
COMPARES = frozenset(
    """
    copy template file lineinfile blockinfile replace assemble get_url git subversion unarchive
    apt apt_key apt_repository deb822_repository debconf dnf dnf5 yum yum_repository package pip rpm_key dpkg_selections
    user group service systemd systemd_service sysvinit cron hostname iptables known_hosts
    win_copy win_template
    ansible.posix.acl ansible.posix.authorized_key ansible.posix.firewalld ansible.posix.mount ansible.posix.patch
    ansible.posix.seboolean ansible.posix.selinux ansible.posix.synchronize ansible.posix.sysctl
    ansible.windows.win_copy ansible.windows.win_template ansible.windows.win_file ansible.windows.win_service
    ansible.windows.win_feature ansible.windows.win_regedit ansible.windows.win_user ansible.windows.win_group
    community.crypto.openssl_csr community.crypto.openssl_dhparam community.crypto.openssl_pkcs12
    community.crypto.openssl_privatekey community.crypto.openssl_publickey community.crypto.openssh_keypair
    community.crypto.x509_certificate
    community.general.alternatives community.general.apk community.general.cronvar
    community.general.dconf community.general.filesystem community.general.flatpak community.general.git_config
    community.general.htpasswd community.general.ini_file community.general.interfaces_file
    community.general.kernel_blacklist community.general.locale_gen community.general.lvg community.general.lvol
    community.general.modprobe community.general.nmcli community.general.npm community.general.pacman
    community.general.pam_limits community.general.pamd community.general.parted community.general.sefcontext
    community.general.seport community.general.snap community.general.ssh_config community.general.sudoers
    community.general.sysrc community.general.timezone community.general.ufw community.general.xattr
    community.general.xml community.general.zypper community.general.zypper_repository
    """.split()
)

# These look at a host, the controller or the play. If they are "ok" that says nothing about drift, nor does leaving one
# out.
READS = frozenset(
    """
    add_host assert async_status debug fail fetch find gather_facts getent group_by include_vars import_role import_tasks
    meta mount_facts package_facts pause ping service_facts set_fact set_stats setup slurp stat tempfile uri
    validate_argument_spec wait_for wait_for_connection include_role include_tasks import_playbook
    win_ping win_stat win_wait_for win_reg_stat win_whoami win_find ansible.windows.win_ping ansible.windows.win_stat
    ansible.windows.win_reg_stat ansible.windows.win_whoami ansible.windows.win_wait_for
    community.general.read_csv
    """.split()
)

# Including does not look at a host: tasks that are not included are not checked.
INCLUDES = frozenset('include include_role include_tasks import_role import_tasks'.split())

# Their effect is not known: check mode skips them, unless they say what they make or how to look at it.
COMMANDS = frozenset('command shell script raw win_command win_shell ansible.windows.win_command ansible.windows.win_shell'.split())

# They change the inventory in memory, or files of the controller: no server has drifted.
NO_DRIFT = frozenset('add_host group_by fetch set_fact set_stats include_vars tempfile meta'.split())


def plain_module(name):
    """`ansible.builtin.copy` is `copy`; modules of collections keep their full name."""
    for prefix in ('ansible.builtin.', 'ansible.legacy.'):
        if name.startswith(prefix):
            return name[len(prefix):]
    return name


def _listed(module, names):
    # A short name of a collection's module (a redirect, or a role older than collections) is that module.
    return module in names or ('.' not in module and any(name.endswith('.' + module) for name in names))


def is_command(module):
    return module in COMMANDS


def is_named(module, patterns):
    """Whether GITOPS_STATUS_COMPARES names this module: whole, short, or by a glob (`community.docker.*`)."""
    full = module if '.' in module else 'ansible.builtin.' + module
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns for name in (module, full, module.rsplit('.', 1)[-1]))


def compares(module):
    return _listed(module, COMPARES)


def reads(module):
    return _listed(module, READS) or module.endswith(('_info', '_facts'))


# ---- differences.py
# What may be reported about a difference that a module found: where, and of what kind. Never content, never a hash of it.


# Where the controller stores a rendered template or an uploaded source: never the name of a managed file.
TEMPORARY_PATH = re.compile(r'/ansible-local-|/\.ansible/tmp/|/ansible-tmp-|/\.ansible_tmp|^/dev/null$')
HEADER_LABEL = re.compile(r' \((?:content|file attributes)\)$')
ATTRIBUTES = ('mode', 'owner', 'group')
# The plugin's note of the managed file, beside Ansible's own keys of a difference.
PATH_NOTE = 'gitops_status_path'

# If an item has several differences (lineinfile: content and attributes), the gravest names the change.
GRAVITY = ('missing', 'extra', 'content', 'attributes', 'changed')

# These have no file of their own: people look for the name of the user, the package, the unit, the host.
NAMED = frozenset(
    'user group package apt dnf dnf5 yum pip service systemd systemd_service sysvinit cron hostname known_hosts '
    'apt_key apt_repository deb822_repository yum_repository rpm_key debconf iptables getent'.split()
)
NAME_ARGUMENTS = ('name', 'pkg', 'package', 'deb', 'repo', 'question', 'id')
# If a line editor makes its file, it reports a single difference, without one of attributes.
LINE_EDITORS = frozenset(('lineinfile', 'blockinfile', 'ini_file'))


def short_name(module):
    return module.rsplit('.', 1)[-1]


def clean_path(path):
    """One spelling per file: `etc//a.conf` is `etc/a.conf`."""
    return re.sub(r'^//+', '/', posixpath.normpath(path)) if path else path


def managed_path(value):
    """The path in a diff header, or None if it names a temporary file or no file at all."""
    if not isinstance(value, str):
        return None
    path = HEADER_LABEL.sub('', value)
    return path if path.startswith('/') and not TEMPORARY_PATH.search(path) else None


def _lines_of(text):
    return (text[:-1] if text.endswith('\n') else text).split('\n') if text else []


def count_lines(before, after):
    lines_before, lines_after = collections.Counter(_lines_of(before)), collections.Counter(_lines_of(after))
    return {
        'lines_added': sum((lines_after - lines_before).values()),
        'lines_removed': sum((lines_before - lines_after).values()),
    }


def _describe_states(before, after):
    """Differences of the file module: two dictionaries of attributes."""
    states = before.get('state'), after.get('state')
    if states[1] == 'touch' and states[0] not in ('absent', None):
        states = states[0], states[0]
    if states[1] == 'absent':
        return {'change': 'extra'}
    if states[0] == 'absent':
        return {'change': 'missing'}
    if states[0] != states[1] and None not in states:
        return {'change': 'content'}
    if before.get('src') != after.get('src'):
        return {'change': 'content'}
    others = [name for name in set(before) | set(after) if name not in ('state', 'path') and before.get(name) != after.get(name)]
    if not others and states[0] == states[1]:
        return None
    attributes = {
        name: {'before': before.get(name), 'after': after.get(name)}
        for name in ATTRIBUTES
        if name in after and before.get(name) != after.get(name)
    }
    return dict({'change': 'attributes'}, **({'attributes': attributes} if attributes else {}))


def describe_diff(diff):
    """One entry of a result's `diff` as {change, …}, or None if it says nothing."""
    if not isinstance(diff, dict) or not set(diff) - {PATH_NOTE}:
        return None
    before, after = diff.get('before'), diff.get('after')
    if isinstance(before, dict) or isinstance(after, dict):
        before, after = (side if isinstance(side, dict) else {} for side in (before, after))
        return _describe_states(before, after) if before != after else None
    absent = not before and not managed_path(diff.get('before_header')) and 'before' in diff
    change = 'missing' if absent else 'content'
    if any(key in diff for key in ('src_binary', 'dst_binary', 'src_larger', 'dst_larger', 'prepared')):
        return {'change': change}
    if not isinstance(before, (str, type(None))) or not isinstance(after, (str, type(None))):
        return {'change': 'changed'} if before != after else None
    if (before or '') == (after or '') and not absent:
        return None
    if absent and 'after' not in diff and not before:
        return None
    return dict({'change': change}, **count_lines(before or '', after or ''))


def diffs_of(result):
    diffs = result.get('diff')
    return [diff for diff in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(diff, dict) and diff]


def arguments_of(result):
    invocation = result.get('invocation') if isinstance(result.get('invocation'), dict) else {}
    arguments = invocation.get('module_args')
    return arguments if isinstance(arguments, dict) else {}


def _in_directory(path, arguments):
    """`dest: /etc/rsyslog.d/` means the file of that name in the directory."""
    source = arguments.get('_original_basename') or arguments.get('src')
    if path.endswith('/') and isinstance(source, str) and source and not source.endswith('/'):
        return posixpath.join(path, posixpath.basename(source))
    return path


def path_of(result, diffs, arguments):
    """The place of the managed file. Modules return it under different keys; this order fits them all."""
    for diff in diffs:
        path = managed_path(diff.get(PATH_NOTE)) or managed_path(diff.get('before_header'))
        if path:
            return path
    for diff in diffs:
        for side in (diff.get('after'), diff.get('before')):
            if isinstance(side, dict) and isinstance(side.get('path'), str):
                return side['path']
    for holder, key in ((result, 'dest'), (result, 'path'), (arguments, 'dest'), (arguments, 'path'), (arguments, 'name')):
        path = holder.get(key)
        if key == 'name' and not (isinstance(path, str) and path.startswith('/')):
            continue
        if isinstance(path, str) and path and not TEMPORARY_PATH.search(path):
            return _in_directory(path, arguments)
    return None


def _name_of(module, result, arguments):
    """What people look for if there is no file: the user, the packages, the unit, the host."""
    for key in NAME_ARGUMENTS:
        value = arguments.get(key) if key in arguments else (result.get(key) if key == 'name' else None)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            return ', '.join(value)
    return None


def _is_hidden(result):
    return 'censored' in result or bool(result.get('_ansible_no_log'))


def _change_without_diff(module, result, arguments):
    if module == 'file' and arguments.get('state') == 'touch':
        # For an existing file, attributes would have been compared, and a diff would have them.
        return 'missing'
    if module == 'file':
        # For a whole tree (`recurse`) the module does not say which file differs, or how: only attributes can be meant.
        return 'extra' if arguments.get('state') == 'absent' else 'attributes'
    if 'checksum_dest' in result:
        return 'missing' if not result['checksum_dest'] else 'content'
    if module == 'git' and 'before' in result:
        return 'missing' if not result['before'] else 'content'
    return 'changed'


def describe_item(module, result, fallback=None):
    """
    A result, or an item of a loop, as the list of what may be reported about it: mostly one entry, for a directory one
    per file. `fallback` has the arguments of the task if the result lacks them.
    """
    module = short_name(module)
    if _is_hidden(result):
        return [{'change': 'hidden'}]
    diffs = diffs_of(result)
    arguments = arguments_of(result) or fallback or {}
    noted = [diff for diff in diffs if isinstance(diff.get(PATH_NOTE), str)]
    if len(noted) > 1:
        return [_describe_one(module, result, [diff], arguments) for diff in noted]
    return [_describe_one(module, result, diffs, arguments)]


def _describe_one(module, result, diffs, arguments):
    described = [known for known in map(describe_diff, diffs) if known]
    differs = bool(described)
    gravest = min(described, key=lambda known: GRAVITY.index(known['change']), default=None)
    if gravest is None:
        gravest = {'change': _change_without_diff(module, result, arguments)}
    if module in LINE_EDITORS and isinstance(result.get('diff'), dict) and result['diff'].get('before') == '':
        gravest['change'] = 'missing'
    item = dict(gravest, **({'differs': True} if differs else {}))
    path = None if module in NAMED else path_of(result, diffs, arguments)
    if path is not None:
        item['path'] = clean_path(path)
        return item
    name = _name_of(module, result, arguments)
    if name is not None:
        item['name'] = name
    return item


def sets_absent(module, result, fallback=None):
    """The path that this result leaves absent, or None."""
    arguments = arguments_of(result) or fallback or {}
    path = arguments.get('path') or arguments.get('dest') or result.get('path')
    if short_name(module) in ('file', 'win_file') and arguments.get('state') == 'absent' and isinstance(path, str):
        return clean_path(path)
    return None


def parts_of(result):
    """The items of a loop, or the result itself. Newer Ansibles show the items even with no_log."""
    items = None if 'censored' in result else result.get('results')
    if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
        return items
    return [result]


# ---- proof.py
# What one result proves: whether its task compares, and which of its items are drift. Pure.


CACHE_ARGUMENTS = frozenset('update_cache cache_valid_time update_cache_retries update_cache_retry_max_delay lock_timeout'.split())
PACKAGE_MANAGERS = frozenset('apt dnf dnf5 yum package apk pacman zypper'.split())


def kind_of_task(task, result, named):
    """`compares`, `reads`, `command` (runs only for its effect), `handler` or `other`. `named`: GITOPS_STATUS_COMPARES."""
    module = plain_module(task['module'])
    if task['handler']:
        return 'handler'
    if result is not None and result.get('read'):
        return 'reads'
    if is_named(module, named):
        return 'compares'
    if is_command(module):
        return 'compares' if _command_compares(task, result) else 'command'
    if reads(module) or _only_refreshes(module, task):
        return 'reads'
    return 'compares' if compares(module) else 'other'


def _command_compares(task, result):
    if _tells_by_condition(task) and result is not None and result.get('real'):
        return True
    return bool({'creates', 'removes'} & set(task['arguments']))


def _tells_by_condition(task):
    return bool(task['changed_when']) and not is_constant(task['changed_when'])


def _only_refreshes(module, task):
    """`apt: update_cache` alone checks no package: an old list is no drift."""
    arguments = set(task['arguments'])
    return short_name(module) in PACKAGE_MANAGERS and bool(arguments) and arguments <= CACHE_ARGUMENTS


def hides_changes(task):
    return bool(task['changed_when'])


def is_drift_module(task, kind):
    module = plain_module(task['module'])
    if kind == 'handler' or module in NO_DRIFT:
        return False
    # A task that only reads has found drift if the playbook itself says how to tell.
    return kind != 'reads' or _tells_by_condition(task)


def drift_in(task, result, kind):
    """The items of a result that are drift of its host."""
    if result.get('read') or not is_drift_module(task, kind):
        return []
    if result.get('real'):
        # It ran for real. What a condition says (`changed_when: r.rc == 1`) was found, everything else was done.
        if result.get('delegated') or not (is_command(plain_module(task['module'])) or kind == 'reads') or not _tells_by_condition(task):
            return []
    return [item for item in result['items'] if _is_drift(item, task, result, kind)]


def _is_drift(item, task, result, kind):
    if item.get('failed'):
        # A failed command also says "changed", but found nothing; `failed_when: it is changed` did.
        return bool(item.get('changed') and item.get('by_condition'))
    if item.get('changed'):
        return True
    # `changed_when: false` does not remove a difference.
    return hides_changes(task) and bool(item.get('differs')) and not result.get('delegated') and kind != 'reads'


def changes_of_host(task, result, kind):
    """Whether a task with `check_mode: false` changed the host itself."""
    if not result.get('real') or result.get('delegated') or result.get('read') or kind == 'handler':
        return []
    module = plain_module(task['module'])
    if module in NO_DRIFT or module == 'tempfile':
        return []
    if _tells_by_condition(task) and (is_command(module) or kind == 'reads'):
        return []
    hidden = hides_changes(task) and kind != 'reads'
    # A failed command also says "changed".
    return [item for item in result['items'] if not item.get('failed') and (item.get('changed') or (hidden and item.get('differs')))]


def proves(task, result, kind, named):
    """Whether this result shows that its host was compared with the repo."""
    if result['kind'] not in ('ok', 'failed', 'ignored') or kind not in ('compares', 'other'):
        return False
    if result.get('delegated') and not is_named(plain_module(task['module']), named):
        return False
    if kind == 'other' or has_failed(result) or never_fails(task):
        return bool(drift_in(task, result, kind))
    return result['kind'] == 'ok' and result.get('ran', 1) > 0


def has_failed(result):
    return result['kind'] in ('failed', 'ignored') or any(item.get('failed') for item in result['items'])


def never_fails(task):
    return is_never(task['failed_when'])


# ---- left_out.py
# What a deploy would run and this check did not. Pure.


NEVER = frozenset('fail wait_for wait_for_connection async_status pause tempfile'.split())


class LeftOut:
    """What was left out on one host: names of tasks, each with the reason; and how many commands check mode skipped."""

    def __init__(self):
        self.tasks = []
        self.by_tags = []
        self.commands = 0
        # What check mode skipped, by the name of the missing result: {register: name of the task}.
        self.not_registered = {}

    def add(self, name, why):
        if name not in (known for known, _ in self.tasks):
            self.tasks.append((name, why))


def left_out_of(host, record, named):
    tasks = record.tasks
    found = LeftOut()
    seen = []
    for result in host.results:
        task = tasks[result['task']]
        seen.append(result['task'])
        why = _why_left_out(task, result, found.not_registered)
        if why is not None:
            _note(found, task, result, why, named)
        else:
            for name in task['registers']:
                # A later task with the same register did run.
                found.not_registered.pop(name, None)
        if plain_module(task['module']) == 'git' and task['force'] and result['kind'] == 'ok' and not any(item.get('changed') for item in result['items']):
            found.add(result['name'], 'with force, git does not report edited files in check mode')
    _note_rescued(found, host, record, seen, named)
    for identity in host.dropped:
        task = tasks[identity]
        if identity not in seen:
            _note_dropped(found, task, named)
    for identity in host.may_end:
        _note_end(found, tasks[identity], record, seen)
    return found


def _why_left_out(task, result, not_registered):
    """Why a result, or items of it, are left out; None if a deploy would not have run it either."""
    for skip in result.get('skips') or []:
        if skip['by'] in ('check_mode', 'other'):
            return 'its module has no check mode'
        names = skip.get('names') or []
        if CHECK_MODE in names and skip.get('would_run', True) is not False:
            return 'its condition depends on ansible_check_mode'
        source = next((not_registered[name] for name in names if name in not_registered), None)
        if source is not None:
            return 'its condition reads the result of "%s", which check mode skipped' % source
    return None


def _note(found, task, result, why, named):
    module = plain_module(task['module'])
    for name in task['registers']:
        found.not_registered[name] = result['name']
    if task['handler']:
        return
    if is_command(module):
        found.commands += 1
    elif module in INCLUDES or kind_of_task(task, result, named) != 'reads' and module not in NEVER:
        found.add(result['name'], why)


def _note_dropped(found, task, named):
    module = plain_module(task['module'])
    if is_command(module) and kind_of_task(task, None, named) == 'command':
        found.commands += 1
    elif module in INCLUDES or kind_of_task(task, None, named) != 'reads' and module not in NEVER:
        if task['name'] not in found.by_tags:
            found.by_tags.append(task['name'])


def _note_rescued(found, host, record, seen, named):
    """Tasks that did not run because of a rescued failure. If the playbook itself says `fail`, a deploy does not run
    them either."""
    for result in host.results:
        task = record.tasks[result['task']]
        if result['kind'] != 'failed' or plain_module(task['module']) in ('fail', 'assert'):
            continue
        for inside in record.rescued_blocks:
            if result['task'] not in inside:
                continue
            for identity in inside[inside.index(result['task']) + 1:]:
                missed = record.tasks[identity]
                if identity not in seen and kind_of_task(missed, None, named) not in ('reads', 'command', 'handler'):
                    found.add(missed['name'], 'it did not run, because "%s" failed and was rescued' % result['name'])


def _note_end(found, task, record, seen):
    # If the condition did not hold, Ansible reports the skip (for end_play and end_batch once for all hosts). If it
    # held, nothing more is reported for this host.
    if task['meta'] in ('end_play', 'end_batch'):
        seen = [result['task'] for host in record.hosts.values() for result in host.results]
    if task['id'] not in seen:
        name = task['name'] if task['name'] != 'meta' else 'meta: ' + (task['meta'] or '')
        found.add(name, 'it ends the check because of ansible_check_mode')


# ---- verdict.py
# From observations of a host to the verdict on it. Pure, and the only place that says SYNCED.


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


# ---- reports.py
# Makes reports, one per target, from verdicts. Pure.


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


# ---- ci.py
# The origin of a run according to the CI: Woodpecker, GitHub (Gitea, Forgejo), GitLab, Jenkins, Drone, or else git.


class Origin:
    def __init__(self, repo='', commit='', branch='', run_url='', event='', pull_request=False):
        self.repo = repo
        self.commit = commit
        self.branch = branch
        self.run_url = run_url if re.match(r'https?://[^/]', run_url) else ''
        self.event = event
        self.pull_request = pull_request


def detect(environment):
    """Woodpecker and GitLab both use CI_*, and Gitea's runner sets GITHUB_*: hence the order. Empty variables are often
    unset."""

    def get(*names):
        return next((environment[name] for name in names if environment.get(name)), '')

    if get('CI') == 'woodpecker':
        origin = Origin(get('CI_REPO', 'CI_REPO_NAME'), get('CI_COMMIT_SHA'), get('CI_COMMIT_BRANCH'), get('CI_PIPELINE_URL'),
                        get('CI_PIPELINE_EVENT'), bool(get('CI_COMMIT_PULL_REQUEST')) or get('CI_PIPELINE_EVENT').startswith('pull_request'))
    elif get('GITHUB_ACTIONS', 'GITEA_ACTIONS'):
        origin = _github(get)
    elif get('GITLAB_CI'):
        origin = Origin(get('CI_PROJECT_PATH'), get('CI_COMMIT_SHA'), get('CI_COMMIT_REF_NAME'), get('CI_PIPELINE_URL', 'CI_JOB_URL'),
                        get('CI_PIPELINE_SOURCE'), bool(get('CI_MERGE_REQUEST_IID', 'CI_EXTERNAL_PULL_REQUEST_IID')) or get('CI_PIPELINE_SOURCE') == 'merge_request_event')
    elif get('JENKINS_URL'):
        branch = get('BRANCH_NAME', 'GIT_BRANCH')
        origin = Origin(_repo_of_url(get('GIT_URL')) or get('JOB_NAME'), get('GIT_COMMIT'),
                        branch[len('origin/'):] if branch.startswith('origin/') else branch, get('BUILD_URL'), '', bool(get('CHANGE_ID', 'ghprbPullId')))
    elif get('DRONE'):
        origin = Origin(get('DRONE_REPO', 'DRONE_REPO_NAME'), get('DRONE_COMMIT_SHA'), get('DRONE_BRANCH'), get('DRONE_BUILD_LINK'),
                        get('DRONE_BUILD_EVENT'), bool(get('DRONE_PULL_REQUEST')) or get('DRONE_BUILD_EVENT') == 'pull_request')
    else:
        origin = Origin(_repo_of_url(_git('config', '--get', 'remote.origin.url')), '', _git('symbolic-ref', '-q', '--short', 'HEAD'))
    origin.commit = origin.commit or _git('rev-parse', '--verify', '-q', 'HEAD')
    return origin


def _github(get):
    repo, event = get('GITHUB_REPOSITORY'), get('GITHUB_EVENT_NAME')
    url = '%s/%s/actions/runs/%s' % (get('GITHUB_SERVER_URL'), repo, get('GITHUB_RUN_ID'))
    # A run for a tag also has a ref name, which is no branch.
    branch = get('GITHUB_REF_NAME') if get('GITHUB_REF_TYPE') in ('', 'branch') else ''
    return Origin(repo, get('GITHUB_SHA'), branch, url, event, event.startswith(('pull_request', 'merge_group')) or bool(get('GITHUB_HEAD_REF')))


def _repo_of_url(url):
    """git@host:owner/name.git, https://host/owner/name, ssh://git@host:22/owner/name.git -> owner/name"""
    path = re.sub(r'\.git$', '', url.strip().rstrip('/'))
    path = re.sub(r'^[^/]*://[^/]*/', '', path)
    return path.rsplit(':', 1)[-1]


def _git(*arguments):
    try:
        told = subprocess.run(('git',) + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ''
    return told.stdout.decode('utf-8', 'replace').strip() if told.returncode == 0 else ''


# ---- labels.py
# GITOPS_STATUS_LABELS: one `key=text`, `key=var:NAME` or `key=group:PREFIX` a line. Shared by the plugin and the reporter.


LABEL_KEY = re.compile(r'[a-z][a-z0-9_]{0,62}\Z')
MAX_LABELS = 16
CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def parse_labels(text):
    """{key: (source, value)}, with the source `text`, `var` or `group`. Raises ValueError with the wrong line."""
    labels = {}
    for line in (text or '').splitlines():
        line = line.strip()
        if not line:
            continue
        key, equals, value = line.partition('=')
        key, value = key.strip(), value.strip()
        if not equals or not LABEL_KEY.match(key) or not value:
            raise ValueError('"%s" is not key=text, key=var:NAME or key=group:PREFIX with a key of a-z, 0-9 and _' % line)
        source, colon, rest = value.partition(':')
        labels[key] = (source, rest.strip()) if colon and source in ('var', 'group') and rest.strip() else ('text', value)
    if len(labels) > MAX_LABELS:
        raise ValueError('there are %d labels, but a report has at most %d' % (len(labels), MAX_LABELS))
    return labels


def label_values(labels, variable, groups):
    """The labels of one host: `variable` gives the value of a name, or None; `groups` are the host's groups."""
    values = {}
    for key, (source, value) in labels.items():
        if source == 'var':
            value = variable(value)
        elif source == 'group':
            value = next((group[len(value):] for group in sorted(groups) if group.startswith(value) and group != value), None)
        if value is not None and str(value).strip():
            values[key] = CONTROL.sub(' ', str(value).strip())[:255]
    return values


# ---- settings.py
# Settings from the environment and the command line. Every mistake is named, with the right form.


ANSWER_TIMEOUT_S = 15


class SettingsError(Exception):
    """A setting has a value that makes no sense."""


class Options:
    """The command line before `--`."""

    def __init__(self):
        self.always_zero = False
        self.fail_on = 'drift'
        self.dry_run = False
        self.explain = False
        self.any_branch = False
        self.take_over = False
        self.after_deploy = None
        self.adopt_spool = None
        self.help = False
        # The word for the kind of check, and the options that only this kind has.
        self.source = 'ansible'
        self.own = None
        self.rest = []


FLAGS = {
    '--always-zero': 'always_zero', '--dry-run': 'dry_run', '--explain': 'explain', '--any-branch': 'any_branch',
    '--take-over': 'take_over', '--help': 'help', '-h': 'help',
}
VALUES = {'--fail-on': 'fail_on', '--after-deploy': 'after_deploy', '--adopt-spool': 'adopt_spool'}


def parse_options(arguments):
    options, rest = Options(), list(arguments)
    while rest:
        argument = rest.pop(0)
        name, equals, value = argument.partition('=')
        if argument == '--':
            options.rest = rest
            break
        if argument in FLAGS:
            setattr(options, FLAGS[argument], True)
        elif name in VALUES:
            if not equals and not rest:
                raise SettingsError('%s needs a value' % name)
            setattr(options, VALUES[name], value if equals else rest.pop(0))
        else:
            raise SettingsError('unknown argument: %s (arguments for the tool itself go after --; see --help)' % argument)
    if options.fail_on not in ('drift', 'change'):
        raise SettingsError("--fail-on must be drift or change, not '%s'" % options.fail_on)
    return options


class Settings:
    """What every kind of check needs: who reports, to which server, and how."""

    def __init__(self, environment, options):
        self.options = options
        self.server_url, self.token, self.answer_timeout_s = connection(environment)
        self.origin = detect(environment)
        self.repo = environment.get('REPO_NAME') or self.origin.repo
        self.server = environment.get('SERVER_NAME', '')
        self.check = environment.get('GITOPS_STATUS_CHECK', '')
        self.interval_s = _positive(environment, 'EXPECTED_INTERVAL', None)
        self.check_timeout_s = _positive(environment, 'DRIFT_CHECK_TIMEOUT', 300)
        self.strip_prefix = environment.get('STRIP_PREFIX', '/etc/')
        self.deploy_branch = environment.get('DEPLOY_BRANCH', '')
        self.spool = _spool(environment)
        self.rules = _rules(environment)
        try:
            self.labels = parse_labels(environment.get('GITOPS_STATUS_LABELS', ''))
        except ValueError as error:
            raise SettingsError('GITOPS_STATUS_LABELS: %s' % error)
        self._require()

    def _require(self):
        if not self.options.dry_run and not self.options.explain:
            require_address(self.server_url)
        if not self.repo:
            raise SettingsError('REPO_NAME is not set, and neither CI nor a git remote names the repo')
        for name, value in (('REPO_NAME', self.repo), ('SERVER_NAME', self.server)):
            if value and not SERVER_NAME.match(value):
                raise SettingsError("%s must be 1-255 letters, digits and . _ - : @ / + ~, starting with a letter or digit, not '%s'" % (name, value))
        if len(self.check) > 255 or re.search(r'[\x00-\x1f\x7f-\x9f]', self.check):
            raise SettingsError('GITOPS_STATUS_CHECK must have at most 255 characters, and no control characters')

    def why_not_posted(self):
        """Why this run must not report about the targets; None if it may."""
        if self.origin.pull_request:
            return 'this is the check of a pull or merge request'
        if self.deploy_branch and not self.options.any_branch and self.origin.branch != self.deploy_branch:
            branch = '"%s"' % self.origin.branch if self.origin.branch else 'unknown'
            return 'DEPLOY_BRANCH is "%s", this branch is %s (use --any-branch to post it anyway)' % (self.deploy_branch, branch)
        return None

    def common_fields(self, now):
        """What every report of this run has in addition to its finding."""
        fields = {
            'check': self.check,
            'expected_interval_s': self.interval_s,
            'commit': self.origin.commit,
            'branch': self.origin.branch,
            'run_url': self.origin.run_url,
            'event': self.origin.event,
            'last_check': now,
        }
        if self.options.after_deploy == 'success':
            fields['after_deploy'] = True
        if self.options.take_over:
            fields['takes_over'] = True
        return fields


def connection(environment):
    """(address of the server, token, seconds that it has for an answer)"""
    url = environment.get('GITOPS_STATUS_SERVER_URL', '').strip().rstrip('/')
    return url, _token(environment), _positive(environment, 'GITOPS_STATUS_TIMEOUT', ANSWER_TIMEOUT_S)


def require_address(url):
    if not re.match(r'https?://[^\s/]', url):
        raise SettingsError('GITOPS_STATUS_SERVER_URL must be the http(s) address of the gitops-status-server')


def _token(environment):
    token, path = environment.get('GITOPS_STATUS_TOKEN', ''), environment.get('GITOPS_STATUS_TOKEN_FILE', '')
    if not token and path:
        try:
            with open(path, encoding='utf-8') as stream:
                token = stream.read()
        except (OSError, UnicodeDecodeError):
            raise SettingsError('GITOPS_STATUS_TOKEN_FILE cannot be read: %s' % path)
    token = token.rstrip('\r\n')
    if not re.match(r'[\x21-\x7e]*\Z', token):
        raise SettingsError('the token has a space, a line break or another character that a token cannot have')
    return token


def _positive(environment, name, default):
    value = environment.get(name, '')
    if not value:
        return default
    if not re.match(r'[1-9][0-9]{0,8}\Z', value):
        raise SettingsError("%s must be a whole number of seconds above 0, not '%s'" % (name, value))
    return int(value)


def _spool(environment):
    named = environment.get('GITOPS_STATUS_SPOOL')
    if named is not None:
        return None if named in ('', 'off') else named
    home = environment.get('HOME')
    state = environment.get('XDG_STATE_HOME') or (os.path.join(home, '.local', 'state') if home else '')
    return os.path.join(state, 'gitops-status') if state else None


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def _rules(environment):
    text = environment.get('GITOPS_STATUS_ERROR_TEXT', '')
    if text not in ('', 'kind', 'full'):
        raise SettingsError("GITOPS_STATUS_ERROR_TEXT must be kind or full, not '%s'" % text)
    return Rules(
        compares=re.split(r'[\s,]+', environment.get('GITOPS_STATUS_COMPARES', '').strip()) if environment.get('GITOPS_STATUS_COMPARES', '').strip() else (),
        accepted=_lines(environment.get('GITOPS_STATUS_ACCEPT_LEFT_OUT', '')),
        accepted_patterns=[one for line in _lines(environment.get('GITOPS_STATUS_EMPTY_PATTERNS', '')) for one in re.split(r'[\s,]+', line) if one],
        full_texts=text == 'full',
    )


# ---- source_finding.py
# What a source returns: a finding in the words of a report, and what it needs to run its tool.


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


# ---- source_names.py
# The default names of a target and of its check: from the directory, relative to the repo's root.


TARGET_NAME = re.compile(r'[A-Za-z0-9._~](?:[A-Za-z0-9._:@/+~-]{0,254})')


def repo_root_of(directory: str) -> Optional[str]:
    """The nearest parent directory with a .git. git itself refuses to answer if another user owns it."""
    place = os.path.realpath(directory)
    while place != os.path.dirname(place):
        if os.path.exists(os.path.join(place, '.git')):
            return place
        place = os.path.dirname(place)
    return None


def repo_path(path: str, repo_root: Optional[str]) -> str:
    """`path` relative to the repo's root; the root itself is `.`."""
    if repo_root is None:
        raise Refusal('This is not a Git repo, so the target has no name: set SERVER_NAME and GITOPS_STATUS_CHECK.')
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(repo_root))
    if relative == '..' or relative.startswith('../'):
        raise Refusal(
            '%s lies outside the repo %s, so the target has no name: set SERVER_NAME and GITOPS_STATUS_CHECK.'
            % (path, repo_root)
        )
    return relative


def directory_name(path: str, repo_root: Optional[str]) -> str:
    relative = repo_path(path, repo_root)
    return 'root' if relative == '.' else relative


def valid_server(name: str) -> str:
    """The name unchanged: a correction could make two targets one."""
    if not TARGET_NAME.fullmatch(name) or not name.strip('.'):
        raise Refusal(
            '"%s" cannot be the name of a target (letters, digits and . _ - : @ / + ~): set SERVER_NAME.'
            % name.encode('unicode_escape').decode('ascii')
        )
    return name


# ---- ansible_source.py
# The Ansible check: runs the playbook in check mode, reads what the plugin wrote, and asks if that is not enough.


LISTING_TIMEOUT_S = 60
DEFAULT_PLAYBOOK = 'ansible/playbooks/drift-check.yml'


class AnsibleCheck:
    """One run. `observe` returns its findings, even after an interruption."""

    tool = 'ansible'

    def __init__(self, settings, environment, plugin_directory, client, log):
        self.settings = settings
        self.environment = environment
        self.plugin_directory = plugin_directory
        self.client = client
        self.log = log
        self.playbook = environment.get('DRIFT_CHECK_PLAYBOOK') or DEFAULT_PLAYBOOK
        self.arguments = settings.options.rest
        _refuse_old_settings(environment)
        self.name = settings.check or shortened(printable(path_in_repo(self.playbook)), 255)
        self._work = tempfile.TemporaryDirectory(prefix='gitops-status-')
        self._record_path = os.path.join(self._work.name, 'record.jsonl')
        self._ended = None

    def run(self):
        child, ansible = environment_of_check(self.environment, os.getcwd(), self.plugin_directory, self._record_path)
        plugin = os.path.join(self.plugin_directory, 'gitops_status.py')
        if not os.path.exists(plugin):
            self.log('the callback plugin is missing: %s' % plugin)
            self._ended = Ended(1, False, '', 0)
            return
        printing = ansible.printing(self.arguments)
        if printing:
            self.log('%s prints the results of tasks into this log, perhaps with the content of files; the report has none of it' % printing)
        command = ['ansible-playbook', '--check', '--diff', self.playbook] + self.arguments
        to_stdout = not (self.settings.options.dry_run or self.settings.options.explain)
        try:
            self._ended = run_tool(command, child, self.settings.check_timeout_s, None if to_stdout else sys.stderr)
        except OSError as error:
            self.log('ansible-playbook cannot be started: %s' % error)
            self._ended = Ended(1, False, '', 0)

    def observe(self, context, interrupted=None):
        """An Observation. `interrupted`: the name of the signal that ended the check, or None."""
        record = self._record()
        problem = self._problem(record, interrupted)
        context.common['tool'] = record.tool
        if self._ended is not None:
            context.common['duration_ms'] = int(self._ended.seconds * 1000)
        try:
            verdicts = judge(record, self.settings.rules, problem)
        except Exception as error:  # observations that our code does not understand must still lead to a report
            problem = problem or Problem('parse', 'the observations cannot be understood (%s)' % type(error).__name__, stops=True)
            record = bare(record)
            verdicts = judge(record, self.settings.rules, problem)
        reports = reports_of(verdicts, context)
        self._say_names(verdicts, context)
        self._say_hints(verdicts)
        incomplete = False
        if record.unparsed or not record.hosts:
            told, incomplete = self._without_inventory(_inventory_problem(record) if record.unparsed else problem, reports, context, interrupted)
            reports += told
        for name in record.unknown_in_limit:
            self.log('--limit names "%s", which is not in the inventory: nothing is reported for it' % name)
            incomplete = True
        return Observation(reports, incomplete, self._declared(record, verdicts, context), explanation_of(verdicts))

    def close(self):
        self._work.cleanup()

    def _record(self):
        try:
            with open(self._record_path, encoding='utf-8', errors='surrogatepass') as stream:
                return read_record(stream)
        except OSError:
            return read_record(())

    # ---- Why nothing of the run may be SYNCED

    def _problem(self, record, interrupted):
        if interrupted:
            return Problem('not_processed', 'the check was interrupted by %s' % interrupted, stops=True)
        ended = self._ended
        if ended.timed_out:
            return Problem('timeout', 'the check did not end within %d s' % self.settings.check_timeout_s, stops=True)
        if ended.code < 0 or ended.code > 128:
            return Problem('not_processed', 'ansible-playbook was killed by signal %d' % (-ended.code if ended.code < 0 else ended.code - 128), stops=True)
        said = first_error(ended.stderr)
        if re.search(r'no hosts to target|does not match any hosts', said):
            return self._said('no_hosts', '--limit matches no host of the inventory', said)
        if not record.started:
            return self._said('parse', self._without_start(ended), said)
        if ended.code not in (0, 2, 4):
            return self._said('not_processed', 'ansible-playbook ended with exit code %d' % ended.code, said)
        return self._problem_of_record(record, ended, said)

    def _without_start(self, ended):
        if not os.path.exists(os.path.join(self.plugin_directory, 'gitops_status.py')):
            return 'the callback plugin is missing'
        return 'ansible-playbook ended with exit code %d before the first play' % ended.code

    def _problem_of_record(self, record, ended, said):
        if record.format != FORMAT:
            return Problem('parse', 'the plugin and the reporter have different versions: copy both files again', stops=True)
        if record.broken or record.cut:
            return Problem('parse', 'the callback plugin failed: %s' % (record.broken or 'it wrote no JSON'), stops=True)
        if not record.complete:
            return self._said('not_processed', 'the run ended before its end', said)
        if not record.check_mode:
            return Problem('parse', 'the run was not in check mode', stops=True)
        if not record.hosts:
            return Problem('no_hosts', 'the playbook matches no host of the inventory', stops=True)
        if ended.code != 0 and not any(_has_failed(host) for host in record.hosts.values()):
            return self._said('not_processed', 'ansible-playbook ended with exit code %d' % ended.code, said)
        return None

    def _said(self, kind, own, said):
        return Problem(kind, '%s: %s' % (own, said) if said and self.settings.rules.full_texts else own, stops=True)

    # ---- Hosts that the run does not name

    def _without_inventory(self, problem, reports, context, interrupted):
        """(reports, whether a report is missing that should be there)."""
        if self.settings.server:
            return ([] if reports else [report_without_record(self.settings.server, problem, context)]), False
        known = self._listed(self.environment['EXPECTED_HOSTS']) if self.environment.get('EXPECTED_HOSTS') else set()
        limited = any(re.match(r'(-l|--limit\b)', one) for one in self.arguments)
        asked = set()
        failed = False
        if self.settings.options.dry_run or self.settings.options.explain or self.client is None:
            self.log('a dry run does not ask the server which targets this check has reported about')
        elif problem.kind != 'no_hosts' or not limited:
            asked, failed = targets_of_check(self.client, self.settings.repo, self.name, self.log, 5 if interrupted else None)
        if limited and asked:
            asked &= self._listed('all')
        already = {report['server'] for report in reports}
        targets = sorted((known | asked) - already)
        if not targets and not reports and not failed:
            self.log('there is no host to report about: set SERVER_NAME, or fix the inventory')
        return [report_without_record(target, problem, context) for target in targets], failed or not (targets or reports)

    def _listed(self, pattern):
        """Ansible's own listing of the check's inventory."""
        options = []
        for short, long in (('-i', '--inventory'), ('-l', '--limit')):
            for value in values_of_option(self.arguments, short, long):
                options += [short, value]
        try:
            environment = {name: value for name, value in self.environment.items() if name != 'GITOPS_STATUS_TOKEN'}
            listing = subprocess.run(['ansible', pattern, '--list-hosts'] + options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, env=environment, timeout=LISTING_TIMEOUT_S, check=False)
        except (OSError, subprocess.SubprocessError):
            return set()
        lines = listing.stdout.decode('utf-8', 'replace').splitlines()
        return {server_name(line.strip()) for line in lines if line.startswith('    ') and line.strip()}

    def _say_hints(self, verdicts):
        wanted = {}
        for variable, lines in (hint for verdict in verdicts for hint in verdict.hints):
            wanted.setdefault(variable, {}).update(dict.fromkeys(lines))
        for variable, lines in wanted.items():
            self.log("to accept that, set: %s='%s'" % (variable, '\n'.join(lines)))

    # ---- Names

    def _say_names(self, verdicts, context):
        for target, group in targets_of(verdicts, context).items():
            if not context.server and any(verdict.host in LOCALHOSTS for verdict in group) and target == machine_name():
                self.log('the playbook is for localhost: reported as %s, the name of this machine (set SERVER_NAME to change it)' % target)

    def _declared(self, record, verdicts, context):
        if context.server:
            return [context.server]
        if not record.started or record.unparsed:
            return []
        hosts = [name for name in record.named if not (name in record.hosts and record.hosts[name].implicit)]
        only_local = bool(verdicts) and all(verdict.host in LOCALHOSTS for verdict in verdicts)
        return {machine_name() if name in LOCALHOSTS and only_local else server_name(name) for name in hosts}


def _has_failed(host):
    counts = host.counts or {}
    return counts.get('failures', 0) > 0 or counts.get('dark', 0) > 0 or any(result['kind'] == 'unreachable' for result in host.results)


def _inventory_problem(record):
    return Problem('no_hosts' if not record.hosts else 'parse', 'the inventory source %s cannot be parsed' % ', '.join(record.unparsed), stops=True)


def _refuse_old_settings(environment):
    source = environment.get('DRIFT_SOURCE', 'plugin')
    if source not in ('', 'plugin'):
        raise SettingsError("DRIFT_SOURCE '%s' no longer works: the callback plugin is the only source; remove DRIFT_SOURCE" % source)
    if environment.get('SHOW_DIFF'):
        raise SettingsError('SHOW_DIFF is now called GITOPS_STATUS_SHOW_DIFF')


def path_in_repo(path):
    """A file's path from the root of its repo: the name of the check."""
    whole = os.path.realpath(path)
    root = repo_root_of(os.path.dirname(whole))
    if root is not None:
        return os.path.relpath(whole, root)
    here = os.path.realpath(os.getcwd())
    return os.path.relpath(whole, here) if whole.startswith(here + os.sep) else os.path.normpath(path)


def values_of_option(arguments, short, long):
    """The values of -i (inventories) or -l (limit) in the arguments for ansible-playbook."""
    values, rest = [], list(arguments)
    while rest:
        one = rest.pop(0)
        if one in (short, long):
            values += [rest.pop(0)] if rest else []
        elif one.startswith(long + '='):
            values.append(one[len(long) + 1:])
        elif one.startswith(short) and not one.startswith('--'):
            values.append(one[len(short):])
    return values


def first_error(stderr):
    """Ansible's first error, on one line: the lines after it quote the faulty file."""
    plain = re.sub('\x1b\\[[0-9;]*m', '', stderr)
    lines = [match.group(1) for match in re.finditer(r'^ *(?:ERROR!|\[ERROR\]:?) *(\S.*)', plain, re.MULTILINE)]
    return lines[0].strip() if lines else ''


# ---- delivery.py
# Posts reports, tries again if that may help, and keeps what could not be delivered.


RETRY_DELAYS_S = (1, 2, 4)
RETRY_AFTER_MAX_S = 60
BUDGET_S = 150
FLUSH_MAX = 20
BATCH_REPORTS_MAX = 1000
BATCH_BYTES_MAX = 4000000

AGAIN, DELIVERED, REFUSED, CONFLICT, TOO_LARGE, MISDIRECTED = 'again', 'delivered', 'refused', 'conflict', 'too large', 'misdirected'
# The fault may be in the whole body or in one report: then the others must not be lost with it.
FAULTS = (REFUSED, CONFLICT, TOO_LARGE)


class Outcome:
    def __init__(self, kind, why, answer=None, receipts=()):
        self.kind = kind
        self.why = why
        self.answer = answer
        self.receipts = list(receipts)


class Delivery:
    def __init__(self, client, spool, log, sleep=time.sleep, clock=time.monotonic):
        self.client = client
        self.spool = spool
        self.log = log
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + BUDGET_S
        # {(repo, server): receipt} of delivered reports
        self.receipts = {}
        self.unsent = []

    # ---- One POST

    def post(self, reports, timeout_s=None):
        body = json.dumps(reports[0] if len(reports) == 1 else reports, ensure_ascii=False).encode('utf-8', 'replace')
        try:
            answer = self.client.post_reports(body, timeout_s)
        except NoAnswer as error:
            return Outcome(AGAIN, 'no answer: %s' % error)
        return _classified(answer, reports)

    def _post_patiently(self, reports):
        for attempt in range(len(RETRY_DELAYS_S) + 1):
            outcome = self.post(reports)
            if outcome.kind != AGAIN:
                return outcome
            delay = self._delay(attempt, outcome)
            if delay is None:
                return outcome
            self.log('%s; trying again in %.3f s' % (outcome.why, delay))
            self._sleep(delay)
        return outcome

    def _delay(self, attempt, outcome):
        if attempt >= len(RETRY_DELAYS_S):
            return None
        asked = retry_after_s(outcome.answer)
        if asked > RETRY_AFTER_MAX_S:
            return None  # the spool delivers it next time
        delay = max(RETRY_DELAYS_S[attempt], asked)
        # Jitter: the cron jobs of a whole fleet lost the same server in the same second.
        return delay + random.random() if self._clock() + delay < self._until else None

    # ---- All reports

    def deliver(self, reports):
        """Whether all were delivered."""
        bodies = batches(reports)
        self.unsent = [list(body) for body in bodies]
        delivered = True
        while self.unsent:
            delivered = self._deliver(self.unsent[0], self._post_patiently, self._keep) and delivered
            self.unsent.pop(0)
        return delivered

    def _deliver(self, reports, post, give_up):
        outcome = post(reports)
        if outcome.kind == DELIVERED:
            for report, receipt in zip(reports, outcome.receipts):
                self.receipts[(report['repo'], report['server'])] = receipt
            return True
        if outcome.kind in FAULTS and len(reports) > 1:
            middle = len(reports) // 2
            first = self._deliver(reports[:middle], post, give_up)
            return self._deliver(reports[middle:], post, give_up) and first
        if outcome.kind == TOO_LARGE and (reports[0]['files'] or reports[0].get('resources')):
            self.log('%s: the report is cut' % outcome.why)
            return self._deliver([fitted(reports[0], size_of(reports[0]) // 2)], post, give_up)
        self.explain(outcome, reports)
        give_up(outcome, reports)
        return False

    def _keep(self, outcome, reports):
        if outcome.kind in FAULTS or self.spool.directory is None:
            return
        kept = self.spool.keep(self.client.url, reports)
        self.log('kept for the next run: %s' % kept if kept else 'the report could not be kept for the next run')

    def explain(self, outcome, reports):
        self.log('%s: %s' % (', '.join(report['server'] for report in reports[:5]), outcome.why))
        told = outcome.answer.json() if outcome.answer is not None else None
        if not isinstance(told, dict):
            return
        for text in [told.get('title'), told.get('detail')] + [_error_line(one) for one in (told.get('errors') or [])[:10]]:
            if text:
                self.log('  ' + ''.join(char if char.isprintable() else ' ' for char in str(text))[:500])
        if outcome.kind == CONFLICT:
            self.log('  this check is "%s"; GITOPS_STATUS_CHECK=OLD (the name of the other one) keeps the old name, --take-over takes the target over'
                     % reports[0].get('check', ''))

    # ---- The spool

    def flush(self, adopt=None):
        """One try each: a server that is still down would only delay the new report."""
        foreign, tried = {}, 0
        for entry in self.spool.entries():
            if entry.url != self.client.url and entry.url != (adopt or '').rstrip('/'):
                foreign[entry.url] = foreign.get(entry.url, 0) + 1
                continue
            if tried >= FLUSH_MAX:
                continue
            tried += 1
            if not self._flush_entry(entry):
                break
        for url, count in sorted(foreign.items()):
            self.log('%d unsent report(s) wait for %s: --adopt-spool %s sends them to this server' % (count, url, url))

    def _flush_entry(self, entry):
        """Whether to continue with the next one."""
        refused, waiting = [], []

        def give_up(outcome, reports):
            (refused if outcome.kind in FAULTS else waiting).append((outcome, reports))

        known = dict(self.receipts)
        self._deliver(entry.reports, self.post, give_up)
        self.receipts = known  # nobody needs to know what old reports have changed
        if waiting:
            return False
        if refused:
            self.log('moved aside, because the server refuses it: %s' % (self.spool.set_apart(entry.path, 'refused') or entry.path))
        else:
            self.log('delivered from the spool: %s' % entry.path)
            self.spool.forget(entry)
        return True

    def last_words(self, timeout_s):
        """For an early end: one try each, the rest is kept."""
        for reports in self.unsent:
            outcome = self.post(reports, timeout_s)
            if outcome.kind != DELIVERED:
                self._keep(outcome, reports)


def batches(reports):
    """Lists of reports, none larger than the server accepts in one request."""
    found, size = [], 0
    for report in reports:
        bytes_of = size_of(report)
        if not found or len(found[-1]) >= BATCH_REPORTS_MAX or size + bytes_of > BATCH_BYTES_MAX:
            found.append([])
            size = 0
        found[-1].append(report)
        size += bytes_of
    return found


def _classified(answer, reports):
    why = 'the server answered %d' % answer.status
    if 200 <= answer.status < 300:
        receipts = _receipts(answer, reports)
        if receipts is None:
            # A login page or a proxy can also say 200: a report is delivered if the server says that it recorded it.
            return Outcome(MISDIRECTED, why + ', but not like a gitops-status-server', answer)
        return Outcome(DELIVERED, why, answer, receipts)
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return Outcome(AGAIN, why, answer)
    kind = {400: REFUSED, 415: REFUSED, 422: REFUSED, 409: CONFLICT, 413: TOO_LARGE}.get(answer.status, MISDIRECTED)
    return Outcome(kind, why, answer)


def _receipts(answer, reports):
    told = answer.json()
    told = told if isinstance(told, list) else [told]
    if len(told) != len(reports) or not all(isinstance(one, dict) and 'recorded' in one for one in told):
        return None
    return told


def retry_after_s(answer):
    """Seconds, or an HTTP date."""
    value = (answer.headers.get('Retry-After') if answer is not None else None) or ''
    if value.strip().isdigit():
        return int(value)
    try:
        return max(0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return 0


def _error_line(error):
    if not isinstance(error, dict):
        return str(error)
    return ('%s %s' % (error.get('pointer', ''), error.get('detail') or error.get('message') or json.dumps(error))).strip()


# ---- help_text.py
# --help.


HELP = """\
Runs a drift check and reports the result to a gitops-status-server.

  gitops_status_reporter.py [ansible] [OPTIONS] [-- ARGUMENTS OF ansible-playbook]
  gitops_status_reporter.py terraform [OPTIONS] [--chdir DIR] [--tool PROGRAM] [-- ARGUMENTS OF plan]
  gitops_status_reporter.py puppet [OPTIONS] [--tool PROGRAM] -- apply MANIFEST | agent [ARGUMENTS]
  gitops_status_reporter.py salt [OPTIONS] [--master | --minions TARGET] [--tool PROGRAM] [-- [SLS] [KEY=VALUE]]
  gitops_status_reporter.py command [OPTIONS] [--in-sync CODES] [--drift CODES] [--names FILE] -- COMMAND
  gitops_status_reporter.py wait [OPTIONS OF wait]

Exit code: 0 in sync, 2 drift, 1 the check or its delivery failed. Of wait: see below.

Options
  --dry-run            print the reports as JSON, send nothing
  --explain            say per host which tasks prove what and which were left out; send nothing (Ansible only)
  --always-zero        exit 0 whatever happens
  --fail-on change     exit 2 only if the server says that the drift is new or has changed (default: drift)
  --after-deploy WORD  in the step after a deploy: "success" says that a drift that is still there is not cured by a deploy
  --any-branch         post even if DEPLOY_BRANCH is another branch
  --take-over          replace the check that spoke for these targets (needed once)
  --adopt-spool URL    send the reports that could not be delivered to URL to this server
  --help

Options of one kind of check
  --chdir DIR          the root module (default: the current directory)
  --tool PROGRAM       the program to run: tofu, /opt/puppetlabs/bin/puppet, ...
  --master             Salt: take the states from the master, not from this machine
  --minions TARGET     Salt, on the master: check the minions that TARGET matches
  --in-sync, --drift   the exit codes (0,3) of the command that prove SYNCED, OUT_OF_SYNC; all others are UNKNOWN
  --names FILE         the command writes what has drifted into FILE, one name per line

Options of wait, which runs no check: it waits until all targets that match are in sync
  --repo, --server, --label KEY:VALUE
                       which targets; each may be given several times. Each repo and server must be that of a target.
                       Default: REPO_NAME, or the repo that CI or git names
  --commit COMMIT      each must be at this commit, given by its first seven or more digits
  --since INSTANT      the check must have begun then or later: now, now-5m, RFC 3339 or epoch seconds
  --max-age SPAN       the check must not be older: 90s, 15m
  --expect N           at least this many targets must match
  --timeout SECONDS    how long to wait (600); 0 looks once
  Exit code: 0 all pass, 2 not all passed in time, 1 it was called wrongly or the server refused the question,
  3 the server did not answer in time, or the token is not allowed to ask. SIGINT and SIGTERM: 1.

Environment
  GITOPS_STATUS_SERVER_URL      the server (required, except for --dry-run and --explain)
  GITOPS_STATUS_TOKEN           its token, or GITOPS_STATUS_TOKEN_FILE, a file that contains it
  REPO_NAME                     default: from the CI or the git remote (owner/name)
  SERVER_NAME                   one report under this name; default: one per host of the inventory. Of other checks: the
                                directory of the root module, the certname, the minion id, the host name
  DRIFT_CHECK_PLAYBOOK          default: ansible/playbooks/drift-check.yml
  DRIFT_CHECK_TIMEOUT           seconds until the check is ended (300)
  EXPECTED_INTERVAL             seconds until the next report is due
  EXPECTED_HOSTS                an Ansible pattern: hosts to report as UNKNOWN if the playbook cannot be read
  STRIP_PREFIX                  cut from paths to make names (/etc/)
  DEPLOY_BRANCH                 the only branch whose checks are posted
  GITOPS_STATUS_CHECK           the name of this check (default: the playbook's path from the repo's root, or what is run)
  GITOPS_STATUS_LABELS          one per line: key=text, or with Ansible key=var:NAME or key=group:PREFIX
  GITOPS_STATUS_COMPARES        more modules that compare in check mode (community.docker.*)
  GITOPS_STATUS_ACCEPT_LEFT_OUT tasks that may be left out or fail unseen: one "role : task" per line, or tags
  GITOPS_STATUS_EMPTY_PATTERNS  patterns in hosts: that may match nothing, one per line
  GITOPS_STATUS_ERROR_TEXT      full: reports have the message of Ansible or the module; default: only the kind of error
  GITOPS_STATUS_SHOW_DIFF       1: the log shows differences, and with them the content of files
  GITOPS_STATUS_SPOOL           where unsent reports wait (~/.local/state/gitops-status); off: they are dropped
  GITOPS_STATUS_TIMEOUT         seconds to wait for an answer of the server (15)

README.md beside this file has the rest; docs/other-sources.md says what the other kinds of check prove.
"""


# ---- command_source.py
# The source `command`: any program with declared exit codes. Any other code is UNKNOWN.


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


# ---- puppet_report.py
# The verdict on one noop run of Puppet: how it ended, and what its `last_run_report.yaml` says. Every scalar of the report is text: `true` and `false` are words.


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


# ---- puppet_yaml.py
# Reads Puppet's report: YAML with tags of Ruby classes. Every scalar is text, because tags are ignored.


# The place of the Ruby in packages of Puppet and OpenVox; distributions use the one on the PATH.
AGENT_RUBY = '/opt/puppetlabs/puppet/bin/ruby'
# Walks over the document's nodes: it never makes an object that the report names.
TO_JSON = r"""
require 'psych'
require 'json'
def plain(node, anchors)
  value =
    case node
    when Psych::Nodes::Alias then return anchors.fetch(node.anchor)
    when Psych::Nodes::Mapping
      node.children.each_slice(2).map { |key, one| [plain(key, anchors).to_s, plain(one, anchors)] }.to_h
    when Psych::Nodes::Sequence then node.children.map { |one| plain(one, anchors) }
    else node.value
    end
  anchors[node.anchor] = value if node.anchor
  value
end
document = Psych.parse(File.read(ARGV.fetch(0), encoding: 'UTF-8'))
STDOUT.write(JSON.generate(document ? plain(document.root, {}) : nil))
"""


class YamlUnreadable(Exception):
    """The report cannot be read here; the text says why."""


def read_ruby_yaml(path: str, environ: Mapping[str, str], run: Callable[[List[str]], ProgramOutcome]) -> Any:
    """Uses PyYAML if it is installed, or else Ruby, which `run` starts. Raises YamlUnreadable."""
    try:
        import yaml
    except ImportError:
        return _read_by_ruby(path, environ, run)
    loader = getattr(yaml, 'CBaseLoader', yaml.BaseLoader)
    try:
        with open(path, 'rb') as report:
            return yaml.load(report, Loader=loader)
    except (yaml.YAMLError, OSError, RecursionError, ValueError):
        raise YamlUnreadable('The report of the run is not a YAML document.') from None


def _read_by_ruby(path: str, environ: Mapping[str, str], run: Callable[[List[str]], ProgramOutcome]) -> Any:
    ruby = _installed_ruby(environ)
    if ruby is None:
        raise YamlUnreadable('Neither PyYAML nor Ruby is installed, so the report cannot be read: install python3-yaml.')
    outcome = run([ruby, '-e', TO_JSON, path])
    try:
        if outcome.exit_code == 0:
            return json.loads(outcome.stdout.decode('utf-8'))
    except (ValueError, RecursionError):
        pass
    raise YamlUnreadable('Ruby cannot read the report of the run.')


def _installed_ruby(environ: Mapping[str, str]) -> Optional[str]:
    return AGENT_RUBY if os.access(AGENT_RUBY, os.X_OK) else shutil.which('ruby', path=environ.get('PATH'))


# ---- puppet_source.py
# The source `puppet`: a noop run of `puppet apply` or `puppet agent`, and the report that it leaves.


PACKAGED_PUPPET = '/opt/puppetlabs/bin/puppet'
LONG_OPTION = re.compile(r'--(?:\[?no-)?([A-Za-z][\w-]*)(?:=(.*))?', re.DOTALL)
PUPPET_REFUSED = {
    'tags': 'it leaves resources out',
    'skip_tags': 'it leaves resources out',
    'catalog': 'a given catalog may be older than the commit',
    'use_cached_catalog': 'a cached catalog may be older than the commit',
    'usecacheonfailure': 'a cached catalog may be older than the commit',
    'lastrunreport': 'the report of this run is the reporter\'s own',
    'report': 'without its report, a run says nothing',
    'daemonize': 'the check must be one run that ends',
    'fingerprint': 'it makes no run',
    'configprint': 'it makes no run',
    'genconfig': 'it makes no run',
    'show_diff': 'it prints the content of files',
}
PUPPET_OPTIONS_GIVEN = ('--noop', '--detailed-exitcodes', '--no-show_diff', '--color=false', '--report')
# The meaning of `agent --test`, without printing differences.
ONE_RUN = ('--onetime', '--no-daemonize', '--no-usecacheonfailure', '--no-splay', '--verbose')


class PuppetArguments(NamedTuple):
    command: str
    words: List[str]
    environment: Optional[str]
    certname: Optional[str]


def add_puppet_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--tool', help='the program to run (default: puppet)')


def prepare_puppet(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """`puppet WORDS` as noop. Raises Refusal if the arguments or the names do not allow a proof."""
    arguments = puppet_arguments(words)
    check = context.environ.get('GITOPS_STATUS_CHECK') or _check_name(arguments, context)
    tool = options.tool or shutil.which('puppet', path=context.environ.get('PATH')) or PACKAGED_PUPPET
    named = context.environ.get('SERVER_NAME')
    server = valid_server(named or arguments.certname or _certname(tool, context))

    def run() -> List[TargetFinding]:
        scratch = tempfile.mkdtemp(prefix='gitops-status-puppet-')
        try:
            finding, host, text = _run_noop(tool, arguments, os.path.join(scratch, 'report.yaml'), context)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        # The report is the best source: manifests and run modes may have names of their own.
        return [TargetFinding(valid_server(named or host or server), check, 'puppet', finding, text)]
    return PreparedCheck(check, server, run)


def puppet_arguments(words: List[str]) -> PuppetArguments:
    if not words or words[0] not in ('apply', 'agent'):
        raise Refusal('After -- comes what to run: `apply MANIFEST` or `agent`.')
    kept: List[str] = []
    values: Dict[str, Optional[str]] = {}
    for position, word in enumerate(words[1:], 1):
        option = LONG_OPTION.fullmatch(word)
        name = option.group(1).replace('-', '_') if option else ''
        if name == 'noop' and word != '--noop':
            raise Refusal('%s is refused: the check must not change the host.' % word)
        if name in PUPPET_REFUSED and not _is_harmless(word, name):
            raise Refusal('--%s is refused: %s.' % (name, PUPPET_REFUSED[name]))
        if name in ('environment', 'certname') and option:
            values[name] = option.group(2) or (words[position + 1] if position + 1 < len(words) else None)
        if word not in ('--noop', '--test', '-t', '--detailed-exitcodes'):
            kept.append(word)
    return PuppetArguments(words[0], kept, values.get('environment'), values.get('certname'))


def puppet_command(tool: str, arguments: PuppetArguments, report: str) -> List[str]:
    once = ONE_RUN if arguments.command == 'agent' else ()
    return [tool, arguments.command, *PUPPET_OPTIONS_GIVEN, '--lastrunreport=' + report, *once, *arguments.words]


def _is_harmless(word: str, name: str) -> bool:
    """Whether an option only states the default, off or on."""
    if name == 'report':
        return word == '--report'
    return word.startswith('--no-') and name in ('usecacheonfailure', 'use_cached_catalog', 'daemonize', 'show_diff')


def _run_noop(tool: str, arguments: PuppetArguments, path: str, context: Surroundings) -> Tuple[Finding, Optional[str], str]:
    started_at = context.now()
    outcome = context.run(puppet_command(tool, arguments, path), context.environ, context.directory, True)
    ended_at = context.now()
    text = (outcome.stdout + outcome.stderr).decode('utf-8', 'replace')
    report: Any = None
    if os.path.exists(path):
        try:
            report = read_ruby_yaml(path, context.environ, _runner(context))
        except YamlUnreadable as error:
            return unknown('parse', str(error)), None, text
    finding = judge_report(outcome.exit_code, report, started_at, ended_at, arguments.environment)
    host = report.get('host') if isinstance(report, dict) else None
    return finding, host if isinstance(host, str) and host else None, text


def _runner(context: Surroundings) -> Callable[[List[str]], ProgramOutcome]:
    def run(argv: List[str]) -> ProgramOutcome:
        return context.run(argv, context.environ, context.directory, True)
    return run


def _certname(tool: str, context: Surroundings) -> str:
    outcome = context.run([tool, 'config', 'print', 'certname', '--section', 'agent'], context.environ,
                          context.directory, True)
    lines = outcome.stdout.decode('utf-8', 'replace').split()
    return lines[-1] if outcome.exit_code == 0 and lines else context.host_name


def _check_name(arguments: PuppetArguments, context: Surroundings) -> str:
    last = arguments.words[-1] if arguments.words else ''
    manifest = os.path.join(context.directory, last)
    if arguments.command == 'apply' and last and not last.startswith('-') and os.path.exists(manifest):
        return 'puppet ' + repo_path(manifest, context.repo_root)
    return 'puppet ' + arguments.command


# ---- salt_returns.py
# The verdict on `state.apply test=True` of Salt, for one minion or for many. `true` is in sync, `null` would change, `false` failed. An error is no dictionary: it is an array or a text, in Salt's own words.


# Test mode cannot know their effect, so their result is `null` in every run.
RUNS = frozenset(
    'cmd.run cmd.script cmd.call cmd.wait cmd.wait_script cmd.wait_call module.run module.wait event.send http.query'.split()
)
# Only these give test mode a question to ask the host.
GUARDS = ('creates', 'unless', 'onlyif')
# They look at nothing on the host.
NO_COMPARISON = frozenset(('test', 'event', 'http', 'module', 'cmd', 'no'))
STATE_KEY = re.compile(r'(.+?)_\|-(.*)_\|-(.*)_\|-(.+)', re.DOTALL)

Guarded = Optional[Dict[str, bool]]


class State(NamedTuple):
    """One entry of a minion's return."""

    key: str
    module: str
    function: str
    returned: Dict[str, Any]

    @property
    def result(self) -> Any:
        return self.returned['result']

    @property
    def is_run(self) -> bool:
        return '%s.%s' % (self.module, self.function) in RUNS


def read_returns(text: bytes) -> Optional[Dict[str, Any]]:
    """By minion. `salt` without --static prints one document after the other. None if that is no JSON."""
    decoder = json.JSONDecoder()
    returns: Dict[str, Any] = {}
    try:
        rest = text.decode('utf-8').strip()
        while rest:
            document, end = decoder.raw_decode(rest)
            if not isinstance(document, dict):
                return None
            returns.update(document)
            rest = rest[end:].lstrip()
    except (ValueError, RecursionError):
        return None
    return returns


def guarded_states(low: Any) -> Guarded:
    """By key, whether a state has a condition of its own; from `state.show_lowstate` or `show_low_sls`."""
    if not isinstance(low, list) or not all(isinstance(one, dict) for one in low):
        return None
    return {
        '_|-'.join(str(one.get(part)) for part in ('state', '__id__', 'name', 'fun')):
            any(guard in one for guard in GUARDS)
        for one in low
    }


def judge_minion(exit_code: Optional[int], returned: Any, guarded: Guarded = None) -> Finding:
    """`exit_code` is None if many minions share it. Without `guarded`, it is not known which commands have a condition."""
    try:
        return _judge_states(exit_code, returned, guarded)
    except (AttributeError, KeyError, TypeError, ValueError):
        return unknown('parse', 'What the minion returned does not have the form of states and their results.')


def judge_minions(returns: Optional[Dict[str, Any]], expected: Iterable[str],
                  guarded: Dict[str, Guarded]) -> Dict[str, Finding]:
    """One finding for each minion that was expected or has returned."""
    found: Dict[str, Finding] = {}
    for minion in sorted({*expected, *(returns or {})}):
        if returns is None:
            found[minion] = unknown('parse', 'What salt printed is not JSON.')
        elif minion not in returns or returns[minion] is False:
            found[minion] = unknown('no_return', 'The minion has not answered, so its state is not known.')
        else:
            found[minion] = judge_minion(None, returns[minion], guarded.get(minion))
    return found


def _judge_states(exit_code: Optional[int], returned: Any, guarded: Guarded) -> Finding:
    if not isinstance(returned, dict):
        return unknown('not_applied', 'Salt gave an error instead of states (rendering, a missing sls, another run, '
                                      'no answer): its log says which.')
    states = [*_states(returned)]
    runs = [one for one in states if one.is_run and one.result is None]
    unguarded = [one for one in runs if guarded is not None and guarded.get(one.key) is False]
    unclear = [one for one in runs if guarded is None or one.key not in guarded]
    drifted = [one for one in states if one.result is None and one not in unguarded and one not in unclear]
    files = _state_files(one for one in drifted if one.module != 'test')
    counted = {'skipped_in_check_mode': len(unguarded)} if unguarded else {}
    problem = _problem(exit_code, states, unclear)
    if files:
        return out_of_sync(files, *(problem or ()), **counted)
    if problem is not None and states:
        return unknown(*problem)
    if not any(_compares(one) for one in states):
        return unknown('nothing_compared', 'No state compared the host with the repo.')
    return synced(**counted)


def _problem(exit_code: Optional[int], states: List[State], unclear: List[State]) -> Optional[Tuple[str, str]]:
    failed = [one for one in states if one.result is False]
    changed = [one for one in states if one.result is True and one.returned.get('changes')]
    # Not `in`, because 1 and 0 equal true and false.
    odd = [one for one in states if not (one.result is None or isinstance(one.result, bool))]
    if failed:
        return 'failed', 'The state %s failed%s.' % _first(failed)
    if odd:
        return 'parse', 'The state %s has a result that is neither true, false nor null%s.' % _first(odd)
    if changed:
        return 'changed_the_host', 'The state %s says that it changed something, although this is a test%s.' % _first(changed)
    if unclear:
        return 'left_out', ('It is not known whether the command of %s%s has a condition. It was not run, so it '
                            'proves nothing.' % _first(unclear))
    if exit_code not in (None, 0):
        return 'failed', 'Salt ended with exit code %d: its log says why.' % exit_code
    return None


def _states(returned: Dict[str, Any]) -> Iterator[State]:
    for key, one in returned.items():
        match = STATE_KEY.fullmatch(key)
        if match is None or not isinstance(one, dict) or 'result' not in one:
            raise ValueError(key)
        yield State(key, match.group(1), match.group(4), one)


def _compares(state: State) -> bool:
    """A state that its condition left out was not compared; such a command was."""
    if state.result is not True or state.returned.get('__state_ran__') is False:
        return False
    if state.is_run:
        return state.module == 'cmd' and bool(state.returned.get('skip_watch'))
    return state.module not in NO_COMPARISON and not state.returned.get('skip_watch')


def _state_files(states: Iterable[State]) -> List[File]:
    names: Set[str] = set()
    for state in states:
        names |= set(_names(state))
    return [{'name': name} for name in sorted(names)]


def _names(state: State) -> Iterator[str]:
    """What people look for. The keys of `changes` are paths or packages in these; the values are never sent."""
    changes = state.returned.get('changes')
    keys = [*changes] if isinstance(changes, dict) else []
    if state.module == 'file' and keys and all(key.startswith('/') for key in keys):
        yield from (one_line(key) for key in keys)
    elif state.module == 'pkg' and keys and all(isinstance(changes[key], dict) for key in keys):
        yield from (one_line(key) for key in keys)
    else:
        yield _label(state)


def _label(state: State) -> str:
    name, identifier = state.returned.get('name'), str(state.returned.get('__id__'))
    if state.module in NO_COMPARISON:
        # The name of such a state is its command line, which may have a secret. So is its id, if it has no other.
        where = 'number %s' % state.returned.get('__run_num__') if identifier == name else identifier
        return one_line('%s.%s %s' % (state.module, state.function, where))
    return one_line(name if isinstance(name, str) and name else identifier)


def _first(states: List[State]) -> Tuple[str, str]:
    others = len(states) - 1
    return _label(states[0])[:200], ' (and %d more)' % others if others else ''


# ---- salt_source.py
# The source `salt`: `state.apply test=True`, by salt-call on the machine itself or by salt for many minions.


SHORT_WITH_VALUE = frozenset(('-c', '-l', '-t'))
# As options of salt and salt-call, and as arguments of state.apply.
REFUSED_OPTIONS = {
    '--async': 'it does not wait for the result',
    '--batch': 'it changes the output format',
    '-b': 'it changes the output format',
    '--subset': 'it leaves minions out',
    '--hide-timeout': 'it hides the minions that do not answer',
    '--out': 'the reporter reads JSON',
    '--output': 'the reporter reads JSON',
    '--out-file': 'the reporter reads what is printed',
    '--output-file': 'the reporter reads what is printed',
    '--return': 'the reporter reads what is printed',
    '--metadata': 'it changes the output format',
}
REFUSED_ARGUMENTS = {
    'exclude': 'it leaves states out',
    'mock': 'it does not look at the host',
}
OUTPUT = ('--out=json', '--no-color')


class SaltArguments(NamedTuple):
    """`options` go before the function; `states` are names of sls, none for the highstate; `settings` are key=value."""

    options: List[str]
    states: List[str]
    settings: List[str]


def add_salt_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--master', action='store_true', help='take the states from the master, not from this machine')
    parser.add_argument('--minions', metavar='TARGET', help='run on the master: check the minions that TARGET matches')
    parser.add_argument('--tool', help='the program to run (default: salt-call, with --minions salt)')


def prepare_salt(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """The states in test mode. Raises Refusal if the arguments or the names do not allow a proof."""
    arguments = salt_arguments(words)
    check = context.environ.get('GITOPS_STATUS_CHECK') or ' '.join(['salt', ','.join(arguments.states) or 'highstate'])
    call = Call(options.tool or ('salt' if options.minions else 'salt-call'), _call_words(options, arguments), context)
    if options.minions and context.environ.get('SERVER_NAME'):
        raise Refusal('SERVER_NAME is one target, but --minions checks many: each is named by its minion id.')
    server = None if options.minions else valid_server(context.environ.get('SERVER_NAME') or _minion_id(call))

    def run() -> List[TargetFinding]:
        if server is None:
            findings, text = _check_many(call, arguments)
        else:
            finding, text = _check_one(call, arguments)
            findings = {server: finding}
        return [TargetFinding(valid_server(name), check, 'salt', found, text) for name, found in findings.items()]
    return PreparedCheck(check, server, run)


class Call(NamedTuple):
    """The program, and the words before the function."""

    tool: str
    words: List[str]
    context: Surroundings

    def run(self, *function: str) -> ProgramOutcome:
        return self.context.run([self.tool, *self.words, *function], self.context.environ, self.context.directory, True)


def salt_arguments(words: List[str]) -> SaltArguments:
    arguments = SaltArguments([], [], [])
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, has_value, value = word.partition('=')
        if word.startswith('-'):
            if name in REFUSED_OPTIONS:
                raise Refusal('%s is refused: %s.' % (name, REFUSED_OPTIONS[name]))
            arguments.options.append(word)
            if word in SHORT_WITH_VALUE and rest:
                arguments.options.append(rest.pop(0))
        elif not has_value:
            arguments.states.append(word)
        elif name in REFUSED_ARGUMENTS:
            raise Refusal('%s= is refused: %s.' % (name, REFUSED_ARGUMENTS[name]))
        elif name == 'test':
            if value.lower() != 'true':
                raise Refusal('test=%s is refused: the check must not change the host.' % value[:20])
        else:
            arguments.settings.append(word)
    return arguments


def apply_words(arguments: SaltArguments) -> List[str]:
    return ['state.apply', *_sls_words(arguments), *arguments.settings, 'test=True']


def low_words(arguments: SaltArguments) -> List[str]:
    """Asks for the states with their arguments: only these show which commands have a condition."""
    function = ['state.show_low_sls', *_sls_words(arguments)] if arguments.states else ['state.show_lowstate']
    return [*function, *(one for one in arguments.settings if not one.startswith(('queue=', 'concurrent=')))]


def _sls_words(arguments: SaltArguments) -> List[str]:
    return [','.join(arguments.states)] if arguments.states else []


def _call_words(options: argparse.Namespace, arguments: SaltArguments) -> List[str]:
    if options.minions:
        return [*OUTPUT, '--static', *arguments.options, options.minions]
    return [*([] if options.master else ['--local']), *OUTPUT, '--retcode-passthrough', *arguments.options]


def _check_one(call: Call, arguments: SaltArguments) -> Tuple[Finding, str]:
    applied = call.run(*apply_words(arguments))
    text = applied.stderr.decode('utf-8', 'replace')
    if applied.exit_code is None:
        return unknown('not_started', '%s could not be started: is it installed?' % os.path.basename(call.tool)), text
    returns = read_returns(applied.stdout)
    if returns is None or len(returns) != 1:
        return unknown('parse', 'What salt-call printed is not the JSON of one minion.'), text
    returned = next(iter(returns.values()))
    guarded = _guarded(call, arguments, returns)
    return judge_minion(applied.exit_code, returned, next(iter(guarded.values()), None)), text


def _check_many(call: Call, arguments: SaltArguments) -> Tuple[Dict[str, Finding], str]:
    expected = _matched(call)
    applied = call.run(*apply_words(arguments))
    text = applied.stderr.decode('utf-8', 'replace')
    returns = read_returns(applied.stdout) if applied.exit_code is not None else None
    if not expected and not returns:
        raise Refusal('%s matches no minion, or salt does not run here, so there is no target.' % call.words[-1])
    return judge_minions(returns, expected, _guarded(call, arguments, returns or {})), text


def _guarded(call: Call, arguments: SaltArguments, returns: Dict[str, Any]) -> Dict[str, Guarded]:
    """Asked only if a state would run something, because the answer is large."""
    if not any(_would_run(one) for one in returns.values()):
        return {}
    shown = call.run(*low_words(arguments))
    return {minion: guarded_states(low) for minion, low in (read_returns(shown.stdout) or {}).items()}


def _would_run(returned: Any) -> bool:
    if not isinstance(returned, dict):
        return False
    functions = ('%s.%s' % (key.split('_|-')[0], key.split('_|-')[-1]) for key, one in returned.items()
                 if isinstance(one, dict) and one.get('result') is None)
    return any(function in RUNS for function in functions)


def _matched(call: Call) -> List[str]:
    """The minions that the master knows and the target matches, including those that do not answer."""
    shown = call.run('--preview-target')
    try:
        matched = json.loads(shown.stdout.decode('utf-8'))
    except ValueError:
        return []
    return [one for one in matched if isinstance(one, str)] if isinstance(matched, list) else []


def _minion_id(call: Call) -> str:
    shown = call.run('grains.get', 'id')
    returns: Optional[Dict[str, Any]] = read_returns(shown.stdout)
    name = next(iter(returns.values()), None) if returns else None
    if shown.exit_code != 0 or not isinstance(name, str) or not name:
        raise Refusal('`salt-call grains.get id` gives no minion id, so the target has no name: set SERVER_NAME.')
    return name


# ---- terraform_references.py
# The resources that an expression of the configuration uses, as far as a plan says it.


INDEX = re.compile(r'\[(?:"(?:\\.|[^"\\])*"|\d+)\]')
# These name no resource: other references begin with a resource's type.
NO_RESOURCE = frozenset(('each', 'count', 'self', 'path', 'terraform', 'tofu'))
MAX_DEPTH = 32


class References(NamedTuple):
    """`resources` are addresses without indices."""

    resources: Set[str]
    has_data: bool
    has_locals: bool


def base_address(address: str) -> str:
    """`module.m["x"].lab_file.n[0]` is an instance of `module.m.lab_file.n`."""
    return INDEX.sub('', address)


def resource_configuration(plan: Dict[str, Any], address: str) -> Optional[Dict[str, Any]]:
    path, name = _module_path(base_address(address))
    module = _module_at(plan, path)
    for resource in (module or {}).get('resources') or []:
        if isinstance(resource, dict) and resource.get('address') == name:
            return resource
    return None


def referenced_by(plan: Dict[str, Any], address: str, name: str) -> References:
    """What the argument `name` of a resource uses; without an address, what the output `name` of the root module uses."""
    collected = References(set(), False, False)
    if not address:
        output = ((_module_at(plan, ()) or {}).get('outputs') or {}).get(name) or {}
        return _resolve(plan, (), list(_references_in(output.get('expression'))), collected, 0)
    path, _ = _module_path(base_address(address))
    configuration = resource_configuration(plan, address) or {}
    references = list(_references_in((configuration.get('expressions') or {}).get(name)))
    if any(one.startswith('each.') for one in references):
        references += _references_in(configuration.get('for_each_expression'))
    if any(one.startswith('count.') for one in references):
        references += _references_in(configuration.get('count_expression'))
    return _resolve(plan, path, references, collected, 0)


def _references_in(expression: Any) -> Iterator[str]:
    """Blocks are lists and mappings of expressions."""
    if isinstance(expression, list):
        for part in expression:
            yield from _references_in(part)
    elif isinstance(expression, dict):
        references = expression.get('references')
        if isinstance(references, list) and all(isinstance(one, str) for one in references):
            yield from references
            return
        for part in expression.values():
            yield from _references_in(part)


def _resolve(plan: Dict[str, Any], path: Tuple[str, ...], references: List[str], found: References,
             depth: int) -> References:
    if depth > MAX_DEPTH:
        return found._replace(has_data=True)
    for reference in references:
        parts = base_address(reference).split('.')
        if parts[0] == 'data' or parts[0] == 'ephemeral':
            found = found._replace(has_data=True)
        elif parts[0] == 'local':
            found = found._replace(has_locals=True)
        elif parts[0] == 'var' and len(parts) > 1:
            found = _resolve_variable(plan, path, parts[1], found, depth)
        elif parts[0] == 'module':
            found = _resolve_output(plan, path, parts, found, depth)
        elif parts[0] not in NO_RESOURCE and len(parts) > 1:
            found.resources.add('.'.join([*(f'module.{one}' for one in path), *parts[:2]]))
    return found


def _resolve_variable(plan: Dict[str, Any], path: Tuple[str, ...], name: str, found: References,
                      depth: int) -> References:
    if not path:
        return found
    call = _call_at(plan, path) or {}
    references = list(_references_in((call.get('expressions') or {}).get(name)))
    if any(one.startswith('each.') for one in references):
        references += _references_in(call.get('for_each_expression'))
    return _resolve(plan, path[:-1], references, found, depth + 1)


def _resolve_output(plan: Dict[str, Any], path: Tuple[str, ...], parts: List[str], found: References,
                    depth: int) -> References:
    # In addition to `module.x.output`, the plan lists `module.x`: the same reference again.
    if len(parts) < 3:
        return found
    module = _module_at(plan, (*path, parts[1])) or {}
    output = (module.get('outputs') or {}).get(parts[2]) or {}
    return _resolve(plan, (*path, parts[1]), list(_references_in(output.get('expression'))), found, depth + 1)


def _module_path(address: str) -> Tuple[Tuple[str, ...], str]:
    parts, path = address.split('.'), []
    while len(parts) > 2 and parts[0] == 'module':
        path.append(parts[1])
        parts = parts[2:]
    return tuple(path), '.'.join(parts)


def _call_at(plan: Dict[str, Any], path: Tuple[str, ...]) -> Optional[Dict[str, Any]]:
    call = ((_module_at(plan, path[:-1]) or {}).get('module_calls') or {}).get(path[-1])
    return call if isinstance(call, dict) else None


def _module_at(plan: Dict[str, Any], path: Tuple[str, ...]) -> Optional[Dict[str, Any]]:
    configuration = plan.get('configuration')
    module = configuration.get('root_module') if isinstance(configuration, dict) else None
    for name in path:
        call = ((module or {}).get('module_calls') or {}).get(name) or {}
        module = call.get('module')
    return module if isinstance(module, dict) else None


# ---- terraform_changes.py
# What has drifted according to a plan of Terraform or OpenTofu (`show -json`): addresses, actions and origins, never values.


ACTION_WORDS = frozenset(('create', 'read', 'update', 'delete', 'forget', 'replace'))
# These reasons for a replacement do not come from another resource.
OWN_REASONS = re.compile(r'tainted|request|^delete_')


class Changes(NamedTuple):
    """`files` as in the report; `ignored` has the addresses that changed outside without a consequence."""

    files: List[File]
    ignored: List[str]


def entries(plan: Dict[str, Any], key: str) -> List[Dict[str, Any]]:
    """The entries of a list; empty lists are left out of the plan."""
    return [entry for entry in plan.get(key) or [] if isinstance(entry, dict)]


def is_managed(entry: Dict[str, Any]) -> bool:
    return entry.get('mode') == 'managed'


def change_of(entry: Dict[str, Any]) -> Dict[str, Any]:
    change = entry.get('change')
    return change if isinstance(change, dict) else {}


def action_word(entry: Dict[str, Any]) -> Optional[str]:
    """The planned action, or None if there is none. A move and an import alone are `no-op`."""
    change = change_of(entry)
    actions = change.get('actions')
    if change.get('importing'):
        return 'import'
    if actions == ['no-op']:
        return 'move' if entry.get('previous_address') else None
    if actions == ['read'] and not is_managed(entry):
        return None
    if not isinstance(actions, list) or not actions:
        return 'unknown'
    if len(actions) > 1 and 'create' in actions:
        return 'replace'
    return actions[0] if len(actions) == 1 and actions[0] in ACTION_WORDS else 'unknown'


def outside_changes(plan: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    """By address, what changed outside. An entry may be only a move: its action is `no-op`."""
    drifted = (entry for entry in entries(plan, 'resource_drift') if change_of(entry).get('actions') != ['no-op'])
    return {str(entry.get('address')): entry for entry in drifted}


def changes_of(plan: Dict[str, Any], refresh_only: bool) -> Changes:
    outside = outside_changes(plan)
    planned = {str(one.get('address')): one for one in entries(plan, 'resource_changes') if action_word(one)}
    outputs = [name for name, change in _output_changes(plan) if change.get('actions') != ['no-op']]
    if refresh_only:
        effective = set(outside)
    else:
        effective = {one for one in outside if one in planned or (_is_relevant(one, plan) and (planned or outputs))}

    causes = {base_address(one) for one in effective} | {
        base_address(address) for address, one in planned.items() if action_word(one) != 'create'
    }
    quiet = {base_address(one) for one in effective if one not in planned}
    followers = {address for address, one in planned.items() if address not in effective
                 and _is_follower(one, plan, causes, quiet)}
    files = [_address_file(one, 'host', action_word(outside[one]) or 'unknown') for one in effective
             if one not in planned or _is_undone(outside[one], planned[one], plan)]
    named = {one['name'] for one in files}
    files += [_address_file(one, 'commit', action_word(entry) or 'unknown') for one, entry in planned.items()
              if one not in followers and one_line(one) not in named]
    changed = causes | {base_address(one) for one in planned}
    files += [_address_file('output.' + name, 'commit', action_word({'change': change}) or 'unknown')
              for name, change in _output_changes(plan)
              if name in outputs and not _is_explained_output(name, plan, changed)]
    files += [_address_file(name, 'host', 'check') for name in _failing_checks(plan) if one_line(name) not in named]
    ignored = sorted(one_line(one) for one in outside if one not in effective)
    return Changes(sorted(files, key=lambda one: one['name']), ignored)


def check_statuses(plan: Dict[str, Any]) -> Set[str]:
    return {str(check.get('status')) for check in entries(plan, 'checks')}


def _address_file(address: str, origin: str, change: str) -> File:
    return {'name': one_line(address), 'origin': origin, 'change': change}


def _output_changes(plan: Dict[str, Any]) -> Iterator[Any]:
    for name, change in sorted((plan.get('output_changes') or {}).items()):
        if isinstance(change, dict):
            yield name, change


def _is_relevant(address: str, plan: Dict[str, Any]) -> bool:
    relevant = {base_address(str(one.get('resource'))) for one in entries(plan, 'relevant_attributes')}
    return base_address(address) in relevant


def _is_undone(outside: Dict[str, Any], planned: Dict[str, Any], plan: Dict[str, Any]) -> bool:
    """Whether the plan undoes what changed outside. Otherwise only the commit changes this resource, elsewhere."""
    drift, change = change_of(outside), change_of(planned)
    if not isinstance(drift.get('after'), dict) or not isinstance(change.get('before'), dict):
        return True
    if not isinstance(drift.get('before'), dict) or not isinstance(change.get('after'), dict):
        return True
    configured = (resource_configuration(plan, str(planned.get('address'))) or {}).get('expressions')
    drifted = {name for name in drift['after'] if drift['after'].get(name) != drift['before'].get(name)}
    undone = {name for name in set(change['before']) | set(change['after']) if _differs(change, name)}
    if isinstance(configured, dict) and undone & set(configured):
        undone &= set(configured)
    return bool(drifted & undone)


def _differs(change: Dict[str, Any], name: str) -> bool:
    return _is_unknown(change, name) or _known_differs(change, name)


def _is_unknown(change: Dict[str, Any], name: str) -> bool:
    return _has_true((change.get('after_unknown') or {}).get(name))


def _has_true(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_true(part) for part in value.values())
    if isinstance(value, list):
        return any(_has_true(part) for part in value)
    return value is True


def _known_differs(change: Dict[str, Any], name: str) -> bool:
    unknown = (change.get('after_unknown') or {}).get(name)
    return _values_differ(change['before'].get(name), change['after'].get(name), unknown)


def _values_differ(before: Any, after: Any, unknown: Any) -> bool:
    """Whether the known parts of a value differ."""
    if unknown is True:
        return False
    if isinstance(before, dict) and isinstance(after, dict):
        parts = unknown if isinstance(unknown, dict) else {}
        return any(_values_differ(before.get(key), after.get(key), parts.get(key)) for key in set(before) | set(after))
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        parts = unknown if isinstance(unknown, list) and len(unknown) == len(after) else [None] * len(after)
        return any(_values_differ(*three) for three in zip(before, after, parts))
    return before != after


def _is_follower(entry: Dict[str, Any], plan: Dict[str, Any], causes: Set[str], quiet: Set[str]) -> bool:
    """Whether this resource changes only because it uses another one that does.

    An unknown value comes from a resource that is about to change (`causes`). A known one has changed if its resource
    changed outside and stays so (`quiet`). Data sources explain nothing: they may have changed themselves. In doubt it
    is no follower: naming one too many does no harm.
    """
    change, address = change_of(entry), str(entry.get('address'))
    configuration = resource_configuration(plan, address)
    if action_word(entry) not in ('update', 'replace') or OWN_REASONS.search(str(entry.get('action_reason') or '')):
        return False
    if configuration is None or not isinstance(change.get('before'), dict) or not isinstance(change.get('after'), dict):
        return False
    expressions = configuration.get('expressions') or {}
    differing = [name for name in expressions if _differs(change, name)]
    if not differing:
        return entry.get('action_reason') == 'replace_by_triggers'
    return all(_is_explained(change, name, plan, address, causes, quiet) for name in differing)


def _is_explained(change: Dict[str, Any], name: str, plan: Dict[str, Any], address: str,
                  causes: Set[str], quiet: Set[str]) -> bool:
    found = referenced_by(plan, address, name)
    others = causes - {base_address(address)}
    if found.has_data:
        return False
    if _known_differs(change, name):
        return not _is_unknown(change, name) and bool(found.resources & quiet)
    return bool(found.resources & others) or (found.has_locals and _is_any_relevant(others, plan))


def _is_any_relevant(bases: Set[str], plan: Dict[str, Any]) -> bool:
    """A plan does not give the expression of a local value, but the resources that its changes come from."""
    return any(base_address(str(one.get('resource'))) in bases for one in entries(plan, 'relevant_attributes'))


def _is_explained_output(name: str, plan: Dict[str, Any], changed: Set[str]) -> bool:
    found = referenced_by(plan, '', name)
    return bool(found.resources & changed) or (found.has_locals and _is_any_relevant(changed, plan))


def _failing_checks(plan: Dict[str, Any]) -> Iterator[str]:
    for check in entries(plan, 'checks'):
        if check.get('status') != 'fail':
            continue
        failing = [one for one in entries(check, 'instances') if one.get('status') == 'fail']
        for one in failing or [check]:
            address = one.get('address')
            yield str(address.get('to_display') if isinstance(address, dict) else address)


# ---- terraform_plan.py
# The verdict on one plan of Terraform or OpenTofu: how the command ended, and what `show -json` says about its plan file. The rule was made from plans of both tools, one for each way in which a plan can look clean and prove nothing.


PLAN_FORMAT = re.compile(r'1\.\d+')
NO_CHANGES, HAS_CHANGES = 0, 2
LISTS = ('resource_changes', 'resource_drift', 'checks', 'relevant_attributes')
MAPS = ('configuration', 'planned_values', 'prior_state', 'output_changes')
# Lists of what the tool deferred, because it could not plan it yet.
PUT_OFF = ('deferred_changes', 'deferred_action_invocations')


def read_plan(text: bytes) -> Optional[Dict[str, Any]]:
    """The output of `show -json`, or None if that is no JSON object."""
    try:
        plan = json.loads(text.decode('utf-8'))
    except (ValueError, RecursionError):
        return None
    return plan if isinstance(plan, dict) else None


def judge_plan(exit_code: Optional[int], plan: Optional[Dict[str, Any]], refresh_only: bool,
               started_at: float, ended_at: float) -> Finding:
    """`exit_code` is that of `plan -detailed-exitcode`; the instants bound its run, in seconds since 1970."""
    try:
        return _judge(exit_code, plan, refresh_only, started_at, ended_at)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        return unknown('parse', 'The plan does not have the form of format version 1.')


def _judge(exit_code: Optional[int], plan: Optional[Dict[str, Any]], refresh_only: bool,
           started_at: float, ended_at: float) -> Finding:
    if exit_code is None:
        return unknown('not_started', 'The plan could not be started: is the tool installed?')
    unreadable = _why_unreadable(plan, started_at, ended_at) if plan is not None else None
    if exit_code not in (NO_CHANGES, HAS_CHANGES):
        found = changes_of(plan, refresh_only).files if plan and not unreadable and _had_state(plan) else []
        return unknown('plan_failed', 'The plan failed (exit code %d): the log says why.' % exit_code, found)
    if plan is None:
        return unknown('parse', 'The plan ended, but what `show -json` printed of it is not a JSON object.')
    if unreadable is not None:
        return unreadable
    if not _had_state(plan) and (_configures_resources(plan) or 'fail' not in check_statuses(plan)):
        return _nothing_compared(plan)
    changes = changes_of(plan, refresh_only)
    partial = _why_plan_is_partial(plan, refresh_only)
    if partial is not None:
        return unknown('partial', partial, changes.files)
    return _judge_refresh_only(plan, changes) if refresh_only else _judge_whole(exit_code, plan, changes)


def _judge_refresh_only(plan: Dict[str, Any], changes: Changes) -> Finding:
    """It compares the state with the world, never with the commit."""
    if outside_changes(plan) or 'fail' in check_statuses(plan):
        return out_of_sync(changes.files, **_ignored(changes))
    return unknown('refresh_only', 'A refresh-only plan found nothing, but it does not look at the commit: '
                                   'only a plan without -refresh-only can say SYNCED.')


def _judge_whole(exit_code: int, plan: Dict[str, Any], changes: Changes) -> Finding:
    if exit_code == HAS_CHANGES or changes.files or 'fail' in check_statuses(plan):
        return out_of_sync(changes.files, **_ignored(changes))
    if check_statuses(plan) - {'pass'}:
        return unknown('check_failed', 'A check block could not be evaluated, so the plan does not prove it.')
    if any(action_word(entry) for entry in entries(plan, 'resource_changes')):
        return unknown('contradiction', 'The plan names changes, but its exit code says that there are none.')
    if not any(is_managed(entry) for entry in entries(plan, 'resource_changes')):
        return _nothing_compared(plan)
    return synced(**_ignored(changes))


def _ignored(changes: Changes) -> Dict[str, Any]:
    """Outside changes that the configuration ignores: reported, but no drift."""
    return {'ignored': changes.ignored} if changes.ignored else {}


def _nothing_compared(plan: Dict[str, Any]) -> Finding:
    if _configures_resources(plan):
        return unknown('no_state', 'The state holds no resource, although the configuration has some. Either nothing was '
                                   'ever applied, or this is the wrong workspace, or the state is lost.')
    return unknown('nothing_compared', 'Neither the configuration nor the state has a resource that could be compared.')


def _why_unreadable(plan: Dict[str, Any], started_at: float, ended_at: float) -> Optional[Finding]:
    version = plan.get('format_version')
    if not isinstance(version, str) or not PLAN_FORMAT.fullmatch(version):
        said = one_line(version)[:20] if isinstance(version, str) else 'none'
        return unknown('format', 'The format version of the plan is %s, but only 1.x is known.' % said)
    if 'configuration' not in plan or 'planned_values' not in plan:
        return unknown('no_plan', 'What `show -json` printed is not a plan (without a plan file it prints the state).')
    if not _has_known_form(plan):
        return unknown('parse', 'The plan does not have the form of format version 1.')
    made_at = _plan_instant(plan.get('timestamp'))
    if made_at is None:
        return unknown('timestamp', 'The plan does not say when it was made: use Terraform 1.5, OpenTofu 1.6 or newer.')
    # The plan gives whole seconds.
    if not int(started_at) <= made_at <= ended_at:
        return unknown('timestamp', 'The plan was not made by this run (or the clock was changed), so it proves nothing.')
    return None


def _has_known_form(plan: Dict[str, Any]) -> bool:
    """Empty lists are left out; the others must have the expected form."""
    lists = [plan[key] for key in LISTS if plan.get(key) is not None]
    maps = [plan[key] for key in MAPS if plan.get(key) is not None]
    return (all(isinstance(one, list) and all(isinstance(part, dict) for part in one) for one in lists)
            and all(isinstance(one, dict) for one in maps))


def _why_plan_is_partial(plan: Dict[str, Any], refresh_only: bool) -> Optional[str]:
    if plan.get('errored') is not False:
        return 'The plan is marked as failed, so it covers only a part of the resources.'
    if plan.get('complete') not in (None, True):
        return 'The plan is not complete: something was left out or deferred.'
    if any(plan.get(key) for key in PUT_OFF):
        return 'The tool has deferred a part of the plan.'
    missing = set() if refresh_only else _missing(plan)
    if missing:
        return 'The plan leaves out %d of the resources in the state, such as %s.' % (
            len(missing), one_line(min(missing))[:200])
    return None


def _missing(plan: Dict[str, Any]) -> Set[str]:
    """Resources of the state that the plan lacks: OpenTofu's only sign of a partial plan."""
    planned = {str(entry.get('address')) for entry in entries(plan, 'resource_changes')}
    return set(_managed_in_state(plan)) - planned


def _had_state(plan: Dict[str, Any]) -> bool:
    """If everything is gone from the host the refreshed state is empty too, but then the drift is named."""
    return any(True for _ in _managed_in_state(plan)) or any(map(is_managed, outside_changes(plan).values()))


def _managed_in_state(plan: Dict[str, Any]) -> Iterator[str]:
    state = plan.get('prior_state')
    values = state.get('values') if isinstance(state, dict) else None
    modules = [values.get('root_module')] if isinstance(values, dict) else []
    while modules:
        module = modules.pop()
        if isinstance(module, dict):
            modules += module.get('child_modules') or []
            yield from (str(one.get('address')) for one in entries(module, 'resources') if is_managed(one))


def _configures_resources(plan: Dict[str, Any]) -> bool:
    modules = [(plan.get('configuration') or {}).get('root_module')]
    while modules:
        module = modules.pop()
        if isinstance(module, dict):
            if any(is_managed(one) for one in entries(module, 'resources')):
                return True
            modules += [call.get('module') for call in (module.get('module_calls') or {}).values()]
    return False


def _plan_instant(text: Any) -> Optional[float]:
    try:
        return calendar.timegm(time.strptime(text, '%Y-%m-%dT%H:%M:%SZ'))
    except (TypeError, ValueError):
        return None


# ---- terraform_source.py
# The source `terraform`: makes its own plan with Terraform or OpenTofu, and reads it. A given plan file proves nothing: a plan made with `-refresh=false` looks the same as one in sync.


OPTION = re.compile(r'--?([A-Za-z][A-Za-z-]*)(?:=(.*))?', re.DOTALL)
WITH_VALUE = frozenset(('var', 'var-file', 'lock-timeout', 'parallelism', 'deprecation'))
SWITCHES = frozenset(('lock', 'compact-warnings', 'concise', 'consolidate-warnings', 'consolidate-errors'))
# These are always given.
PLAN_OPTIONS_GIVEN = frozenset(('detailed-exitcode', 'input', 'no-color'))
PLAN_REFUSED = {
    'target': 'it leaves resources out',
    'target-file': 'it leaves resources out',
    'exclude': 'it leaves resources out',
    'exclude-file': 'it leaves resources out',
    'refresh': 'without a refresh, the plan does not look at the servers',
    'destroy': 'it plans to destroy everything, not what the commit says',
    'replace': 'it adds a change',
    'allow-deferral': 'it defers resources',
    'out': 'the plan file is the reporter\'s own: it holds secrets and is deleted',
    'generate-config-out': 'it writes files',
    'json': 'the reporter reads the plan file',
    'show-sensitive': 'it prints secrets',
    'state': 'it reads another state',
    'state-out': 'it names another state',
    'backup': 'it writes files',
}
TRUE, FALSE = frozenset(('1', 't', 'T', 'TRUE', 'true', 'True')), frozenset(('0', 'f', 'F', 'FALSE', 'false', 'False'))


class PlanArguments(NamedTuple):
    words: List[str]
    refresh_only: bool


class Program(NamedTuple):
    """The tool, and where and how it runs."""

    path: str
    environ: Mapping[str, str]
    directory: str
    context: Surroundings

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    def run(self, *words: str) -> ProgramOutcome:
        return self.context.run([self.path, *words], self.environ, self.directory, True)


def add_terraform_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--tool', help='the program to run: terraform, tofu or a path (default: the first one on the PATH)')
    parser.add_argument('--chdir', metavar='DIR', default='.', help='the root module, if it is not the current directory')


def prepare_terraform(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """A plan that is run and read. Raises Refusal if the arguments, the environment or the names do not allow a proof."""
    arguments = plan_arguments([*inherited_words(context.environ), *words])
    program = Program(
        options.tool or _installed_tool(context.environ),
        plan_environment(context.environ),
        os.path.join(context.directory, options.chdir),
        context,
    )
    if options.chdir != '.' and not os.path.isdir(program.directory):
        raise Refusal('--chdir: %s is not a directory.' % options.chdir)
    named = context.environ.get('SERVER_NAME'), context.environ.get('GITOPS_STATUS_CHECK')
    place = '' if all(named) else _place(program)
    server, check = valid_server(named[0] or place), named[1] or 'terraform ' + place

    def run() -> List[TargetFinding]:
        # Only its owner may read the plan file: it has secrets in clear text.
        scratch = tempfile.mkdtemp(prefix='gitops-status-plan-')
        try:
            finding, text = _plan(program, arguments, os.path.join(scratch, 'plan'))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return [TargetFinding(server, check, program.name, finding, text)]
    return PreparedCheck(check, server, run)


def plan_words(arguments: PlanArguments, plan_file: str) -> List[str]:
    return ['plan', '-input=false', '-no-color', '-detailed-exitcode', '-out=' + plan_file, *arguments.words]


def plan_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """`inherited_words` reads arguments from the environment; nothing else there may change the command."""
    kept = {name: value for name, value in environ.items() if not name.startswith('TF_CLI_ARGS')}
    return {**kept, 'TF_IN_AUTOMATION': '1', 'TF_INPUT': '0'}


def inherited_words(environ: Mapping[str, str]) -> List[str]:
    """The arguments that TF_CLI_ARGS and TF_CLI_ARGS_plan add to a plan: often the file with the variables."""
    words: List[str] = []
    for name in ('TF_CLI_ARGS_plan', 'TF_CLI_ARGS'):
        try:
            words += shlex.split(environ.get(name, ''))
        except ValueError:
            raise Refusal('%s cannot be split into words: is a quote missing?' % name) from None
    return words


def plan_arguments(words: Iterable[str]) -> PlanArguments:
    """Accepts only arguments that are known to keep the proof whole. Messages never repeat values: they may be secrets."""
    kept: List[str] = []
    refresh_only = False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option = OPTION.fullmatch(word)
        if option is None:
            raise Refusal('An argument of the plan is not an option. A plan file proves nothing; name the root module with '
                          '--chdir.')
        name, value = option.group(1), option.group(2)
        if name == 'refresh-only':
            refresh_only = _switch(name, value)
        elif name == 'refresh' and _switch(name, value):
            continue
        elif name in PLAN_REFUSED:
            raise Refusal('-%s is refused: %s.' % (name, PLAN_REFUSED[name]))
        elif name in WITH_VALUE:
            if value is None and not rest:
                raise Refusal('-%s needs a value.' % name)
            kept.append('-%s=%s' % (name, rest.pop(0) if value is None else value))
        elif name in SWITCHES:
            kept.append('-%s=%s' % (name, 'true' if _switch(name, value) else 'false'))
        elif name not in PLAN_OPTIONS_GIVEN:
            raise Refusal('-%s is refused: it is not known whether a plan with it still proves anything.' % name)
    if refresh_only:
        kept.append('-refresh-only')
    return PlanArguments(kept, refresh_only)


def _switch(name: str, value: Optional[str]) -> bool:
    if value is None or value in TRUE:
        return True
    if value in FALSE:
        return False
    raise Refusal('-%s must be true or false.' % name)


def _plan(program: Program, arguments: PlanArguments, plan_file: str) -> Tuple[Finding, str]:
    started_at = program.context.now()
    planned = program.run(*plan_words(arguments, plan_file))
    ended_at = program.context.now()
    if planned.exit_code is None:
        return unknown('not_started', '%s could not be started: is it installed?' % program.name), ''
    # A failed plan also leaves a plan file, with what was found until then.
    shown = program.run('show', '-no-color', '-json', plan_file)
    plan = read_plan(shown.stdout) if shown.exit_code == 0 else None
    finding = judge_plan(planned.exit_code, plan, arguments.refresh_only, started_at, ended_at)
    return finding, planned.stderr.decode('utf-8', 'replace')


def _installed_tool(environ: Mapping[str, str]) -> str:
    """The one that comes first on the PATH: a runner may have one, and a job may put the other before it."""
    for directory in environ.get('PATH', os.defpath).split(os.pathsep):
        for tool in ('terraform', 'tofu'):
            if shutil.which(tool, path=directory or os.curdir):
                return tool
    raise Refusal('Neither terraform nor tofu is installed: name another program with --tool.')


def _place(program: Program) -> str:
    """The root module as a path in the repo, and the workspace: two workspaces are two targets."""
    place = directory_name(program.directory, program.context.repo_root)
    workspace = workspace_of(program.environ, program.directory)
    return place if workspace == 'default' else '%s@%s' % (place, workspace)


def workspace_of(environ: Mapping[str, str], directory: str) -> str:
    """Both tools look here, in this order; `workspace show` would say the same, but needs another process."""
    selected = os.path.join(directory, environ.get('TF_DATA_DIR') or '.terraform', 'environment')
    if environ.get('TF_WORKSPACE'):
        return environ['TF_WORKSPACE']
    try:
        with open(selected, encoding='utf-8') as file:
            return file.read().strip() or 'default'
    except FileNotFoundError:
        return 'default'
    except (OSError, ValueError):
        raise Refusal('%s cannot be read, so the workspace is not known.' % selected) from None


# ---- other_sources.py
# The sources other than Ansible, by their word on the command line.


class OtherSource(NamedTuple):
    """`prepare` gets the options before `--` and the words after it."""

    add_options: Callable[[argparse.ArgumentParser], None]
    prepare: Callable[[argparse.Namespace, List[str], Surroundings], PreparedCheck]


OTHER_SOURCES: Dict[str, OtherSource] = {
    'terraform': OtherSource(add_terraform_options, prepare_terraform),
    'puppet': OtherSource(add_puppet_options, prepare_puppet),
    'salt': OtherSource(add_salt_options, prepare_salt),
    'command': OtherSource(add_command_options, prepare_command),
}


class RefusingParser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        raise Refusal('%s (see --help)' % message)


def own_options(source: str, words: List[str]) -> Tuple[argparse.Namespace, List[str]]:
    """The options of the source itself, and all other words: the options of every source, `--` and what follows it."""
    split = words.index('--') if '--' in words else len(words)
    parser = RefusingParser(prog='gitops_status_reporter.py ' + source, add_help=False, allow_abbrev=False)
    OTHER_SOURCES[source].add_options(parser)
    own, others = parser.parse_known_args(words[:split])
    return own, others + words[split:]


# ---- other_check.py
# A check by another tool than Ansible: its source prepares, runs and judges it; this runs the tool and makes the reports.


# Before the check begins, its tool may be asked for the name of the target.
PREPARING_TIMEOUT_S = 60
# The tool sees the whole environment but these.
SECRET_NAMES = frozenset(('GITOPS_STATUS_TOKEN', 'GITOPS_STATUS_TOKEN_FILE'))


class OtherCheck:
    """One run. `observe` says what it found, also after an interruption."""

    def __init__(self, settings, environment, _plugin_directory, client, log):
        self.settings = settings
        self.client = client
        self.log = log
        self._until = None
        self._timed_out = False
        self._seconds = None
        self._found = []
        self._problem = None
        if settings.options.explain:
            raise SettingsError('--explain works only for Ansible; --dry-run prints what this check finds')
        self._labels = self._own_labels()
        surroundings = Surroundings(
            environ={name: value for name, value in environment.items() if name not in SECRET_NAMES},
            directory=os.getcwd(), repo_root=repo_root_of(os.getcwd()), host_name=socket.gethostname(), now=time.time, run=self._run_program)
        self._prepared = OTHER_SOURCES[settings.options.source].prepare(settings.options.own, settings.options.rest, surroundings)
        self.name = settings.check or shortened(printable(self._prepared.check), 255)

    def run(self):
        started = time.monotonic()
        self._until = started + self.settings.check_timeout_s
        try:
            self._found = self._prepared.run()
        except Interrupted:
            raise
        except Refusal as refusal:
            self.log(str(refusal))
            self._problem = Problem('no_hosts', str(refusal))
        except Exception as error:  # an output that no program of ours understands is no reason for silence
            self._problem = Problem('parse', 'the output of the tool cannot be understood (%s)' % type(error).__name__)
        self._seconds = time.monotonic() - started

    def observe(self, context, interrupted=None):
        """An Observation. `interrupted`: the name of the signal that ended the check, or None."""
        context.common['tool'] = self.settings.options.source
        if self._seconds is not None:
            context.common['duration_ms'] = int(self._seconds * 1000)
        if self._labels is not None:
            context.common['labels'] = self._labels
        problem = self._problem
        if interrupted and not self._found:
            problem = Problem('not_processed', 'the check was interrupted by %s' % interrupted)
        if problem is not None:
            return self._without_findings(problem, context, interrupted)
        reports = [self._report(one, context) for one in self._found]
        return Observation(reports, incomplete=not reports, declared={report['server'] for report in reports})

    def close(self):
        pass

    # ---- Reports

    def _report(self, one, context):
        finding = dict(one.finding)
        if self._timed_out and finding['sync_status'] == 'UNKNOWN':
            finding.update(error_kind='timeout', error='The check did not end within %d s.' % self.settings.check_timeout_s)
        if finding.get('error') and one.tool_text and self.settings.rules.full_texts:
            finding['error'] = ' '.join(('%s %s' % (finding['error'], one.tool_text)).split())
        return dict(report_of_finding(one.server, finding, context), tool=shortened(printable(one.tool), 255))

    def _without_findings(self, problem, context, interrupted):
        """UNKNOWN for the target, or for all of which this check has told before."""
        targets, failed = {self._prepared.server}, False
        if self._prepared.server is None:
            targets, failed = self._asked(interrupted)
        reports = [report_without_record(target, problem, context) for target in sorted(targets)]
        return Observation(reports, incomplete=failed or not reports, declared=targets)

    def _asked(self, interrupted):
        if self.settings.options.dry_run or self.client is None:
            self.log('a dry run does not ask the server which targets this check has reported about')
            return set(), False
        return targets_of_check(self.client, self.settings.repo, self.name, self.log, 5 if interrupted else None)

    def _own_labels(self):
        """None: those that the server has stay. Variables and groups are of an Ansible inventory."""
        if not self.settings.labels:
            return None
        foreign = sorted(key for key, (source, _) in self.settings.labels.items() if source != 'text')
        if foreign:
            self.log('GITOPS_STATUS_LABELS: %s left out: var: and group: work only for Ansible, this check takes key=text' % ', '.join(foreign))
        return label_values(self.settings.labels, lambda _variable: None, ()) or None

    # ---- The tool

    def _run_program(self, argv, environ, directory, capture):
        """Captured output never reaches the log: plans and reports hold secrets. What goes to stderr does."""
        with tempfile.TemporaryFile() as output:
            stdout = output if capture else sys.stderr if self.settings.options.dry_run else None
            limit_s = PREPARING_TIMEOUT_S if self._until is None else max(0, self._until - time.monotonic())
            try:
                ended = run_tool(argv, environ, limit_s, stdout, directory)
            except OSError as error:
                self.log('%s cannot be started: %s' % (argv[0], error))
                return ProgramOutcome(None)
            self._timed_out = self._timed_out or ended.timed_out
            output.seek(0)
            return ProgramOutcome(-15 if ended.timed_out else ended.code, output.read(), ended.stderr.encode())


# ---- spool.py
# Undelivered reports, oldest first. One directory per repo and check; each entry keeps its address.


KEEP_MAX = 1000


class Entry:
    def __init__(self, path, url, reports):
        self.path = path
        self.url = url
        self.reports = reports


class Spool:
    def __init__(self, base, repo, check):
        self.directory = os.path.join(base, _slug(repo + '\n' + check, repo)) if base else None

    def keep(self, url, reports):
        """The path of the written entry; None if there is no spool or it cannot be written."""
        if not self.directory:
            return None
        name = '%d-%d-%d.json' % (time.time() * 1000, os.getpid(), random.randrange(100000))
        path = os.path.join(self.directory, name)
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            descriptor = os.open(path + '.part', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, 'w', encoding='utf-8') as stream:
                json.dump({'url': url, 'reports': reports}, stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.rename(path + '.part', path)
        except OSError:
            return None
        self._trim()
        return path

    def entries(self):
        """The readable entries, oldest first; any other file is set apart."""
        found = []
        for name in self._names():
            path = os.path.join(self.directory, name)
            try:
                with open(path, encoding='utf-8') as stream:
                    told = json.load(stream)
                found.append(Entry(path, str(told['url']), list(told['reports'])))
            except OSError:
                continue  # another run has just sent it
            except (ValueError, KeyError, TypeError):
                self.set_apart(path, 'unreadable')
        return found

    def forget(self, entry):
        try:
            os.unlink(entry.path)
        except OSError:
            pass  # another run has just sent it: a report that arrives twice is recorded once

    def set_apart(self, path, why):
        apart = os.path.join(self.directory, why)
        try:
            os.makedirs(apart, mode=0o700, exist_ok=True)
            os.rename(path, os.path.join(apart, os.path.basename(path)))
        except OSError:
            return None
        return os.path.join(apart, os.path.basename(path))

    def _names(self):
        try:
            names = os.listdir(self.directory) if self.directory else []
        except OSError:
            return []
        return sorted((name for name in names if re.match(r'\d+-.*\.json\Z', name)), key=lambda name: (int(name.split('-')[0]), name))

    def _trim(self):
        for name in self._names()[:-KEEP_MAX]:
            try:
                os.unlink(os.path.join(self.directory, name))
            except OSError:
                continue  # gone already


def _slug(key, readable):
    return '%s-%08x' % (re.sub(r'[^A-Za-z0-9._-]+', '_', readable).strip('._')[:80] or 'repo', zlib.crc32(key.encode('utf-8', 'replace')))


# ---- waiting.py
# `wait`: asks the server's gate until everything that matches is in sync, and says what keeps it closed.


WAIT = 'wait'
ASK_AGAIN_S = 50  # proxies give up after a minute
WAIT_TIMEOUT_S = 600
LOOK_AGAIN_S = 5
BACKOFF_MAX_S = 30
BLOCKERS_SHOWN_MAX = 20

PASSED, FAILED, CLOSED, UNREACHED = 0, 1, 2, 3
_RELATIVE = re.compile(r'now(?:-([0-9]{1,9})([smhdw]))?\Z')
_UNIT_S = {'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}


def wait_for_gate(words, environment, log):
    """The exit code."""
    options = _wait_options(words)
    query = _query_of(options, environment, time.time())
    url, token, answer_timeout_s = connection(environment)
    require_address(url)
    return Gate(Client(url, token, answer_timeout_s), log).wait(query, options.timeout)


def _wait_options(words):
    parser = RefusingParser(prog='gitops_status_reporter.py wait', add_help=False, allow_abbrev=False)
    for name in ('--repo', '--server', '--label'):
        parser.add_argument(name, action='append', default=[])
    for name in ('--commit', '--since', '--max-age', '--expect'):
        parser.add_argument(name)
    parser.add_argument('--timeout', type=int, default=WAIT_TIMEOUT_S)
    options = parser.parse_args(words)
    if options.timeout < 0:
        raise SettingsError('--timeout must be a whole number of seconds, 0 or more')
    return options


def _query_of(options, environment, now):
    repos = options.repo
    if not repos and not options.server and not options.label:
        repos = [environment.get('REPO_NAME') or detect(environment).repo]
        if not repos[0]:
            raise SettingsError("which targets? Name them with --repo, --server or --label; --repo '*' means all")
    named = [('repo', repos), ('server', options.server), ('label', options.label)]
    query = [(name, value) for name, values in named for value in values]
    since = None if options.since is None else _fixed(options.since, now)
    single = [('commit', options.commit), ('since', since), ('max_age', options.max_age), ('expect', options.expect)]
    # An empty value is sent, and refused: a variable of the pipeline is not set.
    return query + [(name, value) for name, value in single if value is not None]


def _fixed(since, now):
    """A relative instant means the same in every request."""
    match = _RELATIVE.match(since.strip())
    if not match:
        return since
    return '%.3f' % (now - int(match.group(1) or 0) * _UNIT_S[match.group(2) or 's'])


class Gate:
    def __init__(self, client, log, sleep=time.sleep, clock=time.monotonic):
        self._client = client
        self._log = log
        self._sleep = sleep
        self._clock = clock
        self._told = None
        self._failures = 0

    def wait(self, query, timeout_s):
        until = self._clock() + timeout_s
        while True:
            began = self._clock()
            wait_s = max(0, min(ASK_AGAIN_S, int(until - began)))
            code, pause_s = self._ask(query, wait_s)
            if code in (PASSED, FAILED) or pause_s is None:
                return code
            if code == CLOSED:
                # A server or a proxy that does not hold the request is asked only after a pause.
                pause_s = max(0, min(wait_s, LOOK_AGAIN_S) - (self._clock() - began))
            left_s = until - self._clock()
            if left_s < 1 or wait_s == 0:
                self._log('it did not pass within %d s' % timeout_s if code == CLOSED else 'no usable answer within %d s' % timeout_s)
                return code
            self._sleep(min(pause_s, left_s))

    def _ask(self, query, wait_s):
        """(exit code if this is final, seconds until the next request is useful: None if final)"""
        try:
            answer = self._client.gate(query + [('wait', str(wait_s))], wait_s + self._client.timeout_s)
        except NoAnswer as error:
            return self._again('no answer: %s' % error, None)
        told = answer.json()
        told = told if isinstance(told, dict) else {}
        if answer.status == 200 and isinstance(told.get('targets'), list):
            self._log('all pass: %d of %d targets' % ((len(told['targets']),) * 2))
            return PASSED, None
        if answer.status == 409 and isinstance(told.get('blocking'), list):
            self._failures = 0
            self._tell(told)
            return CLOSED, 0
        said = 'the server answered %d%s' % (answer.status, ': %s' % told['detail'] if told.get('detail') else '')
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return self._again(said, answer)
        self._log(said)
        return (FAILED if answer.status in (400, 422) else UNREACHED), None

    def _again(self, said, answer):
        pause_s = max(min(BACKOFF_MAX_S, 2 ** self._failures), min(retry_after_s(answer), 2 * BACKOFF_MAX_S)) + random.random()
        self._failures = min(self._failures + 1, 10)
        self._log('%s; asking again in %.1f s' % (said, pause_s))
        return UNREACHED, pause_s

    def _tell(self, told):
        """Once, and again if it has changed."""
        lines = [_line(one) for key in ('missing', 'blocking') for one in told.get(key) or [] if isinstance(one, dict)]
        if lines == self._told:
            return
        self._told = lines
        self._log('waiting: ' + _summary(told))
        for line in lines[:BLOCKERS_SHOWN_MAX]:
            self._log('  ' + line)
        if len(lines) > BLOCKERS_SHOWN_MAX:
            self._log('  ... and more')


def _summary(told):
    matched, missing = told.get('matched', 0), told.get('missing_count', 0)
    said = '%d of %d targets pass' % (matched - told.get('blocking_count', 0), matched)
    return '%s, and %d that you asked for do not match' % (said, missing) if missing else said


def _line(one):
    return '%s: %s' % (' on '.join(str(one[key]) for key in ('repo', 'server') if one.get(key)), one.get('reason'))


# ---- command_line.py
# The program: settings, the check, the delivery, the exit code.


LAST_WORDS_TIMEOUT_S = 5  # runners kill the rest after about ten seconds
SHOWN_MAX = 50
SOURCES = dict({'ansible': AnsibleCheck}, **dict.fromkeys(OTHER_SOURCES, OtherCheck))


def log(text):
    """One line, or several if they are for copying."""
    sys.stderr.write('gitops-status: ' + ''.join(printable(line) + '\n' for line in text.split('\n')))
    sys.stderr.flush()


def main(arguments, environment, here):
    os.umask(0o077)  # observations and unsent reports are private to the user
    if arguments[:1] == [WAIT]:
        return _wait(arguments[1:], environment)
    named = bool(arguments) and arguments[0] in SOURCES
    source, arguments = (arguments[0], arguments[1:]) if named else ('ansible', arguments)
    always_zero = '--always-zero' in (arguments[:arguments.index('--')] if '--' in arguments else arguments)
    try:
        own, arguments = own_options(source, arguments) if source in OTHER_SOURCES else (None, arguments)
        options = parse_options(arguments)
        options.source, options.own = source, own
        if options.help:
            sys.stdout.write(HELP)
            return 0
        settings = Settings(environment, options)
        _listen_to_signals()
        code = _Run(settings, SOURCES[source], environment, here).through()
    except (SettingsError, Refusal) as error:
        log(str(error))
        code = 1
    except Interrupted as signal_name:
        log('interrupted by %s before the check began: nothing is reported' % signal_name)
        code = 1
    return 0 if always_zero else code


def _wait(words, environment):
    if '--help' in words or '-h' in words:
        sys.stdout.write(HELP)
        return 0
    _listen_to_signals()
    try:
        return wait_for_gate(words, environment, log)
    except (SettingsError, Refusal) as error:
        log(str(error))
    except Interrupted as signal_name:
        log('interrupted by %s' % signal_name)
    return 1


class _Run:
    def __init__(self, settings, source, environment, here):
        self.settings = settings
        self.silent = settings.options.dry_run or settings.options.explain
        self.client = Client(settings.server_url, settings.token, settings.answer_timeout_s) if settings.server_url else None
        self.check = source(settings, environment, os.path.join(here, 'callback_plugins'), self.client, log)
        settings.check = self.check.name
        self.delivery = None
        self.observation = None
        self.posting = False

    def through(self):
        try:
            self.check.run()
            self.observation = self.check.observe(self._context())
            return self._tell()
        except Interrupted as signal_name:
            _ignore_signals()
            self._say_last_words(str(signal_name))
            return 1
        finally:
            self.check.close()

    def _context(self):
        settings = self.settings
        now = datetime.datetime.now(datetime.timezone.utc)
        last_check = now.strftime('%Y-%m-%dT%H:%M:%S.') + '%03dZ' % (now.microsecond // 1000)
        return Context(repo=settings.repo, server=settings.server, strip_prefix=settings.strip_prefix, common=settings.common_fields(last_check))

    # ---- Messages

    def _tell(self):
        observation, options = self.observation, self.settings.options
        for report in observation.reports:
            _announce(report)
        if options.explain:
            sys.stdout.write(''.join(line + '\n' for line in observation.explanation))
        if options.dry_run:
            reports = observation.reports
            json.dump(reports[0] if len(reports) == 1 else reports, sys.stdout, indent=2)
            sys.stdout.write('\n')
        if options.after_deploy not in (None, 'success'):
            log('--after-deploy "%s" is not "success": the report does not say that a deploy has succeeded' % options.after_deploy)
        why_not = self.settings.why_not_posted()
        delivered = True
        if why_not and not self.silent:
            log('not posted: %s' % why_not)
        elif not self.silent:
            delivered = self._post()
        return self._exit_code(delivered)

    def _post(self):
        self.posting = True
        self.delivery = self._new_delivery()
        self.delivery.unsent = [self.observation.reports] if self.observation.reports else []
        unsent = self.delivery.unsent
        self.delivery.flush(self.settings.options.adopt_spool)
        self.delivery.unsent = unsent
        delivered = self.delivery.deliver(self.observation.reports)
        self._announce_receipts()
        self._declare()
        return delivered

    def _new_delivery(self):
        return Delivery(self.client, Spool(self.settings.spool, self.settings.repo, self.settings.check), log)

    def _announce_receipts(self):
        for (_, server), receipt in sorted(self.delivery.receipts.items()):
            since = receipt.get('since')
            log('recorded %s: %s%s' % (server, receipt.get('change', '?'), ' since %s' % since if since else ''))

    def _declare(self):
        """Servers of this check that the server does not know: it should notice if they stay silent."""
        reported = {server for _, server in self.delivery.receipts}
        pending = [server for server in self.observation.declared if server not in reported]
        if not pending:
            return
        try:
            answer = self.client.status_of(self.settings.repo)
            rows = answer.json() if answer.status == 200 else None
            known = {row.get('server') for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
            for server in pending:
                if server in known:
                    continue
                answer = self.client.declare(self.settings.repo, server)
                if answer.status >= 300:
                    log('%s could not be declared as expected: the server answered %d' % (server, answer.status))
                    return
        except NoAnswer as error:
            log('expected servers could not be declared: %s' % error)

    # ---- The end

    def _exit_code(self, delivered):
        observation = self.observation
        if not delivered or observation.incomplete or not observation.reports:
            return 1
        statuses = {report['sync_status'] for report in observation.reports}
        if statuses == {'SYNCED'}:
            return 0
        if 'UNKNOWN' in statuses:
            return 1
        return 0 if self._is_known_drift() else 2

    def _is_known_drift(self):
        """
        Only if the server says that this same finding was there before. A duplicate is a retry whose first answer was
        lost, so its meaning is unknown: that counts as news.
        """
        if self.settings.options.fail_on != 'change' or self.delivery is None:
            return False
        drifted = [report for report in self.observation.reports if report['sync_status'] == 'OUT_OF_SYNC']
        receipts = [self.delivery.receipts.get((report['repo'], report['server']), {}) for report in drifted]
        return all(receipt.get('recorded') == 'new' and receipt.get('change') == 'unchanged' for receipt in receipts)

    def _say_last_words(self, signal_name):
        if self.silent or self.settings.why_not_posted():
            return
        if self.observation is None:
            self.observation = self.check.observe(self._context(), signal_name)
        if self.delivery is None:
            self.delivery = self._new_delivery()
            self.delivery.unsent = [self.observation.reports] if self.observation.reports else []
        self.delivery.last_words(LAST_WORDS_TIMEOUT_S)


def _announce(report):
    said = '%s on %s: %s' % (report['repo'], report['server'], report['sync_status'])
    if report.get('error'):
        said += ' (%s: %s)' % (report['error_kind'], report['error'])
    if report['drift_count']:
        said += ', %s%d drifted' % ('at least ' if report.get('partial') else '', report['drift_count'])
    log(said)
    for entry in report['files'][:SHOWN_MAX]:
        log('  ' + ': '.join(entry[key] for key in ('change', 'name') if entry.get(key)))
    for entry in report.get('resources', [])[:SHOWN_MAX]:
        log('  %s: %s (%s, %s)' % (entry['change'], entry.get('name') or '-', entry['task'], entry['module']))


def _listen_to_signals():
    for name in ('SIGHUP', 'SIGINT', 'SIGTERM'):
        signal.signal(getattr(signal, name), lambda _number, _frame, name=name: _interrupt(name))


def _interrupt(name):
    _ignore_signals()
    raise Interrupted(name)


def _ignore_signals():
    for name in ('SIGHUP', 'SIGINT', 'SIGTERM'):
        signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:], dict(os.environ), os.path.dirname(os.path.abspath(__file__))))
