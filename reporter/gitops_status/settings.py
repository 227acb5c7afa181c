"""Settings from the environment and the command line. Every mistake is named, with the right form."""

from __future__ import annotations

import os
import re

from . import ci
from .labels import parse_labels
from .texts import SERVER_NAME
from .verdict import Rules

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
        self.origin = ci.detect(environment)
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
