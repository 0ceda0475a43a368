package tui_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// field moves down to a field of the form.
func (s *story) field(name string) *story {
	s.t.Helper()
	for range 30 {
		s.press("up")
	}
	for range 30 {
		for l := range strings.Lines(s.screen()) {
			if strings.HasPrefix(l, "▸ "+name) || strings.HasPrefix(l, "> "+name) {
				return s
			}
		}
		s.press("down")
	}
	s.t.Fatalf("there is no field %q:\n%s", name, s.screen())
	return s
}

// pastes pastes text.
func (s *story) pastes(text string) *story {
	s.t.Helper()
	s.send(tea.PasteMsg{Content: text})
	return s
}

// The verdict changes as one types.
func TestChange(t *testing.T) {
	s := conditional(t).press("i").sizes("change")
	s.field("Method").types("GET").shows("~ CONDITIONAL")
	s.field("Header").types("x-tenant=acme").shows("√ ALLOWED").sizes("change-typed")
	s.field("Path").types("x").shows("does not begin with a slash", "the question as it was before").sizes("change-wrong")
	s.press("enter").shows("does not begin with a slash", "the question")
	s.press("ctrl+u").types("/api/v1/orders/42").shows("√ ALLOWED").hides("as it was before")
	s.press("enter").shows("√ ALLOWED", "1 source").hides("Source IP")
	s.press("i").field("Method").press("ctrl+u").types("DELETE").shows("× DENIED").press("ctrl+r").shows("√ ALLOWED")
	s.press("esc").shows("√ ALLOWED", "1 source")
}

// The port is part of the target, and the target of the port.
func TestChangeTarget(t *testing.T) {
	s := noSidecar(t).press("i")
	s.field("Port").press("ctrl+u").types("80").shows("http://httpbin.default:80/get")
	s.field("Port").press("ctrl+u").shows("http://httpbin.default/get")
	s = noSidecar(t).press("i").field("Target").press("end")
	s.press("ctrl+u").pastes("svc/httpbin.default:8000").field("Port").shows("8000")
	s.field("Exact").press("space").shows("yes: there is nothing else", "none").press("space").shows("unknown")
}

// The error of one who reads stands beside the field, too.
func TestChangeUnknown(t *testing.T) {
	s := noSidecar(t).press("i").field("Target").press("ctrl+u").pastes("http://httpbin.default:x:y/").shows("neither a port number")
	s.sizes("change-target")
	s.press("esc").shows("i changes the question")
}

// A condition sets what it asks for.
func TestPickCondition(t *testing.T) {
	s := conditional(t).press("i")
	for range 20 {
		s.press("down")
	}
	s.sizes("change-condition")
	s.press("enter").shows("√ ALLOWED", "GET", "x-tenant=acme").sizes("change-picked")
	s.press("ctrl+r").shows("~ CONDITIONAL")
	// One that needs a token: a claim is given, or there is none.
	s = scene(t, "scenarios/s37-token-without-sub", "sleep.shop", "http://web.shop:8000/").press("i")
	for range 20 {
		s.press("down")
	}
	s.press("enter").shows("iss=x")
}

// Headers and claims have a line each, and one to add another.
func TestChangeHeaders(t *testing.T) {
	o := reading(t, "grid/http-rules", diagnose.Question{
		Source: "cart.checkout", Target: "http://orders.orders:8080/api/v1/orders/42",
		Request: diagnose.Request{Headers: map[string][]string{"x-tenant": {"acme"}, "x-a": {"1"}}, Token: "secret"},
	})
	s := begin(t, o, 80, 24).press("i").shows("x-a=1", "x-tenant=acme", "(given)").hides("secret").press("tab", "tab")
	s.press("end").sizes("change-headers")
	s.field("Token").press("ctrl+u").hides("(given)")
}

// watching tells of nothing.
type watching struct{}

func (watching) Watch(ctx context.Context, _ *cluster.Snapshot, _ func(tui.Event)) { <-ctx.Done() }

// counting counts what is asked.
type counting struct {
	tui.Asker
	asked []string
}

func (c *counting) Ask(ctx context.Context, q tui.Question) (*tui.Answer, error) {
	c.asked = append(c.asked, q.Source)
	return c.Asker.Ask(ctx, q)
}

// A cluster is not asked about each half of a name.
func TestChangeSourceLive(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	c := &counting{Asker: o.Asker}
	o.Asker = c
	s := begin(t, o, 80, 24)
	s.model.Watcher = watching{}
	s.press("i")
	var due []tea.Cmd
	for _, r := range "xyz" {
		_, cmd := s.model.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
		due = append(due, cmd)
	}
	s.shows("the question as it was before")
	s.run(due...)
	if want := []string{"sleep.foo", "sleep.fooxyz"}; !slices.Equal(c.asked, want) {
		t.Errorf("asked about %q, want %q", c.asked, want)
	}
	s.shows("there is no namespace")
}
