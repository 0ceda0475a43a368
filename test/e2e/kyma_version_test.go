package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// TestKymaVersions asks API servers that have APIRules in other versions than v2 only: the
// APIRule is read in one that is there, without a request for those that are not.
func TestKymaVersions(t *testing.T) {
	stage(t, kymaExample)
	t.Cleanup(func() { serveAPIRules(t, "v2", "v2alpha1", "v1beta1") })
	for _, tt := range []struct {
		version string
		served  []string
	}{
		{"v2", []string{"v2", "v2alpha1", "v1beta1"}},
		{"v2alpha1", []string{"v2alpha1", "v1beta1"}},
		{"v1beta1", []string{"v1beta1"}},
	} {
		t.Run(tt.version, func(t *testing.T) {
			serveAPIRules(t, tt.served...)
			code := "AD1001"
			if tt.version == "v1beta1" {
				refuse(t)
				code = "AD1002"
			}
			proxy, kubeconfig := through(t)
			d := expect(t, "Denied", kubeconfig, kymaSource, kymaTarget, "--method", "GET")
			if !slices.Contains(d.codes(), code) {
				t.Errorf("findings %v, want %s", d.codes(), code)
			}
			if len(d.Status.Unread) > 0 {
				t.Errorf("not read: %+v", d.Status.Unread)
			}
			var got []string
			for _, r := range proxy.Requests() {
				if isAPIRules(r) {
					got = append(got, fmt.Sprint(strings.Split(r.URL, "/")[3], " ", r.Status))
				}
			}
			if want := []string{tt.version + " 200"}; !slices.Equal(got, want) {
				t.Errorf("APIRules are asked for in %v, want %v", got, want)
			}
		})
	}
}

func isAPIRules(r tap.Request) bool { return strings.Contains(r.URL, "/apirules") }

// serveAPIRules makes the API server serve APIRules in these versions and no others, and
// waits until it says so.
func serveAPIRules(t *testing.T, versions ...string) {
	t.Helper()
	const crd = "crd/apirules.gateway.kyma-project.io"
	kubectl := func(args ...string) string {
		out, err := cluster.Kubectl(context.Background(), "", args...) // to tidy up, the test's own is over
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var patch []string
	for i, v := range strings.Fields(kubectl("get", crd, "-o", "jsonpath={.spec.versions[*].name}")) {
		patch = append(patch, fmt.Sprintf(`{"op": "replace", "path": "/spec/versions/%d/served", "value": %t}`, i, slices.Contains(versions, v)))
	}
	kubectl("patch", crd, "--type=json", "-p", "["+strings.Join(patch, ",")+"]")
	err := wait.PollUntilContextTimeout(context.Background(), 100*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		out, err := cluster.Kubectl(ctx, "", "get", "--raw", "/apis/gateway.kyma-project.io")
		if err != nil {
			return false, nil //nolint:nilerr // not yet
		}
		var group struct {
			Versions []struct{ Version string }
		}
		if err := json.Unmarshal([]byte(out), &group); err != nil {
			return false, err
		}
		var got []string
		for _, v := range group.Versions {
			got = append(got, v.Version)
		}
		slices.Sort(got)
		return slices.Equal(got, slices.Sorted(slices.Values(versions))), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// refuse puts an APIRule of version v1beta1 in the place of the example's, in the state that
// the controller gives it since 3.10.0.
func refuse(t *testing.T) {
	t.Helper()
	takeAway(t, "apirules.v1beta1.gateway.kyma-project.io/httpbin", "-n", "default")
	err := cluster.Apply(t.Context(), `
apiVersion: gateway.kyma-project.io/v1beta1
kind: APIRule
metadata: {name: httpbin, namespace: default}
spec:
  gateway: kyma-system/kyma-gateway
  host: httpbin.example.com
  service: {name: httpbin, port: 8000}
  rules:
  - path: /.*
    methods: [GET]
    accessStrategies: [{handler: no_auth}]
`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { takeAway(t, "apirules.v1beta1.gateway.kyma-project.io/httpbin", "-n", "default") })
	kubectl(t, "patch", "apirules.v1beta1.gateway.kyma-project.io/httpbin", "-n", "default", "--subresource=status", "--type=merge",
		"-p", `{"status": {"APIRuleStatus": {"code": "ERROR", "desc": "Version v1beta1 of APIRule is no longer supported"}}}`)
}
