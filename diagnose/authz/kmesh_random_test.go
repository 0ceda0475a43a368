package authz

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// The values of the random policies and connections: some meet, some nearly do, and
// some are what Kmesh is known to read in a way of its own.
var (
	kmPrincipals = []string{
		"*", "cluster.local/ns/foo/sa/sleep", "/ns/foo/sa/sleep", "*/ns/foo/sa/sleep", "*/sa/sleep", "cluster.local/*", "/ns/foo/*",
		"*/ns//sa/", "td1/ns/foo/sa/sleep", "spiffe:///ns/foo/sa/sleep", "**", "*sleep*", "",
	}
	kmNamespaces = []string{"*", "foo", "bar", "f*", "*r", "", "*o*"}
	kmBlocks     = []string{
		"10.0.0.1", "10.0.0.0/24", "10.0.0.9/28", "0.0.0.0/0", "10.0.1.0/24", "::/0", "fd00::1", "fd00::/8",
		"::ffff:10.0.0.1", "::ffff:10.0.0.0/112", "::ffff:10.0.0.1/24", "nonsense", "10.0.0.0/33",
	}
	kmPortTexts   = []string{"80", "8080", "0443", "http", "99999", "1", "2", "3", "4"}
	kmIdentities  = []string{"/ns/foo/sa/sleep", "/ns/foo/sa/web", "/ns/bar/sa/sleep", "td1/ns/foo/sa/sleep", nobody, "/ns/bar/sa/"}
	kmAddressTest = []string{"10.0.0.1", "10.0.0.200", "10.0.1.7", "192.168.0.1", "fd00::1", "fe80::1"}
)

