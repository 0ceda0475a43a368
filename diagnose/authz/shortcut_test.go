package authz

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// These tests compare each shortcut of a decision with the plain way.

// randomText is a text of up to n of the parts.
func randomText(r *rand.Rand, n int, parts ...string) string {
	var out strings.Builder
	for range r.IntN(n + 1) {
		out.WriteString(parts[r.IntN(len(parts))])
	}
	return out.String()
}

// TestWalkAgainstAutomaton: a template that is walked takes the same paths as its
// automaton, and both of these ways are taken.
func TestWalkAgainstAutomaton(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	matched, walked, not := 0, 0, 0
	for range 3000 {
		v := randomText(r, 5, "/", "a", "/a", "{*}", "{**}", "/{*}", "/{**}", "?", "/[") + "{*}" + randomText(r, 2, "/b", "/{**}", "x", "?{*}")
		x := templateTest(v)
		if x.walk == nil {
			not++
		} else {
			walked++
		}
		for range 40 {
			s := randomText(r, 7, "/", "a", "/a", "/b", "x", "?", "[", "%2F", "/a/")
			got, want := x.str(s), x.nfa.match(s)
			if got != want {
				t.Fatalf("%q of %q: got %v, the automaton says %v", v, s, got, want)
			}
			matched += int(bit(got))
		}
	}
	if matched < 1000 || walked < 300 || not < 300 {
		t.Errorf("%d matched; %d walked, %d not", matched, walked, not)
	}
}

func TestWhatIsWalked(t *testing.T) {
	for v, want := range map[string]bool{
		"/a/{*}": true, "/a/{*}/b": true, "/{*}/{*}": true, "/{*}/{**}": true, "{**}": true, "/a/{*}/": true, "{*}[x": true,
		"/{**}/b": false, "/{*}b": false, "/{*}{*}": false, "/{*}{**}": false, "/{**}[": true,
	} {
		if got := templateTest(v).walk != nil; got != want {
			t.Errorf("%s: got %v", v, got)
		}
	}
}

// TestBlocksAgainstNetip: blocks of both families and their neighbors.
func TestBlocksAgainstNetip(t *testing.T) {
	blocks := []string{"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "10.1.2.99/24", "10.1.2.3", "255.255.255.255", "0.0.0.0", "::/0", "::ffff:10.1.2.0/120", "::ffff:0.0.0.0/96", "fe80::/10"}
	addrs := []string{"0.0.0.0", "0.0.0.1", "127.255.255.255", "128.0.0.0", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0", "10.1.2.3", "10.1.2.4", "10.1.3.0", "255.255.255.255", "::", "::ffff:10.1.2.3", "fe80::1", "fe80::1%eth0"}
	for _, b := range blocks {
		p, ok := parseBlock(b)
		if !ok {
			t.Fatal(b)
		}
		f := field{subject: subject{kind: kindSourceIP}, tests: []test{cidrTest(p)}}
		for _, a := range addrs {
			addr := netip.MustParseAddr(a)
			if got, want := f.anyAddress(addr, StateKnown), truth(p.Contains(addr)); got != want {
				t.Errorf("%s in %s: got %v", a, b, got)
			}
		}
		if got := f.anyAddress(netip.Addr{}, StateKnown); got != False {
			t.Errorf("no address in %s: got %v", b, got)
		}
	}
}

// TestLookupOfMany: every text of many is found again, and no other.
func TestLookupOfMany(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for n := range 60 {
		sets := map[string]uint64{}
		for i := range n {
			sets[randomText(r, n, "a", "b", "\x00")] = uint64(i + 1)
		}
		l := newLookup(sets)
		for range 200 {
			v := randomText(r, n, "a", "b", "\x00")
			if got := l.find(v); got != sets[v] {
				t.Fatalf("%q: got %d, want %d", v, got, sets[v])
			}
		}
		for v, want := range sets {
			if got := l.find(v); got != want {
				t.Fatalf("%q: got %d, want %d", v, got, want)
			}
		}
	}
}

// TestHome: texts that differ in one byte, wherever it is, are spread.
func TestHome(t *testing.T) {
	l := make(lookup, 1<<12)
	for n := 1; n <= 60; n++ {
		homes := map[int]bool{}
		for i := range n {
			for c := range 4 {
				b := []byte(strings.Repeat("x", n))
				b[i] = "abcd"[c]
				homes[l.home(string(b))] = true
			}
		}
		if n >= 8 && len(homes) < 4*n*9/10 || n < 4 && len(homes) < 4*n {
			t.Errorf("%d texts of %d bytes: %d homes", 4*n, n, len(homes))
		}
	}
}

// TestPrefixesAgainstWalk has prefixes that share more than their first eight
// bytes, and zero bytes.
func TestPrefixesAgainstWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	parts := []string{"a", "\x00", "abcdefgh", "\xff", "b"}
	found := 0
	for range 500 {
		heads := map[string]uint64{}
		for i := range r.IntN(12) {
			heads[randomText(r, 4, parts...)] = 1 << i
		}
		p := newPrefixes(heads)
		for range 50 {
			v, want := randomText(r, 6, parts...), uint64(0)
			for h, rules := range heads {
				if strings.HasPrefix(v, h) {
					want |= rules
				}
			}
			if got := p.find(v); got != want {
				t.Fatalf("%q in %v: got %b, want %b", v, heads, got, want)
			}
			found += int(bit(want != 0))
		}
	}
	if found < 1000 {
		t.Errorf("only %d found", found)
	}
}

// TestFirstOfStages: rules of several blocks, with stages that begin and end
// within one.
func TestFirstOfStages(t *testing.T) {
	for _, sizes := range [][2]int{{3, 70}, {64, 64}, {63, 2}, {65, 63}, {0, 128}, {130, 1}, {1, 0}} {
		var ps []Policy
		for i := range sizes[0] {
			ps = append(ps, ap(t, fmt.Sprintf("foo/d%03d", i), fmt.Sprintf(`{action: DENY, rules: [{to: [{operation: {paths: ["/d%d"]}}]}]}`, i)))
		}
		for i := range sizes[1] {
			ps = append(ps, ap(t, fmt.Sprintf("foo/a%03d", i), fmt.Sprintf(`{rules: [{to: [{operation: {paths: ["/a%d"]}}]}]}`, i)))
		}
		p := Compile(EnvoyHTTP, Mesh{}, httpbin, ps)
		for i := range 132 {
			for _, at := range []string{"/a", "/d", "/x"} {
				r := with(path(fmt.Sprint(at, i)))
				if got, want := p.Decide(r), naive(p).Decide(r); got != want {
					t.Errorf("%v: %s%d: got %+v, want %+v", sizes, at, i, got, want)
				}
			}
		}
	}
}

// TestLongTemplates: automata of one word, of several, and of more than are on the stack.
func TestLongTemplates(t *testing.T) {
	for _, n := range []int{1, 58, 59, 60, 61, 62, 63, 64, 65, 126, 127, 500, 510, 600} {
		tail := strings.Repeat("a", n)
		x := templateTest("/{**}/" + tail)
		for s, want := range map[string]bool{
			"/b/" + tail: true, "//" + tail: true, "/b/c/" + tail: true, "/" + tail: false, "/b/" + tail[1:]: false, "/b/" + tail + "b": false, "/b/" + tail + "a": false, "/?/" + tail: false,
		} {
			if got := x.str(s); got != want {
				t.Errorf("%d bytes: %s…: got %v", n, s[:min(len(s), 8)], got)
			}
		}
	}
}
