"""The origin of a run according to the CI: Woodpecker, GitHub (Gitea, Forgejo), GitLab, Jenkins, Drone, or else git."""

from __future__ import annotations

import re
import subprocess


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
