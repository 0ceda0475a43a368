package diagnose

import (
	"fmt"
	"slices"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// judged is what the destination's proxy does in one scenario.
type judged struct {
	s          scenario
	req        *authz.Request
	exp        authz.Explanation
	jwt        mesh.JWT
	stages     []Stage
	verdict    Verdict
	reason     Reason
	missing    []string
	refused    string // why the proxy answers before it asks any policy
	conditions []authz.Condition
	words      string // of the conditions
	ruling     Ruling // of a data plane that is not Istio's own
}

// judge asks the stages of the destination's proxy in their order.
func (w *walk) judge(s scenario) judged {
	j := judged{s: s, verdict: Allowed, exp: authz.Explanation{Decision: authz.Decision{Verdict: Allowed, Rule: -1}}}
	j.add(w, w.mtlsStage(s))
	switch {
	case s.conn.Outcome == mesh.Refused:
		return j
	case s.conn.Outcome == mesh.UndecidedOutcome && w.dst.presence.Plane != mesh.NoPlane:
		j.missing = append(j.missing, or(s.conn.Missing, "what becomes of the connection"))
	}
	if !w.enforced() {
		return j
	}
	if !s.http {
		j.req = w.request(s, mesh.JWT{})
		if p := PlatformOf(w.dst.presence.Plane); p != nil {
			j.judgeForeign(w, p)
			return j
		}
		j.exp = showableExplanation(w.program(s, allPolicies).Explain(j.req))
		j.addPolicies(w)
		return j
	}
	if why := w.refusedBefore(); why != "" {
		j.verdict, j.refused = both(j.verdict, Undetermined), why
		return j
	}
	j.judgeHTTP(w)
	return j
}

// judgeHTTP asks CUSTOM policies with the request as it arrives, then the JWT
// filter, then the others with what that made of it (the order of Istio's filters:
// pilot/pkg/networking/core/listener_builder.go).
func (j *judged) judgeHTTP(w *walk) {
	custom := authz.Explanation{Decision: authz.Decision{Verdict: Allowed, Rule: -1}}
	which := allPolicies
	if w.hasCustom() {
		which = otherPolicies
		req := w.request(j.s, mesh.JWT{Claims: authz.Absent[map[string]any]()})
		custom = showableExplanation(w.program(j.s, customPolicies).Explain(req))
	}
	j.jwt = w.authenticate()
	j.req = w.request(j.s, j.jwt)
	j.exp = showableExplanation(w.program(j.s, which).Explain(j.req))
	if custom.Verdict == Conditional && j.exp.Verdict == Conditional { // their conditions are to be found together
		j.exp = showableExplanation(w.program(j.s, allPolicies).Explain(j.req))
	} else {
		j.exp = inTurn(custom, j.exp)
	}
	if custom.Verdict == Denied {
		j.addPolicies(w)
		j.addJWT(w)
	} else {
		j.addJWT(w)
		j.addPolicies(w)
	}
	order := []StageName{StageMTLS, StageCustom, StageJWT, StageDeny, StageAllow}
	slices.SortStableFunc(j.stages, func(a, b Stage) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
}

// add appends a stage; the first that denies for certain is the reason.
func (j *judged) add(w *walk, st Stage) {
	j.stages = append(j.stages, st)
	if st.Verdict == Denied && j.verdict != Denied {
		j.reason = Reason{Hop: w.dst.String(), Stage: st.Name, Policy: st.Policy, Field: st.Field}
	}
	j.verdict = both(j.verdict, st.Verdict)
}

// enforced reports whether a proxy that enforces policies sees the traffic.
func (w *walk) enforced() bool {
	if w.idle() != "" || w.r.protocol == mesh.UDP {
		return false
	}
	switch w.dst.presence.Plane {
	case mesh.Gateway:
		return w.listener.TLSMode != autoPassthrough
	case mesh.Waypoint:
		return true
	case mesh.UnknownPlane, mesh.NoPlane:
		return false
	case mesh.Sidecar, mesh.Ambient:
	}
	captured, _ := w.captured()
	return captured
}

// Which policies a program holds: CUSTOM policies are asked apart where the JWT
// filter stands between them and the others.
const (
	allPolicies = iota
	customPolicies
	otherPolicies
)

func (w *walk) program(s scenario, which int) *authz.Program {
	return w.programOf(w.dialect(s), which)
}

func (w *walk) programOf(dialect authz.Dialect, which int) *authz.Program {
	proxy := w.workload()
	key := programKey{dialect, proxy.Namespace, mapWords(proxy.Labels), w.cfg.Revision, proxy.Waypoint, proxy.Service, which}
	return w.in.programs.get(key, func() *authz.Program {
		policies := w.in.authorizationPolicies(proxy.Labels, w.policyNamespaces()...)
		switch which {
		case customPolicies:
			policies = slices.DeleteFunc(policies, func(p authz.Policy) bool { return !isCustom(p) })
		case otherPolicies:
			policies = slices.DeleteFunc(policies, isCustom)
		}
		return authz.Compile(dialect, evaluatorMesh(w.cfg), proxy, policies)
	})
}

func isCustom(p authz.Policy) bool { return p.Action() == authz.ActionCustom }

// hasCustom reports whether a CUSTOM policy is in sight.
func (w *walk) hasCustom() bool {
	custom := cluster.Kept(w.in.snap, "custom", func(all []*securityv1.AuthorizationPolicy) map[string]bool {
		out := map[string]bool{}
		for _, p := range all {
			out[p.Namespace] = out[p.Namespace] || p.Spec.GetAction() == securityapi.AuthorizationPolicy_CUSTOM
		}
		return out
	})
	return slices.ContainsFunc(w.policyNamespaces(), func(ns string) bool { return custom[ns] })
}

// workload is the proxy that judges, as policies select it.
func (w *walk) workload() authz.Workload {
	proxy := authz.Workload{Namespace: w.dst.pod.Namespace, Labels: w.dst.pod.Labels}
	if w.dst.presence.Plane != mesh.Waypoint {
		return proxy
	}
	proxy.Waypoint = true
	if s := w.r.service; s != nil {
		proxy.Service = authz.Target{Kind: "Service", Namespace: s.Namespace, Name: s.Name}
	} else if e := w.r.entry; e != nil {
		proxy.Service = authz.Target{Kind: "ServiceEntry", Namespace: e.Namespace, Name: e.Name}
	}
	return proxy
}

// policyNamespaces are those whose policies may attach to the proxy that judges:
// its own, the root's, and at a waypoint that of the Service it stands before.
func (w *walk) policyNamespaces() []string {
	out := []string{w.dst.pod.Namespace, w.cfg.RootNamespace}
	if s := asService(w.r); w.dst.presence.Plane == mesh.Waypoint && s != nil {
		out = append(out, s.Namespace)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// programKey is what the compiled policies of a workload depend on.
type programKey struct {
	dialect                     authz.Dialect
	namespace, labels, revision string
	waypoint                    bool
	service                     authz.Target
	which                       int
}

// programs keeps what was compiled, so that it is once for each workload.
type programs map[programKey]*authz.Program

func (p programs) get(k programKey, compile func() *authz.Program) *authz.Program {
	if p[k] == nil {
		p[k] = compile()
	}
	return p[k]
}

func (w *walk) authenticate() mesh.JWT {
	proxy := mesh.Workload{Namespace: w.dst.pod.Namespace, Labels: w.dst.pod.Labels, Presence: w.dst.presence}
	if s := w.r.service; s != nil && w.dst.presence.Plane == mesh.Waypoint {
		proxy.Service = s.Namespace + "/" + s.Name
	}
	proxy.Now = w.in.q.Now
	proxy.ToPod, proxy.Method = w.r.service == nil, w.m.method
	jwt := proxy.Authenticate(w.cfg, w.in.requestAuthentications(w.policyNamespaces()...), w.m.token, w.m.path, w.m.headers)
	hidden := w.in.hidden(cluster.RequestAuthentications, w.policyNamespaces()...)
	if len(hidden) > 0 && w.m.token.State != mesh.NoToken {
		jwt.Claims = authz.UnseenBecause[map[string]any](hidden[0])
		if jwt.Outcome != mesh.Refused {
			jwt.Outcome, jwt.Missing = mesh.UndecidedOutcome, hidden[0]
		}
	} else if w.m.token.State == mesh.TokenOpen {
		jwt.Missing = "" // it is the question that leaves it open
	}
	return jwt
}

// addJWT adds the JWT stage where there is one.
func (j *judged) addJWT(w *walk) {
	jwt := j.jwt
	if !jwt.Applies && jwt.Outcome != mesh.Refused {
		if jwt.Missing != "" { // somebody hidden may look at the token
			j.verdict = both(j.verdict, Undetermined)
			j.missing = append(j.missing, jwt.Missing)
		}
		return
	}
	st := Stage{Name: StageJWT, Verdict: Allowed, Says: jwt.Why, Policy: firstOf(jwt.Policies)}
	switch {
	case jwt.Outcome == mesh.Refused:
		st.Verdict = Denied
	case jwt.Outcome == mesh.UndecidedOutcome && jwt.Missing != "":
		st.Verdict = Undetermined
		j.missing = append(j.missing, jwt.Missing)
	case jwt.Outcome == mesh.UndecidedOutcome:
		st.Verdict = Conditional
	}
	j.add(w, st)
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// addPolicies adds the stages of the AuthorizationPolicies.
func (j *judged) addPolicies(w *walk) {
	hidden := w.in.hidden(cluster.AuthorizationPolicies, w.policyNamespaces()...)
	own := j.exp.Verdict
	if len(hidden) > 0 && !certain(j.exp.Decision) {
		own = Undetermined
		j.missing = append(j.missing, hidden...)
	}
	j.missing = append(j.missing, j.exp.Missing...)
	for _, action := range []authz.Action{authz.ActionCustom, authz.ActionDeny, authz.ActionAllow} {
		if st, ok := policyStage(action, j.exp, own); ok {
			j.stages = append(j.stages, st)
		}
	}
	if own == Denied && j.verdict != Denied {
		j.reason = Reason{Hop: w.dst.String(), Stage: stageOf(j.exp.Stage), Policy: j.exp.Policy.String()}
		if j.exp.Rule >= 0 {
			rule := j.exp.Rule
			j.reason.Rule = &rule
		}
		j.reason.Field = decidingField(j.exp)
	}
	j.verdict = both(j.verdict, own)
	if own == Conditional {
		j.conditions, j.words = j.exp.Conditions, j.exp.Words()
	}
}

// certain reports whether no hidden policy can turn the decision: what a DENY or
// CUSTOM policy denies stays denied.
func certain(d authz.Decision) bool {
	return d.Verdict == Denied && (d.Stage == authz.ActionDeny || d.Stage == authz.ActionCustom)
}

func stageOf(a authz.Action) StageName {
	switch a {
	case authz.ActionCustom:
		return StageCustom
	case authz.ActionDeny:
		return StageDeny
	case authz.ActionAllow, authz.ActionAudit, authz.ActionUnknown:
	}
	return StageAllow
}

// policyStage is the stage of one action; DENY and ALLOW are always shown.
func policyStage(action authz.Action, exp authz.Explanation, own Verdict) (Stage, bool) {
	st := Stage{Name: stageOf(action), Verdict: Allowed}
	matching, open, dry := 0, 0, 0
	for _, p := range exp.Policies {
		if p.Action != action {
			continue
		}
		st.Policies = append(st.Policies, p)
		switch {
		case p.DryRun:
			dry++
		case p.Matches == authz.True:
			matching++
		case !p.Matches.Decided():
			open++
		}
	}
	n := len(st.Policies)
	if n == 0 && action == authz.ActionCustom {
		return st, false
	}
	if stageOf(exp.Stage) == st.Name && own != Allowed {
		st.Verdict = own
	}
	if action == authz.ActionAllow && st.Verdict == Denied {
		st.Near = exp.Near
	}
	st.Says = stageSays(st, n, matching, open, dry)
	return st, true
}

func stageSays(st Stage, n, matching, open, dry int) string {
	says := "no policy applies"
	switch {
	case n == 1:
		says = fmt.Sprintf("%d of 1 policies matches", matching)
	case n > 1:
		says = fmt.Sprintf("%d of %d policies match", matching, n)
	}
	if open > 0 {
		says += fmt.Sprintf(", %d may", open)
	}
	if dry > 0 {
		says += fmt.Sprintf(" (%d only logged: dry-run)", dry)
	}
	switch {
	case st.Verdict == Denied:
		says += " → denied"
	case st.Verdict == Undetermined:
		says += " → not known"
	case st.Verdict == Conditional:
		says += " → depends"
	case st.Name == StageAllow && n-dry > 0:
		says += " → allowed"
	case st.Name == StageAllow && n == 0:
		says += " → allowed"
	}
	return says
}

// decidingField is the field that carries the decision: what matched in the
// deciding rule, or what the nearest rule lacks.
func decidingField(e authz.Explanation) string {
	if e.Verdict == Denied && e.Stage == authz.ActionAllow && len(e.Near) > 0 && len(e.Near[0].Lacks) > 0 {
		return e.Near[0].Lacks[0].Field
	}
	for _, p := range e.Policies {
		if p.Policy != e.Policy {
			continue
		}
		i := slices.IndexFunc(p.Rules, func(r authz.RuleTrace) bool { return r.Index == e.Rule })
		if i < 0 {
			continue
		}
		for _, f := range p.Rules[i].Fields {
			if f.Matches == authz.True && f.Ignored == "" {
				return f.Field
			}
		}
		return fmt.Sprintf("spec.rules[%d]", e.Rule)
	}
	return ""
}
