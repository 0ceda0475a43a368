package authz

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSelection(t *testing.T) {
	const denyAll = "action: DENY, rules: [{}]}"
	gateway := Workload{Namespace: "foo", Labels: map[string]string{gatewayNameLabel: "gw", "app": "gw"}}
	waypoint := Workload{Namespace: "foo", Waypoint: true, Labels: map[string]string{gatewayNameLabel: "wp"}, Service: Target{"Service", "bar", "httpbin"}}
	entry := waypoint
	entry.Service = Target{"ServiceEntry", "bar", "ext"}
	tests := []struct {
		name    string
		dialect Dialect
		w       Workload
		policy  Policy
		want    SkipReason
	}{
		{"no selector", EnvoyHTTP, httpbin, ap(t, "foo/p", "{"+denyAll), ""},
		{"root namespace", EnvoyHTTP, httpbin, ap(t, "istio-system/p", "{"+denyAll), ""},
		{"other namespace", EnvoyHTTP, httpbin, ap(t, "bar/p", "{"+denyAll), SkipNamespace},
		{"selector", EnvoyHTTP, httpbin, ap(t, "foo/p", "{selector: {matchLabels: {app: httpbin}}, "+denyAll), ""},
		{"other value", EnvoyHTTP, httpbin, ap(t, "foo/p", "{selector: {matchLabels: {app: x}}, "+denyAll), SkipSelector},
		{"no such label", EnvoyHTTP, httpbin, ap(t, "foo/p", "{selector: {matchLabels: {app: httpbin, v: '1'}}, "+denyAll), SkipSelector},
		{"root selector", EnvoyHTTP, httpbin, ap(t, "istio-system/p", "{selector: {matchLabels: {app: httpbin}}, "+denyAll), ""},
		{"legacy targetRef on a sidecar", EnvoyHTTP, httpbin, ap(t, "foo/p", "{targetRef: {kind: Gateway, name: gw, group: gateway.networking.k8s.io}, "+denyAll), SkipTargetRefs},
		{"unknown action", EnvoyHTTP, httpbin, ap(t, "foo/p", "{action: 7, rules: [{}]}"), SkipAction},
		{"AUDIT", EnvoyHTTP, httpbin, ap(t, "foo/p", "{action: AUDIT, rules: [{}]}"), ""},

		{"Gateway", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRefs: [{kind: Gateway, name: gw, group: gateway.networking.k8s.io}], "+denyAll), ""},
		{"Gateway in its namespace", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRefs: [{kind: Gateway, name: gw, namespace: foo, group: gateway.networking.k8s.io}], "+denyAll), ""},
		{"Gateway elsewhere", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRefs: [{kind: Gateway, name: gw, namespace: bar, group: gateway.networking.k8s.io}], "+denyAll), SkipNoTarget},
		{"another Gateway", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRefs: [{kind: Gateway, name: x, group: gateway.networking.k8s.io}], "+denyAll), SkipNoTarget},
		{"Gateway of the root namespace's policy", EnvoyHTTP, gateway, ap(t, "istio-system/p", "{targetRefs: [{kind: Gateway, name: gw, group: gateway.networking.k8s.io}], "+denyAll), SkipNoTarget},
		{"Gateway of another group", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRefs: [{kind: Gateway, name: gw, group: networking.istio.io}], "+denyAll), SkipNoTarget},
		{"one of two", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRefs: [{kind: Service, name: x}, {kind: Gateway, name: gw, group: gateway.networking.k8s.io}], "+denyAll), ""},
		{"list wins over the legacy field", EnvoyHTTP, gateway, ap(t, "foo/p", "{targetRef: {kind: Gateway, name: gw, group: gateway.networking.k8s.io}, targetRefs: [{kind: Service, name: x}], "+denyAll), SkipNoTarget},
		{"selector on a gateway", EnvoyHTTP, gateway, ap(t, "foo/p", "{selector: {matchLabels: {app: gw}}, "+denyAll), ""},
		{"GatewayClass on a gateway", EnvoyHTTP, gateway, ap(t, "istio-system/p", "{targetRefs: [{kind: GatewayClass, name: istio-waypoint, group: gateway.networking.k8s.io}], "+denyAll), SkipNoTarget},

		{"selector on a waypoint", EnvoyHTTP, waypoint, ap(t, "foo/p", "{"+denyAll), SkipWaypoint},
		{"Service in its namespace", EnvoyHTTP, waypoint, ap(t, "bar/p", "{targetRefs: [{kind: Service, name: httpbin}], "+denyAll), ""},
		{"Service of the waypoint's namespace", EnvoyHTTP, waypoint, ap(t, "foo/p", "{targetRefs: [{kind: Service, name: httpbin}], "+denyAll), SkipNoTarget},
		{"another Service", EnvoyHTTP, waypoint, ap(t, "bar/p", "{targetRefs: [{kind: Service, name: x}], "+denyAll), SkipNoTarget},
		{"ServiceEntry", EnvoyHTTP, entry, ap(t, "bar/p", "{targetRefs: [{kind: ServiceEntry, group: networking.istio.io, name: ext}], "+denyAll), ""},
		{"Service of a ServiceEntry", EnvoyHTTP, entry, ap(t, "bar/p", "{targetRefs: [{kind: Service, name: ext}], "+denyAll), SkipNoTarget},
		{"waypoint Gateway", EnvoyHTTP, waypoint, ap(t, "foo/p", "{targetRefs: [{kind: Gateway, name: wp, group: gateway.networking.k8s.io}], "+denyAll), ""},
		{"GatewayClass", EnvoyHTTP, waypoint, ap(t, "istio-system/p", "{targetRefs: [{kind: GatewayClass, name: istio-waypoint, group: gateway.networking.k8s.io}], "+denyAll), ""},
		{"GatewayClass outside the root namespace", EnvoyHTTP, waypoint, ap(t, "foo/p", "{targetRefs: [{kind: GatewayClass, name: istio-waypoint, group: gateway.networking.k8s.io}], "+denyAll), SkipNoTarget},

		{"ztunnel namespace", Ztunnel, httpbin, ap(t, "foo/p", "{"+denyAll), ""},
		{"ztunnel root", Ztunnel, httpbin, ap(t, "istio-system/p", "{"+denyAll), ""},
		{"ztunnel other", Ztunnel, httpbin, ap(t, "bar/p", "{"+denyAll), SkipNamespace},
		{"ztunnel selector", Ztunnel, httpbin, ap(t, "foo/p", "{selector: {matchLabels: {app: x}}, "+denyAll), SkipSelector},
		{"ztunnel empty selector", Ztunnel, httpbin, ap(t, "foo/p", "{selector: {}, "+denyAll), SkipNilSelector},
		{"ztunnel CUSTOM", Ztunnel, httpbin, ap(t, "foo/p", "{action: CUSTOM, provider: {name: a}, rules: [{}]}"), SkipAction},
		{"ztunnel AUDIT", Ztunnel, httpbin, ap(t, "foo/p", "{action: AUDIT, rules: [{}]}"), SkipAction},
		{"ztunnel targetRefs", Ztunnel, httpbin, ap(t, "foo/p", "{targetRefs: [{kind: Service, name: x}], "+denyAll), SkipTargetRefs},
		{"ztunnel dry run", Ztunnel, httpbin, dry(ap(t, "foo/p", "{targetRefs: [{kind: Service, name: x}], "+denyAll), "1"), SkipDryRun},
		{"revision", EnvoyHTTP, httpbin, labelled(ap(t, "foo/p", "{"+denyAll), "old"), SkipRevision},
		{"own revision", EnvoyHTTP, httpbin, labelled(ap(t, "foo/p", "{"+denyAll), "new"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(tt.dialect, Mesh{Revision: "new"}, tt.w, []Policy{tt.policy}).Explain(get())
			if tt.want == "" {
				if len(e.Skipped) > 0 || len(e.Policies) != 1 {
					t.Errorf("skipped: %+v", e.Skipped)
				}
				return
			}
			if len(e.Skipped) != 1 || e.Skipped[0].Reason != tt.want || e.Skipped[0].Words == "" || len(e.Policies) > 0 {
				t.Errorf("got %+v, want %v", e.Skipped, tt.want)
			}
			if e.Decision != (Decision{Allowed, ActionUnknown, Ref{}, -1}) {
				t.Errorf("decides %+v", e.Decision)
			}
		})
	}
	if at := (&place{}); at.words(&Policy{}, "") != "" || at.words(&Policy{}, SkipSelector) != "" {
		t.Error("words without a reason")
	}
}

func TestOrderIsStable(t *testing.T) {
	ps := []Policy{
		ap(t, "istio-system/a", "{}"), ap(t, "foo/b", "{action: DENY}"), ap(t, "foo/a", "{}"), ap(t, "foo/c", "{action: AUDIT}"),
		ap(t, "foo/d", "{action: CUSTOM, provider: {name: x}}"), ap(t, "bar/b", "{}"), ap(t, "bar/a", "{}"),
	}
	e := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(get())
	var got []string
	for _, p := range e.Policies {
		got = append(got, p.Action.String()+" "+p.Policy.String())
	}
	for _, s := range e.Skipped {
		got = append(got, s.Policy.String())
	}
	want := []string{"CUSTOM foo/d", "AUDIT foo/c", "DENY foo/b", "ALLOW foo/a", "ALLOW istio-system/a", "bar/a", "bar/b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
