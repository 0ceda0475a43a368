package authz

import (
	"slices"
	"strings"
	"testing"
)

const (
	kmSleep  = "/ns/default/sa/sleep"
	kmTarget = "10.244.2.21"
)

// kmesh judges one connection from sleep, by one policy on httpbin in namespace
// default.
func kmesh(t *testing.T, d Dialect, identity, source string, port uint16, ps ...Policy) Decision {
	t.Helper()
	w := Workload{Namespace: "default", Labels: map[string]string{"app": "httpbin"}}
	return decide(t, d, Mesh{}, w, connection(source, kmTarget, port, identity), ps...)
}

func source(fields string) string { return "rules: [{from: [{source: {" + fields + "}}]}]" }

// TestKmeshDivergences has what Kmesh decides otherwise than Istio says: the numbers
// are those of docs/kmesh.md. Those that hang on what istiod sends of a mesh are in
// diagnose: U4, U9 and U16. U10 is about what the daemon has kept, which no object
// tells.
func TestKmeshDivergences(t *testing.T) {
	tests := []struct {
		name, spec, identity, source string
		want                         Verdict
	}{
		{"U1 the identity has no trust domain", source(`principals: [cluster.local/ns/default/sa/sleep]`), kmSleep, "", Denied},
		{"U2 a suffix matches it", source(`principals: ["*/ns/default/sa/sleep"]`), kmSleep, "", Allowed},
		{"U2 and nobody else", source(`principals: ["*/ns/default/sa/sleep"]`), "/ns/default/sa/web", "", Denied},
		{"U3 whom it excludes it does not", source(`notPrincipals: [cluster.local/ns/default/sa/sleep]`), kmSleep, "", Allowed},
		{"U3 a suffix does", source(`notPrincipals: ["*/ns/default/sa/sleep"]`), kmSleep, "", Denied},
		{"U5 any principal is none", source(`principals: ["*"]`), kmSleep, "", Denied},
		{"U5 of nobody neither", source(`principals: ["*"]`), nobody, "", Denied},
		{"U5 no principal is all", source(`notPrincipals: ["*"]`), kmSleep, "", Allowed},
		{"U5 two stars are a suffix", source(`principals: ["**"]`), kmSleep, "", Denied},
		{"U6 any namespace is none", source(`namespaces: ["*"]`), kmSleep, "", Denied},
		{"U6 but that of nobody", source(`namespaces: ["*"]`), nobody, "", Allowed},
		{"U6 no namespace is all that have one", source(`notNamespaces: ["*"]`), kmSleep, "", Allowed},
		{"U6 and not nobody", source(`notNamespaces: ["*"]`), nobody, "", Denied},
		{"U7 accounts alone allow nothing", source(`serviceAccounts: [default/sleep]`), kmSleep, "", Denied},
		{"U7 and deny nothing", "action: DENY, " + source(`serviceAccounts: [default/sleep]`), kmSleep, "", Allowed},
		{"U7 beside addresses these stay", source(`serviceAccounts: [default/other], ipBlocks: [10.244.1.0/24]`), kmSleep, "10.244.1.46", Allowed},
		{"U7 trust domains beside namespaces", source(`trustDomains: [other], namespaces: [default]`), kmSleep, "", Allowed},
		{"U7 trust domains alone", source(`trustDomains: [cluster.local]`), kmSleep, "", Denied},
		{"U8 nobody is not in a namespace", source(`notNamespaces: [default]`), nobody, "", Allowed},
		{"U8 nor has a principal", source(`notPrincipals: ["*/ns/default/sa/sleep"]`), nobody, "", Allowed},
		{"U11 the source is the waypoint's address", "selector: {matchLabels: {app: httpbin}}, " + source(`ipBlocks: [10.244.1.46]`), "/ns/default/sa/waypoint", "10.244.1.9", Denied},
		{"U12 methods alone deny nothing", "action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]", kmSleep, "", Allowed},
		{"U12 and allow nothing", "rules: [{to: [{operation: {methods: [GET]}}]}]", kmSleep, "", Denied},
		{"U13 a Pod outside the mesh has an identity", source(`namespaces: [legacy]`), "/ns/legacy/sa/default", "", Allowed},
		{"U14 the identity as it is", source(`principals: [/ns/default/sa/sleep]`), kmSleep, "", Allowed},
		{"U14 nobody by its parts", source(`principals: ["*/ns//sa/"]`), nobody, "", Allowed},
		{"U14 which nobody else has", source(`principals: ["*/ns//sa/"]`), kmSleep, "", Denied},
		{"U15 a mapped address", source(`ipBlocks: ["::ffff:10.244.1.46"]`), kmSleep, "10.244.1.46", Denied},
		{"U15 a mapped block", source(`ipBlocks: ["::ffff:10.244.1.0/112"]`), kmSleep, "10.244.1.46", Denied},
		{"U15 excludes nothing", source(`notIpBlocks: ["::ffff:10.244.1.46"]`), kmSleep, "10.244.1.46", Allowed},
		{"U15 a length that fits IPv4 makes it one", source(`ipBlocks: ["::ffff:10.244.1.46/24"]`), kmSleep, "10.244.1.7", Allowed},
		{"U15 host bits do not count", source(`ipBlocks: [10.244.1.99/24]`), kmSleep, "10.244.1.46", Allowed},
		{"U15 no IPv4 address is in ::/0", source(`ipBlocks: ["::/0"]`), kmSleep, "10.244.1.46", Denied},
		{"a dry run is not sent", "rules: []", kmSleep, "", Allowed},
		{"the Pod's port", `rules: [{to: [{operation: {ports: ["8000"]}}]}]`, kmSleep, "", Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ap(t, "default/p", "{"+tt.spec+"}")
			if strings.Contains(tt.name, "dry run") {
				p = dry(p, "true")
			}
			if got := kmesh(t, Kmesh, tt.identity, tt.source, 80, p); got.Verdict != tt.want {
				t.Errorf("got %+v", got)
			}
			r := connection(tt.source, kmTarget, 80, tt.identity)
			if pass := kmeshDaemon(Mesh{}, Workload{Namespace: "default", Labels: map[string]string{"app": "httpbin"}}, r, []Policy{p}); pass != (tt.want == Allowed) {
				t.Errorf("the transcription gives %v", pass)
			}
		})
	}
}

