import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.exporter.pushgateway.PushGateway;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** One step of a pipeline with Java's prometheus-metrics: Push URL push|add|delete. */
class Push {
  public static void main(String[] args) throws Exception {
    String address = args[0].replaceFirst("^http://", "");
    String step = args[1];
    PrometheusRegistry registry = new PrometheusRegistry();
    Gauge inSync = Gauge.builder().name("gitops_sync_status").help("In sync?").labelNames("repo", "server").register(registry);
    inSync.labelValues("rsyslog", "lab").set(step.equals("push") ? 1 : 0);
    Counter.builder().name("drift_runs_total").help("How often?").register(registry).inc();
    PushGateway gateway = PushGateway.builder().address(address).job("drift").groupingKey("instance", "ci-1").registry(registry).build();
    switch (step) {
      case "push" -> gateway.push();
      case "add" -> gateway.pushAdd();
      default -> gateway.delete();
    }
  }
}
