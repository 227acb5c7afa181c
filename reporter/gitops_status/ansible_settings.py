"""The user's own Ansible configuration, which ours must not replace. Ansible's order: environment, then ansible.cfg."""

from __future__ import annotations

import configparser
import os
import stat


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
