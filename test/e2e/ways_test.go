package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// standUp applies testdata/ways.yaml, waits until its workloads run, and takes it down
// after the test.
func standUp(t *testing.T) {
	t.Helper()
	manifests, err := os.ReadFile(filepath.Join("testdata", "ways.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.Apply(t.Context(), string(manifests)); err != nil {
		t.Fatal(err)
	}
	namespaces := []string{"ways-edge", "ways-shop", "ways-ambient", "ways-client"}
	t.Cleanup(func() {
		if _, err := cluster.Kubectl(context.Background(), "", append([]string{"delete", "namespace", "--wait=false"}, namespaces...)...); err != nil {
			t.Error(err)
		}
	})
	if _, err := cluster.Kubectl(t.Context(), `{"status":{"addresses":[{"type":"IPAddress","value":"10.96.0.99"}]}}`, "patch", "gateways.gateway.networking.k8s.io",
		"waypoint", "-n", "ways-ambient", "--subresource=status", "--type=merge", "--patch-file=/dev/stdin"); err != nil {
		t.Fatal(err)
	}
	for _, ns := range namespaces {
		if _, err := cluster.Kubectl(t.Context(), "", "wait", "-n", ns, "--for=condition=Available", "deployment", "--all", "--timeout=60s"); err != nil {
			t.Fatal(err)
		}
	}
	for _, service := range []string{"ways-edge/gateway", "ways-shop/cart", "ways-ambient/cart"} {
		ns, name, _ := strings.Cut(service, "/")
		if _, err := cluster.Kubectl(t.Context(), "", "wait", "-n", ns, "--for=jsonpath={.endpoints[0].conditions.ready}=true",
			"endpointslice", "-l", "kubernetes.io/service-name="+name, "--timeout=60s"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWays asks about requests that pass a gateway or a waypoint: the right verdict,
// for the price of any other question, and with the documented rights.
func TestWays(t *testing.T) {
	standUp(t)
	gateway := []string{"-n", "ways-shop", "ip/203.0.113.7", "http://gateway.ways-edge/cart/1", "--host", "shop.example.com"}
	elsewhere := []string{"-n", "ways-shop", "ip/203.0.113.7", "http://gateway.ways-edge/admin", "--host", "shop.example.com"}
	unknown := []string{"-n", "ways-shop", "ip/203.0.113.7", "http://gateway.ways-edge/cart/1", "--host", "other.example.com"}
	waypoint := []string{"deploy/client.ways-client", "http://cart.ways-ambient/"}
	tests := []struct {
		name, want string
		args       []string
		part       string // of the summary
	}{
		{"through the gateway", "Allowed", gateway, "from-the-gateway"},
		{"through the gateway, another path", "Denied", elsewhere, "from-the-gateway"},
		{"a host that no Gateway in sight has", "Undetermined", unknown, ""},
		{"through the waypoint", "Allowed", append(waypoint, "--method", "GET"), ""},
		{"through the waypoint, another method", "Denied", append(waypoint, "--method", "DELETE"), "only-get"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			proxy, kubeconfig := through(t, tap.Slow(delay))
			d := expect(t, tt.want, kubeconfig, tt.args...)
			if !strings.Contains(d.Status.Summary, tt.part) {
				t.Errorf("the summary does not name %s: %s", tt.part, d.Status.Summary)
			}
			requests := proxy.Requests()
			waves := tap.Waves(requests, delay/2)
			t.Logf("%d requests in %d rounds", len(requests), len(waves))
			if len(requests) > maxRequests || len(waves) > maxWaves {
				t.Errorf("%d requests in %d rounds, want at most %d in %d", len(requests), len(waves), maxRequests, maxWaves)
			}
			for _, r := range requests {
				modest(t, r)
			}
		})
		t.Run(tt.name+", with the documented rights", func(t *testing.T) {
			d := expect(t, tt.want, as(t, reader), tt.args...)
			for _, u := range d.Status.Unread {
				if u.Reason == "Forbidden" {
					t.Errorf("docs/rbac.yaml lacks %s in %q: %s", u.Resource, u.Namespace, u.Message)
				}
			}
		})
	}
	t.Run("a tenant of the app's namespace does not see the gateway", func(t *testing.T) {
		bindTenant(t, "ways-shop")
		d := expect(t, "Undetermined", as(t, tenant), gateway...)
		if !forbidden(d, "services", "ways-edge") {
			t.Errorf("unread does not list the gateway's Service: %+v", d.Status.Unread)
		}
	})
	t.Run("a tenant of the app's namespace does not see the root namespace", func(t *testing.T) {
		bindTenant(t, "ways-ambient")
		expect(t, "Undetermined", as(t, tenant), append(waypoint, "--method", "GET")...)
	})
	t.Run("nobody sees nothing", func(t *testing.T) {
		for _, args := range [][]string{gateway, waypoint} {
			expect(t, "Undetermined", as(t, stranger), args...)
		}
	})
}
