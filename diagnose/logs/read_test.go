package logs

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

const denial = prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "curl/8.16.0" "%d" "httpbin.default:8000" "-" inbound|80|| - 10.244.1.10:80 10.244.2.12:41802 - default` + "\n"

const passed = prefix + `"GET /get HTTP/1.1" 200 - via_upstream - "-" 0 395 4 3 "-" "nginx" "%d" "httpbin.default:8000" "10.244.1.10:80" inbound|80|| 127.0.0.6:48876 10.244.1.10:80 10.244.2.11:53112 - default` + "\n"

func TestStats(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	log := fmt.Sprintf(denial, 1) + fmt.Sprintf(passed, 2) + "an application's line\n\n" + long + "y\n" +
		fmt.Sprintf(denial, 3)[:200] + long + "\nlast, without an end"
	got, stats := read(t, Options{}, log)
	want := Stats{Lines: 7, Denied: 2, Others: 1, Unknown: 4, Cut: 2}
	if stats != want {
		t.Errorf("%+v, want %+v", stats, want)
	}
	if len(got) != 2 || got[0].Line != 1 || got[1].Line != 6 {
		t.Errorf("events %+v", got)
	}
}

func TestStatsInWords(t *testing.T) {
	for want, s := range map[string]Stats{
		"0 lines: 0 denied, 0 denied in a dry run, 0 broken, 0 without a denial, 0 not understood":                                                                             {},
		"3 lines: 1 denied, 0 denied in a dry run, 0 broken, 0 without a denial, 2 not understood":                                                                             {Lines: 3, Denied: 1, Unknown: 2},
		"1 line: 0 denied, 0 denied in a dry run, 0 broken, 1 without a denial, 0 not understood; 1 cut after 1 MiB":                                                           {Lines: 1, Others: 1, Cut: 1},
		"2 lines: 0 denied, 0 denied in a dry run, 0 broken, 0 without a denial, 2 not understood; the log of a sidecar is that of its container: kubectl logs -c istio-proxy": {Lines: 2, Unknown: 2},
	} {
		if got := s.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// hostile are lines that a client, a cluster or an accident could make. None may stop
// the reader, and what is kept of them must be harmless.
var hostile = []string{
	"\x1b]0;owned\x07\x1b[2J" + fmt.Sprintf(denial, 1),
	prefix + "\"GET /\x1b[31mred\u202e HTTP/1.1\" 403 - rbac_access_denied_matched_policy[ns[a\x1b[0m]-policy[b\x00]-rule[99999999999]]",
	`{"response_code_details":"rbac_access_denied_matched_policy[none]","path":"/\u001b[31m\u009b","authority":{"a":[1,2]},"method":7}`,
	`{"response_code_details":"rbac_access_denied_matched_policy[none]"`,
	`{"scope":"access","error":"connection closed due to policy rejection: explicitly denied by: \u001b]8;;x\u0007","src.addr":"` + strings.Repeat("9", 5000) + `"}`,
	strings.Repeat("{", 20000) + "rbac_access_denied",
	"\x00\xff\xfe" + deniedBy,
	deniedBy + deniedBy + "]]]][[[",
	`time= msg="Auth denied for connection: {srcIdentity:{trustDomain:` + "\x1b" + ` namespace:` + "\x1b[m" + ` serviceAccount:x} srcIp:[1 2 3 999] dstIp:[] dstPort:-1}`,
	"auth denied, src ip: \x1b[31m",
	"rbac checking request: requestedServerName: \x1b, sourceIP: , ssl: uriSanPeerCertificate: spiffe://\x1b[31m\nenvoy rbac enforced denied, matched policy \x1b[31m",
	"access\tconnection complete\tsrc.workload=\"\\\x1b error=\"connection closed due to policy rejection\"",
	"[pod/\x1b/x] 2026-10-01T09:00:01.501Z " + fmt.Sprintf(denial, 2),
	"dry-run: deny policy match state {wl= peer=",
	"enforced denied",
	"', 'thread= thread=",
}

func TestHostile(t *testing.T) {
	got, stats := read(t, Options{Namespace: "\x1b"}, strings.Join(hostile, "\n"))
	if stats.Denied == 0 {
		t.Error("nothing was understood")
	}
	for _, e := range got {
		harmless(t, e)
	}
}

// harmless fails the test if something in e is not clean or too long.
func harmless(t *testing.T, e Event) {
	t.Helper()
	g := &Group{Event: e, Count: 1, LastLine: e.Line, FirstTime: e.Time, LastTime: e.Time}
	d := &Desk{}
	var b strings.Builder
	if err := Text(&b, g, Answer{}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range d.callers(nil, g) {
		for _, p := range d.places(nil, g) {
			b.WriteString(Command(d.question(g, c, p)) + "\n")
		}
	}
	if err := JSON(&b, NewView(g, Answer{}), false); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	if clean := report.Clean(out, false); clean != strings.ReplaceAll(out, "\n", `\n`) {
		t.Errorf("not clean: %q", out)
	}
	if len(out) > 64*maxKept {
		t.Errorf("%d bytes of one line", len(out))
	}
}

func TestNoText(t *testing.T) {
	for head, want := range map[string]string{"\x1f\x8b\x08": "gzip", "\xff\xfe[\x00": "UTF-16", "\xfe\xff\x00[": "UTF-16"} {
		_, err := Read(strings.NewReader(head+denial), Options{}, func(Event) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want something about %s", head, err, want)
		}
	}
	for _, log := range []string{"", "\n", "\xef", "\xef\xbb", "\ufeff"} {
		if got, _ := read(t, Options{}, log); len(got) != 0 {
			t.Errorf("%q: %+v", log, got)
		}
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("the pipe broke")
	_, err := Read(io.MultiReader(strings.NewReader(fmt.Sprintf(denial, 1)), failing{broken}), Options{}, func(Event) error { return nil })
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "line 2: ") {
		t.Errorf("error %v", err)
	}
	_, err = Read(strings.NewReader(fmt.Sprintf(denial, 1)), Options{}, func(Event) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// stream is a log of n bytes and more that is made while it is read: every tenth line
// is a denial of its own, the others pass.
type stream struct {
	n, line int
	rest    string
	peak    uint64
}

func (s *stream) Read(p []byte) (int, error) {
	if s.rest == "" {
		if s.n <= 0 {
			return 0, io.EOF
		}
		s.line++
		format := passed
		if s.line%10 == 0 {
			format = strings.Replace(denial, "/get", "/get/"+strings.Repeat("x", s.line%200)+fmt.Sprint("-", s.line), 1)
		}
		s.rest = fmt.Sprintf(format, s.line)
		s.n -= len(s.rest)
		if s.line%10_000 == 0 {
			s.peak = max(s.peak, heap())
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// heap is what is in use after what is not has been collected.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestConstantMemory reads 100 MB in which 35,000 denials differ: what is kept of them
// stays below 32 MB, whatever the length of the log.
func TestConstantMemory(t *testing.T) {
	size := 100 << 20
	if testing.Short() {
		size = 10 << 20
	}
	before := heap()
	var groups Groups
	in := &stream{n: size}
	stats, err := Read(in, Options{}, func(e Event) error {
		groups.Add(e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if used := int64(in.peak) - int64(before); used > 32<<20 {
		t.Errorf("%d MB of memory for %d lines", used>>20, stats.Lines)
	}
	if got := len(groups.List()); !testing.Short() && got != MaxGroups {
		t.Errorf("%d groups, want %d", got, MaxGroups)
	}
	if got := groups.Others; stats.Denied > MaxGroups && got != stats.Denied-MaxGroups {
		t.Errorf("%d others of %d", got, stats.Denied)
	}
}

// TestNoAllocations makes sure that lines which tell of nothing cost nothing.
func TestNoAllocations(t *testing.T) {
	p := &parser{debug: map[debugKey]*check{}}
	for _, line := range []string{fmt.Sprintf(passed, 1), "an application's line\n", "2026-10-01T09:00:01.501Z\tinfo\taccess\tconnection complete\tsrc.addr=1.1.1.1:1\n"} {
		b := []byte(line)
		if n := testing.AllocsPerRun(100, func() { p.line(b) }); n > 0 {
			t.Errorf("%v allocations for %q", n, line)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	log := strings.Repeat(strings.Repeat(fmt.Sprintf(passed, 1), 9)+fmt.Sprintf(denial, 1), 1000)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		var groups Groups
		_, err := Read(strings.NewReader(log), Options{}, func(e Event) error {
			groups.Add(e)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
