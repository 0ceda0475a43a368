package mesh

import "testing"

// TestMeetNames: what refuses a connection names the objects that make it so.
func TestMeetNames(t *testing.T) {
	ruledTo := func(m TLS, mode string) Client {
		return Client{TLS: m, Rule: "foo/dr", Field: "spec.trafficPolicy.tls.mode", RuleMode: mode}
	}
	by := func(m Mode) Server { return Server{Mode: m, Policy: "default/p", Level: "workload"} }
	port := Server{Mode: Disable, Policy: "default/p", Level: "port", Field: "spec.portLevelMtls[80].mode"}
	simple, mutual := ruledTo(SimpleTLS, "SIMPLE"), ruledTo(MutualTLS, "ISTIO_MUTUAL")
	own := Client{TLS: SimpleTLS, OwnTLS: true, Rule: "foo/dr", Field: "spec.trafficPolicy.tls.mode", RuleMode: "DISABLE"}
	const dr = "DestinationRule foo/dr (spec.trafficPolicy.tls.mode "
	for name, tt := range map[string]struct {
		client Client
		server Server
		plane  DataPlane
		want   string
	}{
		"SIMPLE to an HTTP port":          {simple, Server{Mode: Permissive}, Sidecar, dr + "SIMPLE) makes the client send TLS that the server cannot read on an HTTP port"},
		"MUTUAL to an HTTP port":          {ruledTo(OwnMutualTLS, "MUTUAL"), Server{Mode: Permissive}, Sidecar, dr + "MUTUAL) makes the client send TLS with a certificate of the user's that the server cannot read on an HTTP port"},
		"SIMPLE to DISABLE":               {simple, by(Disable), Sidecar, dr + "SIMPLE) makes the client send TLS that the server cannot read on an HTTP port, and PeerAuthentication default/p sets DISABLE"},
		"SIMPLE to STRICT":                {simple, by(Strict), Sidecar, "PeerAuthentication default/p sets STRICT, and " + dr + "SIMPLE) makes the client send TLS without a certificate of the mesh"},
		"DISABLE to STRICT":               {ruledTo(Plaintext, "DISABLE"), by(Strict), Sidecar, "PeerAuthentication default/p sets STRICT, and " + dr + "DISABLE) makes the client send plaintext"},
		"ISTIO_MUTUAL to DISABLE":         {mutual, by(Disable), Sidecar, "PeerAuthentication default/p sets DISABLE, and " + dr + "ISTIO_MUTUAL) makes the client send mTLS"},
		"a rule without its field":        {Client{TLS: MutualTLS, Rule: "foo/dr"}, by(Disable), Sidecar, "PeerAuthentication default/p sets DISABLE, and DestinationRule foo/dr makes the client send mTLS"},
		"ISTIO_MUTUAL to a DISABLE port":  {mutual, port, Sidecar, "PeerAuthentication default/p (spec.portLevelMtls[80].mode) sets DISABLE, and " + dr + "ISTIO_MUTUAL) makes the client send mTLS"},
		"ISTIO_MUTUAL to nothing":         {mutual, Server{Mode: Disable}, NoPlane, dr + "ISTIO_MUTUAL) makes the client send mTLS, and the destination has no sidecar that could read it"},
		"ISTIO_MUTUAL to Kmesh":           {mutual, Server{Mode: Permissive}, onKmesh(), dr + "ISTIO_MUTUAL) makes the client send Istio's mTLS, and the destination has no sidecar that could read it"},
		"ISTIO_MUTUAL to ztunnel":         {mutual, Server{Mode: Permissive}, Ambient, dr + "ISTIO_MUTUAL) makes the client send Istio's mTLS, which ztunnel passes on to an application that cannot read it"},
		"plaintext to STRICT":             {plaintext, Server{Mode: Strict}, Sidecar, "the mode of the port is STRICT, and the client sends plaintext"},
		"plaintext to ztunnel's STRICT":   {plaintext, by(Strict), Ambient, "the client shows no identity, and PeerAuthentication default/p sets STRICT"},
		"STRICT under Kmesh":              {plaintext, by(Strict), onKmesh(), "PeerAuthentication default/p sets STRICT, and Kmesh denies every connection to such a port"},
		"the application's, not a rule's": {own, Server{Mode: Permissive}, Sidecar, "the application sends TLS of its own that the server cannot read on an HTTP port"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Meet(tt.client, tt.server, tt.plane, HTTP, "http")
			if got.Outcome != Refused || got.Why != tt.want {
				t.Errorf("got %v, %s\nwant %s", got.Outcome, got.Why, tt.want)
			}
		})
	}
}

// TestMeetNamesAsked: the same from the objects on.
func TestMeetNamesAsked(t *testing.T) {
	const dr = "DestinationRule bar/dr (spec.trafficPolicy."
	for name, tt := range map[string]struct {
		q    ClientQuery
		mode Mode
		want string
	}{
		"a rule":             {ask(ruled(rule("bar", "dr", host, drSimple))), Permissive, dr + "tls.mode SIMPLE) makes the client send TLS that the server cannot read on an HTTP port"},
		"a rule for a port":  {ask(ruled(onPort(rule("bar", "dr", host, drDisable), 80, tlsMode(drIstio)))), Disable, "the mode of the port is DISABLE, and " + dr + "portLevelSettings[0].tls.mode ISTIO_MUTUAL) makes the client send mTLS"},
		"https under a rule": {ask(https, ruled(rule("bar", "dr", host, drDisable))), Permissive, "the application sends TLS of its own that the server cannot read on an HTTP port"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Meet(ClientTLS(tt.q), Server{Mode: tt.mode}, Sidecar, HTTP, tt.q.Scheme)
			if got.Outcome != Refused || got.Why != tt.want {
				t.Errorf("got %v, %s\nwant %s", got.Outcome, got.Why, tt.want)
			}
		})
	}
}

func TestServerWords(t *testing.T) {
	for want, s := range map[string]Server{
		"the mTLS mode of the port is not known":                              {Missing: "x"},
		"PeerAuthentication a/b (spec.mtls.mode) sets STRICT":                 {Mode: Strict, Policy: "a/b", Level: "mesh", Field: "spec.mtls.mode"},
		"PeerAuthentication a/b (spec.portLevelMtls[1].mode) sets PERMISSIVE": {Mode: Permissive, Policy: "a/b", Level: "port", Field: "spec.portLevelMtls[1].mode"},
		"nothing enforces a PeerAuthentication":                               ServerMode(DefaultConfig(), pod(), NoPlane, 80, nil),
		"only HBONE is accepted":                                              ServerMode(DefaultConfig(), pod(), Waypoint, 80, nil),
		"the mode of the port is PERMISSIVE, the default":                     ServerMode(DefaultConfig(), pod(), Sidecar, 80, nil),
		"the mode of the port is DISABLE":                                     {Mode: Disable},
	} {
		if got := s.Words(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