func pickSome(r *rand.Rand, values []string, most int) string {
	var out []string
	for range 1 + r.IntN(most) {
		out = append(out, fmt.Sprintf("%q", values[r.IntN(len(values))]))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// kmSource and the others write the YAML of a part of a rule.
func kmSource(r *rand.Rand) string {
	var fields []string
	add := func(chance int, name string, values []string) {
		if r.IntN(chance) == 0 {
			fields = append(fields, name+": "+pickSome(r, values, 3))
		}
	}
	add(3, "principals", kmPrincipals)
	add(6, "notPrincipals", kmPrincipals)
	add(4, "namespaces", kmNamespaces)
	add(6, "notNamespaces", kmNamespaces)
	add(3, "ipBlocks", kmBlocks)
	add(6, "notIpBlocks", kmBlocks)
	add(12, "serviceAccounts", []string{"foo/sleep", "web"})
	add(20, "notServiceAccounts", []string{"foo/sleep"})
	add(20, "trustDomains", []string{"cluster.local", "td1"})
	add(25, "requestPrincipals", []string{"*"})
	return "{source: {" + strings.Join(fields, ", ") + "}}"
}

func kmOperation(r *rand.Rand) string {
	var fields []string
	if r.IntN(2) == 0 {
		fields = append(fields, "ports: "+pickSome(r, kmPortTexts, 6))
	}
	if r.IntN(4) == 0 {
		fields = append(fields, "notPorts: "+pickSome(r, kmPortTexts, 6))
	}
	if r.IntN(10) == 0 {
		fields = append(fields, `methods: [GET]`)
	}
	return "{operation: {" + strings.Join(fields, ", ") + "}}"
}

func kmCondition(r *rand.Rand) string {
	keys := []string{"source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port", "connection.sni"}
	values := [][]string{kmBlocks, kmNamespaces, kmPrincipals, kmBlocks, kmPortTexts, {"a"}}
	i := r.IntN(len(keys) - r.IntN(2))
	out := "{key: " + keys[i]
	if r.IntN(3) > 0 {
		out += ", values: " + pickSome(r, values[i], 3)
	}
	if r.IntN(3) == 0 {
		out += ", notValues: " + pickSome(r, values[i], 3)
	}
	return out + "}"
}

func kmList(r *rand.Rand, chance, most int, one func(*rand.Rand) string) string {
	var out []string
	for range most {
		if r.IntN(chance) == 0 {
			out = append(out, one(r))
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func kmRandomRule(r *rand.Rand) string {
	return fmt.Sprintf("{from: %s, to: %s, when: %s}", kmList(r, 3, 5, kmSource), kmList(r, 6, 5, kmOperation), kmList(r, 8, 5, kmCondition))
}

func kmRandomPolicy(t testing.TB, r *rand.Rand, i int) Policy {
	t.Helper()
	action := []string{"ALLOW", "ALLOW", "DENY", "DENY", "AUDIT"}[min(4, r.IntN(25)/6)]
	selector := []string{"", "selector: {matchLabels: {app: httpbin}}, ", "selector: {matchLabels: {app: httpbin}}, ", "selector: {matchLabels: {app: other}}, "}[min(3, r.IntN(13)/4)]
	name := []string{"foo/", "foo/", "foo/", "istio-system/", "bar/"}[r.IntN(5)] + string(rune('a'+r.IntN(26))) + fmt.Sprint(i)
	p := ap(t, name, fmt.Sprintf("{action: %s, %srules: %s}", action, selector, kmList(r, 2, 3, kmRandomRule)))
	if r.IntN(20) == 0 {
		p = dry(p, "true")
	}
	return p
}

func kmRandomRequest(r *rand.Rand) *Request {
	ports := []uint16{80, 8080, 443, 4, 9}
	return connection(kmAddressTest[r.IntN(len(kmAddressTest))], kmAddressTest[r.IntN(2)], ports[r.IntN(len(ports))], kmIdentities[r.IntN(len(kmIdentities))])
}

// TestKmeshRandom compares the dialects with the transcriptions of the daemon and of
// the XDP program on random policies and connections.
func TestKmeshRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	seen := map[string]int{}
	for range rounds(1800) {
		var ps []Policy
		for i := range r.IntN(7) {
			ps = append(ps, kmRandomPolicy(t, r, i))
		}
		m := Mesh{TrustDomain: []string{"", "cluster.local", "td1"}[r.IntN(3)]}
		daemon, program := Compile(Kmesh, m, httpbin, ps), Compile(KmeshXDP, m, httpbin, ps)
		for range 6 {
			req := kmRandomRequest(r)
			user := daemon.Decide(req).Verdict
			if want := kmeshDaemon(m, httpbin, req, ps); (user == Allowed) != want || user != Allowed && user != Denied {
				t.Fatalf("user space: %v, the daemon passes %v: %s", user, want, kmShow(ps, req))
			}
			got := program.Decide(req).Verdict
			want := user
			switch kmeshProgram(m, httpbin, req, ps) {
			case xdpDrop:
				want = Denied
			case xdpUnsure:
				if user == Allowed {
					want = Undetermined
				}
			case xdpPass:
			}
			if got != want {
				t.Fatalf("with XDP: %v, want %v: %s", got, want, kmShow(ps, req))
			}
			seen[user.String()+" and "+got.String()]++
		}
	}
	for _, both := range []string{"Allowed and Allowed", "Allowed and Denied", "Allowed and Undetermined", "Denied and Denied"} {
		if seen[both] == 0 && !testing.Short() {
			t.Errorf("no case of %s among %v", both, seen)
		}
	}
}

// TestKmeshOpen leaves out of random requests what the client is and where it calls
// from: the answer must fit every client that there can be.
func TestKmeshOpen(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 2))
	seen := map[Verdict]int{}
	for range rounds(600) {
		var ps []Policy
		for i := range 1 + r.IntN(3) {
			ps = append(ps, kmRandomPolicy(t, r, i))
		}
		for _, d := range []Dialect{Kmesh, KmeshXDP} {
			p := Compile(d, Mesh{}, httpbin, ps)
			open := kmRandomRequest(r)
			open.Principal, open.SourceIP = Attr[string]{}, Attr[netip.Addr]{}
			got := p.Decide(open).Verdict
			seen[got]++
			var each []Verdict
			for range 40 {
				one := *open
				known := kmRandomRequest(r)
				if id, ok := known.Principal.Get(); ok && !strings.HasPrefix(id, "/ns/") {
					continue // the mesh has no such identity
				}
				one.Principal, one.SourceIP = known.Principal, known.SourceIP
				if v := p.Decide(&one).Verdict; !slices.Contains(each, v) {
					each = append(each, v)
				}
			}
			if (got == Allowed || got == Denied) && (len(each) != 1 || each[0] != got) {
				t.Fatalf("%v: open %v, but %v for some: %s", d, got, each, kmShow(ps, open))
			}
		}
	}
	if seen[Conditional] < 20 || seen[Denied] < 20 || seen[Allowed] < 20 {
		t.Errorf("few cases: %v", seen)
	}
}

// TestKmeshCompareRandom compares random programs, and decides random requests with
// both: what is listed changes, and what changes is listed.
func TestKmeshCompareRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 3))
	var opened, closed, inexact int
	const each = 250
	for i := range rounds(each) {
		var ps []Policy
		for j := range 1 + r.IntN(4) {
			ps = append(ps, kmRandomPolicy(t, r, j))
		}
		qs := append(slices.Clone(ps[1:]), kmRandomPolicy(t, r, 9))
		for _, d := range []Dialect{Kmesh, KmeshXDP} {
			p := pair{before: Compile(d, Mesh{}, httpbin, ps), after: Compile(d, Mesh{}, httpbin, qs)}
			p.d = Compare(p.before, p.after, &Request{})
			p.about = fmt.Sprintf("%d: %v%s\nbecomes%s\n%q", i, d, kmShow(ps, &Request{}), kmShow(qs, &Request{}), p.d.lines())
			inexact += int(bit(!p.d.Exact))
			for range 40 {
				a, b := p.check(t, kmFill(r, &Request{}), kmUnsaid(r))
				opened, closed = opened+int(bit(a)), closed+int(bit(b))
			}
			opens, closes := p.d.Examples()
			for j, x := range slices.Concat(opens, closes) {
				if x == nil {
					continue
				}
				if yes, no := p.check(t, kmFill(r, x), kmUnsaid(r)); j < len(opens) && !yes || j >= len(opens) && !no {
					t.Fatalf("%s\nexample %d is none: %+v", p.about, j, *x)
				}
			}
		}
	}
	if n := rounds(each); opened < n || closed < n || inexact > n/20 {
		t.Errorf("%d open, %d close, %d not exact", opened, closed, inexact)
	}
}

