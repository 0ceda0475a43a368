package e2e

// Tests run in the order of their files' names. These come last: it takes minutes until a
// crowd is gone, and nobody else is to find it in the cluster.

import (
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// What one question may cost.
const (
	maxRequests = 25
	maxWaves    = 3
)

// delay is how long the proxy holds each request back to make round trips
// visible; half of it is silence enough to tell two of them apart.
const delay = 200 * time.Millisecond

// cost asks once through a proxy and returns the requests of the question.
func cost(t *testing.T, s *scene.Scene) []tap.Request {
	t.Helper()
	proxy, kubeconfig := through(t, tap.Slow(delay))
	expect(t, "Denied", kubeconfig, "deploy/sleep."+s.Far, "http://httpbin."+s.Near+":8000/get")
	return proxy.Requests()
}

func TestCost(t *testing.T) {
	s := setScene(t, "cost", "allow-frontend")
	requests := cost(t, s)
	if len(requests) > maxRequests {
		t.Errorf("%d requests for one question, want at most %d", len(requests), maxRequests)
	}
	waves := tap.Waves(requests, delay/2)
	if len(waves) > maxWaves {
		t.Errorf("%d dependent round trips, want at most %d", len(waves), maxWaves)
	}
	for i, wave := range waves {
		for _, r := range wave {
			t.Logf("round %d  %s %s  %d, %d bytes", i+1, r.Method, r.URL, r.Status, r.Bytes)
			modest(t, r)
		}
	}
}

// modest checks that a request reads, and reads neither Secrets nor all Pods.
func modest(t *testing.T, r tap.Request) {
	t.Helper()
	path, _, _ := strings.Cut(r.URL, "?")
	switch {
	case r.Method != "GET":
		t.Errorf("a question only reads, it does not %s %s", r.Method, r.URL)
	case strings.HasSuffix(path, "/secrets") || strings.Contains(path, "/secrets/"):
		t.Errorf("a question needs no Secret: %s", r.URL)
	case path == "/api/v1/pods":
		t.Errorf("a list of all Pods: %s", r.URL)
	}
}

// TestCostInACrowd asks the same question in a cluster of ten thousand Pods and
// expects the same price.
func TestCostInACrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("gathering ten thousand Pods takes minutes")
	}
	s := setScene(t, "crowded", "allow-frontend")
	alone := cost(t, s)
	began := time.Now()
	crowd := scene.Crowd{Name: "crowd", Pods: 10000, Services: 500, Namespaces: 20}
	if err := crowd.Gather(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
	t.Logf("a crowd of %d Pods after %s", crowd.Pods, time.Since(began).Round(time.Second))
	crowded := cost(t, s)
	if len(crowded) != len(alone) {
		t.Errorf("%d requests, alone it was %d", len(crowded), len(alone))
	}
	if got, was := tap.Bytes(crowded), tap.Bytes(alone); got > was*3/2 {
		t.Errorf("%d bytes read, alone it was %d", got, was)
	}
	t.Logf("%d requests and %d bytes, alone %d and %d", len(crowded), tap.Bytes(crowded), len(alone), tap.Bytes(alone))
	completesIn(t, crowd)
}
