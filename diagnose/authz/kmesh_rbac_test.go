package authz

import (
	"net/netip"
	"testing"
)

// kmeshCase is a connection that a test of Kmesh judges.
type kmeshCase struct {
	name     string // as Kmesh's test has it
	policies []string
	source   string // its address; empty where the test has none
	target   string
	port     uint16
	identity string // as Kmesh compares it
	pass     bool
}

// rbacCases are the 33 cases of TestRbac_doRbac in kmesh-net/kmesh, pkg/auth/
// rbac_test.go, in which the workload is known; the 34th ("9-4-1. no workload found,
// deny") is about what istiod sends, see TestKmeshNamedNetwork in diagnose. Its
// policies are in the daemon's form there. Here they are as istiod would have made
// them of an object: addresses of the destination can only stand in when, so where
// one match has two kinds of fields they are two clauses, which say the same. Kmesh's
// test gives the identities a trust domain by hand, which istiod would leave out.
var rbacCases = []kmeshCase{
	{"1. No policy for workload, allow", []string{`{selector: {matchLabels: {app: other}}, rules: [{when: [{key: destination.ip, values: [192.168.122.1, 192.168.122.2]}]}]}`}, "192.168.122.3", "192.168.122.4", 8888, "cluster.local/ns//sa/sleep", true},
	{"2-1. Destination IP allow match, allow", []string{`{rules: [{when: [{key: destination.ip, values: [192.168.122.0/24, 192.168.123.0/24], notValues: [192.168.124.0/24, 192.168.125.0/24]}]}]}`}, "", "192.168.122.2", 0, nobody, true},
	{"2-2. Destination IP allow mismatch, deny", []string{`{rules: [{when: [{key: destination.ip, values: [192.168.122.0/24, 192.168.124.0/24], notValues: [192.168.122.0/24, 192.168.125.0/24]}]}]}`}, "", "192.168.122.2", 0, nobody, false},
	{"2-3. Destination IP deny match, deny", []string{
		`{action: DENY, rules: [{when: [{key: destination.ip, values: [192.168.0.0/16], notValues: [192.167.0.0/16, 192.169.0.0/16]}]}]}`,
		`{rules: [{when: [{key: destination.ip, values: [192.168.0.0/16]}]}]}`,
	}, "", "192.168.122.2", 0, nobody, false},
	{"2-4. Destination IP deny mismatch, allow", []string{`{action: DENY, rules: [{when: [{key: destination.ip, values: [192.168.122.3, "fd80::2"]}]}]}`}, "", "192.168.122.2", 0, nobody, true},

	{"3-1. Source IP allow match, allow", []string{`{rules: [{from: [{source: {ipBlocks: [192.168.122.10, 192.168.122.4]}}]}]}`}, "192.168.122.10", "192.168.122.2", 0, nobody, true},
	{"3-2. Source IP allow mismatch, deny", []string{`{rules: [{from: [{source: {ipBlocks: [192.168.122.11, 192.168.122.12]}}]}]}`}, "192.168.122.10", "192.168.122.2", 0, nobody, false},
	{"3-3. Source IP deny match, deny", []string{
		`{action: DENY, rules: [{from: [{source: {notIpBlocks: [192.168.124.0/24, 192.168.125.0/24]}}], when: [{key: destination.ip, notValues: [192.168.122.0/24, 192.168.123.0/24]}]}]}`,
		`{rules: [{from: [{source: {ipBlocks: [192.168.124.0/24, 192.168.125.0/24]}}], when: [{key: destination.ip, values: [192.168.122.0/24, 192.168.123.0/24]}]}]}`,
	}, "192.168.122.10", "192.168.122.2", 0, nobody, false},
	{"3-4. Source IP deny mismatch, allow", []string{`{action: DENY, rules: [{from: [{source: {ipBlocks: [192.168.122.11, 192.168.122.12]}}]}]}`}, "192.168.122.10", "192.168.122.2", 0, nobody, true},

	{"4-1. Destination port allow match, allow", []string{`{rules: [{to: [{operation: {ports: ["8888", "8889"]}}]}]}`}, "", "192.168.122.2", 8888, nobody, true},
	{"4-2. Destination port allow mismatch, deny", []string{`{rules: [{to: [{operation: {ports: ["8889", "8890"]}}]}]}`}, "", "192.168.122.2", 8888, nobody, false},
	{"4-3. Destination port deny match, deny", []string{
		`{action: DENY, rules: [{to: [{operation: {notPorts: ["8888", "8889"]}}], when: [{key: destination.ip, notValues: [192.168.122.3, 192.168.122.4]}]}]}`,
		`{rules: [{to: [{operation: {ports: ["8888", "8889"]}}], when: [{key: destination.ip, values: [192.168.122.3, 192.168.122.4]}]}]}`,
	}, "", "192.168.122.2", 8888, nobody, false},
	{"4-4. Destination port deny mismatch, allow", []string{`{action: DENY, rules: [{to: [{operation: {ports: ["8889", "8890"]}}]}]}`}, "", "192.168.122.2", 8888, nobody, true},

	{"5-1. Principal allow match, allow", []string{`{rules: [{from: [{source: {principals: ["cluster.local/ns//sa/sleep"]}}]}]}`}, "", "192.168.122.2", 0, "cluster.local/ns//sa/sleep", true},
	{"5-2. Principal allow mismatch, deny", []string{`{rules: [{from: [{source: {principals: ["k8s.io*", "*notsleep"]}}]}]}`}, "", "192.168.122.2", 0, "cluster.local/ns//sa/sleep", false},
	{"5-3. Principal deny match, deny", []string{
		`{action: DENY, rules: [{from: [{source: {notPrincipals: ["*sleep"]}}], when: [{key: destination.ip, notValues: [192.168.122.3, 192.168.122.4]}]}]}`,
		`{rules: [{from: [{source: {principals: ["*sleep"]}}], when: [{key: destination.ip, values: [192.168.122.3, 192.168.122.4]}]}]}`,
	}, "", "192.168.122.2", 0, "cluster.local/ns//sa/sleep", false},
	{"5-4. Principal deny mismatch, allow", []string{`{action: DENY, rules: [{from: [{source: {principals: ["cluster.local/ns//sa/notsleep"]}}]}]}`}, "", "192.168.122.2", 0, "cluster.local/ns//sa/sleep", true},

	{"6-1. Namespace allow match, allow", []string{`{rules: [{from: [{source: {namespaces: [""]}}]}]}`}, "", "192.168.122.2", 0, nobody, true},
	{"6-2. Namespace allow mismatch, deny", []string{`{rules: [{from: [{source: {namespaces: [k8s-system, kube-system]}}]}]}`}, "", "192.168.122.2", 0, nobody, false},
	{"6-3. Namespace deny match, deny", []string{
		`{action: DENY, rules: [{from: [{source: {notNamespaces: [""]}}], when: [{key: destination.ip, notValues: [192.168.122.3, 192.168.122.4]}]}]}`,
		`{rules: [{from: [{source: {namespaces: [""]}}], when: [{key: destination.ip, values: [192.168.122.3, 192.168.122.4]}]}]}`,
	}, "", "192.168.122.2", 0, nobody, false},
	{"6-4. Namespace deny mismatch, allow", []string{`{action: DENY, rules: [{from: [{source: {namespaces: [k8s-system]}}]}]}`}, "", "192.168.122.2", 0, nobody, true},

	{"7-1. Test rules OR-ed allow, 1 rule matches, allow", []string{`{rules: [{when: [{key: destination.ip, values: [192.168.122.2]}]}, {from: [{source: {ipBlocks: [192.168.122.3]}}]}]}`}, "192.168.122.4", "192.168.122.2", 0, nobody, true},
	{"7-2. Test rules OR-ed allow, no rule matches, deny", []string{`{rules: [{when: [{key: destination.ip, values: [192.168.122.3]}]}, {from: [{source: {ipBlocks: [192.168.122.4]}}]}]}`}, "192.168.122.5", "192.168.122.2", 0, nobody, false},
	{"7-3. Test rules OR-ed deny, 1 rule matches, deny", []string{`{action: DENY, rules: [{when: [{key: destination.ip, notValues: [192.168.122.2]}]}, {from: [{source: {notIpBlocks: [192.168.122.3]}}]}]}`}, "192.168.122.4", "192.168.122.2", 0, nobody, false},
	{"7-4. Test rules OR-ed deny, no rule matches, allow", []string{`{action: DENY, rules: [{when: [{key: destination.ip, values: [192.168.122.3]}]}, {from: [{source: {ipBlocks: [192.168.122.4]}}]}]}`}, "192.168.122.5", "192.168.122.2", 0, nobody, true},

	{"8-1. Test clauses AND-ed allow, 1 clause mismatches, deny", []string{`{rules: [{from: [{source: {ipBlocks: [192.168.122.3]}}], when: [{key: destination.ip, notValues: [192.168.122.2]}]}]}`}, "192.168.122.4", "192.168.122.2", 0, nobody, false},
	{"8-2. Test clauses AND-ed allow, all clauses match, allow", []string{`{rules: [{from: [{source: {ipBlocks: [192.168.122.3]}}], when: [{key: destination.ip, values: [192.168.122.2]}]}]}`}, "192.168.122.3", "192.168.122.2", 0, nobody, true},
	{"8-3. Test clauses AND-ed deny, 1 clause mismatch, allow", []string{`{action: DENY, rules: [{from: [{source: {notIpBlocks: [192.168.122.3]}}], when: [{key: destination.ip, notValues: [192.168.122.2]}]}]}`}, "192.168.122.4", "192.168.122.2", 0, nobody, true},
	{"8-4. Test clauses AND-ed deny, all clauses match, deny", []string{`{action: DENY, rules: [{from: [{source: {ipBlocks: [192.168.122.3]}}], when: [{key: destination.ip, values: [192.168.122.2]}]}]}`}, "192.168.122.3", "192.168.122.2", 0, nobody, false},

	// An object cannot say that one of two destinations will do in two matches, so that
	// these are about sources: of 192.168.122.2, what the destination is there.
	{"9-1. Test matches OR-ed allow, 1 match matches, allow", []string{`{rules: [{from: [{source: {ipBlocks: [192.168.122.2]}}, {source: {ipBlocks: [192.168.122.3]}}]}]}`}, "192.168.122.2", "192.168.122.9", 0, nobody, true},
	{"9-2. Test matches OR-ed allow, no match matches, deny", []string{`{rules: [{from: [{source: {ipBlocks: [192.168.122.3]}}, {source: {ipBlocks: [192.168.122.4]}}]}]}`}, "192.168.122.2", "192.168.122.9", 0, nobody, false},
	{"9-3. Test matches OR-ed deny, 1 match matches, deny", []string{`{action: DENY, rules: [{from: [{source: {notIpBlocks: [192.168.122.2]}}, {source: {notIpBlocks: [192.168.122.3]}}]}]}`}, "192.168.122.2", "192.168.122.9", 0, nobody, false},
	{"9-4. Test matches OR-ed deny, no match matches, allow", []string{`{action: DENY, rules: [{from: [{source: {ipBlocks: [192.168.122.3]}}, {source: {ipBlocks: [192.168.122.4]}}]}]}`}, "192.168.122.2", "192.168.122.9", 0, nobody, true},
}

