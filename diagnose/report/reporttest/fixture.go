// Package reporttest has Diagnoses for the tests of every face of one, and the test
// that a face holds everything.
package reporttest

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

const (
	frontend = "cluster.local/ns/default/sa/frontend"
	sleep    = "cluster.local/ns/foo/sa/sleep"
)

// Ref names a policy of the example.
func Ref(name string) authz.Ref { return authz.Ref{Namespace: "default", Name: name} }

// Pod is an endpoint of the example.
func Pod(name string, ready bool) diagnose.Destination {
	return diagnose.Destination{Namespace: "default", Name: name, Address: "10.244.1.7", Port: 80, Ready: ready, Workload: "deploy/httpbin.default"}
}

// Asked is a Diagnosis of the example without an answer.
func Asked(v diagnose.Verdict, title, summary string) *diagnose.Diagnosis {
	return &diagnose.Diagnosis{
		APIVersion: diagnose.APIVersion,
		Kind:       diagnose.Kind,
		Spec: diagnose.Spec{
			Source: "sleep.foo", Target: "http://httpbin.default:8000/get", Namespace: "default",
			Request: diagnose.Request{Method: "GET", Path: "/get", Host: "httpbin.default:8000"},
		},
		Status: diagnose.Status{Verdict: v, Title: title, Summary: summary, Origin: "kind-lab, 2 namespaces"},
	}
}

// Answered gives d one answer that says what its status says.
func Answered(d *diagnose.Diagnosis, a diagnose.Answer) *diagnose.Diagnosis {
	a.Verdict, a.Summary, a.Symptom = d.Status.Verdict, d.Status.Summary, d.Status.Symptom
	d.Status.Answers = []diagnose.Answer{a}
	return d
}

func hops(source, destination diagnose.Hop) []diagnose.Hop {
	source.Role, source.Namespace, source.Name = diagnose.RoleSource, "foo", "sleep-7d9c"
	destination.Role, destination.Namespace, destination.Name = diagnose.RoleDestination, "default", "httpbin-5c8b"
	destination.DataPlane, destination.Says = "sidecar", "sidecar, port 8000 → 80, http"
	network := diagnose.Hop{
		Role: diagnose.RoleNetwork, Verdict: diagnose.Allowed, Says: "allows: none selects httpbin",
		Stages: []diagnose.Stage{{
			Name: diagnose.StageNetworkPolicy, Verdict: diagnose.Allowed, Says: "allows: none selects httpbin",
			NetworkPolicies: &netpol.Result{Verdict: netpol.Allowed, Direction: "Ingress", Why: "allows: none selects default/httpbin-5c8b for ingress"},
		}},
	}
	return []diagnose.Hop{source, network, destination}
}

func meshed() diagnose.Hop {
	return diagnose.Hop{DataPlane: "sidecar", Says: "sidecar, mTLS", Principal: sleep, Verdict: diagnose.Allowed}
}

func permissive() diagnose.Stage {
	return diagnose.Stage{Name: diagnose.StageMTLS, Verdict: diagnose.Allowed, Says: "PERMISSIVE (default)  accepts plaintext; peer principal: none"}
}

func denyNothing() diagnose.Stage {
	f := authz.FieldTrace{Field: "spec.rules[0].to[0].operation.paths", Wanted: []string{"/admin*"}, Got: "/get"}
	return diagnose.Stage{
		Name: diagnose.StageDeny, Verdict: diagnose.Allowed, Says: "0 of 1 policies matches",
		Policies: []authz.PolicyTrace{{
			Policy: Ref("deny-admin"), Action: authz.ActionDeny,
			Rules: []authz.RuleTrace{{Fields: []authz.FieldTrace{f}}},
		}},
	}
}

func principals(got string) authz.FieldTrace {
	return authz.FieldTrace{Field: "spec.rules[0].from[0].source.principals", Wanted: []string{frontend}, Got: got}
}

