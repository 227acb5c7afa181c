import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.exporter.PushGateway;
import java.net.URI;
import java.util.Map;

/** One step of a pipeline with Java's old simpleclient: Push URL push|add|delete. */
class Push {
  public static void main(String[] args) throws Exception {
    String step = args[1];
    CollectorRegistry registry = new CollectorRegistry();
    Gauge inSync = Gauge.build().name("gitops_sync_status").help("In sync?").labelNames("repo", "server").register(registry);
    inSync.labels("rsyslog", "lab").set(step.equals("push") ? 1 : 0);
    Counter.build().name("drift_runs_total").help("How often?").register(registry).inc();
    PushGateway gateway = new PushGateway(new URI(args[0]).toURL());
    Map<String, String> group = Map.of("instance", "ci-1");
    switch (step) {
      case "push" -> gateway.push(registry, "drift", group);
      case "add" -> gateway.pushAdd(registry, "drift", group);
      default -> gateway.delete("drift", group);
    }
  }
}
