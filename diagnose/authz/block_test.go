package authz

import (
	"fmt"
	"strings"
	"testing"
)

func TestIdentityParts(t *testing.T) {
	tests := []struct {
		name   string
		spiffe bool
		want   identity
	}{
		{sleep, true, identity{true, "foo", "foo/sa/sleep"}},
		{"td/ns//sa/", true, identity{true, "", "/sa/"}},
		{"a/ns/b/sa/c", true, identity{true, "b", "b/sa/c"}},
		{"/ns/b/sa/c", true, identity{true, "b", "b/sa/c"}},
		{sleep, false, identity{}},
		{sleep + "/", true, identity{}},
		{sleep + "/x", true, identity{}},
		{"ns/ns/foo/sa/x", true, identity{}},
		{"td/ns/ns/sa/x", true, identity{}},
		{"td", true, identity{}},
		{"td/", true, identity{}},
		{"td/n", true, identity{}},
		{"td/ns/", true, identity{}},
		{"td/nx/foo/sa/x", true, identity{}},
		{"td/ns/foo", true, identity{}},
		{"td/ns/foo/s", true, identity{}},
		{"td/ns/foo/sx/x", true, identity{}},
		{"", true, identity{}},
	}
	for _, tt := range tests {
		var got identity
		if got.start(&peer{name: tt.name, spiffe: tt.spiffe}); got != tt.want {
			t.Errorf("%q: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestFullBlocks has as many rules as blocks hold, and one more or less.
func TestFullBlocks(t *testing.T) {
	for _, n := range []int{blockSize - 1, blockSize, blockSize + 1, 2 * blockSize, 2*blockSize + 1} {
		var ps []Policy
		for i := range n {
			action := "ALLOW"
			if i < n/2 {
				action = "DENY"
			}
			ps = append(ps, ap(t, fmt.Sprintf("foo/p%03d", i), fmt.Sprintf(`{action: %s, rules: [{to: [{operation: {paths: ["/%d"]}}]}]}`, action, i)))
		}
		p := Compile(EnvoyHTTP, Mesh{}, httpbin, ps)
		for i := range n + 1 {
			r := with(path(fmt.Sprintf("/%d", i)))
			if got, want := p.Decide(r), naive(p).Decide(r); got != want || i < n && got.Rule != 0 {
				t.Errorf("%d rules, the one of /%d: got %+v, want %+v", n, i, got, want)
			}
		}
	}
}

// found asks the first dimension of a program of five rules, the last of which
// want nothing of the attribute that the first four are about.
func found(t *testing.T, rules [4]string, r *Request) string {
	t.Helper()
	var ps []Policy
	for i, rule := range append(rules[:], "{}") {
		ps = append(ps, ap(t, fmt.Sprint("foo/p", i), "{rules: ["+rule+"]}"))
	}
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, ps)
	if len(p.blocks) != 1 || len(p.blocks[0].dimensions) != 1 {
		t.Fatalf("got %d blocks", len(p.blocks))
	}
	e := newEnv(r)
	var s scan
	s.start(p, &e)
	set, ok := p.blocks[0].dimensions[0].find(&e)
	if !ok {
		return "all"
	}
	out := ""
	for i := range ps {
		if set>>i&1 != 0 {
			out += fmt.Sprint(i)
		}
	}
	return out
}

// TestDimensions has what each attribute leaves in question.
func TestDimensions(t *testing.T) {
	to := func(list string, values ...string) (out [4]string) {
		for i, v := range values {
			out[i] = `{to: [{operation: {` + list + `: ["` + v + `"]}}]}`
		}
		return out
	}
	from4 := func(list string, values ...string) (out [4]string) {
		for i, v := range values {
			out[i] = `{from: [{source: {` + list + `: ["` + v + `"]}}]}`
		}
		return out
	}
	when := func(key string, values ...string) (out [4]string) {
		for i, v := range values {
			out[i] = `{when: [{key: "` + key + `", values: ["` + v + `"]}]}`
		}
		return out
	}
	long := strings.Repeat("x", 96)
	hosts := to("hosts", "a.b", "A.B:80", long, "é.x")
	paths := to("paths", "/a", "/a/*", "/a/b/{*}", "/*")
	ports := to("ports", "80", "8080", "1", "20480") // 80 in the other order of bytes
	headers := when("request.headers[x-a]", "a", "b", "a*", "")
	claims := when("request.auth.claims[g]", "a", "b", "a*", "")
	tests := []struct {
		name  string
		rules [4]string
		r     *Request
		want  string
	}{
		{"host", hosts, with(host("A.b")), "04"},
		{"host with a port", hosts, with(host("a.b:80")), "14"},
		{"longest host", hosts, with(host(strings.ToUpper(long))), "24"},
		{"host that is too long", hosts, with(host(long + "x")), "all"},
		{"open host", hosts, with(func(r *Request) { r.Host = Attr[string]{} }), "all"},
		{"path", paths, with(path("/a?/a/b")), "034"},
		{"path of a template", paths, with(path("/a/b/c#x")), "1234"},
		{"open path", paths, with(openPath), "all"},
		{"method", to("methods", "GET", "G*", "POST", "X"), get(), "014"},
		{"port", ports, with(on(80)), "04"},
		{"other port", ports, with(on(81)), "4"},
		{"open port", ports, with(func(r *Request) { r.DestinationPort = Attr[uint16]{} }), "all"},
		{"header", headers, with(hdr("x-a", "ab", "b")), "124"},
		{"empty header", headers, with(hdr("x-a", "")), "34"},
		{"absent header", headers, get(), "4"},
		{"open header", headers, with(openHeaders), "all"},
		{"claim", claims, with(token(map[string]any{"g": "a"})), "024"},
		{"claims", claims, with(token(map[string]any{"g": []any{"b", 1, ""}})), "134"},
		{"claims as strings", claims, with(token(map[string]any{"g": []string{"b"}})), "14"},
		{"no such claim", claims, with(token(map[string]any{})), "4"},
		{"no token", claims, get(), "4"},
		{"open token", claims, with(func(r *Request) { r.Claims = Attr[map[string]any]{} }), "all"},
		{"issuer", from4("requestPrincipals", "i/*", "i/s", "j*", "k/s"), with(token(map[string]any{"iss": "i"})), "014"},
		{"principal", from4("principals", sleep, "cluster.local/ns/foo/*", "td/ns/foo/sa/sleep", "nonsense"), get(), "0124"},
		{"namespace", from4("namespaces", "foo", "bar", "ns", "fo"), get(), "04"},
		{"account", from4("serviceAccounts", "sleep", "foo/sleep", "bar/sleep", "foo/x"), get(), "014"},
		{"no identity", from4("namespaces", "foo", "bar", "ns", "fo"), with(plaintext), "4"},
		{"odd identity", from4("namespaces", "foo", "bar", "ns", "fo"), with(from("x/ns/foo")), "all"},
		{"other certificate", from4("namespaces", "foo", "bar", "ns", "fo"), with(plaintext, peerName("/ns/foo/")), "all"},
		{"open identity", from4("namespaces", "foo", "bar", "ns", "fo"), with(func(r *Request) { r.Principal = Attr[string]{} }), "all"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := found(t, tt.rules, tt.r); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	sets := map[string]uint64{}
	for i := range 200 {
		sets[strings.Repeat("x", i%20)+fmt.Sprint(i)] = uint64(i + 1)
	}
	sets[""], sets["12345678"], sets["123456789"] = 1001, 1002, 1003
	l := newLookup(sets)
	for text, want := range sets {
		if got := l.find(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"x", "12345677", "1234567", "23456789"} {
		if got := l.find(text); got != 0 {
			t.Errorf("%q: got %d", text, got)
		}
	}
	if len(l) < 2*len(sets) || len(l) > 4*len(sets) {
		t.Errorf("%d slots for %d", len(l), len(sets))
	}
	if got := newLookup(nil).find("x"); got != 0 {
		t.Errorf("of none: %d", got)
	}
}

// TestLookupSpreads: no text is far from its home.
func TestLookupSpreads(t *testing.T) {
	sets := map[string]uint64{}
	for i := range 1000 {
		sets[fmt.Sprintf("team-%d/sa/web", i)] = 1
		sets[fmt.Sprint("/a", i)] = 1
	}
	l, far := newLookup(sets), 0
	for at := range l {
		if s := &l[at]; s.rules != 0 {
			far += (at - l.home(s.text)) & (len(l) - 1)
		}
	}
	if far > 2*len(sets) {
		t.Errorf("%d texts are %d slots away", len(sets), far)
	}
}

func TestWithoutQuery(t *testing.T) {
	for v, want := range map[string]string{"/a?b": "/a", "/a#b?c": "/a", "/a?b#c": "/a", "?b": "", "#b": "", "/a": "/a", "": ""} {
		if got := withoutQuery(v); got != want {
			t.Errorf("%q: got %q", v, got)
		}
	}
}
