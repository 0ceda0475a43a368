package diagnose

import (
	"context"
	"slices"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// counter is a live cluster that counts what it is asked, and hides what deny
// says.
type counter struct {
	cluster.Reader
	rounds  int
	queries []cluster.Query
	deny    func(cluster.Query) *cluster.Unread
}

func (c *counter) Live() bool { return true }

func (c *counter) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	c.rounds++
	c.queries = append(c.queries, queries...)
	results := c.Reader.Read(ctx, queries)
	for i := range results {
		if c.deny == nil {
			continue
		}
		if u := c.deny(results[i].Query); u != nil {
			results[i].Items, results[i].Unread = nil, u
		}
	}
	return results
}

const workloads = `
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: foo}
spec: {serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: x}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: foo}
spec: {schedule: "0 0 * * *", jobTemplate: {spec: {template: {metadata: {labels: {app: nightly}}, spec: {containers: [{name: a, image: x}]}}}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: loner, namespace: foo}
spec: {selector: {matchLabels: {app: loner}}, template: {metadata: {labels: {app: loner}}, spec: {containers: [{name: a, image: x}]}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sleep, namespace: foo}
---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: foo}
spec: {type: ExternalName, externalName: httpbin.default.svc.cluster.local}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: other, namespace: foo}
spec: {hosts: [other.example.com], http: [{route: [{destination: {host: other}}]}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: httpbin-1, namespace: default, labels: {kubernetes.io/service-name: httpbin}}
addressType: IPv4
ports: [{name: http, port: 80}, {name: tcp-raw, port: 9000}, {name: odd, port: 7000}]
endpoints:
- {addresses: [10.0.0.1], targetRef: {kind: Pod, name: httpbin-a, namespace: default}}
- {addresses: [10.0.0.2], targetRef: {kind: Pod, name: httpbin-b, namespace: default}}
`

// TestCost counts what one question reads, for every kind of source and target.
func TestCost(t *testing.T) {
	sources := []string{
		"sleep.foo", "batch.default", "db.foo", "nightly.foo", "loner.foo", "pod/sleep.foo", "deploy/batch", "sts/db.foo",
		"cj/nightly.foo", "rs/loner.foo", "sa/sleep.foo", "ip/203.0.113.7",
	}
	targets := []string{"http://httpbin.default:8000/get", "httpbin.default.svc.cluster.local:8000", "svc/httpbin.default:8000", "alias.foo:8000", "pod/httpbin-a.default:80"}
	for _, source := range sources {
		for _, target := range targets {
			t.Run(source+" "+target, func(t *testing.T) {
				r := &counter{Reader: files(t, workloads)}
				if _, _, err := Ask(t.Context(), r, Question{Source: source, Target: target}); err != nil {
					t.Fatal(err)
				}
				checkCost(t, r)
			})
		}
	}
}