// TestKmeshTrustDomain: of another trust domain than cluster.local identities have it.
func TestKmeshTrustDomain(t *testing.T) {
	w := Workload{Namespace: "default"}
	p := ap(t, "default/p", "{"+source("principals: [td1/ns/default/sa/sleep]")+"}")
	r := connection("", kmTarget, 80, KmeshIdentity("td1", "default", "sleep"))
	if got := decide(t, Kmesh, Mesh{TrustDomain: "td1"}, w, r, p); got.Verdict != Allowed {
		t.Errorf("got %+v", got)
	}
	if got := KmeshIdentity("cluster.local", "default", "sleep"); got != kmSleep {
		t.Errorf("identity %q", got)
	}
}

// TestKmeshWords has what is said of a list that Kmesh reads in its own way.
func TestKmeshWords(t *testing.T) {
	const local = "never matches: identities of cluster.local have no trust domain in Kmesh; write */ns/default/sa/sleep"
	tests := []struct {
		name, spec, identity string
		note, slip           string
	}{
		{"trust domain", source(`principals: [cluster.local/ns/default/sa/sleep]`), kmSleep, local, local},
		{"trust domain, negated", source(`notPrincipals: [cluster.local/ns/default/sa/sleep]`), kmSleep, local, ""},
		{"trust domain and prefix", source(`principals: [cluster.local/ns/default/*]`), kmSleep, "write */ns/default/*", "write */ns/default/*"},
		{"one of two", source(`principals: [cluster.local/ns/default/sa/sleep, "*/ns/default/sa/web"]`), kmSleep, local, "the identity has no trust domain cluster.local in Kmesh: write */ns/default/sa/sleep"},
		{"scheme", source(`principals: ["spiffe://cluster.local/ns/default/sa/sleep"]`), kmSleep, "identities are written without spiffe://", "identities are written without spiffe://"},
		{"star", source(`principals: ["*"]`), kmSleep, "does not know the star alone", "does not know the star alone"},
		{"star of namespaces", source(`namespaces: ["*"]`), kmSleep, "", "matches only clients whose address it does not know"},
		{"another form", source(`principals: [sleep]`), kmSleep, "no identity in Kmesh has the form of sleep", "no identity in Kmesh has the form of sleep"},
		{"nearly the namespace", source(`namespaces: [defualt]`), kmSleep, "", "defualt is nearly default, the client's namespace"},
		{"another namespace", source(`principals: ["*/ns/web/sa/sleep"]`), kmSleep, "", "the namespace differs: the client is sleep of default, not of web"},
		{"nearly the account", source(`principals: ["*/ns/default/sa/sleeep"]`), kmSleep, "", "sleeep is nearly sleep, the client's service account"},
		{"nobody", source(`principals: ["*/ns/default/sa/sleep"]`), nobody, "", ""},
		{"accounts", source(`serviceAccounts: [default/sleep]`), kmSleep, "left out: Kmesh does not know service accounts", ""},
		{"accounts beside others", source(`serviceAccounts: [default/sleep], namespaces: [default]`), kmSleep, "matches identities of any service account", ""},
		{"mapped", source(`ipBlocks: ["::ffff:10.0.0.1"]`), kmSleep, "is an IPv4-mapped block", "is an IPv4-mapped address"},
		{"key", "rules: [{when: [{key: source.serviceAccount, values: [a]}]}]", kmSleep, `Kmesh does not know the key "source.serviceAccount"`, ""},
		{"HTTP", "rules: [{to: [{operation: {methods: [GET]}}]}]", kmSleep, "Kmesh does not see it", ""},
		{"no-op", "action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]", kmSleep, "the rule never matches in Kmesh: it denies nothing", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(Kmesh, Mesh{}, Workload{Namespace: "default"}, []Policy{ap(t, "default/p", "{"+tt.spec+"}")}).
				Explain(connection("10.244.1.46", kmTarget, 80, tt.identity))
			r := e.Policies[0].Rules[0]
			if said := strings.Join(append(r.Notes, r.Dropped), "\n"); !strings.Contains(said, tt.note) || tt.note == "" && said != "" {
				t.Errorf("notes %q", said)
			}
			if got := r.Fields[0].Slip; !strings.Contains(got, tt.slip) || tt.slip == "" && got != "" {
				t.Errorf("slip %q", got)
			}
		})
	}
	other := Compile(Kmesh, Mesh{TrustDomain: "td1"}, Workload{Namespace: "default"}, []Policy{ap(t, "default/p", "{"+source("principals: [cluster.local/ns/default/sa/sleep]")+"}")}).Explain(&Request{})
	if n := other.Policies[0].Rules[0].Notes; len(n) != 1 || !strings.Contains(n[0], "all identities are of the trust domain td1; write */ns/default/sa/sleep") {
		t.Errorf("notes %q", n)
	}
}

