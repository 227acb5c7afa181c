"""What a check of any kind gives to the delivery: reports, and what could not be reported."""

from __future__ import annotations


class Observation:
    def __init__(self, reports=(), incomplete=False, declared=(), explanation=()):
        self.reports = list(reports)
        # A report is missing that should be there: the run has failed, whatever the reports say.
        self.incomplete = incomplete
        # Servers of this check, reported or not.
        self.declared = sorted(declared)
        self.explanation = list(explanation)