// kmFill gives values of a mesh whose trust domain is cluster.local to what is open.
func kmFill(r *rand.Rand, q *Request) *Request {
	out, full := *q, kmRandomRequest(r)
	for id, ok := full.Principal.Get(); ok && strings.HasPrefix(id, "td1"); id, ok = full.Principal.Get() {
		full = kmRandomRequest(r)
	}
	if out.Principal.State() == StateOpen {
		out.Principal = full.Principal
	}
	if out.SourceIP.State() == StateOpen {
		out.SourceIP = full.SourceIP
	}
	if out.DestinationIP.State() == StateOpen {
		out.DestinationIP = full.DestinationIP
	}
	if out.DestinationPort.State() == StateOpen {
		out.DestinationPort = full.DestinationPort
	}
	return &out
}

// kmUnsaid is what is not known of the XDP program, in one of its ways.
func kmUnsaid(r *rand.Rand) map[key]value {
	return map[key]value{{kindOffload, unorderedOffload}: {ok: r.IntN(2) == 0}}
}

func kmShow(ps []Policy, r *Request) string {
	var out []string
	for _, p := range ps {
		j, _ := p.Spec.MarshalJSON()
		out = append(out, p.Ref().String()+" "+string(j))
	}
	return fmt.Sprintf("\n%s\n%+v %+v %+v %+v", strings.Join(out, "\n"), r.Principal, r.SourceIP, r.DestinationIP, r.DestinationPort)
}
