package mesh

import (
	"strings"
	"testing"
)

// What the client sends, as in the table of chains.
var (
	istioMTLS = Client{TLS: MutualTLS}
	overHBONE = Client{TLS: MutualTLS, HBONE: true}
	plaintext = Client{TLS: Plaintext}
	otherTLS  = Client{TLS: SimpleTLS}
	ownMTLS   = Client{TLS: OwnMutualTLS, Rule: "bar/dr"}
)

// TestMeetSidecar is the table of an inbound sidecar, row by row.
func TestMeetSidecar(t *testing.T) {
	tests := []struct {
		name     string
		mode     Mode
		port     Protocol
		client   Client
		scheme   string
		want     Outcome
		context  Protocol
		identity bool
	}{
		{"PERMISSIVE, HTTP, mTLS", Permissive, HTTP, istioMTLS, "http", Established, HTTP, true},
		{"PERMISSIVE, HTTP, plaintext", Permissive, HTTP, plaintext, "http", Established, HTTP, false},
		{"PERMISSIVE, HTTP, other TLS", Permissive, HTTP, otherTLS, "https", Refused, 0, false},
		{"PERMISSIVE, HTTP, own mTLS", Permissive, HTTP, ownMTLS, "http", Refused, 0, false},
		{"PERMISSIVE, TCP, mTLS", Permissive, TCP, istioMTLS, "tcp", Established, TCP, true},
		{"PERMISSIVE, TCP, plaintext", Permissive, TCP, plaintext, "tcp", Established, TCP, false},
		{"PERMISSIVE, TCP, other TLS", Permissive, TCP, otherTLS, "https", Established, TCP, false},
		{"PERMISSIVE, auto, mTLS, http", Permissive, Auto, istioMTLS, "http", Established, HTTP, true},
		{"PERMISSIVE, auto, mTLS, grpc", Permissive, Auto, istioMTLS, "grpc", Established, HTTP, true},
		{"PERMISSIVE, auto, mTLS, tcp", Permissive, Auto, istioMTLS, "tcp", Established, TCP, true},
		{"PERMISSIVE, auto, mTLS, open", Permissive, Auto, istioMTLS, "", Established, Auto, true},
		{"PERMISSIVE, auto, plaintext http", Permissive, Auto, plaintext, "HTTP", Established, HTTP, false},
		{"PERMISSIVE, auto, plaintext else", Permissive, Auto, plaintext, "tcp", Established, TCP, false},
		{"PERMISSIVE, auto, plaintext open", Permissive, Auto, plaintext, "", Established, Auto, false},
		{"trap 46: PERMISSIVE, auto, other TLS", Permissive, Auto, otherTLS, "https", Established, TCP, false},
		{"trap 47: PERMISSIVE, https port, mTLS", Permissive, TCP, istioMTLS, "https", Established, TCP, true},
		{"STRICT, HTTP, mTLS", Strict, HTTP, istioMTLS, "http", Established, HTTP, true},
		{"STRICT, TCP, mTLS", Strict, TCP, istioMTLS, "tcp", Established, TCP, true},
		{"STRICT, auto, mTLS, http", Strict, Auto, istioMTLS, "http", Established, HTTP, true},
		{"STRICT, auto, mTLS, else", Strict, Auto, istioMTLS, "https", Established, TCP, true},
		{"trap 54: STRICT, HTTP, plaintext", Strict, HTTP, plaintext, "http", Refused, 0, false},
		{"STRICT, TCP, plaintext", Strict, TCP, plaintext, "tcp", Refused, 0, false},
		{"STRICT, auto, plaintext", Strict, Auto, plaintext, "", Refused, 0, false},
		{"STRICT, HTTP, other TLS", Strict, HTTP, otherTLS, "https", Refused, 0, false},
		{"STRICT, own mTLS", Strict, HTTP, ownMTLS, "http", UndecidedOutcome, 0, false},
		{"DISABLE, HTTP", Disable, HTTP, plaintext, "http", Established, HTTP, false},
		{"DISABLE, TCP", Disable, TCP, plaintext, "tcp", Established, TCP, false},
		{"DISABLE, auto, http", Disable, Auto, plaintext, "http", Established, HTTP, false},
		{"DISABLE, auto, open", Disable, Auto, plaintext, "", Established, Auto, false},
		{"DISABLE, mTLS", Disable, HTTP, istioMTLS, "http", Refused, 0, false},
		{"DISABLE, HTTP, other TLS", Disable, HTTP, otherTLS, "https", Refused, 0, false},
		{"DISABLE, TCP, other TLS", Disable, TCP, otherTLS, "https", Established, TCP, false},
		{"https to an HTTP port through a sidecar", Permissive, HTTP, istioMTLS, "https", Refused, 0, false},
		{"https to an HTTP port through HBONE", Strict, HTTP, overHBONE, "https", Refused, 0, false},
		{"HBONE whatever the mode", Disable, HTTP, overHBONE, "http", Established, HTTP, true},
		{"trap 50: a port of no Service, sniffed", Permissive, Auto, plaintext, "http", Established, HTTP, false},
		{"a mode that is not known", UnknownMode, HTTP, plaintext, "http", UndecidedOutcome, 0, false},
		{"a port that is not known, STRICT", Strict, UnknownProtocol, plaintext, "http", Refused, 0, false},
		{"a port that is not known, mTLS", Strict, UnknownProtocol, istioMTLS, "http", UndecidedOutcome, 0, false},
		{"a port that is not known, other TLS", Permissive, UnknownProtocol, otherTLS, "https", UndecidedOutcome, 0, false},
		{"UDP", Strict, UDP, plaintext, "", Established, UDP, false},
		{"UDP, whatever TCP would show", Strict, UDP, istioMTLS, "", Established, UDP, false},
		{"UDP, whatever the mode", UnknownMode, UDP, overHBONE, "", Established, UDP, false},
		{"UDP, whatever the client does", Strict, UDP, Client{Missing: "x"}, "", Established, UDP, false},
		{"UDP, whatever is registered", Strict, UDP, Client{TLS: Plaintext, Blocked: "REGISTRY_ONLY"}, "", Established, UDP, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Meet(tt.client, Server{Mode: tt.mode}, Sidecar, tt.port, tt.scheme)
			checkMeet(t, got, tt.want, tt.context, tt.identity)
		})
	}
}

