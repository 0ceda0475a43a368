package tui_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// reading are the options with a question, where the folder holds more than a cluster.
func reading(t testing.TB, folder string, q diagnose.Question) tui.Options {
	t.Helper()
	file := filepath.Join("..", "examples", folder, "cluster.yaml")
	files, err := cluster.ReadFiles([]string{file}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	s := session.New(files, now)
	q.Namespace = "default"
	return tui.Options{
		Origin: "examples/" + folder, Command: []string{"kubectl", "authz-doctor", "-f", "examples/" + folder + "/cluster.yaml"},
		Question: tui.QuestionOf(q), Asker: s, Fixer: s, WhyNot: "the objects come from files", Now: now,
	}
}

func scene(t testing.TB, folder, source, target string) *story {
	t.Helper()
	return begin(t, reading(t, folder, diagnose.Question{Source: source, Target: target}), 80, 24)
}

func noSidecar(t testing.TB) *story {
	return begin(t, asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get"), 80, 24)
}

func conditional(t testing.TB) *story {
	return scene(t, "grid/http-rules", "cart.checkout", "http://orders.orders:8080/api/v1/orders/42")
}

// fixed answers every question with one Diagnosis.
type fixed struct{ d *diagnose.Diagnosis }

func (f fixed) Ask(_ context.Context, q tui.Question) (*tui.Answer, error) {
	return &tui.Answer{Question: q, Diagnosis: f.d, View: report.NewView(f.d), At: noon}, nil
}
func (fixed) Renew() {}
func (fixed) Reach(context.Context, tui.Question, func([]tui.ReachRow)) error {
	return nil
}

// answering begins a story with a Diagnosis.
func answering(t testing.TB, d *diagnose.Diagnosis, w, h int) *story {
	t.Helper()
	return begin(t, tui.Options{
		Origin: "a fixture", Command: []string{"kubectl", "authz-doctor"}, Asker: fixed{d}, WhyNot: "it is a fixture",
		Question: tui.QuestionOf(diagnose.Question{Source: "sleep.foo", Target: "http://httpbin.default:8000/get"}),
	}, w, h)
}

// sizes draws a story at both sizes of the goldens.
func (s *story) sizes(name string) *story {
	s.t.Helper()
	s.resize(80, 24)
	s.golden(name + "-80")
	s.resize(200, 50)
	s.golden(name + "-200")
	s.resize(80, 24)
	return s
}

func TestWay(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *story
	}{
		{"denied", noSidecar(t)},
		{"kyma", scene(t, "kyma-in-cluster", "test-internal.curl-test", "http://httpbin.default.svc.cluster.local:8000/get")},
		{"allowed", scene(t, "grid/principals", "sleep.front", "http://web.shop:8000/")},
		{"conditional", conditional(t)},
		{"undetermined", scene(t, "scenarios/s41-envoyfilter-token", "sleep.shop", "http://web.shop:8000/")},
		{"unread", answering(t, reporttest.Undetermined(), 80, 24)},
		{"network", scene(t, "scenarios/s55-netpol-15008", "sleep.shop", "http://web.shop:8000/")},
		{"mtls", scene(t, "scenarios/s11-prometheus-strict", "prometheus-0.monitoring", "http://10.244.1.11:8080/metrics")},
		{"several", answering(t, reporttest.Differing(), 80, 24)},
		{"gateway", scene(t, "grid/ingress-gateway", "ip/203.0.113.7", "http://shop.example.com/cart/items")},
		{"waypoint", scene(t, "scenarios/s52-open-connections", "sleep.shop", "http://web.shop:8000/")},
		{"long", answering(t, long(t), 80, 24)},
		{"hostile", answering(t, reporttest.Hostile(), 80, 24)},
		{"error", scene(t, "grid/principals", "nobody.nowhere", "http://web.shop:80:80/")},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.t = t
			c.s.sizes("way-" + c.name)
		})
	}
}

// long is a way through a gateway and a waypoint, with what that makes of boxes.
func long(t testing.TB) *diagnose.Diagnosis {
	t.Helper()
	ask := func(folder, source, target string) *diagnose.Diagnosis {
		o := reading(t, folder, diagnose.Question{Source: source, Target: target})
		a, err := o.Asker.Ask(t.Context(), o.Question)
		if err != nil {
			t.Fatal(err)
		}
		return a.Diagnosis
	}
	d := ask("grid/ingress-gateway", "ip/203.0.113.7", "http://shop.example.com/cart/items")
	through := ask("grid/waypoint", "shopper.web", "http://catalog.shop:8000/catalog/1").Status.Answers[0].Hops
	a := &d.Status.Answers[0]
	a.Hops = append(a.Hops[:4:4], through[2:]...)
	return d
}

