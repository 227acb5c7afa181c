"""Salt: what `state.apply test=True` proves, for one minion and for many, and how it is run."""

import argparse
import json
import unittest

from samples import Tools, a_context, read_fixture

from gitops_status.source_finding import ProgramOutcome, Refusal
from gitops_status.salt_source import add_salt_options, apply_words, prepare_salt, low_words, salt_arguments
from gitops_status.salt_returns import guarded_states, judge_minion, judge_minions, read_returns

RUN = 'cmd_|-run_|-echo hi_|-run'


def sample(name):
    return read_returns(read_fixture('salt', 'test_%s.json' % name))['local']


def a_state(module='file', function='managed', name='/etc/x', result=True, identifier='id', **more):
    key = '_|-'.join((module, identifier, name, function))
    return {key: {'result': result, 'changes': {}, 'comment': '', 'name': name, '__id__': identifier, '__run_num__': 3, **more}}


class TruthTable(unittest.TestCase):
    def unknown(self, kind, finding):
        self.assertEqual((finding['sync_status'], finding.get('error_kind')), ('UNKNOWN', kind))

    def test_in_sync_beside_a_command_that_test_mode_never_runs(self):
        self.assertEqual(judge_minion(0, sample('sync'), {RUN: False}), {
            'sync_status': 'SYNCED', 'drift_count': 0, 'files': [], 'skipped_in_check_mode': 1})

    def test_a_command_with_a_condition_that_would_run_is_drift(self):
        finding = judge_minion(0, sample('sync'), {RUN: True})
        self.assertEqual((finding['sync_status'], finding['files']), ('OUT_OF_SYNC', [{'name': 'cmd.run run'}]))

    def test_an_unknown_command_prevents_synced(self):
        for guarded in (None, {}, {'another': False}):
            self.unknown('left_out', judge_minion(0, sample('sync'), guarded))

    def test_null_is_drift_with_exit_code_0(self):
        finding = judge_minion(0, sample('drift'), {RUN: False})
        self.assertEqual(finding['files'], [{'name': '/srv/lab/out/key'}, {'name': '/srv/lab/out/motd'}])
        self.assertEqual((finding['sync_status'], finding['drift_count']), ('OUT_OF_SYNC', 2))
        self.assertNotIn('partial', finding)

    def test_no_content_is_sent(self):
        said = json.dumps(judge_minion(0, sample('drift'), {RUN: True}))
        for secret in ('s3cret', 'leak', 'hello', 'echo'):
            self.assertNotIn(secret, said)

    def test_a_failed_state_and_those_that_require_it_prevent_synced(self):
        finding = judge_minion(2, sample('bad'))
        self.unknown('failed', finding)
        self.assertIn('/srv/lab/out/motd', finding['error'])
        self.assertIn('1 more', finding['error'])
        self.assertNotIn('salt://', json.dumps(finding))

    def test_an_error_is_no_dictionary(self):
        for returned in (sample('broken'), sample('missing'), 'Minion did not return. [No response]', None, 7, False, []):
            self.unknown('not_applied', judge_minion(1, returned))
            self.unknown('not_applied', judge_minion(0, returned))

    def test_an_empty_sls_compares_nothing(self):
        for code in (0, 2):
            self.unknown('nothing_compared', judge_minion(code, {}))

    def test_no_top_file_is_a_failure(self):
        key = 'no_|-states_|-states_|-None'
        self.unknown('failed', judge_minion(2, {key: {'result': False, 'changes': {}, 'comment': '', 'name': 'No States'}}))

    def test_states_without_a_check_compare_nothing(self):
        for state in (a_state('test', 'nop'), a_state('event', 'send'), a_state(skip_watch=True), a_state('module', 'run'),
                      a_state('cmd', 'run', __state_ran__=False), a_state(__state_ran__=False), a_state('cmd', 'wait')):
            self.unknown('nothing_compared', judge_minion(0, state))

    def test_a_command_whose_condition_is_false_has_compared(self):
        self.assertEqual(judge_minion(0, a_state('cmd', 'run', skip_watch=True))['sync_status'], 'SYNCED')

    def test_drift_stays_reported_beside_a_failure(self):
        finding = judge_minion(2, {**sample('drift'), **sample('bad')}, {RUN: False})
        self.assertEqual((finding['sync_status'], finding['partial'], finding['error_kind']), ('OUT_OF_SYNC', True, 'failed'))

    def test_a_state_that_changed_something_in_a_test_is_unknown(self):
        self.unknown('changed_the_host', judge_minion(0, {**a_state(), **a_state(identifier='b', changes={'diff': 'x'})}))

    def test_an_exit_code_that_is_not_0_prevents_synced(self):
        for code in (1, 2, 20, -9):
            self.unknown('failed', judge_minion(code, a_state()))

    def test_a_return_that_has_no_states_is_unknown(self):
        for returned in ({'x': 1}, {'x': {'result': True}}, {'file_|-a_|-b_|-managed': True}, {'file_|-a_|-b_|-managed': {}},
                         {'ret': {}, 'retcode': 0}, a_state(result='true'), a_state(result=1), a_state(result=0)):
            self.unknown('parse', judge_minion(0, returned))

    def test_the_paths_of_a_directory_and_the_packages_of_a_list_are_named(self):
        finding = judge_minion(0, {
            **a_state('file', 'recurse', '/srv/tree', None, 'a', changes={'/srv/tree/x': {'diff': 's'}, '/srv/tree/y': {}}),
            **a_state('pkg', 'installed', 'tools', None, 'b', changes={'jq': {'new': 'installed', 'old': ''}}),
            **a_state('service', 'running', 'nginx', None, 'c'),
            **a_state('user', 'present', 'ann', None, 'd', changes={'password': 'hash'}),
        })
        self.assertEqual([one['name'] for one in finding['files']], ['/srv/tree/x', '/srv/tree/y', 'ann', 'jq', 'nginx'])

    def test_the_command_line_of_a_state_is_not_sent_even_as_its_id(self):
        line = 'mysql -phunter2'
        finding = judge_minion(0, a_state('cmd', 'run', line, None, line), {'_|-'.join(('cmd', line, line, 'run')): True})
        self.assertEqual(finding['files'], [{'name': 'cmd.run number 3'}])


