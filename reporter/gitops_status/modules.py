"""Which modules compare a host with the repo in check mode, and which only read. No other module counts as either."""

from __future__ import annotations

import fnmatch

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
