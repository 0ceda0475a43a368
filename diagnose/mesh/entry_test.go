package mesh

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// entry makes the WorkloadEntry foo/vm.
func entry(account string, spec, meta, annotations set) *networkingv1.WorkloadEntry {
	we := &networkingv1.WorkloadEntry{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "vm", Labels: meta, Annotations: annotations}}
	we.Spec.Address, we.Spec.ServiceAccount, we.Spec.Labels = "10.0.0.9", account, spec
	return we
}

// TestOfWorkloadEntry follows istio: serviceregistry/serviceentry/conversion.go
// getTLSModeFromWorkloadEntry, autoregistration/controller.go.
func TestOfWorkloadEntry(t *testing.T) {
	mode := func(m string) set { return set{"security.istio.io/tlsMode": m} }
	const nameless = "it has no serviceAccount, so its identity is not known"
	tests := map[string]struct {
		we     *networkingv1.WorkloadEntry
		want   Presence
		marked bool
	}{
		"none":               {nil, Presence{Missing: "the WorkloadEntry"}, false},
		"a service account":  {entry("vm", nil, nil, nil), Presence{Plane: Sidecar, Why: "it has a serviceAccount"}, true},
		"a label":            {entry("", mode("istio"), nil, nil), Presence{Plane: Sidecar, Why: "label security.istio.io/tlsMode: istio", Notes: []string{nameless}}, true},
		"the object's label": {entry("vm", mode("disabled"), mode("istio"), nil), Presence{Plane: Sidecar, Why: "label security.istio.io/tlsMode: istio"}, true},
		"the label wins over the account": {
			entry("vm", mode("disabled"), nil, nil),
			Presence{Plane: NoPlane, Cause: CauseNotLabelled, Why: "label security.istio.io/tlsMode: disabled"},
			false,
		},
		"neither": {entry("", nil, nil, nil), Presence{
			Plane: NoPlane, Cause: CauseNotLabelled,
			Why: "it has neither a serviceAccount nor the label security.istio.io/tlsMode: istio, so it is taken for one without a proxy",
		}, false},
		"registered by itself": {
			entry("vm", mode("disabled"), set{"istio.io/rev": "r"}, set{"istio.io/autoRegistrationGroup": "g"}),
			Presence{Plane: Sidecar, Revision: "r", Why: "a proxy has registered itself with WorkloadGroup g", Notes: []string{"label security.istio.io/tlsMode: disabled, so no client uses mTLS of itself"}},
			false,
		},
		"HBONE": {entry("vm", nil, set{"networking.istio.io/tunnel": "http"}, nil), Presence{Plane: Sidecar, HBONE: true, Why: "label networking.istio.io/tunnel: http"}, true},
		"ztunnel": {
			entry("vm", nil, nil, set{"ambient.istio.io/redirection": "enabled"}),
			Presence{Plane: Ambient, HBONE: true, Why: "annotation ambient.istio.io/redirection: enabled"},
			true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := OfWorkloadEntry(tt.we)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if stand := EntryPod(tt.we); stand != nil && marked(stand, got) != tt.marked {
				t.Errorf("marked: got %v", !tt.marked)
			}
		})
	}
}

func TestEntry(t *testing.T) {
	we := entry("vm", set{"app": "a", "v": "1"}, set{"v": "2"}, nil)
	we.Spec.Ports = map[string]uint32{"http": 8080}
	if got := EntryPrincipal(DefaultConfig(), we); got != "cluster.local/ns/foo/sa/vm" {
		t.Errorf("principal: got %q", got)
	}
	if got := EntryPrincipal(DefaultConfig(), entry("", nil, nil, nil)) + EntryPrincipal(DefaultConfig(), nil); got != "" {
		t.Errorf("no account, no principal: got %q", got)
	}
	if diff := cmp.Diff(set{"app": "a", "v": "2"}, EntryLabels(we)); diff != "" || EntryLabels(nil) != nil {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	for want, got := range map[uint16]uint16{8080: EntryPort(we, "http", 81, 80), 81: EntryPort(we, "tcp", 81, 80), 80: EntryPort(nil, "tcp", 0, 80)} {
		if got != want {
			t.Errorf("port: got %d, want %d", got, want)
		}
	}
	stand := EntryPod(we)
	if stand.Name != "vm" || stand.Status.PodIP != "10.0.0.9" || stand.Labels["v"] != "2" || stand.Spec.ServiceAccountName != "vm" {
		t.Errorf("stand-in: %+v", stand)
	}
	if we.Spec.Address = "db.example.org"; EntryPod(we).Status.PodIP != "" || EntryPod(nil) != nil {
		t.Error("a name is no address")
	}
}

func TestInlineEntries(t *testing.T) {
	se := &networkingv1.ServiceEntry{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "ext"}}
	se.Spec.Endpoints = []*networkingapi.WorkloadEntry{{Address: "10.0.0.1"}, nil, {Address: "10.0.0.2", ServiceAccount: "x"}}
	got := InlineEntries(se)
	if len(got) != 2 || got[1].Name != "ext-2" || got[1].Namespace != "foo" || OfWorkloadEntry(got[1]).Plane != Sidecar || OfWorkloadEntry(got[0]).Plane != NoPlane {
		t.Errorf("got %+v", got)
	}
	se.Spec.WorkloadSelector = &networkingapi.WorkloadSelector{}
	if InlineEntries(se) != nil || InlineEntries(nil) != nil {
		t.Error("with a selector there are none")
	}
}

// TestClientOfEntry: a client's mTLS towards a workload that is no Pod.
func TestClientOfEntry(t *testing.T) {
	for want, we := range map[TLS]*networkingv1.WorkloadEntry{MutualTLS: entry("vm", nil, nil, nil), Plaintext: entry("", nil, nil, nil)} {
		got := ClientTLS(ask(func(q *ClientQuery) { q.Destination, q.DestinationPresence = EntryPod(we), OfWorkloadEntry(we) }))
		if got.TLS != want {
			t.Errorf("got %+v, want %v", got, want)
		}
	}
}
