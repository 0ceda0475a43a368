package logs

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told is what a line of the sample tells (testdata/envoy-1.40.0/README.md).
type told struct {
	Line           int
	Format         Format
	Effect         Effect
	Reason         Reason
	Policy         string
	Rule           int
	Source         string
	Forwarded      bool
	MutualTLS      bool
	Identity       string
	At, Dialled    string
	Connection     bool
	Method         string
	Path, Host     string
	Namespace, Pod string
}

func toldBy(e Event) told {
	out := told{
		Line: e.Line, Format: e.Format, Effect: e.Effect, Reason: e.Reason, Policy: e.Policy, Rule: e.Rule,
		Source: e.Source.Address.String(), Forwarded: e.Source.Forwarded, MutualTLS: e.Source.MutualTLS, Identity: e.Source.Identity,
		At:         netip.AddrPortFrom(e.Target.Address, e.Target.PodPort).String(),
		Connection: e.Request.Connection, Method: e.Request.Method, Path: e.Request.Path, Host: e.Request.Host,
		Namespace: e.Target.Namespace, Pod: e.Target.Pod,
	}
	if e.Target.Host != "" {
		out.Dialled = net.JoinHostPort(e.Target.Host, fmt.Sprint(e.Target.Port))
	}
	return out
}

// sampleOf returns a log and what it tells.
func sampleOf(t *testing.T, name string) (string, []told) {
	t.Helper()
	base := filepath.Join("testdata", "envoy-1.40.0", name)
	log, err := os.ReadFile(base + ".log")
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(base + ".want")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var want []told
	for s := bufio.NewScanner(in); s.Scan(); {
		var w told
		if err := json.Unmarshal(s.Bytes(), &w); err != nil {
			t.Fatal(err)
		}
		want = append(want, w)
	}
	if len(want) < 50 {
		t.Fatalf("%d events, which is hardly a sample", len(want))
	}
	return string(log), want
}

func readTold(t *testing.T, o Options, log string) ([]told, Stats) {
	t.Helper()
	events, stats := read(t, o, log)
	var out []told
	for _, e := range events {
		if e.Time.IsZero() {
			t.Errorf("line %d: no time", e.Line)
		}
		out = append(out, toldBy(e))
	}
	return out, stats
}

// TestEnvoy reads what a real Envoy wrote: what was denied is told, and nothing else, as
// it is and as kubectl logs prints it.
func TestEnvoy(t *testing.T) {
	pods := func(want []told, name string) []told {
		var out []told
		for _, w := range want {
			w.Namespace, w.Pod = "foo", name
			out = append(out, w)
		}
		return out
	}
	for _, name := range []string{"istio-text", "istio-json", "stdout-json", "rbac-text", "rbac-json"} {
		log, want := sampleOf(t, name)
		// What kubectl adds stands before every line, also before those of one message.
		prefixed := func(before string) string {
			return before + strings.ReplaceAll(strings.TrimSuffix(log, "\n"), "\n", "\n"+before) + "\n"
		}
		const stamp = "2026-11-26T10:48:00.123456789Z "
		for _, tt := range []struct {
			name, log string
			want      []told
		}{
			{"as it is", log, want},
			{"--prefix", prefixed("[pod/httpbin/istio-proxy] "), pods(want, "httpbin")},
			{"--timestamps", prefixed(stamp), want},
			{"--prefix --timestamps", prefixed("[pod/httpbin/istio-proxy] " + stamp), pods(want, "httpbin")},
			{"CRLF", strings.ReplaceAll(log, "\n", "\r\n"), want},
			{"a mark of UTF-8", "\ufeff" + log, want},
			{"not ended", strings.TrimSuffix(log, "\n"), want},
		} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				got, stats := readTold(t, Options{Namespace: "foo"}, tt.log)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if stats.Unknown > 0 || stats.Denied+stats.DryRun != len(want) {
					t.Errorf("%+v", stats)
				}
			})
		}
	}
}

// TestEnvoyPodsMixed reads what two Pods wrote at once, line by line in turn, as
// kubectl logs -f --prefix with a selector may print it.
func TestEnvoyPodsMixed(t *testing.T) {
	for _, name := range []string{"istio-text", "rbac-text", "rbac-json"} {
		log, want := sampleOf(t, name)
		var mixed strings.Builder
		for line := range strings.Lines(log) {
			mixed.WriteString("[pod/one/istio-proxy] " + line + "[pod/two/istio-proxy] " + line)
		}
		got, _ := readTold(t, Options{Namespace: "foo"}, mixed.String())
		of := map[string][]told{}
		for _, g := range got {
			g.Line = (g.Line + 1) / 2
			of[g.Pod] = append(of[g.Pod], g)
		}
		for _, pod := range []string{"one", "two"} {
			w := make([]told, len(want))
			for i := range want {
				w[i] = want[i]
				w[i].Namespace, w[i].Pod = "foo", pod
			}
			if diff := cmp.Diff(w, of[pod]); diff != "" {
				t.Errorf("%s of %s: -want +got:\n%s", name, pod, diff)
			}
		}
	}
}

// TestEnvoyCut cuts the lines of the text format behind the reason: what was denied stays
// denied, who passed stays unsuspected, and what is still told is right. Lines in which
// the client plays another answer are left out.
func TestEnvoyCut(t *testing.T) {
	log, want := sampleOf(t, "istio-text")
	events := map[int]told{}
	for _, w := range want {
		events[w.Line] = w
	}
	var cuts []string
	var of []int // the line that a cut one was
	n := 0
	for line := range strings.Lines(log) {
		n++
		_, denied := events[n]
		if strings.Contains(line, "forged") || strings.Contains(line, "2.2.2.2") || denied && strings.Contains(line, "via_upstream") {
			continue
		}
		for cut := len(line) - 1; strings.Contains(line[:cut], ` - "-" `); cut-- {
			cuts, of = append(cuts, line[:cut]), append(of, n)
		}
	}
	got, _ := readTold(t, Options{}, strings.Join(cuts, "\n"))
	for i, cut := range cuts {
		w, denied := events[of[i]]
		found := len(got) > 0 && got[0].Line == i+1
		if found != denied {
			t.Fatalf("told %v, denied %v: %s", found, denied, cut)
		}
		if !denied {
			continue
		}
		g := got[0]
		got = got[1:]
		if g.Source != w.Source && g.Source != "invalid IP" || g.At != w.At && g.At != "invalid AddrPort" {
			t.Fatalf("from %s at %s, want %s at %s: %s", g.Source, g.At, w.Source, w.At, cut)
		}
	}
	if len(cuts) < 1000 {
		t.Errorf("only %d lines", len(cuts))
	}
}
