"""HTTP to the server: one request, one answer, never a redirect, and the token only in a header."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request

CONNECT_TIMEOUT_S = 5
ANSWER_BYTES_MAX = 32 * 1024 * 1024


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        try:
            return json.loads(self.body.decode('utf-8'))
        except ValueError:
            return None


class NoAnswer(Exception):
    """No answer, or not in time."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


class Client:
    def __init__(self, url, token, timeout_s):
        self.url, self._authorization = _without_credentials(url)
        if token:
            self._authorization = 'Bearer ' + token
        self.timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_NoRedirects())

    def post_reports(self, body, timeout_s=None):
        return self._ask('POST', '/api/v1/reports', body, timeout_s)

    def status_of(self, repo, timeout_s=None):
        return self._ask('GET', '/api/v1/status?' + urllib.parse.urlencode({'repo': repo}), None, timeout_s)

    def gate(self, query, timeout_s):
        return self._ask('GET', '/api/v1/gate?' + urllib.parse.urlencode(query), None, timeout_s)

    def declare(self, repo, server):
        return self._ask('PUT', '/api/v1/targets?' + urllib.parse.urlencode({'repo': repo, 'server': server}), None, None)

    def _ask(self, method, path, body, timeout_s):
        timeout_s = timeout_s or self.timeout_s
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header('Accept', 'application/json')
        if body is not None:
            request.add_header('Content-Type', 'application/json')
        if self._authorization:
            request.add_unredirected_header('Authorization', self._authorization)
        until = time.monotonic() + timeout_s
        try:
            try:
                response = self._opener.open(request, timeout=timeout_s)
            except urllib.error.HTTPError as refusal:
                response = refusal
            with response:
                return Answer(response.status if hasattr(response, 'status') else response.code, response.headers, _read(response, until))
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise NoAnswer(_reason(error))
        except Exception as error:  # http.client has its own family of errors
            if type(error).__module__ != 'http.client':
                raise
            raise NoAnswer(type(error).__name__)


def _without_credentials(url):
    """(address, Authorization): a name and password in an address go into a header, and never into a log or file."""
    parts = urllib.parse.urlsplit(url)
    user, at, host = parts.netloc.rpartition('@')
    if not at:
        return url, ''
    encoded = base64.b64encode(urllib.parse.unquote(user).encode('utf-8')).decode('ascii')
    return urllib.parse.urlunsplit(parts._replace(netloc=host)), 'Basic ' + encoded


def _read(response, until):
    chunks, size = [], 0
    while True:
        chunk = response.read1(65536) if hasattr(response, 'read1') else response.read(65536)
        if not chunk:
            return b''.join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if size > ANSWER_BYTES_MAX or time.monotonic() > until:
            raise TimeoutError('the answer did not end')


def _reason(error):
    reason = getattr(error, 'reason', None) or error
    return str(reason) or type(error).__name__
