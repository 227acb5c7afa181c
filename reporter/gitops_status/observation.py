"""What a check of any kind hands to the delivery: reports, and what could not be reported."""

from __future__ import annotations


class Observation:
    def __init__(self, reports=(), incomplete=False, declared=(), explanation=()):
        self.reports = list(reports)
        # Something should have been reported, and cannot be: the run has failed, whatever the reports say.
        self.incomplete = incomplete
        # Servers that this check is about, reported or not.
        self.declared = sorted(declared)
        self.explanation = list(explanation)