// allowing is an ALLOW stage with one policy of one rule.
func allowing(v diagnose.Verdict, says string, m authz.Truth, fields ...authz.FieldTrace) diagnose.Stage {
	return diagnose.Stage{
		Name: diagnose.StageAllow, Verdict: v, Says: says,
		Policies: []authz.PolicyTrace{{
			Policy: Ref("allow-frontend"), Action: authz.ActionAllow, Matches: m,
			Rules: []authz.RuleTrace{{Matches: m, Fields: fields}},
		}},
	}
}

// Denial is a denial with its cause: a source without a sidecar.
func Denial() *diagnose.Diagnosis {
	d := Asked(diagnose.Denied, "sleep.foo → httpbin.default:8000  GET /get",
		"foo/sleep has no sidecar, so it calls in plaintext and shows no identity; default/allow-frontend, the only ALLOW "+
			"policy on httpbin, admits nobody but "+frontend+".")
	d.Status.Symptom = "403 Forbidden, RBAC: access denied"
	d.Status.Findings = []diagnose.Finding{{
		Code: "AD0101", Severity: diagnose.SeverityError, Title: "The source has no sidecar",
		Message: "foo/sleep-7d9c has no istio-proxy container, so it cannot show an identity.",
		Objects: []string{"Pod foo/sleep-7d9c", "Namespace foo"}, Field: "metadata.labels",
		Help: []string{"inject a sidecar into foo/sleep and admit " + sleep, "admit namespace foo in default/allow-frontend"},
	}, {
		Code: "AD0801", Severity: diagnose.SeverityInfo, Title: "Plaintext is accepted",
		Message: "No PeerAuthentication asks for mTLS at default/httpbin-5c8b.",
	}}
	allow := allowing(diagnose.Denied, "0 of 1 policies matches → denied", authz.False, principals("none"))
	allow.Near = []authz.NearMiss{{Policy: Ref("allow-frontend"), Lacks: []authz.FieldTrace{principals("none")}}}
	rule := 0
	return Answered(d, diagnose.Answer{
		Sources: []string{"pod/sleep-7d9c.foo"}, Destinations: []diagnose.Destination{Pod("httpbin-5c8b", true)},
		Reason: diagnose.Reason{Hop: "default/httpbin-5c8b", Stage: diagnose.StageAllow, Rule: &rule, Field: "spec.rules[0]"},
		Hops: hops(
			diagnose.Hop{DataPlane: "none", Says: "sends plaintext: no sidecar (namespace foo lacks istio-injection=enabled)", Finding: "AD0101", Verdict: diagnose.Allowed},
			diagnose.Hop{Verdict: diagnose.Denied, Stages: []diagnose.Stage{permissive(), denyNothing(), allow}}),
	})
}

// Allowed is a request that a rule admits.
func Allowed() *diagnose.Diagnosis {
	d := Asked(diagnose.Allowed, "frontend.default → httpbin.default:8000  GET /get",
		"default/allow-frontend admits "+frontend+".")
	stage := allowing(diagnose.Allowed, "1 of 1 policies matches: default/allow-frontend", authz.True, principals(frontend))
	stage.Policies[0].Rules[0].Fields[0].Matches = authz.True
	return Answered(d, diagnose.Answer{
		Sources: []string{"pod/frontend-1.default", "pod/frontend-2.default"}, Destinations: []diagnose.Destination{Pod("httpbin-5c8b", true)},
		Hops: hops(meshed(), diagnose.Hop{Verdict: diagnose.Allowed, Principal: frontend, Stages: []diagnose.Stage{permissive(), denyNothing(), stage}}),
	})
}