// What one presses on the answer's screen.
func TestWayKeys(t *testing.T) {
	noSidecar(t).press("enter").sizes("way-zoom").press("esc").shows("1 source")
	s := noSidecar(t).press("h").shows("[√ DENY]", "deny-legacy").press("left").shows("[√ mTLS]")
	s.press("left").shows("[√ NetworkPolicy ingress]").press("left", "left", "left").shows("1 foo/sleep-7d9c5b64f8-x2k4q")
	s.press("G").shows("[× ALLOW]").press("g").shows("1 foo/sleep-7d9c5b64f8-x2k4q")
	s.press("l", "l", "l", "l", "l", "l", "l").shows("[× ALLOW]")
	s.press("/").types("helP").shows("What would help", "inject a sidecar").press("enter").shows("/helP").sizes("way-filter").press("esc").hides("/helP")
	s.press("/").types("zzz").shows("nothing holds zzz").press("esc").shows("Nearest")
	s = answering(t, reporttest.Differing(), 80, 24).shows("1 of 2").press("]").shows("2 of 2", "√ ALLOWED").sizes("way-second")
	s.press("]").shows("1 of 2").press("[").shows("2 of 2")
	s = noSidecar(t)
	s.press("]").shows("there is only one answer").press("e").shows("AD0101", "What you see").press("esc").shows("DENIED")
}

// The keys of one part move nothing in another.
func TestWayFocus(t *testing.T) {
	s := noSidecar(t)
	s.resize(200, 50)
	before := s.frame()
	s.press("tab", "tab", "G", "j")
	if s.frame() == before {
		t.Error("the YAML does not move")
	}
	s.press("tab", "j").shows("[", "5/")
}

func TestWayClick(t *testing.T) {
	s := noSidecar(t)
	click := func(x, y int) *story {
		s.fits() // one clicks on what one sees
		s.send(click(x, y))
		return s
	}
	click(5, 8).shows("1 foo/sleep-7d9c5b64f8-x2k4q") // the first box
	click(60, 8).shows("[× ALLOW]")
	click(4, 11).shows("[√ mTLS]")
	click(70, 8)
	click(10, 14).shows("2/")
	s.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	s.shows("3/")
	s.resize(200, 50)
	click(150, 20)
	click(150, 9).shows("┃▸√ mTLS")
}

func TestYAML(t *testing.T) {
	noSidecar(t).press("y").sizes("yaml").press("esc").shows("DENIED")
	// What is not there is said.
	answering(t, reporttest.Denial(), 80, 24).press("y").shows("default/allow-frontend is not among the objects that")
	// A field that is not set: what it would be in.
	scene(t, "grid/principals", "sleep.front", "http://web.shop:8000/").press("y").shows("AuthorizationPolicy shop/web-callers", "▌")
}

func TestFinding(t *testing.T) {
	s := noSidecar(t).press("e").sizes("finding")
	s.press("/").types("certificate").press("enter").shows("certificate").press("n", "n", "esc", "esc").shows("DENIED")
}

// Colour, and terminals that have nothing but ASCII.
func TestWayLooks(t *testing.T) {
	noSidecar(t).golden("way-denied-color")
	conditional(t).press("tab", "y").golden("yaml-color")
	plain := reading(t, "scenarios/s52-open-connections", diagnose.Question{Source: "sleep.shop", Target: "http://web.shop:8000/"})
	plain.ASCII = true
	s := begin(t, plain, 80, 24)
	s.golden("way-ascii-80").ascii()
	s.press("y").ascii()
	s.press("esc", "i").ascii()
	s.golden("change-ascii-80").press("esc", "e").ascii()
	hostile := tui.Options{
		Asker: fixed{reporttest.Hostile()}, ASCII: true, Question: tui.QuestionOf(diagnose.Question{Source: "日本", Target: "http://\x1b[2J.שלום"}),
	}
	s = begin(t, hostile, 200, 50)
	s.ascii()
	s.press("enter").ascii()
	s.press("i").ascii()
}

// ascii fails if there is anything else on the screen.
func (s *story) ascii() *story {
	s.t.Helper()
	s.fits()
	for _, r := range s.screen() {
		if r >= 0x80 {
			s.t.Fatalf("the screen has %q:\n%s", r, s.screen())
		}
	}
	return s
}

// Nothing that a cluster can hold breaks the frame, wherever one looks.
func TestWayEvil(t *testing.T) {
	for _, bad := range append(reporttest.Evil, "日本語の名前がとても長い", "שלום עולם", "é̂̃", "👩‍👩‍👧‍👦", strings.Repeat("x", 400)) {
		s := answering(t, reporttest.Poisoned(bad), 80, 24)
		for _, size := range [][2]int{{80, 24}, {40, 10}, {200, 50}} {
			s.resize(size[0], size[1])
			for _, k := range []string{"", "h", "enter", "pgdown", "y", "esc", "esc", "]", "i", "esc", "G", "g"} {
				if k != "" {
					s.press(k)
				}
				s.fits()
				if strings.ContainsAny(s.screen(), "\x1b\x00\u202e\u2028") {
					t.Fatalf("%q gets through", bad)
				}
			}
		}
	}
}

// The whole of a Diagnosis can be read here: every datum of it shows at some place.
func TestWayHoldsEverything(t *testing.T) {
	reporttest.HoldsEverything(t, 1, func(d *diagnose.Diagnosis) string {
		s := answering(t, d, 200, 160).press("enter", "g")
		var out strings.Builder
		for range d.Status.Answers {
			out.WriteString(s.screen())
			s.press("]", "g")
		}
		return out.String()
	})
}

// click is a click of the left button.
func click(x, y int) tea.Msg { return tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft} }
