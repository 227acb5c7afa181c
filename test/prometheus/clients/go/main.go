// One step of a pipeline with client_golang: push URL push|add|delete.
package main

import (
	"log"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
)

func main() {
	url, step := os.Args[1], os.Args[2]
	inSync := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "gitops_sync_status", Help: "In sync?"}, []string{"repo", "server"})
	if step == "push" {
		inSync.WithLabelValues("rsyslog", "lab").Set(1)
	} else {
		inSync.WithLabelValues("rsyslog", "lab").Set(0)
	}
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "drift_check_seconds", Help: "How long?"})
	seconds.Observe(3)
	pusher := push.New(url, "drift").Grouping("instance", "ci-1").Collector(inSync).Collector(seconds)

	var err error
	switch step {
	case "push":
		err = pusher.Push()
	case "add":
		err = pusher.Add()
	default:
		err = pusher.Delete()
	}
	if err != nil {
		log.Fatal(err)
	}
}