func checkMeet(t *testing.T, got Connection, want Outcome, context Protocol, identity bool) {
	t.Helper()
	if got.Outcome != want || got.HTTP != context || got.Identity != identity {
		t.Errorf("got %+v; want %v, %v, identity %v", got, want, context, identity)
	}
	if (got.Outcome == Refused) != (got.Symptom != "") || (got.Outcome == UndecidedOutcome) != (got.Missing != "") {
		t.Errorf("symptom %q, missing %q with outcome %v", got.Symptom, got.Missing, got.Outcome)
	}
	if got.Outcome != UndecidedOutcome && got.Why == "" {
		t.Error("no reason")
	}
}

func TestMeetElsewhere(t *testing.T) {
	enforced := Server{Mode: Disable, StrictInFact: true, Enforced: "because", Denier: "istio-system/istio_converted_static_strict"}
	tests := []struct {
		name     string
		plane    DataPlane
		client   Client
		server   Server
		port     Protocol
		scheme   string
		want     Outcome
		context  Protocol
		identity bool
		symptom  string
	}{
		{"nothing, plaintext", NoPlane, plaintext, Server{Mode: Disable}, HTTP, "http", Established, 0, false, ""},
		{"nothing, https", NoPlane, otherTLS, Server{Mode: Disable}, TCP, "https", Established, 0, false, ""},
		{"nothing, TLS of a rule", NoPlane, otherTLS, Server{Mode: Disable}, HTTP, "http", Established, 0, false, ""},
		{"nothing, mTLS", NoPlane, istioMTLS, Server{Mode: Disable}, HTTP, "http", Refused, 0, false, "503 UF"},
		{"nothing, HBONE", NoPlane, overHBONE, Server{Mode: Disable}, HTTP, "http", Refused, 0, false, "15008"},
		{"ambient, HBONE", Ambient, overHBONE, Server{Mode: Strict}, HTTP, "http", Established, TCP, true, ""},
		{"ambient, plaintext", Ambient, plaintext, Server{Mode: Permissive}, HTTP, "http", Established, TCP, false, ""},
		{"ambient, plaintext, DISABLE", Ambient, plaintext, Server{Mode: Disable}, HTTP, "http", Established, TCP, false, ""},
		{"ambient, https", Ambient, otherTLS, Server{Mode: Permissive}, TCP, "https", Established, TCP, false, ""},
		{"trap 54: ambient, STRICT", Ambient, plaintext, Server{Mode: Strict, Denier: "root/istio_converted_static_strict"}, HTTP, "http", Refused, 0, false, "explicitly denied by: root/istio_converted_static_strict"},
		{"trap 53: ambient, STRICT and open", Ambient, plaintext, Server{Mode: Strict, OpenInFact: true, Enforced: "because"}, HTTP, "http", Established, TCP, false, ""},
		{"trap 53: ambient, DISABLE and strict", Ambient, plaintext, enforced, HTTP, "http", Refused, 0, false, "explicitly denied by"},
		{"ambient, Istio's mTLS", Ambient, istioMTLS, Server{Mode: Permissive}, HTTP, "http", Refused, 0, false, "503 UF"},
		{"ambient, a mode that is not known", Ambient, plaintext, Server{}, HTTP, "http", UndecidedOutcome, 0, false, ""},
		{"Kmesh, a Pod", onKmesh(), Client{TLS: Plaintext, ByAddress: true}, Server{Mode: Permissive}, HTTP, "http", Established, TCP, true, ""},
		{"Kmesh, no Pod", onKmesh(), plaintext, Server{Mode: Permissive}, HTTP, "http", Established, TCP, false, ""},
		{"Kmesh, STRICT denies all", onKmesh(), Client{TLS: Plaintext, ByAddress: true}, Server{Mode: Strict}, HTTP, "http", Refused, 0, false, "reset"},
		{"Kmesh, mTLS", onKmesh(), istioMTLS, Server{Mode: Permissive}, HTTP, "http", Refused, 0, false, "503 UF"},
		{"Kmesh, HBONE", onKmesh(), overHBONE, Server{Mode: Permissive}, HTTP, "http", Refused, 0, false, "15008"},
		{"Kmesh, a mode that is not known", onKmesh(), plaintext, Server{}, HTTP, "http", UndecidedOutcome, 0, false, ""},
		{"gateway, plaintext", Gateway, plaintext, Server{}, HTTP, "http", Established, HTTP, false, ""},
		{"gateway, terminated https", Gateway, otherTLS, Server{}, HTTP, "https", Established, HTTP, false, ""},
		{"gateway, passthrough", Gateway, otherTLS, Server{}, TCP, "https", Established, TCP, false, ""},
		{"gateway, mTLS", Gateway, istioMTLS, Server{}, HTTP, "http", UndecidedOutcome, HTTP, false, ""},
		{"waypoint, HBONE", Waypoint, overHBONE, Server{Mode: Strict}, HTTP, "http", Established, HTTP, true, ""},
		{"waypoint, TCP", Waypoint, overHBONE, Server{Mode: Strict}, TCP, "https", Established, TCP, true, ""},
		{"waypoint, sniffed", Waypoint, overHBONE, Server{Mode: Strict}, Auto, "", Established, Auto, true, ""},
		{"waypoint, https to an HTTP port", Waypoint, overHBONE, Server{Mode: Strict}, HTTP, "https", Refused, 0, false, "TLS"},
		{"waypoint, plaintext", Waypoint, plaintext, Server{Mode: Strict}, HTTP, "http", Refused, 0, false, "refused"},
		{"unknown data plane", UnknownPlane, plaintext, Server{}, HTTP, "http", UndecidedOutcome, 0, false, ""},
		{"UDP to nothing known", UnknownPlane, plaintext, Server{}, UDP, "", Established, UDP, false, ""},
		{"UDP to ambient", Ambient, overHBONE, Server{Mode: Strict}, UDP, "", Established, UDP, false, ""},
		{"UDP to nothing", NoPlane, plaintext, Server{Mode: Disable}, UDP, "", Established, UDP, false, ""},
		{"unknown TLS", Sidecar, Client{Missing: "x"}, Server{Mode: Permissive}, HTTP, "http", UndecidedOutcome, 0, false, ""},
		{"the client's own proxy drops it", Sidecar, Client{TLS: Plaintext, Blocked: "REGISTRY_ONLY"}, Server{Mode: Permissive}, HTTP, "http", Refused, 0, false, "502"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Meet(tt.client, tt.server, tt.plane, tt.port, tt.scheme)
			checkMeet(t, got, tt.want, tt.context, tt.identity)
			if !strings.Contains(got.Symptom, tt.symptom) {
				t.Errorf("symptom: got %q, want %q", got.Symptom, tt.symptom)
			}
		})
	}
}

