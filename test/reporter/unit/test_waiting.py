"""What `wait` asks, when it asks again, and its result."""

from __future__ import annotations

import json
import unittest

from gitops_status.client import Answer, NoAnswer
from gitops_status.waiting import Gate, _fixed, _query_of, _wait_options

OPEN = {'targets': [{'repo': 'web', 'server': 'a'}]}
BLOCKED = {'matched': 2, 'blocking_count': 1, 'missing_count': 0, 'missing': [], 'blocking': [{'repo': 'web', 'server': 'a', 'reason': 'STALE'}]}


def answer(status, body=None, headers=None):
    return Answer(status, headers or {}, json.dumps(body or {}).encode('utf-8'))


class Scene:
    """A server with scripted answers, the last one for ever, and a clock that moves while it holds a request or the
    reporter sleeps."""

    timeout_s = 15

    def __init__(self, *answers, holds=True):
        self.answers = list(answers)
        self.holds = holds
        self.now = 1000.0
        self.asked, self.slept, self.said = [], [], []

    def gate(self, query, timeout_s):
        wait_s = int(dict(query)['wait'])
        self.asked.append((wait_s, timeout_s))
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(told, Exception):
            raise told
        if self.holds and told.status == 409:
            self.now += wait_s
        return told

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, timeout_s):
        return Gate(self, self.said.append, sleep=self.sleep, clock=lambda: self.now).wait([('repo', 'web')], timeout_s)


class Waiting(unittest.TestCase):
    def test_asks_again_every_fifty_seconds_and_passes(self):
        scene = Scene(answer(409, BLOCKED), answer(409, BLOCKED), answer(200, OPEN))
        self.assertEqual(scene.wait(600), 0)
        self.assertEqual(scene.asked, [(50, 65)] * 3)
        self.assertEqual(scene.said, ['waiting: 1 of 2 targets pass', '  web on a: STALE', 'all pass: 1 of 1 targets'])

    def test_ends_at_its_timeout(self):
        scene = Scene(answer(409, BLOCKED))
        self.assertEqual(scene.wait(120), 2)
        self.assertEqual([wait_s for wait_s, _ in scene.asked], [50, 50, 20])
        self.assertEqual(scene.said[-1], 'it did not pass within 120 s')

    def test_looks_once_with_a_timeout_of_zero(self):
        scene = Scene(answer(409, BLOCKED))
        self.assertEqual((scene.wait(0), scene.asked), (2, [(0, 15)]))

    def test_names_the_blocking_targets_again_if_they_have_changed(self):
        other = dict(BLOCKED, blocking=[{'repo': 'web', 'server': 'b', 'reason': 'OUT_OF_SYNC'}])
        scene = Scene(answer(409, BLOCKED), answer(409, other), answer(200, OPEN))
        scene.wait(600)
        self.assertEqual([line for line in scene.said if line.startswith('  ')], ['  web on a: STALE', '  web on b: OUT_OF_SYNC'])

    def test_names_what_is_missing(self):
        missing = {'repo': 'x', 'server': None, 'reason': 'does not match'}
        scene = Scene(answer(409, dict(BLOCKED, missing_count=1, missing=[missing])))
        scene.wait(0)
        self.assertEqual(scene.said[:2], ['waiting: 1 of 2 targets pass, and 1 that you asked for do not match', '  x: does not match'])

    def test_tries_again_if_that_may_help(self):
        for trouble in (NoAnswer('refused'), answer(503), answer(429), answer(502), answer(504), answer(408)):
            scene = Scene(trouble, trouble, answer(200, OPEN))
            self.assertEqual(scene.wait(600), 0)
            self.assertEqual([int(pause) for pause in scene.slept], [1, 2])

    def test_waits_as_long_as_it_is_told(self):
        scene = Scene(answer(503, headers={'Retry-After': '20'}), answer(200, OPEN))
        scene.wait(600)
        self.assertEqual(int(scene.slept[0]), 20)

    def test_gives_up_if_no_server_answers_in_time(self):
        scene = Scene(NoAnswer('refused'))
        self.assertEqual(scene.wait(100), 3)
        self.assertLessEqual(scene.now, 1101)

    def test_never_takes_another_answer_for_a_pass(self):
        for odd in (answer(200), answer(200, {'status': 'ok'}), answer(301), answer(404), answer(401), answer(403), answer(409)):
            scene = Scene(odd)
            self.assertEqual((scene.wait(600), len(scene.asked)), (3, 1))

    def test_is_refused_at_once(self):
        for status in (400, 422):
            scene = Scene(answer(status, {'detail': 'commit: too short'}))
            self.assertEqual(scene.wait(600), 1)
            self.assertEqual(scene.said, ['the server answered %d: commit: too short' % status])

    def test_pauses_if_the_server_does_not_hold_the_request(self):
        scene = Scene(answer(409, BLOCKED), holds=False)
        self.assertEqual(scene.wait(60), 2)
        self.assertLessEqual(len(scene.asked), 13)


class Asking(unittest.TestCase):
    def query(self, *words, **environment):
        return _query_of(_wait_options(words), environment, 1000.0)

    def test_sends_the_named_targets(self):
        words = ('--repo', 'a', '--repo', 'b', '--server', 's', '--label', 'env:prod', '--commit', '0123456', '--max-age=5m', '--expect', '2')
        self.assertEqual(self.query(*words), [
            ('repo', 'a'), ('repo', 'b'), ('server', 's'), ('label', 'env:prod'), ('commit', '0123456'), ('max_age', '5m'), ('expect', '2')])

    def test_is_about_the_repo_of_the_pipeline_by_default(self):
        self.assertEqual(self.query(REPO_NAME='web'), [('repo', 'web')])
        self.assertEqual(self.query('--server', 's', REPO_NAME='web'), [('server', 's')])

    def test_sends_empty_values_to_be_refused(self):
        self.assertEqual(self.query('--repo', '', '--commit', ''), [('repo', ''), ('commit', '')])

    def test_fixes_a_relative_instant(self):
        cases = [('now', '1000.000'), ('now-5m', '700.000'), ('now-1h', '-2600.000'), ('2026-04-21T10:00:00Z', '2026-04-21T10:00:00Z'), ('now+1h', 'now+1h')]
        for given, sent in cases:
            self.assertEqual(_fixed(given, 1000.0), sent)


if __name__ == '__main__':
    unittest.main()
