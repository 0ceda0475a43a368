package mesh

import (
	"strings"
	"testing"

	networkingapi "istio.io/api/networking/v1alpha3"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// calling makes an egress listener; port 0 is one for all ports.
func calling(port uint32, protocol string, hosts ...string) *networkingapi.IstioEgressListener {
	l := &networkingapi.IstioEgressListener{Hosts: hosts}
	if port != 0 {
		l.Port = &networkingapi.SidecarPort{Number: port, Protocol: protocol, Name: "x"}
	}
	return l
}

type egressCase struct {
	listeners  []*networkingapi.IstioEgressListener
	port       uint16
	protocol   Protocol
	known      bool
	field, why string // why is in Why, or in Missing
}

// TestEgress: a call from bar to web.foo. It follows istio: model/sidecar.go, and was
// compared with istiod's own listeners and routes over 45,000 random cases.
func TestEgress(t *testing.T) {
	one := func(hosts ...string) []*networkingapi.IstioEgressListener {
		return []*networkingapi.IstioEgressListener{calling(0, "", hosts...)}
	}
	two := func(protocol string, first string, second ...string) []*networkingapi.IstioEgressListener {
		return []*networkingapi.IstioEgressListener{calling(80, protocol, first), calling(0, "", second...)}
	}
	bound := two("HTTP", "*/*", "*/*")
	bound[0].Bind = "127.0.0.1"
	const h0, h1 = "spec.egress[0].hosts[0]", "spec.egress[0].hosts[1]"
	tests := map[string]egressCase{
		"no egress":                       {nil, 80, HTTP, true, "", "has no egress"},
		"everything":                      {one("*/*"), 80, HTTP, true, h0, "has the host"},
		"its namespace":                   {one("./*", "foo/*"), 80, HTTP, true, h1, "has the host"},
		"the client's namespace only":     {one("./*", "istio-system/*"), 80, HTTP, false, "spec.egress[0].hosts", "passed on as it is"},
		"exactly":                         {one("foo/" + host), 80, HTTP, true, h0, ""},
		"exactly, in any namespace":       {one("*/" + host), 80, HTTP, true, h0, ""},
		"exactly, in another namespace":   {one("bar/" + host), 80, HTTP, false, "spec.egress[0].hosts", ""},
		"a wildcard":                      {one("*/*.foo.svc.cluster.local"), 80, HTTP, true, h0, ""},
		"another wildcard":                {one("*/*.bar.svc.cluster.local"), 80, HTTP, false, "spec.egress[0].hosts", ""},
		"a short name matches nothing":    {one("foo/web"), 80, HTTP, false, "spec.egress[0].hosts", ""},
		"nothing":                         {one("~/*"), 80, HTTP, false, h0, ""},
		"all but its namespace":           {one("*/*", "~foo/*"), 80, HTTP, false, h1, ""},
		"all but the client's namespace":  {one("*/*", "~./*"), 80, HTTP, true, h0, ""},
		"an exclusion of another host":    {one("*/*", "~/*.bar.svc.cluster.local"), 80, HTTP, true, h0, ""},
		"no namespace/host":               {one("web", "a/b/c"), 80, HTTP, false, "spec.egress[0].hosts", ""},
		"the port's listener has it":      {two("HTTP", "foo/*", "./*"), 80, HTTP, true, h0, ""},
		"the port's listener hides it":    {two("HTTP", "./*", "foo/*"), 80, HTTP, false, "spec.egress[0].hosts", ""},
		"not another port's":              {two("HTTP", "./*", "foo/*"), 90, HTTP, true, "spec.egress[1].hosts[0]", ""},
		"not TCP, which has an address":   {two("TCP", "./*", "foo/*"), 80, TCP, true, "spec.egress[1].hosts[0]", ""},
		"a sniffed port is not settled":   {two("HTTP", "./*", "foo/*"), 80, Auto, false, "", "the protocol of the port"},
		"TCP under a listener for HTTP":   {two("HTTP", "foo/*", "./*"), 80, TCP, false, "", "makes of a TCP port"},
		"a port that is not known":        {two("HTTP", "foo/*", "./*"), 0, HTTP, false, "", "the port that is called"},
		"a listener bound elsewhere":      {bound, 80, HTTP, false, "", "which is bound to 127.0.0.1"},
		"no listener for the port at all": {two("HTTP", "foo/*")[:1], 90, HTTP, false, "spec.egress", "does not have the host"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sidecar("bar", "s", 0, nil)
			s.Spec.Egress = tt.listeners
			q := EgressQuery{Config: DefaultConfig(), Sidecar: s, ClientNamespace: "bar", Host: host, HostNamespace: "foo", Port: tt.port, Protocol: tt.protocol}
			got := EgressOf(q)
			missing := got.Missing != ""
			if got.Known != tt.known || got.Field != tt.field || !contains(got.Why+got.Missing, tt.why) || got.Allowed == missing {
				t.Errorf("got %+v", got)
			}
			q.Config.OutboundPolicy = "REGISTRY_ONLY"
			if got := EgressOf(q); got.Allowed != tt.known {
				t.Errorf("REGISTRY_ONLY: got %+v", got)
			}
			if short := contains(name, "short name"); short != (len(got.Notes) > 0) {
				t.Errorf("notes: %v", got.Notes)
			}
		})
	}
}