class ManyMinions(unittest.TestCase):
    def test_each_minion_has_its_own_verdict_and_a_missing_one_is_unknown(self):
        returns = {'a': sample('sync'), 'b': sample('drift'), 'c': False, 'd': 'Minion did not return. [Not connected]',
                   'e': sample('broken')}
        found = judge_minions(returns, ['a', 'b', 'c', 'd', 'e', 'f'], {'a': {RUN: False}})
        self.assertEqual({name: (one['sync_status'], one.get('error_kind')) for name, one in found.items()}, {
            'a': ('SYNCED', None), 'b': ('OUT_OF_SYNC', 'left_out'), 'c': ('UNKNOWN', 'no_return'),
            'd': ('UNKNOWN', 'not_applied'), 'e': ('UNKNOWN', 'not_applied'), 'f': ('UNKNOWN', 'no_return')})

    def test_output_that_is_no_json_is_unknown_for_all(self):
        self.assertEqual({one['error_kind'] for one in judge_minions(None, ['a', 'b'], {}).values()}, {'parse'})

    def test_documents_one_after_the_other_are_read(self):
        self.assertEqual(read_returns(b'{"a": {}}\n{"b": []}\n'), {'a': {}, 'b': []})
        for text in (b'[]', b'{"a": {}} x', b'No minions matched', b'\xff'):
            self.assertIsNone(read_returns(text))

    def test_conditions_are_read_from_the_low_states(self):
        low = [{'state': 'cmd', '__id__': 'run', 'name': 'echo hi', 'fun': 'run'},
               *({'state': 'cmd', '__id__': guard, 'name': 'x', 'fun': 'run', guard: 'y'} for guard in ('creates', 'unless', 'onlyif'))]
        self.assertEqual(guarded_states(low), {RUN: False, 'cmd_|-creates_|-x_|-run': True, 'cmd_|-unless_|-x_|-run': True,
                                               'cmd_|-onlyif_|-x_|-run': True})
        for odd in (None, {}, 'x', ['x'], [1]):
            self.assertIsNone(guarded_states(odd))


def printed(value):
    return json.dumps(value).encode()


def check(tools, *words, environ=None, options=()):
    parser = argparse.ArgumentParser()
    add_salt_options(parser)
    return prepare_salt(parser.parse_args(options), list(words), a_context(tools, environ=environ)).run()


