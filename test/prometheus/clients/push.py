"""One step of a pipeline with Python's prometheus_client: push.py URL push|add|delete."""

import sys

from prometheus_client import CollectorRegistry, Gauge, delete_from_gateway, push_to_gateway, pushadd_to_gateway

url, step = sys.argv[1:]
group = {"job": "drift", "grouping_key": {"instance": "ci-1"}}
registry = CollectorRegistry()
in_sync = Gauge("gitops_sync_status", "In sync?", ["repo", "server"], registry=registry)
in_sync.labels("rsyslog", "lab").set(1 if step == "push" else 0)
Gauge("drift_last_success_timestamp_seconds", "When?", registry=registry).set(1776772800)

if step == "push":
    push_to_gateway(url, registry=registry, **group)
elif step == "add":
    pushadd_to_gateway(url, registry=registry, **group)
else:
    delete_from_gateway(url, **group)
