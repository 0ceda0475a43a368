package authz

import (
	"fmt"
	"strings"
	"testing"
)

// selected is a policy on httpbin that istiod attaches by name.
func selected(t *testing.T, name, spec string) Policy {
	t.Helper()
	return ap(t, "default/"+name, "{selector: {matchLabels: {app: httpbin}}, "+spec+"}")
}

// TestOffloadDivergences has what Kmesh's XDP program decides otherwise than user
// space; the numbers are those of docs/kmesh.md. X13 is not about the connection that
// is judged.
func TestOffloadDivergences(t *testing.T) {
	const asks = `DENY, rules: [{from: [{source: {principals: ["*/ns/default/sa/web"]}}]}]`
	tests := []struct {
		name         string
		policies     []string // of the names a, b, c, …
		source       string
		user, behind Verdict
		why          string
	}{
		{"X1 principals alone match in DENY", []string{"action: " + asks}, "10.244.1.46", Allowed, Denied, "does not look at principals"},
		{"X1 and in ALLOW user space decides", []string{source(`principals: ["*/ns/default/sa/web"]`)}, "10.244.1.46", Denied, Denied, ""},
		{"X2 DENY by namespace drops all", []string{"action: DENY, " + source("namespaces: [legacy]")}, "10.244.1.46", Allowed, Denied, "does not look at namespaces"},
		{"X2 with a port only that port", []string{`action: DENY, rules: [{from: [{source: {namespaces: [legacy]}}], to: [{operation: {ports: ["90"]}}]}]`}, "10.244.1.46", Allowed, Allowed, ""},
		{"X3 DENY of all without principal", []string{`action: DENY, ` + source(`notPrincipals: ["*"]`)}, "10.244.1.46", Denied, Denied, ""},
		{"X4 DENY by method", []string{"action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]"}, "10.244.1.46", Allowed, Denied, "nothing is left"},
		{"X4 DENY by account", []string{"action: DENY, " + source("serviceAccounts: [legacy/x]")}, "10.244.1.46", Allowed, Denied, "nothing is left"},
		{"X5 ALLOW by notIpBlocks", []string{source("notIpBlocks: [10.244.2.0/24]")}, "10.244.1.46", Allowed, Denied, "notIpBlocks for no match"},
		{"X5 DENY by notIpBlocks", []string{"action: DENY, " + source("notIpBlocks: [10.244.2.0/24]")}, "10.244.1.46", Denied, Denied, ""},
		{"X6 the second block", []string{source("ipBlocks: [10.244.2.0/24, 10.244.1.46]")}, "10.244.1.46", Allowed, Denied, "of ipBlocks the program reads only the first"},
		{"X6 the first block", []string{source("ipBlocks: [10.244.1.46, 10.244.2.0/24]")}, "10.244.1.46", Allowed, Allowed, ""},
		{"X7 the second rule", []string{"rules: [{from: [{source: {ipBlocks: [10.244.2.0/24]}}]}, {from: [{source: {ipBlocks: [10.244.1.46]}}]}]"}, "10.244.1.46", Allowed, Denied, "reads only the first"},
		{"X8 the fourth entry", []string{"rules: [{from: [{source: {ipBlocks: [10.0.0.1]}}, {source: {ipBlocks: [10.0.0.2]}}, {source: {ipBlocks: [10.0.0.3]}}, {source: {ipBlocks: [10.244.1.46]}}]}]"}, "10.244.1.46", Allowed, Allowed, ""},
		{"X8 the fifth port", []string{`rules: [{to: [{operation: {ports: ["1", "2", "3", "4", "80"]}}]}]`}, "10.244.1.46", Allowed, Denied, "of ports the program reads only the first 4"},
		{"X8 the fourth port", []string{`rules: [{to: [{operation: {ports: ["1", "2", "3", "80"]}}]}]`}, "10.244.1.46", Allowed, Allowed, ""},
		{"X9 all addresses", []string{source("ipBlocks: [0.0.0.0/0]")}, "10.244.1.46", Allowed, Allowed, ""},
		{"X10 ALLOW without rules", []string{"action: ALLOW", "action: " + asks}, "10.244.1.46", Denied, Denied, ""},
		{"X11 IPv6 in ALLOW", []string{source(`ipBlocks: ["fd00::/8"]`)}, "fd00::1", Allowed, Denied, "reads blocks of IPv6 wrong"},
		{"X11 IPv6 in DENY", []string{"action: DENY, " + source(`ipBlocks: ["fd00::/8"]`)}, "fd00::1", Denied, Denied, ""},
		{"X12 ALLOW before DENY", []string{source("ipBlocks: [10.244.1.46]"), "action: DENY, " + source("ipBlocks: [10.244.1.46]")}, "10.244.1.46", Denied, Denied, ""},
		{"X12 ALLOW before a DENY that matches too much", []string{source("ipBlocks: [10.244.1.46]"), "action: " + asks}, "10.244.1.46", Allowed, Allowed, ""},
		{"X12 two ALLOW", []string{source("ipBlocks: [10.0.0.1]"), source("ipBlocks: [10.244.1.46]")}, "10.244.1.46", Allowed, Allowed, ""},
		{"X12 ALLOW missed, then DENY missed", []string{source("notIpBlocks: [10.0.0.1]"), "action: DENY, " + source("ipBlocks: [10.0.0.1]")}, "10.244.1.46", Allowed, Undetermined, ""},
		{"handed over where an identity is asked for", []string{source("namespaces: [default], ipBlocks: [10.0.0.1, 10.244.1.46]")}, "10.244.1.46", Allowed, Allowed, ""},
		{"the fifth policy", []string{source("ipBlocks: [10.0.0.1]"), source("ipBlocks: [10.0.0.2]"), source("ipBlocks: [10.0.0.3]"), source("ipBlocks: [10.0.0.4]"), source("ipBlocks: [10.244.1.46]")}, "10.244.1.46", Allowed, Denied, "only the first 4"},
		{"a rule without clauses", []string{"action: DENY, rules: [{}]"}, "10.244.1.46", Denied, Denied, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ps []Policy
			for i, spec := range tt.policies {
				ps = append(ps, selected(t, string(rune('a'+i)), spec))
			}
			w := Workload{Namespace: "default", Labels: map[string]string{"app": "httpbin"}}
			r := connection(tt.source, kmTarget, 80, kmSleep)
			if got := kmesh(t, Kmesh, kmSleep, tt.source, 80, ps...); got.Verdict != tt.user {
				t.Errorf("user space: %+v", got)
			}
			e := Compile(KmeshXDP, Mesh{}, w, ps).Explain(r)
			if e.Verdict != tt.behind || !strings.Contains(e.Offload.Words, tt.why) || tt.user == Allowed && (e.Offload.Drops == True) != (tt.why != "") {
				t.Errorf("behind XDP: %+v, %+v, %q", e.Decision, e.Offload, e.Missing)
			}
			want := xdpDrop
			if tt.behind == Allowed {
				want = xdpPass
			}
			if got := kmeshProgram(Mesh{}, w, r, ps); got != want && tt.user == Allowed && tt.behind != Undetermined {
				t.Errorf("the transcription gives %v", got)
			}
		})
	}
}

