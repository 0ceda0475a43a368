package report

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

func TestWhose(t *testing.T) {
	answer := func(v diagnose.Verdict, sources string, ends ...string) diagnose.Answer {
		a := diagnose.Answer{Verdict: v, Sources: strings.Fields(sources)}
		for _, e := range ends {
			a.Destinations = append(a.Destinations, pod(e, true))
		}
		return a
	}
	outside := diagnose.Answer{Verdict: diagnose.Denied, Sources: []string{"a"}, Destinations: []diagnose.Destination{{Address: "2001:db8::1", Port: 443}}}
	for _, c := range []struct {
		name string
		all  []diagnose.Answer
		want []string
	}{
		{
			"endpoints",
			[]diagnose.Answer{answer(diagnose.Denied, "a", "x", "y"), answer(diagnose.Allowed, "a", "z")},
			[]string{"2 of 3 endpoints deny: default/x, default/y", "1 of 3 endpoints allows: default/z"},
		},
		{
			"endpoints, uncertain",
			[]diagnose.Answer{answer(diagnose.Conditional, "a", "x"), answer(diagnose.Undetermined, "a", "y", "z")},
			[]string{"1 of 3 endpoints depends on the request: default/x", "2 of 3 endpoints are undetermined: default/y, default/z"},
		},
		{
			"endpoints, other way round",
			[]diagnose.Answer{answer(diagnose.Denied, "a", "x"), answer(diagnose.Allowed, "a", "y", "z")},
			[]string{"1 of 3 endpoints denies: default/x", "2 of 3 endpoints allow: default/y, default/z"},
		},
		{
			"sources",
			[]diagnose.Answer{answer(diagnose.Denied, "a b", "x"), answer(diagnose.Allowed, "c", "x")},
			[]string{"2 of 3 sources are denied: a, b", "1 of 3 sources is allowed: c"},
		},
		{
			"both",
			[]diagnose.Answer{answer(diagnose.Denied, "a", "x"), answer(diagnose.Conditional, "b c", "y")},
			[]string{"1 of 3 sources is denied at 1 of 2 endpoints: a → default/x", "2 of 3 sources depend on the request at 1 of 2 endpoints: b, c → default/y"},
		},
		{
			"no endpoint",
			[]diagnose.Answer{answer(diagnose.Denied, "a"), answer(diagnose.Undetermined, "b")},
			[]string{"1 of 2 sources is denied: a", "1 of 2 sources is undetermined: b"},
		},
		{
			"many",
			[]diagnose.Answer{answer(diagnose.Denied, "a", "1", "2", "3", "4", "5"), outside},
			[]string{"5 of 6 endpoints deny: default/1, default/2, default/3 and 2 more", "1 of 6 endpoints denies: [2001:db8::1]:443"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, a := range c.all {
				got = append(got, whose(a, c.all, 3))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFieldWords(t *testing.T) {
	type words struct{ Wanted, Got string }
	for _, c := range []struct {
		name string
		f    authz.FieldTrace
		want words
	}{
		{"one", authz.FieldTrace{Wanted: []string{"a"}, Got: "b"}, words{"a", "b"}},
		{"nothing", authz.FieldTrace{}, words{"nothing", "none"}},
		{"not one", authz.FieldTrace{Wanted: []string{"a"}, Not: true}, words{"not a", "none"}},
		{"not many", authz.FieldTrace{Wanted: []string{"a", "b"}, Not: true}, words{"none of a, b", "none"}},
		{"open", authz.FieldTrace{Wanted: []string{"a"}, Matches: authz.Open}, words{"a", "not given"}},
		{"unseen", authz.FieldTrace{Wanted: []string{"a"}, Matches: authz.Unseen}, words{"a", "not seen"}},
		{"bounds", authz.FieldTrace{Wanted: []string{" a", "", "b, c"}, Got: "d "}, words{`" a", "", "b, c"`, `"d "`}},
		{"many", authz.FieldTrace{Wanted: []string{"a", "b", "c", "d", "e"}}, words{"a, b, c and 2 more", "none"}},
	} {
		got := words{wanted(c.f, 3), got(c.f)}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// short tells the reasons of one stage on a page of 100 columns.
func short(st diagnose.Stage) string {
	t := &text{page: newPage(TextOptions{})}
	t.stage(4, 8, st, diagnose.Hop{})
	return t.out.String()
}

func TestStageReasons(t *testing.T) {
	deny := diagnose.Stage{Name: diagnose.StageDeny, Verdict: diagnose.Denied, Says: "1 of 2 policies matches", Policies: []authz.PolicyTrace{
		{Policy: ref("dry"), DryRun: true, Matches: authz.True, Rules: []authz.RuleTrace{{Matches: authz.True}}},
		{Policy: ref("all"), Matches: authz.True, Rules: []authz.RuleTrace{{Index: 2, Matches: authz.True}, {Index: 3}}},
		{Policy: ref("admin"), Matches: authz.True, Rules: []authz.RuleTrace{{Matches: authz.True, Fields: []authz.FieldTrace{
			{Field: "spec.rules[0].from[0].source.namespaces", Wanted: []string{"bar"}, Got: "foo"},
			{Field: "spec.rules[0].to[0].operation.paths", Wanted: []string{"/admin*"}, Got: "/admin", Matches: authz.True, Ignored: "not on TCP"},
		}}}},
	}}
	allow := diagnose.Stage{Name: diagnose.StageAllow, Verdict: diagnose.Denied, Says: "denied", Policies: []authz.PolicyTrace{
		{Policy: ref("nothing")},
		{Policy: ref("trial"), DryRun: true, Matches: authz.True},
		{Policy: ref("http"), Rules: []authz.RuleTrace{{Dropped: "methods on a TCP port"}}},
		{Policy: ref("off"), DryRun: true},
	}, Near: []authz.NearMiss{{Policy: ref("odd"), Rule: 1}}}
	mtls := diagnose.Stage{Name: diagnose.StageMTLS, Verdict: diagnose.Denied, Says: "STRICT", Policy: "istio-system/default", Field: "spec.mtls.mode"}
	custom := diagnose.Stage{Name: diagnose.StageCustom, Says: "not known", Policies: []authz.PolicyTrace{
		{Policy: ref("ext"), Provider: "opa", Matches: authz.True, Rules: []authz.RuleTrace{{Matches: authz.True}}},
	}}
	network := diagnose.Stage{Name: diagnose.StageNetworkPolicy, Verdict: diagnose.Denied, Says: "none admits it", NetworkPolicies: &netpol.Result{
		Near: []netpol.Lack{{Policy: "default/web", Field: "spec.ingress[0].from[0].podSelector", Wanted: "app=web", Got: "app=sleep"}},
	}}
	for _, c := range []struct {
		name string
		st   diagnose.Stage
		want string
	}{
		{"deny", deny, `  × DENY    1 of 2 policies matches
      default/all    spec.rules[2]                        matches every request
      default/admin  spec.rules[0].to[0].operation.paths  wanted /admin*  got /admin
        ignored: not on TCP
`},
		{"allow", allow, `  × ALLOW   denied
      default/odd      spec.rules[1]  does not match
      default/nothing                 has no rules: admits nobody
      default/trial                   dry run: would match, is not enforced
      default/http     spec.rules[0]  dropped: methods on a TCP port
`},
		{"mTLS", mtls, "  × mTLS    STRICT\n      istio-system/default  spec.mtls.mode\n"},
		{"CUSTOM", custom, `  ? CUSTOM  not known
      default/ext  spec.rules[0]  matches every request
        asks the external authorizer opa
`},
		{"network", network, `  × NetworkPolicy
            none admits it
      default/web  spec.ingress[0].from[0].podSelector  wanted app=web  got app=sleep
`},
	} {
		if diff := cmp.Diff(c.want, short(c.st)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestConditionWords(t *testing.T) {
	for want, c := range map[string]authz.Condition{
		"whatever else the request holds": {},
		"path is /a and method is not one of GET, PUT": {All: []authz.Atom{
			{Attribute: "path", OneOf: []string{"/a"}}, {Attribute: "method", Not: true, OneOf: []string{"GET", "PUT"}},
		}},
		"header x is present":       {All: []authz.Atom{{Attribute: "header x"}}},
		"a token (claim a is \"\")": {All: []authz.Atom{{Attribute: "claim a", OneOf: []string{""}, Words: "a token"}}},
	} {
		if got := allOf(c, true); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNames(t *testing.T) {
	if got := hopName(diagnose.Hop{Role: diagnose.RoleSource}); got != "source" {
		t.Errorf("a source without a name is %q", got)
	}
	if got := letter(25) + letter(26); got != "z27" {
		t.Errorf("alternatives 26 and 27 are %q", got)
	}
	if got := part(1, 1, "source"); got != "1 of 1 source" {
		t.Errorf("one of one is %q", got)
	}
	if got := endpointWords(pod("x", false)); got != "default/x  10.244.1.7:80  not ready, of deploy/httpbin.default" {
		t.Errorf("an endpoint is %q", got)
	}
	if got := claim(math.Inf(1)); got != "+Inf" {
		t.Errorf("a claim without a JSON form is %q", got)
	}
	if got := endpointWords(diagnose.Destination{Address: "10.0.0.1", Workload: "v1"}); got != "10.0.0.1, of v1" {
		t.Errorf("an address is %q", got)
	}
}

func TestUnreadNarrow(t *testing.T) {
	p := &text{page: newPage(TextOptions{Width: 50})}
	p.unread([]cluster.Unread{
		{Resource: "authorizationpolicies", Group: "security.istio.io", Namespace: "default", Reason: cluster.Forbidden, Message: "no"},
		{Resource: "pods", Reason: cluster.TimedOut},
	})
	want := `
  Could not be read
    RESOURCE    authorizationpolicies.security.istio.io
    NAMESPACE   default
    REASON      Forbidden
    MESSAGE     no

    RESOURCE    pods
    REASON      TimedOut
`
	if diff := cmp.Diff(want, p.out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestObject(t *testing.T) {
	d := denial()
	d.Spec.Request.Token = "secret"
	d.Spec.Request.Claims = map[string]any{"n": 1, "f": 1.5}
	o, err := Object(d)
	if err != nil {
		t.Fatal(err)
	}
	if o.GetAPIVersion() != diagnose.APIVersion || o.GetKind() != diagnose.Kind {
		t.Errorf("got %s %s", o.GetAPIVersion(), o.GetKind())
	}
	status := o.Object["status"].(map[string]any)
	reason := status["answers"].([]any)[0].(map[string]any)["reason"]
	want := map[string]any{"hop": "default/httpbin-5c8b", "stage": "ALLOW", "rule": int64(0), "field": "spec.rules[0]"}
	if diff := cmp.Diff(want, reason); diff != "" {
		t.Errorf("reason (-want +got):\n%s", diff)
	}
	request := o.Object["spec"].(map[string]any)["request"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"n": int64(1), "f": 1.5}, request["claims"]); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if _, ok := request["token"]; ok {
		t.Error("the token is shown")
	}
	if d.Status.Answers[0].Conditions != nil {
		t.Error("the diagnosis itself was changed")
	}
	d.Spec.Request.Claims = map[string]any{"bad": func() {}}
	if _, err := Object(d); err == nil {
		t.Error("a claim without a JSON form gives no error")
	}
}