// Conditional depends on a method and a header that the question leaves open.
func Conditional() *diagnose.Diagnosis {
	d := Asked(diagnose.Conditional, "sleep.foo → httpbin.default:8000", "It depends on the method and on the header x-team, which the question leaves open.")
	method := authz.FieldTrace{Field: "spec.rules[0].to[0].operation.methods", Wanted: []string{"GET", "HEAD"}, Got: "not given", Matches: authz.Open}
	team := authz.FieldTrace{Field: "spec.rules[0].when[0].values", Wanted: []string{"a"}, Not: true, Matches: authz.Open}
	stage := allowing(diagnose.Conditional, "0 of 1 policies matches for certain → depends", authz.Open, method, team)
	return Answered(d, diagnose.Answer{
		Sources: []string{"pod/sleep-7d9c.foo"}, Destinations: []diagnose.Destination{Pod("httpbin-5c8b", true)},
		Conditions: []authz.Condition{
			{Verdict: diagnose.Allowed, All: []authz.Atom{
				{Attribute: "method", OneOf: []string{"GET", "HEAD"}, Words: "method is one of GET, HEAD"},
				{Attribute: "header x-team", Not: true, OneOf: []string{"a"}},
			}},
			{Verdict: diagnose.Allowed, All: []authz.Atom{{Attribute: "path", OneOf: []string{"/healthz"}, Words: "path is /healthz"}}},
			{Verdict: diagnose.Denied, All: []authz.Atom{{Attribute: "method", OneOf: []string{"POST"}, Words: "method is POST"}}},
		},
		Hops: hops(meshed(), diagnose.Hop{Verdict: diagnose.Conditional, Principal: sleep, Stages: []diagnose.Stage{permissive(), stage}}),
	})
}

// Undetermined could not be determined: something was not read.
func Undetermined() *diagnose.Diagnosis {
	d := Asked(diagnose.Undetermined, "sleep.foo → httpbin.default:8000  GET /get", "The AuthorizationPolicies of namespace default could not be read.")
	d.Status.Missing = []string{"authorizationpolicies in namespace default", "whether the ext-authz provider opa answers OK"}
	d.Status.Unread = []cluster.Unread{
		{
			Resource: "authorizationpolicies", Group: "security.istio.io", Namespace: "default", Reason: cluster.Forbidden,
			Message: `User "sleepless" cannot list resource "authorizationpolicies" in API group "security.istio.io" in the namespace "default"`,
		},
		{Resource: "configmaps", Namespace: "istio-system", Name: "istio", Reason: cluster.TimedOut, Message: "no answer within 10s"},
	}
	d.Status.Notes = []string{"kubectl auth can-i list authorizationpolicies.security.istio.io -n default tells what you may read."}
	seen := authz.FieldTrace{Field: "spec.rules[0].from[0].source.namespaces", Wanted: []string{"foo"}, Matches: authz.Unseen}
	custom := allowing(diagnose.Undetermined, "the answer of opa is not known", authz.Unseen, seen)
	custom.Name, custom.Policies[0].Action, custom.Policies[0].Provider = diagnose.StageCustom, authz.ActionCustom, "opa"
	return Answered(d, diagnose.Answer{
		Sources: []string{"pod/sleep-7d9c.foo"}, Missing: d.Status.Missing,
		Hops: hops(meshed(), diagnose.Hop{Principal: sleep, Notes: []string{"port 8000 has no name: the protocol is detected"}, Stages: []diagnose.Stage{
			permissive(), custom,
			{Name: diagnose.StageAllow, Says: "not read", Notes: []string{"forbidden in namespace default"}},
		}}),
	})
}

// Differing is two answers for the endpoints of one Service.
func Differing() *diagnose.Diagnosis {
	d := Denial()
	d.Status.Summary = "2 of 3 endpoints of httpbin deny: the policy selects version v2 only."
	d.Status.Symptom = ""
	deny := d.Status.Answers[0]
	deny.Summary = "default/allow-frontend selects them and admits nobody but " + frontend + "."
	deny.Destinations = []diagnose.Destination{Pod("httpbin-v2-5c8b", true), Pod("httpbin-v2-9f0a", false)}
	deny.Missing = []string{"nothing"}
	allow := diagnose.Answer{
		Verdict: diagnose.Allowed, Summary: "No ALLOW policy selects it, so it is open.", Sources: deny.Sources,
		Destinations: []diagnose.Destination{Pod("httpbin-v1-77aa", true)},
		Hops:         hops(meshed(), diagnose.Hop{Verdict: diagnose.Allowed, Stages: []diagnose.Stage{permissive()}}),
	}
	d.Status.Answers = []diagnose.Answer{deny, allow}
	return d
}

