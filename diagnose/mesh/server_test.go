package mesh

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

const root = "istio-system"

func aged(pa *securityv1.PeerAuthentication, minutes int) *securityv1.PeerAuthentication {
	pa.CreationTimestamp = born(minutes)
	return pa
}

func revised(pa *securityv1.PeerAuthentication, rev string) *securityv1.PeerAuthentication {
	pa.Labels = set{"istio.io/rev": rev}
	return pa
}

// TestServerMode is the order of inheritance, for a sidecar's port 8080.
func TestServerMode(t *testing.T) {
	web := set{"app": "web"}
	const all = "spec.mtls.mode"
	tests := map[string]struct {
		pas  peers
		want Server
	}{
		"none is PERMISSIVE": {nil, Server{Mode: Permissive, Level: "default"}},
		"mesh": {
			peers{peer(root, "mesh", nil, strict, nil)},
			Server{Mode: Strict, Policy: "istio-system/mesh", Field: all, Level: "mesh", ServiceMode: Strict},
		},
		"an empty selector is none": {
			peers{peer(root, "mesh", set{}, strict, nil)},
			Server{Mode: Strict, Policy: "istio-system/mesh", Field: all, Level: "mesh", ServiceMode: Strict},
		},
		"namespace overrides mesh": {
			peers{peer(root, "mesh", nil, strict, nil), peer("foo", "ns", nil, disable, nil)},
			Server{Mode: Disable, Policy: "foo/ns", Field: all, Level: "namespace", ServiceMode: Disable},
		},
		"an unset namespace inherits": {
			peers{peer(root, "mesh", nil, strict, nil), peer("foo", "ns", nil, unset, nil)},
			Server{Mode: Strict, Policy: "istio-system/mesh", Field: all, Level: "mesh", ServiceMode: Strict},
		},
		"an unset mesh is the default": {
			peers{peer(root, "mesh", nil, unset, nil)},
			Server{Mode: Permissive, Level: "default", ServiceMode: Permissive},
		},
		"workload overrides namespace": {
			peers{peer("foo", "ns", nil, strict, nil), peer("foo", "web", web, permissive, nil)},
			Server{Mode: Permissive, Policy: "foo/web", Field: all, Level: "workload", ServiceMode: Strict},
		},
		"another workload's": {
			peers{peer("foo", "db", set{"app": "db"}, strict, nil)},
			Server{Mode: Permissive, Level: "default"},
		},
		"another namespace's": {
			peers{peer("bar", "ns", nil, strict, nil)},
			Server{Mode: Permissive, Level: "default"},
		},
		"port": {
			peers{peer("foo", "web", web, strict, map[uint32]mtlsMode{8080: disable, 9090: permissive})},
			Server{Mode: Disable, Policy: "foo/web", Field: "spec.portLevelMtls[8080].mode", Level: "port"},
		},
		"trap 53: the number is the target port": {
			peers{peer("foo", "web", web, strict, map[uint32]mtlsMode{80: disable})},
			Server{Mode: Strict, Policy: "foo/web", Field: all, Level: "workload"},
		},
		"an unset port inherits": {
			peers{peer("foo", "web", web, strict, map[uint32]mtlsMode{8080: unset})},
			Server{Mode: Strict, Policy: "foo/web", Field: all, Level: "workload"},
		},
		"ports without a selector are ignored": {
			peers{peer("foo", "ns", nil, strict, map[uint32]mtlsMode{8080: disable, 80: disable})},
			Server{
				Mode: Strict, Policy: "foo/ns", Field: all, Level: "namespace", ServiceMode: Strict,
				Notes: []string{"foo/ns sets portLevelMtls [80 8080] without a selector: these are ignored"},
			},
		},
		"trap 53: a selector in the root namespace": {
			peers{peer(root, "web", web, strict, nil)},
			Server{
				Mode: Permissive, Level: "default",
				Notes: []string{"istio-system/web has a selector and is in the root namespace: it is ignored"},
			},
		},
		"of two the oldest": {
			peers{aged(peer("foo", "a", nil, strict, nil), 9), aged(peer("foo", "b", nil, disable, nil), 1)},
			Server{
				Mode: Disable, Policy: "foo/b", Field: all, Level: "namespace", ServiceMode: Disable,
				Notes: []string{"foo/a is younger than another one of its level: it is ignored"},
			},
		},
		"of two as old the first by name": {
			peers{peer("foo", "b", web, strict, nil), peer("foo", "a", web, disable, nil)},
			Server{
				Mode: Disable, Policy: "foo/a", Field: all, Level: "workload",
				Notes: []string{"foo/b is younger than another one of its level: it is ignored"},
			},
		},
		"trap 7: another revision's": {
			peers{revised(peer("foo", "ns", nil, strict, nil), "canary"), nil},
			Server{
				Mode: Permissive, Level: "default",
				Notes: []string{"foo/ns is labelled istio.io/rev=canary and the control plane's revision is default: it is ignored"},
			},
		},
		"its own revision's": {
			peers{revised(peer("foo", "ns", nil, strict, nil), "default")},
			Server{Mode: Strict, Policy: "foo/ns", Field: all, Level: "namespace", ServiceMode: Strict},
		},
	}
	c := DefaultConfig()
	c.Revision = "default"
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ServerMode(c, pod(labelled(web), sidecarred), Sidecar, 8080, tt.pas)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestServerModeOfOtherPlanes(t *testing.T) {
	pas := peers{peer(root, "mesh", nil, strict, nil)}
	c := DefaultConfig()
	if s := ServerMode(c, nil, Sidecar, 80, pas); s.Mode != UnknownMode || s.Missing == "" {
		t.Errorf("no Pod: %+v", s)
	}
	if s := ServerMode(c, pod(), UnknownPlane, 80, pas); s.Mode != UnknownMode || s.Missing != "the data plane of foo/web" {
		t.Errorf("unknown: %+v", s)
	}
	if s := ServerMode(c, pod(), NoPlane, 80, pas); s.Mode != Disable || s.Level != "none" || len(s.Notes) != 1 {
		t.Errorf("none: %+v", s)
	}
	if s := ServerMode(c, pod(), Waypoint, 80, pas); s.Mode != Strict || s.Level != "hbone" {
		t.Errorf("waypoint: %+v", s)
	}
	if s := ServerMode(c, pod(), Gateway, 80, pas); s.Mode != Strict || !strings.Contains(s.Notes[0], "Gateway object") {
		t.Errorf("gateway: %+v", s)
	}
	if s := ServerMode(c, pod(), onKmesh(), 80, pas); !strings.Contains(s.Enforced, "denies every connection") || s.StrictInFact {
		t.Errorf("Kmesh: %+v", s)
	}
	if s := ServerMode(c, pod(in(root, "web")), Sidecar, 80, peers{peer(root, "mesh", nil, strict, nil)}); s.Level != "mesh" {
		t.Errorf("a Pod of the root namespace: %+v", s)
	}
}

// TestZtunnel: the port-level modes where ztunnel and the text of the objects differ.
func TestZtunnel(t *testing.T) {
	web := set{"app": "web"}
	ports := func(p ...any) map[uint32]mtlsMode {
		out := map[uint32]mtlsMode{}
		for i := 0; i < len(p); i += 2 {
			out[uint32(p[i].(int))] = p[i+1].(mtlsMode)
		}
		return out
	}
	mesh := peer(root, "mesh", nil, strict, nil)
	const static = "istio-system/istio_converted_static_strict"
	const converted = "foo/converted_peer_authentication_web"
	type want struct {
		mode         Mode
		open, strict bool
		denier       string
	}
	tests := map[string]struct {
		pas  peers
		want want // of port 8080
	}{
		"nothing":                     {nil, want{mode: Permissive}},
		"trap 54: STRICT is a denial": {peers{mesh}, want{mode: Strict, denier: static}},
		"DISABLE accepts like PERMISSIVE": {
			peers{mesh, peer("foo", "ns", nil, disable, nil)}, want{mode: Disable},
		},
		"STRICT workload, PERMISSIVE port": {
			peers{peer("foo", "web", web, strict, ports(8080, permissive))}, want{mode: Permissive},
		},
		"STRICT workload, the other port is PERMISSIVE": {
			peers{peer("foo", "web", web, strict, ports(9090, permissive))}, want{mode: Strict, denier: converted},
		},
		"STRICT workload, DISABLE port": {
			peers{peer("foo", "web", web, strict, ports(8080, disable))}, want{mode: Disable},
		},
		"STRICT workload, STRICT port": {
			peers{peer("foo", "web", web, strict, ports(8080, strict))}, want{mode: Strict, denier: static},
		},
		"PERMISSIVE workload, STRICT port": {
			peers{peer("foo", "web", web, permissive, ports(8080, strict))}, want{mode: Strict, denier: converted},
		},
		"PERMISSIVE workload, the other port is STRICT": {
			peers{peer("foo", "web", web, permissive, ports(9090, strict))}, want{mode: Permissive},
		},
		"unset workload, STRICT port": {
			peers{peer("foo", "web", web, unset, ports(8080, strict))}, want{mode: Strict, denier: converted},
		},
		"case 1: DISABLE port stays strict": {
			peers{mesh, peer("foo", "web", web, unset, ports(8080, disable))}, want{mode: Disable, strict: true, denier: static},
		},
		"case 1: a PERMISSIVE port makes the DISABLE port exempt": {
			peers{mesh, peer("foo", "web", web, unset, ports(8080, disable, 1, permissive))}, want{mode: Disable},
		},
		"case 2: STRICT port is open, without a namespace policy": {
			peers{mesh, peer("foo", "web", web, permissive, ports(8080, strict))}, want{mode: Strict, open: true},
		},
		"case 2: STRICT port is open, with an unset namespace policy": {
			peers{mesh, peer("foo", "ns", nil, unset, nil), peer("foo", "web", web, disable, ports(8080, strict))}, want{mode: Strict, open: true},
		},
		"case 2: a namespace policy with a mode mends it": {
			peers{mesh, peer("foo", "ns", nil, permissive, nil), peer("foo", "web", web, permissive, ports(8080, strict))}, want{mode: Strict, denier: converted},
		},
		"case 2: an empty selector hides the namespace policy": {
			peers{mesh, peer("foo", "ns", set{}, permissive, nil), peer("foo", "web", web, permissive, ports(8080, strict))}, want{mode: Strict, open: true},
		},
		"case 3: every port is open": {
			peers{mesh, peer("foo", "ns", nil, unset, nil), peer("foo", "web", web, unset, ports(9090, permissive, 8080, strict))}, want{mode: Strict, open: true},
		},
		"case 3: ports that are not named too": {
			peers{mesh, peer("foo", "ns", nil, unset, nil), peer("foo", "web", web, unset, ports(9090, permissive))}, want{mode: Strict, open: true},
		},
		"case 3: without the namespace policy it works": {
			peers{mesh, peer("foo", "web", web, unset, ports(9090, permissive, 8080, strict))}, want{mode: Strict, denier: converted},
		},
		"an empty selector in the root namespace does not reach": {
			peers{peer(root, "mesh", set{}, strict, nil)}, want{mode: Strict, open: true},
		},
		"an empty selector in the root namespace lifts nothing either": {
			peers{aged(peer(root, "a", set{}, permissive, nil), 1), aged(peer(root, "b", nil, strict, nil), 2)},
			want{mode: Permissive, strict: true, denier: static},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := ServerMode(DefaultConfig(), pod(labelled(web)), Ambient, 8080, tt.pas)
			got := want{s.Mode, s.OpenInFact, s.StrictInFact, s.Denier}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (s.Enforced != "") != (s.OpenInFact || s.StrictInFact) {
				t.Errorf("enforced: %q", s.Enforced)
			}
		})
	}
	t.Run("an empty selector reaches Pods of the root namespace", func(t *testing.T) {
		s := ServerMode(DefaultConfig(), pod(in(root, "web")), Ambient, 80, peers{peer(root, "mesh", set{}, strict, nil)})
		if s.OpenInFact || s.Denier != static {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("Kmesh denies all where the object says DISABLE", func(t *testing.T) {
		s := ServerMode(DefaultConfig(), pod(labelled(web)), onKmesh(), 8080, peers{mesh, peer("foo", "web", web, unset, ports(8080, disable))})
		if !s.StrictInFact || !strings.Contains(s.Enforced, "denies every connection") {
			t.Errorf("got %+v", s)
		}
	})
}