// TestOffloadSelects: the program knows only policies that select the workload.
func TestOffloadSelects(t *testing.T) {
	wide := ap(t, "default/wide", "{"+source("namespaces: [default]")+"}")
	if got := kmesh(t, KmeshXDP, kmSleep, "10.244.1.46", 80, wide); got.Verdict != Allowed {
		t.Errorf("a policy of the namespace: %+v", got)
	}
	narrow := selected(t, "narrow", source("ipBlocks: [10.0.0.1]"))
	if got := kmesh(t, Kmesh, kmSleep, "10.244.1.46", 80, wide, narrow); got.Verdict != Allowed {
		t.Errorf("user space: %+v", got)
	}
	w := Workload{Namespace: "default", Labels: map[string]string{"app": "httpbin"}}
	e := Compile(KmeshXDP, Mesh{}, w, []Policy{wide, narrow}).Explain(connection("10.244.1.46", kmTarget, 80, kmSleep))
	if e.Verdict != Denied || e.Policy.Name != "narrow" || !strings.Contains(e.Offload.Words, "one for a whole namespace") {
		t.Errorf("both: %+v, %+v", e.Decision, e.Offload)
	}
}

// TestOffloadKey (X14): a policy whose number has a byte that is zero is not found, and
// those after it are not asked.
func TestOffloadKey(t *testing.T) {
	name := ""
	for i := 0; name == ""; i++ {
		if n := fmt.Sprint("a", i); hidden("default/" + n) {
			name = n
		}
	}
	deny := "action: DENY, " + source("namespaces: [legacy]")
	if got := kmesh(t, KmeshXDP, kmSleep, "10.244.1.46", 80, selected(t, name, deny)); got.Verdict != Allowed {
		t.Errorf("hidden: %+v", got)
	}
	if got := kmesh(t, KmeshXDP, kmSleep, "10.244.1.46", 80, selected(t, name, source("ipBlocks: [10.244.1.46]")), selected(t, "z", deny)); got.Verdict != Allowed {
		t.Errorf("after it: %+v", got)
	}
	if got := kmesh(t, KmeshXDP, kmSleep, "10.244.1.46", 80, selected(t, "z", deny)); got.Verdict != Denied {
		t.Errorf("not hidden: %+v", got)
	}
}

// TestOffloadOwnCases are those of kmesh-net/kmesh, test/bpf_ut/xdp_authz_offload_test.c
// and bpftest/workload_test.go ("3_deny_policy_matched", "4_allow_policy_matched"), and
// the three samples of its page docs/transpot-layer/xdp-auth.md.
func TestOffloadOwnCases(t *testing.T) {
	tests := []struct {
		name, spec, source string
		port               uint16
		want               Verdict
	}{
		{"3_deny_policy_matched", `action: DENY, rules: [{to: [{operation: {ports: ["80"]}}]}]`, "10.0.0.15", 80, Denied},
		{"4_allow_policy_matched", `rules: [{to: [{operation: {ports: ["80"]}}]}]`, "10.0.0.15", 80, Allowed},
		{"deny-dstport", `action: DENY, rules: [{to: [{operation: {ports: ["8080"]}}]}]`, "10.244.1.36", 8080, Denied},
		{"deny-srcip", "action: DENY, " + source("ipBlocks: [10.244.1.36]"), "10.244.1.36", 8080, Denied},
		{"deny-dstip", "action: DENY, rules: [{when: [{key: destination.ip, values: [" + kmTarget + "]}]}]", "10.244.1.36", 8080, Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := selected(t, "p", tt.spec)
			if got := kmesh(t, KmeshXDP, kmSleep, tt.source, tt.port, p); got.Verdict != tt.want {
				t.Errorf("got %+v", got)
			}
			if got := kmeshProgram(Mesh{}, Workload{Namespace: "default", Labels: map[string]string{"app": "httpbin"}}, connection(tt.source, kmTarget, tt.port, kmSleep), []Policy{p}); (got == xdpDrop) != (tt.want == Denied) {
				t.Errorf("the transcription gives %v", got)
			}
		})
	}
}
