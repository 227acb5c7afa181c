"""Real runs of Terraform and OpenTofu, with the provider of the samples: files on disk are its resources.

Needs terraform or tofu, and Go for the provider. TERRAFORM_TOOLS names the tools to try, separated by colons.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from samples import FIXTURES, a_context, missing, run_program

from gitops_status.terraform_source import add_terraform_options, prepare_terraform, workspace_of

NAMED = [one for one in os.environ.get('TERRAFORM_TOOLS', '').split(':') if one]
TOOLS = NAMED or [one for one in (shutil.which('terraform'), shutil.which('tofu')) if one]
GO_MOD = 'module example.test/lab\n\ngo 1.24\n\nrequire github.com/hashicorp/terraform-plugin-framework v1.19.0\n'


FOLLOWERS = """
locals {
  sha = lab_file.motd.sha256
}
resource "terraform_data" "by_local" {
  input = local.sha
}
resource "terraform_data" "of_a_follower" {
  input = terraform_data.t.output
}
resource "terraform_data" "replaced" {
  lifecycle {
    replace_triggered_by = [lab_file.motd]
  }
}
resource "terraform_data" "triggered" {
  triggers_replace = [lab_file.motd.sha256]
}
module "sub" {
  source = "./m2"
  given  = lab_file.motd.sha256
}
resource "terraform_data" "of_a_module" {
  input = module.sub.out
}
"""


def build_provider(directory):
    """The place where the tools look for it: PLUGINS/HOST/NAMESPACE/TYPE/VERSION/PLATFORM/terraform-provider-lab."""
    source = os.path.join(directory, 'source')
    os.mkdir(source)
    shutil.copy(os.path.join(FIXTURES, 'terraform', 'lab-provider.go.txt'), os.path.join(source, 'main.go'))
    with open(os.path.join(source, 'go.mod'), 'w') as file:
        file.write(GO_MOD)
    platform = subprocess.check_output(['go', 'env', 'GOOS', 'GOARCH'], text=True).split()
    target = os.path.join(directory, 'plugins', 'example.test', 'lab', 'lab', '0.1.0', '_'.join(platform))
    for words in (['mod', 'tidy'], ['build', '-ldflags', '-s -w', '-o', os.path.join(target, 'terraform-provider-lab')]):
        subprocess.run(['go', *words], cwd=source, check=True, capture_output=True)
    return os.path.join(directory, 'plugins')


@unittest.skipUnless(TOOLS, 'neither terraform nor tofu is there')
@unittest.skipIf(missing('go'), 'go, which builds the provider, is not there')
class RealRuns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.scratch)
        plugins = os.environ.get('LAB_PLUGINS') or build_provider(cls.scratch)
        cls.settings = os.path.join(cls.scratch, 'rc')
        with open(cls.settings, 'w') as file:
            file.write('provider_installation {\n filesystem_mirror {\n path = "%s"\n }\n}\n' % plugins)

    def on_each_tool(self, situation):
        for tool in TOOLS:
            with self.subTest(tool=tool), tempfile.TemporaryDirectory() as directory:
                situation(World(tool, directory, self.settings))

    def expect(self, world, status, names=(), words=(), kind=None, environ=None):
        finding = world.check(words, environ)
        seen = finding['sync_status'], [one['name'] for one in finding['files']], finding.get('error_kind')
        self.assertEqual(seen, (status, list(names), kind))
        self.assertNotIn('s3cret', str(finding))
        return finding

    def test_the_servers_change(self):
        def situation(world):
            self.expect(world, 'UNKNOWN', kind='no_state')
            world.apply()
            self.expect(world, 'SYNCED')
            self.expect(world, 'UNKNOWN', words=['-refresh-only'], kind='refresh_only')
            world.write('out/motd', 'hand edit')
            for words in ([], ['-refresh-only']):
                finding = self.expect(world, 'OUT_OF_SYNC', ['lab_file.motd'], words)
                self.assertEqual(finding['files'][0]['origin'], 'host')
            os.remove(world.path('out/motd'))
            self.expect(world, 'OUT_OF_SYNC', ['lab_file.motd'])
            world.apply()
            world.write('out/ign', 'changed, and ignored')
            self.assertEqual(self.expect(world, 'SYNCED')['ignored'], ['lab_file.ign'])
            for name in os.listdir(world.path('out')):
                os.remove(world.path('out/' + name))
            self.assertEqual(self.expect(world, 'OUT_OF_SYNC', world.files)['files'][0]['origin'], 'host')
        self.on_each_tool(situation)

    def test_the_commit_changes(self):
        def situation(world):
            world.apply()
            world.edit('content = "hello\\n"', 'content = "new\\n"')
            finding = self.expect(world, 'OUT_OF_SYNC', ['lab_file.motd'])
            self.assertEqual(finding['files'][0]['origin'], 'commit')
            self.expect(world, 'UNKNOWN', words=['-refresh-only'], kind='refresh_only')
            world.apply()
            world.edit('output "sha"', 'output "more" {\n  value = 1\n}\noutput "sha"')
            self.expect(world, 'OUT_OF_SYNC', ['output.more'])
            world.edit('output "more" {\n  value = 1\n}\n', '')
            world.edit('"lab_file" "key"', '"lab_file" "renamed"')
            world.edit('output "sha"', 'moved {\n  from = lab_file.key\n  to = lab_file.renamed\n}\noutput "sha"')
            finding = self.expect(world, 'OUT_OF_SYNC', ['lab_file.renamed'])
            self.assertEqual(finding['files'][0]['change'], 'move')
            self.expect(world, 'UNKNOWN', words=['-refresh-only'], kind='refresh_only')
            world.write('main.tf', '')
            self.assertEqual(world.check()['sync_status'], 'OUT_OF_SYNC')
            self.assertEqual(world.check(['-refresh-only'])['sync_status'], 'UNKNOWN')
        self.on_each_tool(situation)

    def test_changes_that_cannot_be_seen(self):
        def situation(world):
            world.apply()
            world.write('out/key', 'hand edit')
            finding = self.expect(world, 'UNKNOWN', ['lab_file.key'], kind='plan_failed', environ={'LAB_READ_FAIL': 'out/motd'})
            self.assertTrue(finding['partial'])
            world.write('out/key', 's3cret-value\n')
            self.expect(world, 'UNKNOWN', kind='plan_failed', environ={'LAB_READ_FAIL': 'out/motd'})
            self.expect(world, 'UNKNOWN', kind='plan_failed', environ={'LAB_PROVIDER_FAIL': '1'})
            self.expect(world, 'SYNCED', environ={'TF_CLI_ARGS_plan': '-lock=false', 'TF_CLI_ARGS_show': '-no-such-option'})
            world.run('workspace', 'new', 'other')
            self.assertEqual(workspace_of({}, world.directory), world.run('workspace', 'show').strip())
            self.assertEqual(workspace_of({}, world.directory), 'other')
            self.expect(world, 'UNKNOWN', kind='no_state')
            self.expect(world, 'UNKNOWN', kind='no_state', words=['-refresh-only'])
            self.expect(world, 'SYNCED', environ={'TF_WORKSPACE': 'default'})
            world.run('workspace', 'select', 'default')
            os.remove(world.path('terraform.tfstate'))
            self.expect(world, 'UNKNOWN', kind='no_state')
            for name in ('main.tf', 'm/main.tf'):
                os.remove(world.path(name))
            self.expect(world, 'UNKNOWN', kind='plan_failed')
            world.write('main.tf', '')
            self.expect(world, 'UNKNOWN', kind='nothing_compared')
        self.on_each_tool(situation)

    def test_checks(self):
        def situation(world):
            world.edit('output "sha"', 'check "motd" {\n  assert {\n    condition = lab_file.motd.mode == "0644"\n'
                                       '    error_message = "open"\n  }\n}\noutput "sha"')
            world.edit('content = "hello\\n"', 'content = "hello\\n"\n  lifecycle {\n    ignore_changes = [mode]\n  }')
            world.apply()
            self.expect(world, 'SYNCED')
            os.chmod(world.path('out/motd'), 0o600)
            self.expect(world, 'OUT_OF_SYNC', ['check.motd'])
            world.edit('check "motd" {', 'check "motd" {\n  data "lab_read" "r" {\n    path = "out/no-such-file"\n  }')
            self.assertNotEqual(world.check()['sync_status'], 'SYNCED')
        self.on_each_tool(situation)

    def test_followers_of_all_kinds(self):
        def situation(world):
            world.edit('output "sha"', FOLLOWERS + 'output "sha"')
            os.mkdir(world.path('m2'))
            world.write('m2/main.tf', 'variable "given" {}\nresource "terraform_data" "in" {\n  input = var.given\n}\n'
                                      'output "out" {\n  value = terraform_data.in.output\n}\n')
            world.run('init', '-input=false')
            world.apply()
            world.write('out/motd', 'hand edit')
            self.expect(world, 'OUT_OF_SYNC', ['lab_file.motd'])
            world.apply()
            world.edit('input = local.sha', 'input = "${local.sha}-x"')
            self.expect(world, 'OUT_OF_SYNC', ['terraform_data.by_local'])
        self.on_each_tool(situation)

    def test_a_data_source_that_is_read_late(self):
        def situation(world):
            world.edit('output "sha"', 'resource "lab_file" "copy" {\n  path = "out/copy"\n  content = data.lab_read.r.content\n}\n'
                                       'data "lab_read" "r" {\n  path = "out/motd"\n  depends_on = [lab_file.motd]\n}\noutput "sha"')
            world.apply()
            self.expect(world, 'SYNCED')
            world.write('out/motd', 'hand edit')
            self.expect(world, 'OUT_OF_SYNC', ['lab_file.copy', 'lab_file.motd'])
        self.on_each_tool(situation)


class World:
    """The configuration of the samples in a new folder, initialised."""

    files = ['lab_file.ign', 'lab_file.key', 'lab_file.many["a/b"]', 'lab_file.many["new\\nline"]',
             'lab_file.many["q\\"uote"]', 'lab_file.motd', 'module.m["x.y/z"].lab_file.n[0]']

    def __init__(self, tool, directory, settings):
        self.tool, self.directory = tool, directory
        self.environ = {**os.environ, 'TF_CLI_CONFIG_FILE': settings, 'CHECKPOINT_DISABLE': '1'}
        for folder in ('out', 'm'):
            os.mkdir(self.path(folder))
        for fixture, name in (('main.tf.txt', 'main.tf'), ('module-m.tf.txt', 'm/main.tf')):
            shutil.copy(os.path.join(FIXTURES, 'terraform', fixture), self.path(name))
        os.chmod(self.path('main.tf'), 0o644)
        self.run('init', '-input=false')

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as file:
            file.write(text)

    def edit(self, old, new):
        with open(self.path('main.tf')) as file:
            text = file.read()
        assert old in text, old
        self.write('main.tf', text.replace(old, new))

    def run(self, *words):
        done = subprocess.run([self.tool, *words], cwd=self.directory, env=self.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self):
        self.run('apply', '-auto-approve', '-input=false')

    def check(self, words=(), environ=None):
        parser = argparse.ArgumentParser()
        add_terraform_options(parser)
        tools = type('Real', (), {'run': staticmethod(run_program)})
        context = a_context(tools, self.directory, {**self.environ, **(environ or {})}, self.directory, time.time)
        return prepare_terraform(parser.parse_args(['--tool', self.tool]), list(words), context).run()[0].finding


if __name__ == '__main__':
    unittest.main()
