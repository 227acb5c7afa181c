"""Any command: only the declared exit codes mean something."""

import argparse
import os
import tempfile
import unittest

from samples import Tools, a_context, run_program

from gitops_status.command_source import add_command_options, prepare_command, code_meanings, judge_command, read_names
from gitops_status.source_finding import ProgramOutcome, Refusal, name_from_bytes
from gitops_status.texts import one_line

MEANINGS = code_meanings(['0'], ['2'])


def check(words, options=('--in-sync', '0', '--drift', '2'), directory='/', environ=None, run=run_program, repo_root='/'):
    parser = argparse.ArgumentParser()
    add_command_options(parser)
    context = a_context(Tools([]), directory, environ if environ is not None else os.environ, repo_root)._replace(run=run)
    return prepare_command(parser.parse_args(list(options)), words, context).run()[0]


class TheCodes(unittest.TestCase):
    def test_each_declared_code_has_its_meaning_and_every_other_is_unknown(self):
        for code in [*range(-64, 256), None]:
            expected = {0: 'SYNCED', 2: 'OUT_OF_SYNC'}.get(code, 'UNKNOWN')
            self.assertEqual(judge_command(code, MEANINGS, None)['sync_status'], expected, code)

    def test_codes_from_124_on_cannot_be_mapped(self):
        for code in ('124', '125', '126', '127', '128', '137', '255', '256', '9999'):
            for options in ((['0'], [code]), ([code], ['2'])):
                self.assertRaises(Refusal, code_meanings, *options)
        self.assertEqual(code_meanings(['123'], []).in_sync, {123})

    def test_a_text_that_is_no_code_is_refused(self):
        for text in ('', '-1', 'x', '1-3', '1.0', '\u0661', ' ', '0,', '+1', '1e0'):
            self.assertRaises(Refusal, code_meanings, [text], ['7'])

    def test_a_code_has_one_meaning_and_at_least_one_code_is_declared(self):
        self.assertRaises(Refusal, code_meanings, ['0,2'], ['2'])
        self.assertRaises(Refusal, code_meanings, [], [])

    def test_several_codes_may_mean_the_same(self):
        self.assertEqual(code_meanings(['0'], ['1,2', '3']).drift, {1, 2, 3})

    def test_names_with_a_code_for_in_sync_are_unknown(self):
        self.assertEqual(judge_command(0, MEANINGS, ['a'])['error_kind'], 'contradiction')
        self.assertEqual(judge_command(0, MEANINGS, [])['sync_status'], 'SYNCED')

    def test_drift_without_names_has_no_count(self):
        self.assertIsNone(judge_command(2, MEANINGS, None)['drift_count'])
        self.assertEqual(judge_command(2, MEANINGS, ['a', 'b'])['drift_count'], 2)


class TheRun(unittest.TestCase):
    def script(self, code):
        return ['sh', '-c', 'exit %s' % code]

    def test_a_real_command(self):
        for code, status in ((0, 'SYNCED'), (2, 'OUT_OF_SYNC'), (1, 'UNKNOWN'), (127, 'UNKNOWN')):
            self.assertEqual(check(self.script(code)).finding['sync_status'], status)

    def test_a_signal_and_a_missing_command_are_unknown(self):
        self.assertEqual(check(['sh', '-c', 'kill -9 $$']).finding['error_kind'], 'signal')
        self.assertEqual(check(['/no/such/command']).finding['error_kind'], 'not_started')

    def test_its_output_goes_to_the_log(self):
        calls = []

        def run(argv, environ, directory, capture):
            calls.append(capture)
            return ProgramOutcome(0)
        check(['x'], run=run)
        self.assertEqual(calls, [False])

    def test_the_names_are_those_that_this_run_wrote(self):
        with tempfile.TemporaryDirectory() as directory:
            options = ('--in-sync', '0', '--drift', '2', '--names', 'drifted')
            found = check(['sh', '-c', r'printf "b\na\n\na\n" >drifted; exit 2'], options, directory).finding
            self.assertEqual(found['files'], [{'name': 'a'}, {'name': 'b'}])
            again = check(self.script(2), options, directory).finding
            self.assertEqual((again['files'], again['drift_count']), ([], None))
            self.assertEqual(check(self.script(0), options, directory).finding['sync_status'], 'SYNCED')
            os.remove(os.path.join(directory, 'drifted'))
            self.assertEqual(check(self.script(2), options, directory).finding['files'], [])

    def test_the_names_of_the_target_and_the_check(self):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, 'ci'))
            open(os.path.join(root, 'ci', 'check.sh'), 'w').close()
            for directory, word in ((root, 'ci/check.sh'), (root, './ci/check.sh'), (os.path.join(root, 'ci'), './check.sh')):
                seen = check([word], directory=directory, repo_root=root)
                self.assertEqual((seen.server, seen.check), ('this-host', 'command ci/check.sh'))
            self.assertEqual(check(['true'], repo_root=root).check, 'command true')
            self.assertEqual(check(['/bin/true'], repo_root=root).check, 'command true')
        seen = check(['true'], environ={**os.environ, 'SERVER_NAME': 's', 'GITOPS_STATUS_CHECK': 'c'})
        self.assertEqual((seen.server, seen.check), ('s', 'c'))

    def test_without_a_command_it_is_refused(self):
        self.assertRaises(Refusal, check, [])
        self.assertRaises(Refusal, check, ['true'], ())


class Names(unittest.TestCase):
    def test_lines_are_names(self):
        self.assertEqual(read_names(b'a b\r\n\n  \nc\nc'), ['a b', 'c'])
        self.assertEqual(read_names(b''), [])

    def test_unusual_bytes_become_printable_and_stay_different(self):
        odd = [b'\xff', b'\\xff', b'\\\\xff', b'\xc2\x85', b'\\u0085', b'\x85', b'\x1b[0m', b'\\x1b[0m', 'é'.encode(),
               b'\xe9', b'\xe2\x80\xa8', b'\\', b'\\\\', b'\x7f', b'\\x7f', b'\xed\xb3\xbf', b'\t']
        names = [name_from_bytes(one) for one in odd]
        self.assertEqual(len(set(names)), len(odd), names)
        for name in names:
            self.assertTrue(all(' ' <= one and not '\x7f' <= one <= '\x9f' and one != '\u2028' for one in name), name)
            name.encode('utf-8')

    def test_printable_text_is_unchanged(self):
        for name in ('lab_file.many["new\\nline"]', 'C:\\dir', 'ünïcode', 'a b'):
            self.assertEqual(one_line(name), name)

    def test_a_long_name_is_cut_to_the_limit_of_the_server(self):
        for name in ('a' * 5000, '\U0001f600' * 5000):
            self.assertLessEqual(len(one_line(name).encode('utf-16-le')) // 2, 4096)