// connection is what the daemon has of one.
func connection(source, target string, port uint16, identity string) *Request {
	r := &Request{SourceIP: Absent[netip.Addr](), DestinationIP: Absent[netip.Addr](), DestinationPort: Known(port), Principal: Known(identity)}
	if source != "" {
		r.SourceIP = Known(netip.MustParseAddr(source))
	}
	if target != "" {
		r.DestinationIP = Known(netip.MustParseAddr(target))
	}
	if identity == nobody {
		r.Principal = Absent[string]()
	}
	return r
}

func (c *kmeshCase) verdict() Verdict {
	if c.pass {
		return Allowed
	}
	return Denied
}

func TestKmeshOwnCases(t *testing.T) {
	if len(rbacCases) != 33 {
		t.Errorf("%d cases", len(rbacCases))
	}
	for _, tt := range rbacCases {
		t.Run(tt.name, func(t *testing.T) {
			var ps []Policy
			for i, spec := range tt.policies {
				ps = append(ps, ap(t, []string{"foo/deny-sleep-to-kmesh", "foo/allow-sleep-to-kmesh"}[i], spec))
			}
			r := connection(tt.source, tt.target, tt.port, tt.identity)
			if got := decide(t, Kmesh, Mesh{}, httpbin, r, ps...); got.Verdict != tt.verdict() {
				t.Errorf("got %+v", got)
			}
			if got := kmeshDaemon(Mesh{}, httpbin, r, ps); got != tt.pass {
				t.Errorf("the transcription gives %v", got)
			}
		})
	}
}