// Crowded is a denial with twelve near misses, the first of two fields.
func Crowded() *diagnose.Diagnosis {
	d := Denial()
	h := d.Status.Answers[0].Hops
	st := &h[2].Stages[2]
	st.Near, st.Policies = nil, nil
	for i := range 12 {
		f := principals("none")
		f.Field = fmt.Sprintf("spec.rules[%d].from[0].source.principals", i)
		n := authz.NearMiss{Policy: Ref("allow-" + string(rune('a'+i))), Rule: i, Lacks: []authz.FieldTrace{f}}
		if i == 0 {
			n.Lacks[0].Wanted = []string{"spiffe://" + frontend}
			n.Lacks[0].Slip = "a principal is written without spiffe://"
			n.Lacks = append(n.Lacks, authz.FieldTrace{Field: "spec.rules[0].to[0].operation.methods", Wanted: []string{"POST", "PUT", "PATCH", "DELETE", "HEAD"}, Got: "GET"})
		}
		st.Near = append(st.Near, n)
		st.Policies = append(st.Policies, authz.PolicyTrace{
			Policy: n.Policy, Action: authz.ActionAllow, Rules: []authz.RuleTrace{{Index: i, Fields: n.Lacks}},
		})
	}
	return d
}

// Hostile has, in every place that the cluster fills, what should not reach a
// terminal.
func Hostile() *diagnose.Diagnosis {
	const evil = "a\x1b[2J\x1b]0;owned\x07b\r\n\u009b31m\u202etxt.exe\u2066\u200b\ufeff\x00\xff\U000e0041"
	d := Denial()
	s := &d.Status
	s.Title, s.Summary, s.Symptom = s.Title+evil, evil+" "+s.Summary, evil
	s.Notes, s.Missing, s.Origin = []string{evil}, []string{evil}, evil
	s.Unread = []cluster.Unread{{Resource: evil, Group: evil, Namespace: evil, Name: evil, Reason: evil, Message: evil}}
	s.Findings[0] = diagnose.Finding{Code: evil, Severity: evil, Title: evil, Message: evil, Objects: []string{evil}, Field: evil, Help: []string{evil}}
	d.Spec.Request.Headers = map[string][]string{evil: {evil, "  spaces  "}}
	d.Spec.Request.Claims = map[string]any{evil: evil}
	a := &s.Answers[0]
	a.Sources = []string{evil, "日本語/ポッド"}
	a.Conditions = []authz.Condition{{Verdict: diagnose.Allowed, All: []authz.Atom{{Attribute: evil, OneOf: []string{evil}, Words: evil}}}}
	a.Hops[0].Namespace, a.Hops[0].Name, a.Hops[0].Says, a.Hops[0].Finding = evil, evil, evil, evil
	a.Hops[1].Name = "日本語の網"
	a.Hops[2].Notes = []string{evil}
	st := &a.Hops[2].Stages[2]
	st.Near[0].Lacks[0] = authz.FieldTrace{Field: evil, Wanted: []string{evil, " GET "}, Got: evil, Slip: evil, Ignored: evil}
	st.Policies[0].Policy, st.Policies[0].Notes = authz.Ref{Namespace: evil, Name: evil}, []string{evil}
	st.Policy, st.Field = evil, evil
	return d
}

// Cases are the Diagnoses, each made anew.
var Cases = []struct {
	Name string
	Make func() *diagnose.Diagnosis
}{
	{"denied", Denial},
	{"allowed", Allowed},
	{"conditional", Conditional},
	{"undetermined", Undetermined},
	{"differing", Differing},
	{"crowded", Crowded},
	{"hostile", Hostile},
}
