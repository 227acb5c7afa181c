"""How the plan is run: the command line, the environment, the names, and what is left behind."""

import argparse
import json
import os
import stat
import tempfile
import unittest
from unittest import mock

from samples import Tools, a_context, a_plan, made_at

from gitops_status.source_finding import ProgramOutcome, Refusal
from gitops_status.terraform_source import (
    add_terraform_options,
    prepare_terraform,
    inherited_words,
    plan_arguments,
    workspace_of,
)


def options(*words):
    parser = argparse.ArgumentParser()
    add_terraform_options(parser)
    return parser.parse_args(['--tool', 'terraform', *words])


class ATerraform(Tools):
    """Prints a sample as its plan."""

    def __init__(self, plan, exit_code=0, shown=0):
        self.plan_file = None
        super().__init__([
            (['plan'], lambda argv: self.planned(argv, exit_code)),
            (['show'], lambda argv: ProgramOutcome(shown, json.dumps(plan).encode())),
        ])

    def planned(self, argv, exit_code):
        self.plan_file = next(word[len('-out='):] for word in argv if word.startswith('-out='))
        self.mode = stat.S_IMODE(os.stat(os.path.dirname(self.plan_file)).st_mode)
        with open(self.plan_file, 'w') as file:
            file.write('secrets')
        return ProgramOutcome(exit_code, b'the plan', b'what went wrong')

    def call(self, word):
        return next(one for one in self.calls if word in one[0])


def check(tool, words=(), directory='/srv/repo/infra/net', environ=None, chdir=()):
    context = a_context(tool, directory, environ, repo_root='/srv/repo', now=lambda: made_at(a_plan(1)))
    return prepare_terraform(options(*chdir), list(words), context).run()[0]


class TheRun(unittest.TestCase):
    def test_the_reporter_makes_the_plan_itself_and_reads_that_one(self):
        tool = ATerraform(a_plan(1))
        self.assertEqual(check(tool, ['-var-file=prod.tfvars']).finding['sync_status'], 'SYNCED')
        self.assertEqual(tool.call('plan')[0], ['terraform', 'plan', '-input=false', '-no-color', '-detailed-exitcode',
                                                '-out=' + tool.plan_file, '-var-file=prod.tfvars'])
        self.assertEqual(tool.call('-json')[0], ['terraform', 'show', '-no-color', '-json', tool.plan_file])

    def test_the_plan_file_is_private_and_always_deleted(self):
        tool = ATerraform(a_plan(1))
        check(tool)
        self.assertEqual(tool.mode, 0o700)
        self.assertFalse(os.path.exists(os.path.dirname(tool.plan_file)))

        def interrupted(argv):
            tool.planned(argv, 0)
            raise KeyboardInterrupt
        tool.answers.insert(0, (['plan'], interrupted))
        self.assertRaises(KeyboardInterrupt, check, tool)
        self.assertFalse(os.path.exists(os.path.dirname(tool.plan_file)))

    def test_the_tools_output_is_not_sent_unless_full_texts_are_requested(self):
        seen = check(ATerraform(a_plan(8), 1))
        self.assertEqual(seen.tool_text, 'what went wrong')
        self.assertNotIn('what went wrong', json.dumps(seen.finding))

    def test_a_plan_that_cannot_be_shown_is_unknown(self):
        for code in (0, 2):
            self.assertEqual(check(ATerraform(a_plan(1), code, shown=1)).finding['error_kind'], 'parse')

    def test_a_missing_tool_is_unknown(self):
        tool = ATerraform(a_plan(1))
        tool.answers.insert(0, (['plan'], ProgramOutcome(None)))
        self.assertEqual(check(tool).finding['error_kind'], 'not_started')

    def test_nothing_is_run_if_the_arguments_are_refused(self):
        tool = ATerraform(a_plan(1))
        self.assertRaises(Refusal, check, tool, ['-target=x'])
        self.assertEqual(tool.calls, [])

    def test_refresh_only_is_run_and_never_synced(self):
        tool = ATerraform(a_plan(10))
        self.assertEqual(check(tool, ['-refresh-only']).finding['error_kind'], 'timestamp')
        plan = a_plan(10, timestamp=a_plan(1)['timestamp'])
        tool = ATerraform(plan)
        self.assertEqual(check(tool, ['-refresh-only']).finding['error_kind'], 'refresh_only')
        self.assertIn('-refresh-only', tool.call('plan')[0])


