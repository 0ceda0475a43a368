package logs

import (
	"fmt"
	"testing"
)

func TestGroups(t *testing.T) {
	base := Event{Line: 1, Format: EnvoyAccess, Effect: Denied, Reason: NoneAllowed, Rule: -1, Time: moment, Source: Source{Address: ip("10.0.0.1")}, Target: service, Request: get}
	tests := []struct {
		name string
		edit func(*Event)
		same bool
	}{
		{"the same", func(*Event) {}, true},
		{"later, in another line", func(e *Event) { e.Line, e.Time = 7, e.Time.Add(1) }, true},
		{"another replica of the target", func(e *Event) { e.Target.Address = ip("10.244.1.11") }, true},
		{"another source", func(e *Event) { e.Source.Address = ip("10.0.0.2") }, false},
		{"another method", func(e *Event) { e.Request.Method = "POST" }, false},
		{"another path", func(e *Event) { e.Request.Path = "/other" }, false},
		{"another policy", func(e *Event) { e.Reason, e.Policy = PolicyMatched, "a/b" }, false},
		{"another effect", func(e *Event) { e.Effect = DryRun }, false},
		{"another port", func(e *Event) { e.Target.Port = 8001 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var g Groups
			if g.Add(base) == nil {
				t.Fatal("the first is not new")
			}
			e := base
			e.Request.id = "other"
			tt.edit(&e)
			if isNew := g.Add(e) != nil; isNew == tt.same {
				t.Errorf("new: %v", isNew)
			}
			if first := g.List()[0]; tt.same && (first.Count != 2 || first.LastLine != e.Line || !first.LastTime.Equal(e.Time)) {
				t.Errorf("%+v", first)
			}
		})
	}
}

// TestIdentityGroupsReplicas: who calls is the identity, where it is known.
func TestIdentityGroupsReplicas(t *testing.T) {
	var g Groups
	for i := range 5 {
		g.Add(Event{Effect: Denied, Source: Source{Identity: "cluster.local/ns/a/sa/b", Pod: fmt.Sprint("b-", i), Address: ip(fmt.Sprint("10.0.0.", i))}})
	}
	if got := g.List(); len(got) != 1 || got[0].Count != 5 {
		t.Errorf("%d groups", len(got))
	}
}

// TestBothLogs: what Envoy tells in its access log and in its RBAC log is one denial,
// and the one says who it was.
func TestBothLogs(t *testing.T) {
	access := Event{Format: EnvoyAccess, Effect: Denied, Reason: NoneAllowed, Rule: -1, Source: Source{Address: ip("10.0.0.1")}, Target: sidecar, Request: get}
	debug := access
	debug.Format, debug.Source.Identity, debug.Source.MutualTLS = EnvoyRBAC, "cluster.local/ns/a/sa/b", true
	access4, debug4 := access, debug
	access4.Request = Request{Connection: true, id: "10.0.0.1:4711"}
	debug4.Request = access4.Request
	for _, order := range [][2]Event{{access, debug}, {debug, access}, {access4, debug4}, {debug4, access4}} {
		var g Groups
		g.Add(order[0])
		if g.Add(order[1]) != nil {
			t.Error("the second line is told as another denial")
		}
		if got := g.List(); len(got) != 1 || got[0].Count != 1 || got[0].Source.Identity != debug.Source.Identity {
			t.Errorf("%+v", got)
		}
	}
	var g Groups
	for range 3 { // a client that sends one id again and again hides nothing
		g.Add(access)
	}
	if got := g.List(); got[0].Count != 3 {
		t.Errorf("%d of 3 counted", got[0].Count)
	}
	for i := range 2 * maxRecent {
		access.Request.id = fmt.Sprint(i)
		g.Add(access)
	}
	if len(g.recent) > maxRecent || len(g.ids) > maxRecent {
		t.Errorf("%d requests are remembered", len(g.recent))
	}
}

func TestTemplate(t *testing.T) {
	for path, want := range map[string]string{
		"":                 "",
		"/":                "/",
		"/orders/42/items": "/orders/*/items",
		"/v1/status/200":   "/v1/status/*",
		"/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301": "/users/*",
		"/blob/0123456789abcdef0123":                  "/blob/*",
		"/deadbeef":                                   "/deadbeef",
		"/facade-decade-facade-face":                  "/facade-decade-facade-face",
	} {
		if got := template(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
