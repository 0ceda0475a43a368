package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// TestKymaFromOutside asks for the host of an APIRule, as somebody outside does. The way
// through Kyma's gateway takes 22 reads, a question may make 25, and with what is left the
// APIRule is read, and what Kyma's Istio module is set to.
func TestKymaFromOutside(t *testing.T) {
	stage(t, kymaExample)
	proxy, kubeconfig := through(t, tap.Slow(delay))
	d := expect(t, "Allowed", kubeconfig, "ip/203.0.113.7", "https://httpbin.example.com/get", "--method", "GET")
	if len(d.Status.Unread) > 0 {
		t.Errorf("not read: %+v", d.Status.Unread)
	}
	requests := proxy.Requests()
	waves := tap.Waves(requests, delay/2)
	if len(waves) != maxWaves {
		t.Errorf("%d dependent round trips, want %d", len(waves), maxWaves)
	}
	needed := 0
	for i, wave := range waves {
		for _, r := range wave {
			t.Logf("round %d  %s  %d", i+1, r.URL, r.Status)
			modest(t, r)
			if path, _, _ := strings.Cut(r.URL, "?"); !slices.Contains(optionalPaths, path) {
				needed++
			}
		}
	}
	const want = 22
	if needed != want || len(requests) > maxRequests {
		t.Errorf("%d requests, of which %d are needed; want at most %d, and %d", len(requests), needed, maxRequests, want)
	}
	for _, path := range []string{apiRules, istioSettings} {
		if !slices.ContainsFunc(requests, func(r tap.Request) bool { return strings.HasPrefix(r.URL, path+"?") }) {
			t.Errorf("%s was not read", path)
		}
	}
}

const (
	apiRules      = "/apis/gateway.kyma-project.io/v2/namespaces/default/apirules"
	istioSettings = "/apis/operator.kyma-project.io/v1alpha2/namespaces/kyma-system/istios/default"
)

// optionalPaths are read if the question can afford it: without them the answer is the same
// here.
var optionalPaths = []string{
	apiRules,
	istioSettings,
	"/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways",   // a VirtualService has the host
	"/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes", // the same
}