class TheTool(unittest.TestCase):
    def test_the_first_tool_on_the_path_is_used(self):
        with tempfile.TemporaryDirectory() as root:
            for folder, tool in (('a', 'tofu'), ('b', 'terraform'), ('b', 'tofu')):
                os.makedirs(os.path.join(root, folder), exist_ok=True)
                path = os.path.join(root, folder, tool)
                with open(path, 'w') as file:
                    file.write('#!/bin/sh\n')
                os.chmod(path, 0o755)
            for folders, expected in ((['a', 'b'], 'tofu'), (['b', 'a'], 'terraform'), (['none', 'a'], 'tofu')):
                path = ':'.join(os.path.join(root, folder) for folder in folders)
                self.assertEqual(self.tool_on(path), expected)
            self.assertRaises(Refusal, self.tool_on, root)

    def tool_on(self, path):
        tool = ATerraform(a_plan(1))
        context = a_context(tool, '/srv/repo', {'PATH': path}, '/srv/repo', lambda: made_at(a_plan(1)))
        own = argparse.Namespace(tool=None, chdir='.')
        self.assertEqual(prepare_terraform(own, [], context).run()[0].finding['sync_status'], 'SYNCED')
        return tool.call('plan')[0][0]


class TheArguments(unittest.TestCase):
    def test_arguments_that_prove_nothing_are_refused_in_every_spelling(self):
        for words in (['-target=a.b'], ['--target=a.b'], ['-target', 'a.b'], ['-exclude=a.b'], ['-target-file=x'],
                      ['-exclude-file', 'x'], ['-refresh=false'], ['--refresh=false'], ['-refresh=0'], ['-refresh=F'],
                      ['-refresh=perhaps'], ['-destroy'], ['-destroy=true'], ['-replace=a.b'], ['-out=x'], ['-out', 'x'],
                      ['-generate-config-out=x'], ['-json'], ['-show-sensitive'], ['-allow-deferral'], ['-state=x'],
                      ['plan.bin'], ['-lock', 'false'], ['-no-such-option'], ['-refresh-only=perhaps'], ['-var'], ['--'],
                      ['-'], [''], ['-target=\nx'], ['-var', 'a=b', 'plan.bin']):
            self.assertRaises(Refusal, plan_arguments, words)

    def test_harmless_arguments_are_passed_on(self):
        words = ['-var', 'a=-target=x', '--var=b=c d', '-var-file', 'x.tfvars', '-lock=false', '-lock-timeout=1m',
                 '-parallelism=2', '-compact-warnings']
        self.assertEqual(plan_arguments(words).words, ['-var=a=-target=x', '-var=b=c d', '-var-file=x.tfvars', '-lock=false',
                                                       '-lock-timeout=1m', '-parallelism=2', '-compact-warnings=true'])

    def test_default_arguments_are_accepted(self):
        self.assertEqual(plan_arguments(['-refresh=true', '-input=false', '-detailed-exitcode', '-no-color']).words, [])

    def test_refresh_only_can_be_set_to_false(self):
        self.assertTrue(plan_arguments(['-refresh-only']).refresh_only)
        self.assertTrue(plan_arguments(['--refresh-only=1']).refresh_only)
        self.assertFalse(plan_arguments(['-refresh-only=false']).refresh_only)

    def test_a_refusal_repeats_no_value(self):
        for words in (['-target=hunter2'], ['hunter2'], ['-var', 'a=b', 'hunter2'], ['-refresh=hunter2']):
            with self.assertRaises(Refusal) as caught:
                plan_arguments(words)
            self.assertNotIn('hunter2', str(caught.exception))