// TestMeetNotes: what is said besides.
func TestMeetNotes(t *testing.T) {
	tests := []struct {
		name   string
		client Client
		mode   Mode
		port   Protocol
		scheme string
		want   []string
	}{
		{"trap 49: a banner reaches mTLS clients", istioMTLS, Strict, TCP, "tcp", []string{noteBanner}},
		{"trap 49: and plaintext ones under DISABLE", plaintext, Disable, TCP, "tcp", []string{noteBanner}},
		{"trap 49: a silent client hangs, PERMISSIVE", plaintext, Permissive, TCP, "tcp", []string{noteSilent}},
		{"trap 49: a silent client hangs, STRICT", plaintext, Strict, TCP, "tcp", []string{noteSilent}},
		{"trap 46: HTTP/1.0", plaintext, Permissive, Auto, "http", []string{noteHTTP10}},
		{"HTTP", istioMTLS, Strict, HTTP, "http", nil},
		{"left open: a banner", istioMTLS, Strict, TCP, "", []string{noteBanner}},
		{"left open: a silent client", plaintext, Strict, Auto, "", []string{noteSilent}},
		{"left open, DISABLE", plaintext, Disable, Auto, "", []string{noteBanner, noteHTTP10}},
		{"in http the client speaks first", istioMTLS, Strict, TCP, "http", nil},
		{"in https too", istioMTLS, Permissive, TCP, "https", nil},
		{"in grpc too", plaintext, Permissive, TCP, "grpc", nil},
		{"in http to DISABLE too", plaintext, Disable, TCP, "http", nil},
		{"in http to STRICT too", plaintext, Strict, TCP, "HTTP", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Meet(tt.client, Server{Mode: tt.mode}, Sidecar, tt.port, tt.scheme).Notes
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