func TestKmeshGot(t *testing.T) {
	spec := source(`principals: [x], namespaces: [other], ipBlocks: [10.0.0.1]`)
	tests := []struct {
		identity string
		want     []string
	}{
		{kmSleep, []string{kmSleep, "default", "10.244.1.46"}},
		{nobody, []string{"none", "none", "10.244.1.46"}},
	}
	for _, tt := range tests {
		e := Compile(Kmesh, Mesh{}, Workload{Namespace: "default"}, []Policy{ap(t, "default/p", "{"+spec+"}")}).Explain(connection("10.244.1.46", kmTarget, 80, tt.identity))
		var got []string
		for _, f := range e.Policies[0].Rules[0].Fields {
			got = append(got, f.Got)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q", tt.identity, got)
		}
	}
}

// TestKmeshOpenIdentity: who asks is not known, and no identity can match what none
// can be.
func TestKmeshOpenIdentity(t *testing.T) {
	tests := []struct {
		name, spec string
		want       Verdict
		words      string
	}{
		{"one account", source(`principals: ["*/ns/default/sa/sleep"]`), Conditional, "allowed if principal is */ns/default/sa/sleep; otherwise denied"},
		{"a trust domain that none has", source(`principals: [cluster.local/ns/default/sa/sleep]`), Denied, ""},
		{"any principal", source(`principals: ["*"]`), Denied, ""},
		{"no principal", source(`notPrincipals: ["*"]`), Allowed, ""},
		{"any namespace", source(`namespaces: ["*"]`), Conditional, "allowed if source namespace is absent; otherwise denied"},
		{"nobody, by name", source(`principals: [/ns//sa/]`), Conditional, "allowed if principal is /ns//sa/; otherwise denied"},
		{"a mapped block", source(`ipBlocks: ["::ffff:10.0.0.1"]`), Denied, ""},
		{"all of them", source(`principals: ["/ns/*"]`), Allowed, ""},
		{"two that exclude each other", source(`principals: ["*/sa/a"], notPrincipals: ["/*"]`), Denied, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(Kmesh, Mesh{}, Workload{Namespace: "default"}, []Policy{ap(t, "default/p", "{"+tt.spec+"}")}).Explain(&Request{})
			if e.Verdict != tt.want || e.Words() != tt.words {
				t.Errorf("got %v, %q", e.Verdict, e.Words())
			}
		})
	}
}

