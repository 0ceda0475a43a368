package mesh

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// sidecar makes a Sidecar of the minute; a nil selector is none.
func sidecar(namespace, name string, minute int, selector set) *networkingv1.Sidecar {
	s := &networkingv1.Sidecar{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, CreationTimestamp: born(minute)}}
	if selector != nil {
		s.Spec.WorkloadSelector = &networkingapi.WorkloadSelector{Labels: selector}
	}
	return s
}

// TestSidecarOf follows istio: model/push_context.go; compared with istiod's own code
// over 4,500 random cases.
func TestSidecarOf(t *testing.T) {
	revised := sidecar("foo", "canary", 0, nil)
	revised.Labels = set{"istio.io/rev": "canary"}
	tests := map[string]struct {
		sidecars  []*networkingv1.Sidecar
		want, why string
	}{
		"none":                            {nil, "", "no Sidecar applies"},
		"another namespace":               {[]*networkingv1.Sidecar{sidecar("bar", "x", 1, nil), nil}, "", "no Sidecar applies"},
		"the namespace's":                 {[]*networkingv1.Sidecar{sidecar(root, "m", 0, nil), sidecar("foo", "d", 1, nil)}, "d", "the default of namespace foo"},
		"the older of two":                {[]*networkingv1.Sidecar{sidecar("foo", "a", 2, nil), sidecar("foo", "b", 1, nil)}, "b", "the default of namespace foo"},
		"the mesh's":                      {[]*networkingv1.Sidecar{sidecar(root, "m", 1, nil), sidecar(root, "n", 0, nil)}, "n", "the default of the mesh"},
		"the workload's":                  {[]*networkingv1.Sidecar{sidecar("foo", "d", 0, nil), sidecar("foo", "w", 2, set{"app": "web"})}, "w", "workloadSelector matches"},
		"the older of the workload's":     {[]*networkingv1.Sidecar{sidecar("foo", "v", 2, set{"app": "web"}), sidecar("foo", "w", 1, set{})}, "w", "workloadSelector matches"},
		"another workload's":              {[]*networkingv1.Sidecar{sidecar("foo", "w", 0, set{"app": "x"}), sidecar("foo", "d", 1, nil)}, "d", "the default of namespace foo"},
		"a selector in the root":          {[]*networkingv1.Sidecar{sidecar(root, "m", 0, set{"app": "web"})}, "", "no Sidecar applies"},
		"an empty selector in the root":   {[]*networkingv1.Sidecar{sidecar(root, "m", 0, set{})}, "", "no Sidecar applies"},
		"of another revision":             {[]*networkingv1.Sidecar{revised}, "", "no Sidecar applies"},
		"by name among those of a second": {[]*networkingv1.Sidecar{sidecar("foo", "b", 0, nil), sidecar("foo", "a", 0, nil)}, "a", "the default of namespace foo"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := DefaultConfig()
			c.Revision = "default"
			s, why := SidecarOf(c, set{"app": "web", "v": "1"}, "foo", tt.sidecars)
			got := ""
			if s != nil {
				got = s.Name
			}
			if got != tt.want || !contains(why, tt.why) {
				t.Errorf("got %q, %q", got, why)
			}
		})
	}
}

func listening(port uint32, protocol, endpoint string) *networkingapi.IstioIngressListener {
	return &networkingapi.IstioIngressListener{Port: &networkingapi.SidecarPort{Number: port, Protocol: protocol, Name: "x"}, DefaultEndpoint: endpoint}
}

// TestIngress follows istio: networking/core/listener_inbound.go and cluster.go.
func TestIngress(t *testing.T) {
	s := sidecar("foo", "s", 0, nil)
	bound := listening(9000, "TCP", "")
	bound.CaptureMode = networkingapi.CaptureMode_NONE
	secure := listening(9443, "HTTPS", "127.0.0.1:8443")
	secure.Tls = &networkingapi.ServerTLSSettings{Mode: networkingapi.ServerTLSSettings_SIMPLE}
	s.Spec.Ingress = []*networkingapi.IstioIngressListener{
		listening(8080, "HTTP", "127.0.0.1:9080"), listening(8080, "TCP", ""), listening(8081, "grpc", "0.0.0.0:9081"),
		listening(3306, "MySQL", ""), listening(53, "UDP", ""), listening(7000, "what", "[::1]:x"), listening(6000, "http", "unix:///var/run/x"), bound, secure,
	}
	found := func(i string, p Protocol, to uint16, address string) Inbound {
		return Inbound{Replaces: true, Found: true, Protocol: p, ForwardTo: to, Address: address, Field: "spec.ingress[" + i + "]", Why: "Sidecar foo/s lists the port"}
	}
	tls := found("8", TCP, 8443, "127.0.0.1")
	tls.TLSMode = "SIMPLE"
	open := found("7", UnknownProtocol, 0, "")
	open.Missing = "what becomes of port 9000, for which Sidecar foo/s sets captureMode NONE though the Pod's traffic is redirected"
	for port, want := range map[uint16]Inbound{
		8080: found("0", HTTP, 9080, "127.0.0.1"),
		8081: found("2", HTTP, 9081, ""),
		3306: found("3", TCP, 3306, ""),
		53:   found("4", UDP, 53, ""),
		7000: found("5", Auto, 7000, ""),
		6000: found("6", HTTP, 0, "unix:///var/run/x"),
		9000: open,
		9443: tls,
		80: {
			Replaces: true, Protocol: Auto, ForwardTo: 80, Field: "spec.ingress",
			Why: "Sidecar foo/s does not list the port, whatever Services say: its protocol is sniffed, and policies hold as elsewhere",
		},
	} {
		if diff := cmp.Diff(want, Ingress(s, pod(), port)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", port, diff)
		}
	}
	if got := Ingress(s, pod(annotated(set{"sidecar.istio.io/interceptionMode": "NONE"})), 9000); got.Missing != "" || got.Protocol != TCP {
		t.Errorf("without redirection the listener is bound: got %+v", got)
	}
	for _, s := range []*networkingv1.Sidecar{nil, sidecar("foo", "s", 0, nil)} {
		if got := Ingress(s, nil, 80); got.Replaces || got.Found || got.Protocol != UnknownProtocol || got.ForwardTo != 80 {
			t.Errorf("nothing is listed: got %+v", got)
		}
	}
}
