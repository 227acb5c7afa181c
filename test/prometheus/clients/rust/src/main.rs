//! One step of a pipeline with the crate `prometheus`, which cannot delete: push URL push|add.

use prometheus::{labels, push_add_metrics, push_metrics, GaugeVec, IntCounter, Opts, Registry};

fn main() -> prometheus::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let (url, step) = (&args[1], args[2].as_str());
    let registry = Registry::new();
    let in_sync = GaugeVec::new(Opts::new("gitops_sync_status", "In sync?"), &["repo", "server"])?;
    in_sync.with_label_values(&["rsyslog", "lab"]).set(if step == "push" { 1.0 } else { 0.0 });
    registry.register(Box::new(in_sync))?;
    let runs = IntCounter::new("drift_runs_total", "How often?")?;
    runs.inc();
    registry.register(Box::new(runs))?;

    let group = labels! {"instance".to_owned() => "ci-1".to_owned()};
    let push = if step == "push" { push_metrics } else { push_add_metrics };
    push("drift", group, url, registry.gather(), None)
}