// TestKmeshCompare finds what a change of policies opens, with an identity as an
// example that Kmesh can have.
func TestKmeshCompare(t *testing.T) {
	compile := func(spec string) *Program {
		return Compile(Kmesh, Mesh{}, Workload{Namespace: "default"}, []Policy{ap(t, "default/p", "{"+spec+"}")})
	}
	tests := []struct {
		name, before, after string
		opens, example      string
	}{
		{"an account more", source(`principals: ["*/ns/a/sa/x"]`), source(`principals: ["*/ns/a/sa/x", /ns/b/sa/y]`), "principal is /ns/b/sa/y", "/ns/b/sa/y"},
		{"nobody", source(`namespaces: [a]`), source(`namespaces: [a, "*"]`), "source namespace is absent", ""},
		{"nobody by name", source(`principals: ["*/ns/a/sa/x"]`), source(`principals: ["*/ns/a/sa/x", /ns//sa/]`), "principal is /ns//sa/", ""},
		{"what none can be", source(`principals: ["*/ns/a/sa/x"]`), source(`principals: ["*/ns/a/sa/x", cluster.local/ns/b/sa/y]`), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Compare(compile(tt.before), compile(tt.after), &Request{})
			var words []string
			for _, r := range d.Opens {
				words = append(words, r.Words())
			}
			if got := strings.Join(words, "; "); !strings.HasPrefix(got, tt.opens) || tt.opens == "" && got != "" {
				t.Errorf("opens %q", got)
			}
			opens, _ := d.Examples()
			for _, r := range opens {
				if id, _ := r.Principal.Get(); id != tt.example {
					t.Errorf("example %q", id)
				}
			}
		})
	}
}

func TestNeverInKmesh(t *testing.T) {
	for _, tt := range []struct{ trustDomain, principal, want string }{
		{"cluster.local", "cluster.local/ns/a/sa/b", "have no trust domain in Kmesh"},
		{"", "cluster.local/ns/a/sa/b", "have no trust domain in Kmesh"},
		{"td1", "cluster.local/ns/a/sa/b", "of the trust domain td1"},
		{"td1", "td1/ns/a/sa/b", ""},
		{"", "*/ns/a/sa/b", ""},
		{"", "/ns//sa/", ""},
		{"", "*b", ""},
		{"", "*", "the star alone"},
		{"", "a/b", "no identity in Kmesh has the form of a/b"},
	} {
		if got := NeverInKmesh(tt.trustDomain, tt.principal); !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s in %q: %q", tt.principal, tt.trustDomain, got)
		}
	}
}