// TestEgressPolicy: the Sidecar's outboundTrafficPolicy goes over the mesh's, and its
// mode is REGISTRY_ONLY if it does not say so.
func TestEgressPolicy(t *testing.T) {
	q := EgressQuery{Config: DefaultConfig(), ClientNamespace: "bar", Host: host, HostNamespace: "foo", Port: 80}
	if got := EgressOf(q); !got.Known || !got.Allowed || got.Policy != "ALLOW_ANY" || got.PolicyFrom != "" {
		t.Errorf("no Sidecar: got %+v", got)
	}
	q.Sidecar = sidecar("bar", "s", 0, nil)
	q.Sidecar.Spec.Egress = []*networkingapi.IstioEgressListener{calling(0, "", "./*")}
	for name, tt := range map[string]struct {
		policy *networkingapi.OutboundTrafficPolicy
		mesh   string
		want   string
		via    string
	}{
		"the mesh's": {nil, "REGISTRY_ONLY", "REGISTRY_ONLY", ""},
		"its own":    {&networkingapi.OutboundTrafficPolicy{Mode: networkingapi.OutboundTrafficPolicy_ALLOW_ANY}, "REGISTRY_ONLY", "ALLOW_ANY", ""},
		"no mode":    {&networkingapi.OutboundTrafficPolicy{}, "ALLOW_ANY", "REGISTRY_ONLY", ""},
		"through a proxy": {
			&networkingapi.OutboundTrafficPolicy{Mode: networkingapi.OutboundTrafficPolicy_ALLOW_ANY, EgressProxy: &networkingapi.Destination{Host: "egress.x.svc.cluster.local"}},
			"ALLOW_ANY", "ALLOW_ANY", "egress.x.svc.cluster.local",
		},
	} {
		t.Run(name, func(t *testing.T) {
			q.Sidecar.Spec.OutboundTrafficPolicy, q.Config.OutboundPolicy = tt.policy, tt.mesh
			got := EgressOf(q)
			from := ""
			if tt.policy != nil {
				from = "bar/s"
			}
			if got.Policy != tt.want || got.Via != tt.via || got.PolicyFrom != from || got.Allowed != (tt.want == "ALLOW_ANY") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestCovers follows istio: pkg/config/host/name.go SubsetOf.
func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		pattern, host string
		want          bool
	}{
		{"*", "a.com", true},
		{"*.com", "a.com", true},
		{"a.com", "a.com", true},
		{"a.com", "b.com", false},
		{"*", "*.com", true},
		{"*.com", "*.com", true},
		{"*.com", "*.a.com", true},
		{"*.a.com", "*.com", false},
		{"a.com", "*.com", false},
	} {
		if got := covers(tt.pattern, tt.host); got != tt.want {
			t.Errorf("%s covers %s: got %v", tt.pattern, tt.host, got)
		}
	}
}
