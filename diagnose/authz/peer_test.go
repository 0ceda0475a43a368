package authz

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// wholly compiles an expression as Envoy does: it matches the whole string.
func wholly(expr string) *regexp.Regexp { return regexp.MustCompile("^(?:" + expr + ")$") }

// regexps are what istiod generates for each kind of value (generator.go).
var regexps = map[string]func(v string) *regexp.Regexp{
	"namespaces": func(v string) *regexp.Regexp {
		parts := strings.Split(v, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		return wholly(".*/ns/" + strings.Join(parts, ".*") + "/.*")
	},
	"serviceAccounts": func(v string) *regexp.Regexp {
		ns, sa, ok := strings.Cut(v, "/")
		if !ok {
			ns, sa = "foo", v
		}
		return wholly(fmt.Sprintf("spiffe://.+/ns/%s/(.+/|)sa/%s(/.+)?", regexp.QuoteMeta(ns), regexp.QuoteMeta(sa)))
	},
	"trustDomains": func(v string) *regexp.Regexp {
		before, after, found := strings.Cut(v, "*")
		switch {
		case v == "*":
			return wholly("spiffe://.*")
		case !found:
			return wholly("spiffe://" + regexp.QuoteMeta(v) + "/.*")
		}
		return wholly("spiffe://" + regexp.QuoteMeta(before) + "[^/]*" + regexp.QuoteMeta(after) + "/.*")
	},
	"principals": func(v string) *regexp.Regexp {
		switch {
		case v == "*":
			return wholly(".+")
		case strings.HasPrefix(v, "*"):
			return wholly("spiffe://.*" + regexp.QuoteMeta(v[1:]))
		case strings.HasSuffix(v, "*"):
			return wholly(regexp.QuoteMeta("spiffe://"+v[:len(v)-1]) + ".*")
		}
		return wholly(regexp.QuoteMeta("spiffe://" + v))
	},
}

// TestPeerAgainstRegexps compares the matchers of identities, and the automata
// of their analysis, with the expressions that Envoy gets.
func TestPeerAgainstRegexps(t *testing.T) {
	g := generator{bundle: []string{"td"}, namespace: "foo"}
	attributes := map[string]attribute{
		"namespaces": g.namespaces(), "serviceAccounts": g.serviceAccounts(),
		"trustDomains": g.trustDomains(), "principals": g.principals(),
	}
	r := rand.New(rand.NewPCG(3, 4))
	word := func(from []string, n int) string {
		var out string
		for range 1 + r.IntN(n) {
			out += from[r.IntN(len(from))]
		}
		return out
	}
	values := []string{"a", "b", "*", "/", "ns", "sa", "/ns/", "/sa/", "."}
	names := []string{"a", "b", "/", "ns/", "/ns/", "sa/", "/sa/a", "/ns/a/", "c", "."}
	for name, a := range attributes {
		matched := 0
		for range 10000 {
			v, who := word(values, 3), word(names, 6)
			if r.IntN(2) == 0 {
				v, who = word([]string{"a", "b", "foo/a", "a/a"}, 1), "a/ns/"+word([]string{"a", "foo"}, 1)+word([]string{"/", "/x/", "/sa/"}, 1)+"sa/a"+word([]string{"", "/", "/x", "b"}, 1)
			}
			expr := regexps[name](v)
			tests, err := a.tests(v)
			if err != nil {
				t.Fatal(err)
			}
			p := newPeer(who, r.IntN(4) > 0)
			full := p.name
			if p.spiffe {
				full = spiffeScheme + p.name
			}
			want, got, analysed := expr.MatchString(full), false, false
			for i := range tests {
				got = got || tests[i].peer(&p)
				for _, n := range tests[i].automata() {
					analysed = analysed || n.match(p.name)
				}
			}
			if got != want {
				t.Fatalf("%s %q of %q: got %v, want %v", name, v, full, got, want)
			}
			if p.spiffe && analysed != want {
				t.Fatalf("%s %q of %q: the automata say %v, want %v", name, v, full, analysed, want)
			}
			matched += int(bit(got))
		}
		if matched < 100 {
			t.Errorf("%s: only %d matches", name, matched)
		}
	}
}

func TestMigrate(t *testing.T) {
	tests := []struct {
		name, value string
		bundle      []string
		want        string
	}{
		{"own", "td1/ns/a/sa/b", []string{"td1"}, "td1/ns/a/sa/b"},
		{"cluster.local", "cluster.local/ns/a/sa/b", []string{"td1", "td2"}, "td1/ns/a/sa/b td2/ns/a/sa/b"},
		{"alias", "td2/ns/a/sa/b", []string{"td1", "td2"}, "td1/ns/a/sa/b td2/ns/a/sa/b"},
		{"foreign", "td3/ns/a/sa/b", []string{"td1", "td2"}, "td3/ns/a/sa/b"},
		{"star", "*/ns/a/sa/b", []string{"td1"}, "*/ns/a/sa/b"},
		{"four parts", "cluster.local/ns/a/*", []string{"td1"}, "cluster.local/ns/a/*"},
		{"five parts with star", "cluster.local/ns/a/sa/*", []string{"td1"}, "td1/ns/a/sa/*"},
		{"suffix pattern", "*-td/ns/a/sa/b", []string{"old-td", "new-td", "other"}, "*-td/ns/a/sa/b other/ns/a/sa/b"},
		{"prefix pattern", "td*/ns/a/sa/b", []string{"td1", "td2"}, "td1/ns/a/sa/b td2/ns/a/sa/b"},
		{"bundle pattern", "old-td/ns/a/sa/b", []string{"td1", "*-td"}, "td1/ns/a/sa/b *-td/ns/a/sa/b"},
		{"bundle star", "x/ns/a/sa/b", []string{"*"}, "*/ns/a/sa/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(migrate(tt.value, tt.bundle), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := expand("td2", []string{"td1", "td2"}); len(got) != 2 {
		t.Errorf("expand gives %q", got)
	}
	if got := expand("cluster.local", []string{"td1", "td2"}); len(got) != 1 {
		t.Errorf("expand gives %q", got)
	}
}