class TheRun(unittest.TestCase):
    def a_salt(self, low, exit_code=0, name='sync'):
        return Tools([
            (['grains.get'], ProgramOutcome(0, printed({'local': 'minion-1'}))),
            (['state.apply'], ProgramOutcome(exit_code, read_fixture('salt', 'test_%s.json' % name), b'said')),
            (['state.show_low_sls'], ProgramOutcome(0, printed({'local': low}))),
        ])

    def test_the_minion_itself(self):
        tool = self.a_salt([{'state': 'cmd', '__id__': 'run', 'name': 'echo hi', 'fun': 'run'}])
        seen, = check(tool, 'lab', 'pillar={}')
        self.assertEqual((seen.server, seen.check, seen.finding['sync_status']), ('minion-1', 'salt lab', 'SYNCED'))
        self.assertEqual(tool.calls[1][0], ['salt-call', '--local', '--out=json', '--no-color', '--retcode-passthrough',
                                            'state.apply', 'lab', 'pillar={}', 'test=True'])

    def test_the_low_states_are_requested_only_if_something_would_run(self):
        tool = self.a_salt([], 2, 'bad')
        check(tool, 'lab')
        self.assertFalse([one for one in tool.calls if 'state.show_low_sls' in one[0]])

    def test_an_answer_without_the_conditions_prevents_synced(self):
        for low in ([], ['error'], 'error', {'a': 1}):
            self.assertEqual(check(self.a_salt(low), 'lab')[0].finding['error_kind'], 'left_out')

    def test_settings_override_defaults_and_the_highstate_has_a_name(self):
        seen, = check(self.a_salt([], 2, 'bad'), environ={'SERVER_NAME': 's'})
        self.assertEqual((seen.server, seen.check), ('s', 'salt highstate'))
        seen, = check(self.a_salt([], 2, 'bad'), 'a', 'b', environ={'SERVER_NAME': 's', 'GITOPS_STATUS_CHECK': 'c'})
        self.assertEqual((seen.server, seen.check), ('s', 'c'))

    def test_many_minions_and_those_that_do_not_answer(self):
        tool = Tools([
            (['--preview-target'], ProgramOutcome(0, printed(['a', 'b', 'c']))),
            (['state.apply'], ProgramOutcome(1, printed({'a': a_state(), 'b': a_state(result=None)}))),
        ])
        found = {one.server: one.finding['sync_status'] for one in check(tool, 'lab', options=['--minions', 'web*'])}
        self.assertEqual(found, {'a': 'SYNCED', 'b': 'OUT_OF_SYNC', 'c': 'UNKNOWN'})
        self.assertEqual(tool.calls[1][0], ['salt', '--out=json', '--no-color', '--static', 'web*', 'state.apply', 'lab', 'test=True'])

    def test_a_target_that_matches_nothing_is_refused(self):
        self.assertRaises(Refusal, check, Tools([]), options=['--minions', 'nobody'])
        self.assertRaises(Refusal, check, Tools([]), environ={'SERVER_NAME': 's'}, options=['--minions', 'web*'])

    def test_without_an_id_there_is_no_name(self):
        self.assertRaises(Refusal, check, Tools([]), 'lab')

    def test_a_salt_that_does_not_start_is_unknown(self):
        seen, = check(Tools([(['state.apply'], ProgramOutcome(None))]), environ={'SERVER_NAME': 's'})
        self.assertEqual(seen.finding['error_kind'], 'not_started')

    def test_arguments_that_prove_nothing_are_refused(self):
        for words in (['test=False'], ['lab', 'test=0'], ['exclude=x'], ['mock=True'], ['--async'], ['--out=yaml'], ['--subset=2'],
                      ['--hide-timeout'], ['-b', '2'], ['--return=x'], ['--metadata']):
            self.assertRaises(Refusal, salt_arguments, words)

    def test_arguments_go_to_their_places(self):
        arguments = salt_arguments(['-c', '/etc/x', '--id=y', 'a,b', 'c', 'saltenv=dev', 'queue=True', 'test=True'])
        self.assertEqual(arguments.options, ['-c', '/etc/x', '--id=y'])
        self.assertEqual(apply_words(arguments), ['state.apply', 'a,b,c', 'saltenv=dev', 'queue=True', 'test=True'])
        self.assertEqual(low_words(arguments), ['state.show_low_sls', 'a,b,c', 'saltenv=dev'])
        self.assertEqual(low_words(salt_arguments([])), ['state.show_lowstate'])