// TestHidden hides one thing at a time: the verdict becomes Undetermined exactly
// where it could turn it.
func TestHidden(t *testing.T) {
	const root = "istio-system"
	denyPath := ap("no-get", `action: DENY, rules: [{to: [{operation: {paths: [/get]}}]}]`)
	tests := []struct {
		name      string
		more      string
		source    string
		resource  cluster.Resource
		namespace string
		want      Verdict
	}{
		{"policies of the root, nothing in sight", "", "frontend", cluster.AuthorizationPolicies, root, Undetermined},
		{"policies of the root, ALLOW in sight", ap("f", allowFrontend), "frontend", cluster.AuthorizationPolicies, root, Undetermined},
		{"policies of the root, ALLOW in sight does not match", ap("f", allowFrontend), "sleep.foo", cluster.AuthorizationPolicies, root, Undetermined},
		{"policies of the root, DENY in sight", denyPath, "frontend", cluster.AuthorizationPolicies, root, Denied},
		{"policies of the namespace", "", "frontend", cluster.AuthorizationPolicies, "default", Undetermined},
		{"PeerAuthentications, an identity decides", ap("f", allowFrontend), "frontend", cluster.PeerAuthentications, root, Undetermined},
		{"PeerAuthentications, the namespace's own decides", ap("f", allowFrontend) + object("PeerAuthentication", "default", "default", "{mtls: {mode: STRICT}}"), "frontend", cluster.PeerAuthentications, root, Allowed},
		{"PeerAuthentications, DENY whatever the identity", denyPath, "frontend", cluster.PeerAuthentications, root, Denied},
		{"PeerAuthentications, plaintext may be refused", "", "sleep.foo", cluster.PeerAuthentications, root, Undetermined},
		{"DestinationRules, an identity decides", ap("f", allowFrontend), "frontend", cluster.DestinationRules, "default", Undetermined},
		{"DestinationRules, the source has no proxy", ap("f", allowFrontend), "sleep.foo", cluster.DestinationRules, "default", Denied},
		{"RequestAuthentications, a token is open", "", "frontend", cluster.RequestAuthentications, root, Undetermined},
		{"RequestAuthentications, DENY whatever the token", denyPath, "frontend", cluster.RequestAuthentications, root, Denied},
		{"NetworkPolicies", denyPath, "frontend", cluster.NetworkPolicies, "default", Denied},
		{"NetworkPolicies, nothing else denies", "", "frontend", cluster.NetworkPolicies, "default", Undetermined},
		{"VirtualServices, the source's proxy routes", ap("f", allowFrontend), "frontend", cluster.VirtualServices, "default", Undetermined},
		{"VirtualServices, it has none", ap("f", allowFrontend), "sleep.foo", cluster.VirtualServices, "default", Denied},
		{"Sidecars", ap("f", allowFrontend), "frontend", cluster.Sidecars, root, Undetermined},
		{"Sidecars, DENY whatever they say", denyPath, "frontend", cluster.Sidecars, root, Denied},
		{"EnvoyFilters", ap("f", allowFrontend), "frontend", cluster.EnvoyFilters, "default", Undetermined},
		{"mesh configuration", ap("f", allowFrontend), "frontend", cluster.ConfigMaps, root, Allowed},
		{"the target's Pods", "", "frontend", cluster.EndpointSlices, "default", Undetermined},
		{"the Service", "", "frontend", cluster.Services, "default", Undetermined},
		{"the source", "", "sleep.foo", cluster.Pods, "foo", Undetermined},
		{"the source's namespace", ap("f", allowFrontend), "sleep.foo", cluster.Namespaces, "", Denied},
		{"what has nothing to do with it", ap("f", allowFrontend), "frontend", cluster.ServiceEntries, "default", Allowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &counter{Reader: files(t, workloads+tt.more), deny: func(q cluster.Query) *cluster.Unread {
				if q.Resource != tt.resource || q.Namespace != tt.namespace {
					return nil
				}
				return &cluster.Unread{Resource: q.Resource.Plural, Group: q.Resource.Group, Namespace: q.Namespace, Name: q.Name, Reason: cluster.Forbidden, Message: "no"}
			}}
			d, _, err := Ask(t.Context(), r, Question{Source: tt.source, Target: "http://httpbin.default:8000/get"})
			if err != nil {
				t.Fatal(err)
			}
			if d.Status.Verdict != tt.want {
				t.Errorf("verdict %s, want %s: %s", d.Status.Verdict, tt.want, d.Status.Summary)
			}
			if (d.Status.Verdict == Undetermined) != (len(d.Status.Missing) > 0) {
				t.Errorf("%s, and missing lists %q", d.Status.Verdict, d.Status.Missing)
			}
			if asked := slices.ContainsFunc(r.queries, func(q cluster.Query) bool { return q.Resource == tt.resource && q.Namespace == tt.namespace }); asked != (len(d.Status.Unread) > 0) {
				t.Errorf("asked: %t, and unread lists %v", asked, d.Status.Unread)
			}
		})
	}
}

// TestNotInstalled asks a cluster that does not know the kinds that say where requests
// go: there are none, and nothing is missing.
func TestNotInstalled(t *testing.T) {
	r := &counter{Reader: files(t, workloads+ap("f", allowFrontend)), deny: func(q cluster.Query) *cluster.Unread {
		if !routes(q.Resource) {
			return nil
		}
		return &cluster.Unread{Resource: q.Resource.Plural, Group: q.Resource.Group, Namespace: q.Namespace, Name: q.Name, Reason: cluster.NotInstalled, Message: "no"}
	}}
	d, _, err := Ask(t.Context(), r, Question{Source: "frontend", Target: "http://httpbin.default:8000/get"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Status.Verdict != Allowed {
		t.Errorf("verdict %s, want %s: %s", d.Status.Verdict, Allowed, d.Status.Summary)
	}
}
