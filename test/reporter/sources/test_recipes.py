"""The recipes for the source `command`: git and dpkg really run; for Helm, Flux and Argo CD their output is simulated."""

import os
import shutil
import subprocess
import tempfile
import unittest

from samples import HERE, missing

RECIPES = os.path.join(HERE, '..', '..', '..', 'reporter', 'examples', 'other-sources')


class Recipe(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.names = os.path.join(self.root, 'names')
        self.bin = os.path.join(self.root, 'bin')
        os.mkdir(self.bin)

    def run_recipe(self, recipe, *words):
        """The exit code and the names."""
        environ = {**os.environ, 'NAMES': self.names, 'PATH': self.bin + ':' + os.environ['PATH'], 'HOME': self.root}
        done = subprocess.run([os.path.join(RECIPES, recipe), *words], env=environ, cwd=self.root, capture_output=True)
        self.said = (done.stdout + done.stderr).decode()
        if not os.path.exists(self.names):
            return done.returncode, []
        with open(self.names) as file:
            return done.returncode, file.read().splitlines()

    def pretend(self, tool, printed='', code=0, said=''):
        path = os.path.join(self.bin, tool)
        for name, text in (('out', printed), ('err', said)):
            with open('%s.%s' % (path, name), 'w') as file:
                file.write(text)
        with open(path, 'w') as file:
            file.write('#!/bin/sh\necho "$*" >>"$0.calls"\ncat "$0.out"\ncat "$0.err" >&2\nexit %d\n' % code)
        os.chmod(path, 0o755)

    def calls(self, tool):
        with open(os.path.join(self.bin, tool + '.calls')) as file:
            return file.read()


@unittest.skipIf(missing('git'), 'git is not there')
class Git(Recipe):
    def setUp(self):
        super().setUp()
        self.work = os.path.join(self.root, 'work')
        self.git('init', '-q', self.work, at=self.root)
        self.write('a', 'a\n')
        self.write('with blank', 'b\n')
        self.write('.gitignore', 'ignored\n')
        self.git('add', '-A')
        self.git('-c', 'user.name=x', '-c', 'user.email=x@example.test', 'commit', '-q', '-m', 'one')

    def git(self, *words, at=None):
        environ = {**os.environ, 'HOME': self.root}
        return subprocess.run(['git', *words], cwd=at or self.work, env=environ, check=True, capture_output=True, text=True).stdout

    def write(self, name, text):
        with open(os.path.join(self.work, name), 'w') as file:
            file.write(text)

    def check(self, commit='HEAD'):
        return self.run_recipe('git-checkout.sh', self.work, commit)

    def test_a_clean_checkout_is_in_sync(self):
        self.write('ignored', 'x')
        self.assertEqual(self.check(), (0, []))

    def test_each_way_to_differ_is_drift(self):
        def staged():
            self.write('a', 'x')
            self.git('add', 'a')

        def staged_and_put_back_on_disk():
            self.write('a', 'x')
            self.git('add', 'a')
            self.git('update-index', '--cacheinfo', '100644,%s,a' % self.git('hash-object', '-w', 'with blank').strip())

        def mode():
            self.git('config', 'core.fileMode', 'false')
            os.chmod(os.path.join(self.work, 'a'), 0o755)
        for change, name in ((lambda: self.write('a', 'x'), 'a'), (lambda: self.write('new', ''), 'new'), (staged, 'a'),
                             (lambda: os.remove(os.path.join(self.work, 'a')), 'a'), (mode, 'a'), (staged_and_put_back_on_disk, 'a'),
                             (lambda: self.write('with blank', 'x'), 'with blank'), (lambda: self.write('ü', ''), 'ü')):
            change()
            self.assertEqual(self.check(), (2, [name]))
            self.git('reset', '-q', '--hard')
            self.git('clean', '-q', '-f')

    def test_another_commit_is_drift_and_a_missing_one_is_unknown(self):
        before = self.git('rev-parse', 'HEAD').strip()
        self.write('a', 'x')
        self.git('-c', 'user.name=x', '-c', 'user.email=x@example.test', 'commit', '-q', '-a', '-m', 'two')
        self.assertEqual(self.check(before), (2, ['a']))
        self.assertEqual(self.check('0' * 40)[0], 3)
        self.assertEqual(self.run_recipe('git-checkout.sh', self.bin, 'HEAD')[0], 3)

    def test_files_marked_as_unchanged_make_it_unknown(self):
        for mark in ('--assume-unchanged', '--skip-worktree'):
            self.git('update-index', mark, 'a')
            self.write('a', 'x')
            self.assertEqual(self.check()[0], 3)
            self.git('update-index', mark.replace('--', '--no-'), 'a')
        self.assertEqual(self.check(), (2, ['a']))


class Dpkg(Recipe):
    def test_only_the_output_counts(self):
        self.pretend('dpkg', '??5?????? c /etc/a b\nmissing     /usr/bin/x\n')
        self.assertEqual(self.run_recipe('dpkg-verify.sh', 'p'), (2, ['/etc/a b', '/usr/bin/x']))
        self.assertEqual(self.calls('dpkg'), '--verify-format rpm --verify p\n')
        self.pretend('dpkg')
        self.assertEqual(self.run_recipe('dpkg-verify.sh'), (0, []))

    def test_an_unknown_package_or_a_file_that_cannot_be_read_is_unknown(self):
        self.pretend('dpkg', '??5?????? c /etc/a\n', 1, 'not installed\n')
        self.assertEqual(self.run_recipe('dpkg-verify.sh', 'p')[0], 3)
        self.pretend('dpkg', 'missing   c /etc/sudoers.d/x (Permission denied)\n')
        self.assertEqual(self.run_recipe('dpkg-verify.sh')[0], 3)

    @unittest.skipIf(missing('dpkg'), 'dpkg is not there')
    def test_the_real_dpkg(self):
        self.assertIn(self.run_recipe('dpkg-verify.sh', 'dpkg')[0], (0, 2))
        self.assertEqual(self.run_recipe('dpkg-verify.sh', 'no-such-package')[0], 3)


class Cluster(Recipe):
    def test_helm(self):
        for code, said, expected in ((0, '', 0), (2, '', 2), (1, 'Error: x\n', 3), (0, 'Error: x\n', 3), (2, 'Error: x\n', 3),
                                     (126, '', 3), (0, 'WARNING: errors are rare\n', 0)):
            self.pretend('helm', 'password: hunter2\n', code, said)
            self.assertEqual(self.run_recipe('helm-release.sh', 'r', './chart', '-f', 'v.yaml'), (expected, []), (code, said))
            self.assertNotIn('hunter2', self.said)
        self.assertIn('diff upgrade r ./chart -f v.yaml --three-way-merge --detailed-exitcode', self.calls('helm'))

    def test_flux(self):
        drift = '✓  Kustomization diffing...\n► Deployment/default/app drifted\n\nspec.replicas\n  ± value change\n► Secret/a/b created\n'
        for printed, code, expected in (('', 0, (0, [])), (drift, 1, (2, ['Deployment/default/app', 'Secret/a/b'])),
                                        ('✗ no such Kustomization\n', 1, (3, [])), (drift, 2, (3, [])), ('', 127, (3, []))):
            if os.path.exists(self.names):
                os.remove(self.names)
            self.pretend('flux', printed, code)
            self.assertEqual(self.run_recipe('flux-kustomization.sh', 'n', './p'), expected)

    def test_argo_cd(self):
        for code, expected in ((0, 0), (42, 2), (1, 3), (2, 3), (20, 3), (127, 3)):
            self.pretend('argocd', 'password: hunter2\n', code)
            self.assertEqual(self.run_recipe('argocd-app.sh', 'app', 'abc')[0], expected)
            self.assertNotIn('hunter2', self.said)
        self.assertIn('app diff app --revision abc --hard-refresh --exit-code --diff-exit-code 42', self.calls('argocd'))
