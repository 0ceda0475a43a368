package mesh

import "testing"

// TestTrustDomainAccepted follows istio: networking/plugin/authn/util.go.
func TestTrustDomainAccepted(t *testing.T) {
	c := DefaultConfig()
	c.TrustDomain, c.TrustDomainAliases, c.TrustDomains = "td1", []string{"td2"}, []string{"td3"}
	peer := func(domain string) string { return "spiffe://" + domain + "/ns/foo/sa/x" }
	tests := map[string]struct {
		plane DataPlane
		peer  string
		want  Outcome
		why   string
	}{
		"its own":                   {Sidecar, peer("td1"), Established, "the mesh's own"},
		"without the scheme":        {Sidecar, "td1/ns/foo/sa/x", Established, ""},
		"an alias":                  {Sidecar, peer("td2"), Established, "trustDomainAliases"},
		"a root of its own":         {Gateway, peer("td3"), Established, "caCertificates"},
		"another":                   {Waypoint, peer("td4"), Refused, "neither the mesh's, td1"},
		"cluster.local is no alias": {Sidecar, peer("cluster.local"), Refused, ""},
		"no identity":               {Sidecar, "", Established, "no identity"},
		"ztunnel, its own":          {Ambient, peer("td1"), Established, ""},
		"ztunnel, an alias":         {Ambient, peer("td2"), Refused, "no trust domain but its own, td1"},
		"nothing there":             {NoPlane, peer("td4"), Established, "nothing looks"},
		"Kmesh":                     {onKmesh(), peer("td4"), Established, "nothing looks"},
		"unknown, its own":          {UnknownPlane, peer("td1"), Established, ""},
		"unknown, an alias":         {UnknownPlane, peer("td2"), UndecidedOutcome, "the data plane is not known"},
		"unknown, another":          {UnknownPlane, peer("td4"), Refused, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, why := TrustDomainAccepted(c, tt.plane, tt.peer); got != tt.want || !contains(why, tt.why) || why == "" {
				t.Errorf("got %v, %q", got, why)
			}
		})
	}
	if got, _ := TrustDomainAccepted(Config{}, Sidecar, peer("cluster.local")); got != Established {
		t.Errorf("the default: got %v", got)
	}
}
