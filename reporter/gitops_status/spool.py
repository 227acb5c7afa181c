"""Undelivered reports, oldest first. One directory per repo and check; each entry keeps its address."""

from __future__ import annotations

import json
import os
import random
import re
import time
import zlib

KEEP_MAX = 1000


class Entry:
    def __init__(self, path, url, reports):
        self.path = path
        self.url = url
        self.reports = reports


class Spool:
    def __init__(self, base, repo, check):
        self.directory = os.path.join(base, _slug(repo + '\n' + check, repo)) if base else None

    def keep(self, url, reports):
        """The path of the written entry; None if there is no spool or it cannot be written."""
        if not self.directory:
            return None
        name = '%d-%d-%d.json' % (time.time() * 1000, os.getpid(), random.randrange(100000))
        path = os.path.join(self.directory, name)
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            descriptor = os.open(path + '.part', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, 'w', encoding='utf-8') as stream:
                json.dump({'url': url, 'reports': reports}, stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.rename(path + '.part', path)
        except OSError:
            return None
        self._trim()
        return path

    def entries(self):
        """The readable entries, oldest first; any other file is set apart."""
        found = []
        for name in self._names():
            path = os.path.join(self.directory, name)
            try:
                with open(path, encoding='utf-8') as stream:
                    told = json.load(stream)
                found.append(Entry(path, str(told['url']), list(told['reports'])))
            except OSError:
                continue  # another run has just sent it
            except (ValueError, KeyError, TypeError):
                self.set_apart(path, 'unreadable')
        return found

    def forget(self, entry):
        try:
            os.unlink(entry.path)
        except OSError:
            pass  # another run has just sent it: a report that arrives twice is recorded once

    def set_apart(self, path, why):
        apart = os.path.join(self.directory, why)
        try:
            os.makedirs(apart, mode=0o700, exist_ok=True)
            os.rename(path, os.path.join(apart, os.path.basename(path)))
        except OSError:
            return None
        return os.path.join(apart, os.path.basename(path))

    def _names(self):
        try:
            names = os.listdir(self.directory) if self.directory else []
        except OSError:
            return []
        return sorted((name for name in names if re.match(r'\d+-.*\.json\Z', name)), key=lambda name: (int(name.split('-')[0]), name))

    def _trim(self):
        for name in self._names()[:-KEEP_MAX]:
            try:
                os.unlink(os.path.join(self.directory, name))
            except OSError:
                continue  # gone already


def _slug(key, readable):
    return '%s-%08x' % (re.sub(r'[^A-Za-z0-9._-]+', '_', readable).strip('._')[:80] or 'repo', zlib.crc32(key.encode('utf-8', 'replace')))
