package authz

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// FuzzBytes makes policies out of bytes, with words of the vocabulary and words
// that the bytes spell, and with nil where a message may be missing.
func FuzzBytes(f *testing.F) {
	f.Add([]byte{}, uint64(0))
	f.Add([]byte{1, 2, 3, 0, 0, 9, 9, 9, 4, 4, 4, 4, 250, 2, '/', '*', 1, 1, 1}, uint64(1))
	f.Add([]byte("\x03\x01\x02\x00\xff\x04{*}/\x05\x06\x07\x08\x00\x01\x02\x03\x04\x05\x06\x07\x08"), uint64(2))
	f.Add([]byte("the quick brown fox jumps over the lazy dog /a/{**}/b *.example.com 10.0.0.0/8 [x] ::/0"), uint64(3))
	f.Add([]byte("\x04\x02\x02\xff\x03a/b\x02\x02\xff\x01*\x02\x02\xff\x00\x02\x02\xff\x05/a/b/\x02\x02\x02\x02\x02\x02\x02\x02"), uint64(4))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		if len(data) > 2048 {
			return
		}
		agree(t, (&dealer{data}).policies(), seed)
	})
}

// dealer hands out bytes; when they are used up, zeros.
type dealer struct{ data []byte }

func (d *dealer) next() int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b)
}

// word is one of the vocabulary, or one that the next bytes spell.
func (d *dealer) word(from []string) string {
	b := d.next()
	if b < 200 {
		return from[b%len(from)]
	}
	n := min(d.next()%24, len(d.data))
	out := string(d.data[:n])
	d.data = d.data[n:]
	return out
}

func (d *dealer) words(from []string) []string {
	var out []string
	for range max(0, d.next()%6-2) {
		out = append(out, d.word(from))
	}
	return out
}

func (d *dealer) policies() []Policy {
	var out []Policy
	for i := range 1 + d.next()%8 {
		p := Policy{Namespace: "foo", Name: fmt.Sprint("p", i), Spec: &securityv1beta1.AuthorizationPolicy{}}
		switch p.Spec.Action = securityv1beta1.AuthorizationPolicy_Action(d.next() % 5); d.next() % 16 {
		case 0:
			p.Spec.ActionDetail = &securityv1beta1.AuthorizationPolicy_Provider{}
		case 1:
			p.Annotations = map[string]string{DryRunAnnotation: d.word([]string{"true", "false", "x"})}
		default:
			p.Spec.ActionDetail = &securityv1beta1.AuthorizationPolicy_Provider{
				Provider: &securityv1beta1.AuthorizationPolicy_ExtensionProvider{Name: d.word([]string{"a", "missing", ""})},
			}
		}
		for range d.next() % 4 {
			p.Spec.Rules = append(p.Spec.Rules, d.rule())
		}
		out = append(out, p)
	}
	return out
}

func (d *dealer) rule() *securityv1beta1.Rule {
	if d.next() == 255 {
		return nil
	}
	out := &securityv1beta1.Rule{}
	for range d.next() % 3 {
		out.From = append(out.From, d.from())
	}
	for range d.next() % 3 {
		out.To = append(out.To, d.to())
	}
	for range d.next() % 3 {
		c := &securityv1beta1.Condition{Key: d.word(someKeys)}
		all := [][]string{someStrings, somePaths, someNamespaces, somePrincipals, someBlocks, somePorts, someTokens, someHosts}
		c.Values, c.NotValues = d.words(all[d.next()%len(all)]), d.words(all[d.next()%len(all)])
		out.When = append(out.When, c)
	}
	return out
}

func (d *dealer) from() *securityv1beta1.Rule_From {
	switch d.next() {
	case 254:
		return &securityv1beta1.Rule_From{}
	case 255:
		return nil
	}
	return &securityv1beta1.Rule_From{Source: &securityv1beta1.Source{
		Principals: d.words(somePrincipals), NotPrincipals: d.words(somePrincipals), Namespaces: d.words(someNamespaces), NotNamespaces: d.words(someNamespaces),
		ServiceAccounts: d.words(someAccounts), NotServiceAccounts: d.words(someAccounts), TrustDomains: d.words(someDomains), NotTrustDomains: d.words(someDomains),
		IpBlocks: d.words(someBlocks), NotIpBlocks: d.words(someBlocks), RemoteIpBlocks: d.words(someBlocks), NotRemoteIpBlocks: d.words(someBlocks),
		RequestPrincipals: d.words(someTokens), NotRequestPrincipals: d.words(someTokens),
	}}
}

func (d *dealer) to() *securityv1beta1.Rule_To {
	switch d.next() {
	case 254:
		return &securityv1beta1.Rule_To{}
	case 255:
		return nil
	}
	return &securityv1beta1.Rule_To{Operation: &securityv1beta1.Operation{
		Methods: d.words(someMethods), NotMethods: d.words(someMethods), Paths: d.words(somePaths), NotPaths: d.words(somePaths),
		Hosts: d.words(someHosts), NotHosts: d.words(someHosts), Ports: d.words(somePorts), NotPorts: d.words(somePorts),
	}}
}

// agree compiles policies for every dialect and asks for a request of each kind:
// Decide, Explain and the walk over all rules say the same, whatever the order of
// the policies is, and the explanation can be written.
func agree(t *testing.T, policies []Policy, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	mesh := Mesh{TrustDomainAliases: []string{"td"}, Providers: map[string]Provider{"a": {GRPC: true}}}
	turned := slices.Clone(policies)
	slices.Reverse(turned)
	for _, d := range []Dialect{EnvoyHTTP, EnvoyTCP, Ztunnel, Kmesh, KmeshXDP} {
		p, other := Compile(d, mesh, httpbin, policies), Compile(d, mesh, httpbin, turned)
		for _, q := range []*Request{oddRequest(r), known(oddRequest(r)), get(), {}} {
			got, e := p.Decide(q), p.Explain(q)
			if got != e.Decision {
				t.Errorf("%v: Decide gives %+v, Explain %+v\nrequest %+v", d, got, e.Decision, *q)
			}
			if want := naive(p).Decide(q); got != want {
				t.Errorf("%v: Decide gives %+v, the walk %+v\nrequest %+v", d, got, want, *q)
			}
			if turned := other.Decide(q); got != turned {
				t.Errorf("%v: Decide gives %+v, and %+v with the policies turned round\nrequest %+v", d, got, turned, *q)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Errorf("%v: %v", d, err)
			}
			_ = e.Words()
		}
		if diff := Compare(p, other, &Request{}); !diff.Exact || len(diff.Opens)+len(diff.Closes) > 0 {
			t.Errorf("%v: turned round, %q", d, diff.lines())
		}
		if d != Kmesh && d != KmeshXDP { // identities are others there, see TestKmeshCompareRandom
			differ(t, r, p, Compile(d, mesh, httpbin, policies[1:]))
		}
	}
}

// differ compares two programs: what is listed changes, and what changes is listed.
func differ(t *testing.T, r *rand.Rand, before, after *Program) {
	t.Helper()
	p := pair{before: before, after: after, d: Compare(before, after, &Request{})}
	p.about = fmt.Sprintf("%v: %q", before.dialect, p.d.lines())
	p.checkExamples(t, r)
	for range 10 {
		p.check(t, filled(r, &Request{}), unsaid(r))
	}
}