class TheEnvironment(unittest.TestCase):
    def test_arguments_in_the_environment_are_judged_like_others(self):
        for name in ('TF_CLI_ARGS', 'TF_CLI_ARGS_plan'):
            for value in ('-refresh=false', '-target=a.b', '-no-color -exclude=x', "-var 'a=b"):
                tool = ATerraform(a_plan(1))
                self.assertRaises(Refusal, check, tool, [], environ={name: value})
                self.assertEqual(tool.calls, [])

    def test_arguments_from_the_environment_are_passed_on_and_removed_there(self):
        tool = ATerraform(a_plan(1))
        environ = {'TF_CLI_ARGS_plan': "-var 'a=b c'", 'TF_CLI_ARGS': '-lock=false', 'TF_CLI_ARGS_show': 'x', 'KEPT': '1'}
        check(tool, environ=environ)
        argv, seen, _, _ = tool.call('plan')
        self.assertEqual(argv[-2:], ['-var=a=b c', '-lock=false'])
        self.assertEqual(seen, {'KEPT': '1', 'TF_IN_AUTOMATION': '1', 'TF_INPUT': '0'})
        self.assertEqual(inherited_words({}), [])


class TheNames(unittest.TestCase):
    def names(self, **given):
        seen = check(ATerraform(a_plan(1)), **given)
        return seen.server, seen.check

    def test_the_target_is_the_root_modules_directory(self):
        self.assertEqual(self.names(), ('infra/net', 'terraform infra/net'))
        self.assertEqual(self.names(directory='/srv/repo'), ('root', 'terraform root'))
        with mock.patch('os.path.isdir', return_value=True):
            self.assertEqual(self.names(directory='/srv/repo', chdir=['--chdir', 'infra/']), ('infra', 'terraform infra'))

    def test_a_missing_directory_makes_no_target(self):
        self.assertRaises(Refusal, self.names, directory='/srv/repo', chdir=['--chdir', 'infro'])

    def test_another_workspace_is_another_target(self):
        environ = {'TF_WORKSPACE': 'staging'}
        self.assertEqual(self.names(environ=environ), ('infra/net@staging', 'terraform infra/net@staging'))
        self.assertEqual(self.names(environ={'TF_WORKSPACE': 'default'}), ('infra/net', 'terraform infra/net'))

    def test_the_selected_workspace_is_read_from_its_file(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual(workspace_of({}, directory), 'default')
            for folder in ('.terraform', 'data'):
                os.mkdir(os.path.join(directory, folder))
                with open(os.path.join(directory, folder, 'environment'), 'w') as file:
                    file.write('in-%s\n' % folder.strip('.'))
            self.assertEqual(workspace_of({}, directory), 'in-terraform')
            self.assertEqual(workspace_of({'TF_DATA_DIR': 'data'}, directory), 'in-data')
            self.assertEqual(workspace_of({'TF_WORKSPACE': 'set'}, directory), 'set')

    def test_settings_override_defaults(self):
        self.assertEqual(self.names(environ={'SERVER_NAME': 'net'}), ('net', 'terraform infra/net'))
        self.assertEqual(self.names(environ={'SERVER_NAME': 'net', 'GITOPS_STATUS_CHECK': 'c'}, directory='/'), ('net', 'c'))

    def test_another_workspace_under_a_set_name_is_another_check_so_the_server_refuses_it(self):
        environ = {'SERVER_NAME': 'net'}
        self.assertNotEqual(self.names(environ=environ), self.names(environ={**environ, 'TF_WORKSPACE': 'other'}))

    def test_an_invalid_name_is_refused_and_never_corrected(self):
        self.assertRaises(Refusal, self.names, directory='/elsewhere')
        self.assertRaises(Refusal, self.names, directory='/srv/repo-too')
        self.assertRaises(Refusal, self.names, directory='/srv/repo/a b')
        self.assertRaises(Refusal, self.names, environ={'TF_WORKSPACE': 'a b'})
