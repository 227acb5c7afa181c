"""Delivery and spool, against a server with scripted answers."""

import email.utils
import json
import os
import tempfile
import time
import unittest

from gitops_status.client import Answer, NoAnswer
from gitops_status.delivery import Delivery
from gitops_status.spool import Spool


def report(server='lab', **fields):
    return dict({'repo': 'rsyslog', 'server': server, 'sync_status': 'SYNCED', 'drift_count': 0, 'files': [], 'check': 'site.yml'}, **fields)


class Server:
    """Gives its scripted answers, then receipts."""

    def __init__(self, *answers, url='http://here'):
        self.url = url
        self.answers = list(answers)
        self.bodies = []

    def post_reports(self, body, _timeout_s=None):
        told = json.loads(body)
        told = told if isinstance(told, list) else [told]
        self.bodies.append([one['server'] for one in told])
        self.last = told
        answer = self.answers.pop(0) if self.answers else 201
        if answer is None:
            raise NoAnswer('nobody there')
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        receipts = [{'recorded': 'new', 'change': 'first'} for _ in told]
        return Answer(status, headers, json.dumps(receipts if len(told) > 1 else receipts[0]).encode() if status < 300 else b'{}')


class DeliveryTest(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.TemporaryDirectory()
        self.addCleanup(self.base.cleanup)
        self.slept = []
        self.said = []

    def delivery(self, server, check='site.yml', base=None):
        spool = Spool(self.base.name if base is None else base, 'rsyslog', check)
        return Delivery(server, spool, self.said.append, sleep=self.slept.append, clock=lambda: sum(self.slept))

    def deliver(self, server, *reports, **how):
        return self.delivery(server, **how).deliver(list(reports) or [report()])

    def kept(self):
        return sorted(os.path.relpath(os.path.join(root, name), self.base.name) for root, _, names in os.walk(self.base.name) for name in names)

    def test_a_server_in_trouble_is_tried_four_times_with_growing_pauses(self):
        self.assertFalse(self.deliver(Server(503, None, 429, 500)))
        self.assertEqual([int(pause) for pause in self.slept], [1, 2, 4])
        self.assertEqual(len(self.kept()), 1)

    def test_retry_after_is_seconds_or_a_date(self):
        date = email.utils.formatdate(time.time() + 40, usegmt=True)
        self.assertTrue(self.deliver(Server((429, {'Retry-After': '7'}), (503, {'Retry-After': date}), (503, {'Retry-After': 'soon'}))))
        self.assertEqual(int(self.slept[0]), 7)
        self.assertTrue(10 < self.slept[1] <= 41)
        self.assertEqual(int(self.slept[2]), 4)

    def test_a_retry_after_of_more_than_a_minute_is_not_awaited(self):
        self.assertFalse(self.deliver(Server((503, {'Retry-After': '61'}))))
        self.assertEqual(self.slept, [])
        self.assertEqual(len(self.kept()), 1)

    def test_a_refused_report_is_not_kept_but_a_misdirected_one_is(self):
        for status, kept in ((400, 0), (409, 0), (413, 0), (415, 0), (422, 0), (401, 1), (302, 2), (404, 3)):
            self.assertFalse(self.deliver(Server(status)))
            self.assertEqual(len(self.kept()), kept, status)

    def test_a_200_without_a_receipt_is_no_delivery(self):
        server = Server()
        server.post_reports = lambda body, timeout_s=None: Answer(200, {}, b'<html>Log in</html>')
        self.assertFalse(self.deliver(server))
        self.assertEqual(len(self.kept()), 1)

    def test_a_report_that_is_too_large_is_cut_and_keeps_its_count(self):
        server = Server(413, 413)
        files = [{'name': 'file-%d' % index, 'change': 'content'} for index in range(100)]
        self.assertTrue(self.deliver(server, report(sync_status='OUT_OF_SYNC', drift_count=100, files=files)))
        told = server.last[0]
        self.assertEqual(told['drift_count'], 100)
        self.assertTrue(0 < len(told['files']) < 100)
        self.assertEqual(told['files_omitted'] + len(told['files']), 100)

    def test_a_thousand_reports_go_in_one_request_and_no_more(self):
        server = Server()
        self.assertTrue(self.deliver(server, *[report('host-%d' % index) for index in range(1001)]))
        self.assertEqual([len(body) for body in server.bodies], [1000, 1])

    # ---- The spool

    def test_the_next_run_delivers_kept_reports_oldest_first_and_deletes_them(self):
        for index in range(23):
            Spool(self.base.name, 'rsyslog', 'site.yml').keep('http://here', [report('old-%02d' % index)])
            time.sleep(0.002)  # names are by milliseconds
        server = Server()
        self.delivery(server).flush()
        self.assertEqual([body[0] for body in server.bodies], ['old-%02d' % index for index in range(20)])
        self.delivery(server).flush()
        self.assertEqual(self.kept(), [])

    def test_a_server_that_is_still_down_costs_one_try(self):
        self.deliver(Server(503, 503, 503, 503), report('one'))
        self.deliver(Server(503, 503, 503, 503), report('two'))
        server = Server(503)
        self.delivery(server).flush()
        self.assertEqual(len(server.bodies), 1)
        self.assertEqual(len(self.kept()), 2)

    def test_a_refused_entry_is_set_apart_and_never_blocks_others(self):
        for name in ('bad', 'good'):
            Spool(self.base.name, 'rsyslog', 'site.yml').keep('http://here', [report(name)])
            time.sleep(0.002)
        server = Server(422)
        self.delivery(server).flush()
        self.assertEqual(server.bodies, [['bad'], ['good']])
        self.assertEqual(len(self.kept()), 1)
        self.assertIn(os.sep + 'refused' + os.sep, self.kept()[0])
        self.assertTrue(any('moved aside' in line for line in self.said))

    def test_one_bad_host_of_an_entry_does_not_lose_the_others(self):
        Spool(self.base.name, 'rsyslog', 'site.yml').keep('http://here', [report('a'), report('b')])
        server = Server(422, 422)
        self.delivery(server).flush()
        self.assertEqual(server.bodies, [['a', 'b'], ['a'], ['b']])

    def test_an_entry_for_another_address_is_named_and_sent_only_if_adopted(self):
        Spool(self.base.name, 'rsyslog', 'site.yml').keep('http://old', [report()])
        server = Server()
        self.delivery(server).flush()
        self.assertEqual(server.bodies, [])
        self.assertTrue(any('http://old' in line and '--adopt-spool' in line for line in self.said))
        self.delivery(server).flush(adopt='http://old/')
        self.assertEqual(server.bodies, [['lab']])
        self.assertEqual(self.kept(), [])

    def test_another_check_or_repo_has_a_spool_of_its_own(self):
        self.deliver(Server(503, 503, 503, 503))
        server = Server()
        self.delivery(server, check='other.yml').flush()
        self.assertEqual(server.bodies, [])

    def test_the_spool_is_for_its_owner_only(self):
        self.deliver(Server(503, 503, 503, 503))
        path = os.path.join(self.base.name, self.kept()[0])
        self.assertEqual(os.stat(path).st_mode & 0o077, 0)
        self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o077, 0)

    def test_an_unwritable_spool_is_reported_and_causes_no_other_failure(self):
        blocked = os.path.join(self.base.name, 'file')
        with open(blocked, 'w', encoding='utf-8'):
            pass
        self.assertFalse(self.deliver(Server(503, 503, 503, 503), base=blocked))
        self.assertTrue(any('could not be kept' in line for line in self.said))

    def test_an_unreadable_entry_is_set_apart(self):
        spool = Spool(self.base.name, 'rsyslog', 'site.yml')
        spool.keep('http://here', [report('good')])
        with open(os.path.join(spool.directory, '1-1-1.json'), 'w', encoding='utf-8') as stream:
            stream.write('{')
        server = Server()
        self.delivery(server).flush()
        self.assertEqual(server.bodies, [['good']])
        self.assertIn('unreadable', self.kept()[0])


if __name__ == '__main__':
    unittest.main()
