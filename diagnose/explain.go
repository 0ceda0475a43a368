package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// explain finds the sentence that names the cause, what the client sees, and the
// findings, of what the destination's proxy decides.
func (w *walk) explain(j judged, hop *Hop) {
	switch {
	case j.verdict == Denied && j.reason.Stage == StageMTLS:
		w.explainRefusal(j, hop)
	case j.verdict == Denied && j.reason.Stage == StageJWT:
		w.cause = fmt.Sprintf("%s refuses the token with %d %q (%s).", w.dst.who(), j.jwt.Status, j.jwt.Text, or(w.refusedToken(j.jwt), j.jwt.Why))
		w.symptom = fmt.Sprintf("%d %q", j.jwt.Status, j.jwt.Text)
		w.find(findingJWT, hop, w.cause, j.reason.Policy, jwtHelp(j.jwt.Text)...)
	case j.verdict == Denied && j.ruling.Stage != nil && j.reason.Stage == j.ruling.Stage.Name:
		w.cause, w.symptom = j.ruling.Cause, j.ruling.Symptom
		w.tellOwner(j.reason.Policy)
		w.find(kindOf(j.ruling.Kind), hop, w.cause, j.reason.Policy)
	case j.verdict == Denied:
		w.explainPolicies(j, hop)
	case j.verdict == Allowed:
		w.cause = w.whyAllowed(j)
	case j.verdict == Conditional:
		w.cause = w.whyConditional(j)
	case j.refused != "":
		w.cause = "No policy decides: " + j.refused + "."
		w.find(findingRefused, hop, w.cause, "")
	}
	w.notEnforced(hop)
	w.warn(j, hop)
	w.disarmed(j)
	w.askPlatforms(j, hop)
}

// tellOwner names what a controller makes the deciding policy of: who edits the policy
// edits in vain.
func (w *walk) tellOwner(policy string) { w.cause += w.ownerWords(policy) }

func (w *walk) ownerWords(policy string) string {
	if o, ok := w.policyOwner(policy); ok && o.Made {
		return fmt.Sprintf(" %s makes that policy of %s.", upper(o.Manager), o)
	}
	return ""
}

// explainRefusal is a connection that fails before any policy is asked.
func (w *walk) explainRefusal(j judged, hop *Hop) {
	w.symptom = j.s.conn.Symptom
	switch {
	case j.s.client.Blocked == "" && w.dst.presence.Plane.Foreign() == nil && (j.s.server.Mode == mesh.Strict || j.s.server.StrictInFact) && j.s.client.TLS != mesh.MutualTLS:
		w.cause = fmt.Sprintf("%s, and %s accepts only mTLS%s: the connection is refused before any AuthorizationPolicy is asked.%s",
			w.noIdentity(), w.dst.who(), inParens(w.demand(j.s.server)), w.strayException(j.s.server))
		w.find(findingStrict, hop, w.cause, j.s.server.Policy, w.strictHelp()...)
	case w.dst.presence.Plane.Foreign() != nil:
		w.explainForeign(j, hop)
	default:
		w.cause = upper(or(w.unlike(j.s.conn.Why), "the two ends do not agree on TLS")) + ": the connection fails before any AuthorizationPolicy is asked."
		w.find(findingTLS, hop, w.cause, j.s.client.Rule, w.tlsHelp(j)...)
	}
}

// noIdentity words why the source shows none.
func (w *walk) noIdentity() string {
	p := w.src.presence
	switch {
	case w.nobody() != "":
		return w.nobody()
	case w.src.node:
		return w.probeWords() + " shows no identity"
	case w.src.pod == nil:
		return w.src.who() + " is outside the mesh, so it shows no identity"
	case p.Plane == mesh.NoPlane && p.Cause == mesh.CauseHostNetwork:
		return w.src.who() + " is on its node's network, so no proxy carries its traffic and it shows no identity"
	case p.Plane == mesh.NoPlane:
		is := map[string]string{"no sidecar": "has no sidecar", "not in the mesh": "is not in the mesh"}[without(w.dst)]
		return w.src.who() + " " + is + inParens(w.absence()) + ", so it calls in plaintext and shows no identity"
	case w.server.Mode == mesh.Disable && w.server.Policy != "":
		return fmt.Sprintf("PeerAuthentication %s (%s) is DISABLE, so %s calls in plaintext and shows no identity", w.server.Policy, w.server.Field, w.src.who())
	case w.client.Rule != "":
		return fmt.Sprintf("DestinationRule %s (%s) makes %s send %s, so it shows no identity", w.client.Rule, w.client.Field, w.src.who(), w.client.TLS)
	}
	return fmt.Sprintf("%s sends %s%s, so it shows no identity", w.src.who(), w.client.TLS, inParens(w.client.Why))
}

// explainPolicies is a denial by AuthorizationPolicies.
func (w *walk) explainPolicies(j judged, hop *Hop) {
	w.symptom = w.policySymptom(j)
	if j.exp.Stage != authz.ActionAllow {
		w.cause = w.whyMatched(j)
		if j.exp.Stage == authz.ActionCustom {
			w.find(findingProvider, hop, w.cause, j.reason.Policy)
			return
		}
		w.tellOwner(j.reason.Policy)
		w.explainDeny(j, hop)
		return
	}
	near := w.nearWords(j)
	if w.lacksIdentity(j) && w.nobody() != "" {
		w.cause = w.noIdentity() + "; " + near
		help := fmt.Sprintf("admit its address in rules[%d] of %s: ipBlocks in place of an identity", j.exp.Near[0].Rule, j.exp.Near[0].Policy)
		w.find(findingNoRule, hop, w.cause, nearestPolicy(j), help, "or admit it in an ALLOW policy of its own")
		return
	}
	if w.lacksIdentity(j) {
		w.cause = w.noIdentity() + "; " + near
		w.cause += w.strayPolicy(j)
		w.find(w.identityFinding(), &w.hops[0], w.cause, nearestPolicy(j), w.identityHelp(j)...)
		return
	}
	w.cause = upper(near)
	w.cause += w.addressPicked(j) + w.peerPicked(j) + w.foreignAlias(j) + w.rewriting(j) + w.pastWaypoint(j) + w.strayPolicy(j) + w.tokenless(j)
	w.tellOwner(nearestPolicy(j))
	if w.m.taken != "" && w.wantsToken(j) {
		w.cause = upper(w.m.taken) + "; " + near
		w.find(findingNoRA, hop, w.cause, nearestPolicy(j), "set forwardOriginalToken: true in that RequestAuthentication's rule, so that the token reaches "+w.dst.who())
		return
	}
	if w.lacksToken(j) {
		w.cause = w.noToken() + "; " + near
		w.find(findingNoRA, hop, w.cause, nearestPolicy(j), w.tokenHelp()...)
		return
	}
	if !j.s.http && w.httpFieldsDropped(j) {
		w.find(findingHTTPOnTCP, hop, w.cause, nearestPolicy(j), w.layerHelp()...)
		return
	}
	code := findingNoRule
	if len(j.exp.Near) == 0 {
		code = findingAllowNothing
	}
	w.find(code, hop, w.cause, nearestPolicy(j), w.amendHelp(j)...)
}

// explainDeny is a denial by a DENY policy: by one that matches because something is
// missing, what makes it missing comes first.
func (w *walk) explainDeny(j judged, hop *Hop) {
	matched := w.cause
	switch {
	case w.dst.presence.Plane.Foreign() != nil:
		w.find(findingDeny, hop, w.cause, j.reason.Policy)
	case w.deniedWithout(j, authz.FieldTrace.IsIdentity) && j.req.Principal.State() == authz.StateAbsent:
		w.cause = w.noIdentity() + "; " + lower(matched)
		w.find(w.identityFinding(), &w.hops[0], w.cause, j.reason.Policy, w.enterHelp()...)
	case j.s.http && w.deniedWithout(j, isToken) && !j.jwt.Applies && (w.m.token.State == mesh.HasClaims || w.m.token.State == mesh.Raw):
		w.cause = w.noToken() + "; " + matched
		w.find(findingNoRA, hop, w.cause, j.reason.Policy, w.tokenHelp()...)
	default:
		w.cause += w.tokenless(j)
		w.find(findingDeny, hop, w.cause, j.reason.Policy)
	}
}

// identityFinding is the kind of a source that shows no identity.
func (w *walk) identityFinding() findingKind {
	if w.src.presence.Plane == mesh.NoPlane || w.src.pod == nil {
		return findingNoSidecar
	}
	return findingPlaintext
}

// deniedWithout reports whether the deciding rule excludes what the request does not
// have at all.
func (w *walk) deniedWithout(j judged, about func(authz.FieldTrace) bool) bool {
	for _, f := range j.decidingFields() {
		if f.Not && about(f) && f.Matches == authz.True && (f.Got == "" || f.Got == "none") {
			return true
		}
	}
	return false
}

// noToken words that nobody looks at the request's token.
func (w *walk) noToken() string {
	if w.m.token.State == mesh.NoToken {
		return fmt.Sprintf("The request carries no token, and no RequestAuthentication applies to %s that would make a request principal or claims of one", w.dst.who())
	}
	return fmt.Sprintf("No RequestAuthentication applies to %s%s, so nobody looks at the token and it gives no request principal or claims",
		w.dst.who(), w.strayToken())
}

// isToken reports whether a field is about what only a token gives.
func isToken(f authz.FieldTrace) bool {
	return strings.HasSuffix(f.Field, "equestPrincipals") || strings.HasPrefix(f.Key, "request.auth.")
}

// lacksToken reports whether the nearest rule wants what only a token gives, and
// no RequestAuthentication looks at one.
func (w *walk) lacksToken(j judged) bool {
	return !j.jwt.Applies && w.wantsToken(j)
}

// wantsToken reports whether the nearest rule wants what only a token gives.
func (w *walk) wantsToken(j judged) bool {
	if !j.s.http || len(j.exp.Near) == 0 {
		return false
	}
	return slices.ContainsFunc(j.exp.Near[0].Lacks, func(f authz.FieldTrace) bool {
		return !f.Not && (strings.HasSuffix(f.Field, ".requestPrincipals") || strings.HasPrefix(f.Key, "request.auth."))
	})
}

// lacksIdentity reports whether the request shows no identity and the nearest
// rule wants one.
func (w *walk) lacksIdentity(j judged) bool {
	if j.req == nil || j.req.Principal.State() != authz.StateAbsent || len(j.exp.Near) == 0 {
		return false
	}
	return slices.ContainsFunc(j.exp.Near[0].Lacks, func(f authz.FieldTrace) bool { return f.IsIdentity() && !f.Not })
}

// httpFieldsDropped reports whether a rule is gone because the port is TCP.
func (w *walk) httpFieldsDropped(j judged) bool {
	for _, p := range j.exp.Policies {
		for _, r := range p.Rules {
			if r.Dropped != "" {
				return true
			}
		}
	}
	return false
}

// policySymptom is what the client sees of a denial by policy.
func (w *walk) policySymptom(j judged) string {
	switch {
	case w.dst.presence.Plane == mesh.Ambient:
		return "connection reset by peer"
	case j.ruling.Symptom != "":
		return j.ruling.Symptom
	case j.s.http && strings.HasPrefix(w.m.scheme, "grpc"):
		return "gRPC status 7 PermissionDenied: RBAC: access denied"
	case j.s.http && w.m.scheme == "" && w.grpcPort():
		return `403 "RBAC: access denied"; gRPC: status 7 PermissionDenied`
	case j.s.http:
		return `403 "RBAC: access denied"`
	case w.src.presence.Plane == mesh.Sidecar && w.m.speaksHTTP():
		return "503 (flag UC: upstream connection termination) from the client's own sidecar"
	}
	return "the connection is closed without an answer"
}

// whyMatched words a denial by a DENY or CUSTOM policy that matches.
func (w *walk) whyMatched(j judged) string {
	if j.exp.Stage == authz.ActionCustom {
		return fmt.Sprintf("CUSTOM policy %s asks an authorizer that %s cannot ask, so the request is denied: %s.", j.exp.Policy, w.dst.who(), w.customWords(j))
	}
	matched := matchedWords(j.exp)
	if ignored := ignoredFields(j.exp); matched == "" && len(ignored) > 0 {
		return fmt.Sprintf("%s is %s, where %s count for nothing: rules[%d] of DENY policy %s matches every connection.",
			upper("port "+strconv.Itoa(int(w.dst.port))), w.tcpWords(j), strings.Join(ignored, " and "), j.exp.Rule, j.exp.Policy)
	}
	if matched == "" {
		return fmt.Sprintf("DENY policy %s denies it: rules[%d] matches every request.", j.exp.Policy, j.exp.Rule)
	}
	return fmt.Sprintf("DENY policy %s denies it: rules[%d] matches %s.", j.exp.Policy, j.exp.Rule, matched)
}

func (w *walk) customWords(j judged) string {
	for _, p := range j.exp.Policies {
		if p.Policy == j.exp.Policy && len(p.Notes) > 0 {
			if _, exists := w.cfg.Providers[p.Provider]; !exists && w.cfg.Assumed == "" {
				return fmt.Sprintf("its provider %q is not among meshConfig.extensionProviders", p.Provider)
			}
			return p.Notes[0]
		}
	}
	return "its provider is not usable"
}

// matchedWords words what matched in the deciding rule: "principal X, path /get".
func matchedWords(e authz.Explanation) string {
	var words []string
	for _, p := range e.Policies {
		if p.Policy != e.Policy {
			continue
		}
		for _, r := range p.Rules {
			if r.Index != e.Rule {
				continue
			}
			for _, f := range r.Fields {
				if f.Matches == authz.True && f.Ignored == "" {
					words = append(words, fmt.Sprintf("%s (%s)", got(f), shortField(f.Field)))
				}
			}
		}
	}
	const shown = 3
	if len(words) > shown {
		words = append(words[:shown], "…")
	}
	return strings.Join(words, " and ")
}

// ignoredFields are the fields of the deciding rule that count for nothing.
func ignoredFields(e authz.Explanation) []string {
	var out []string
	for _, p := range e.Policies {
		for _, r := range p.Rules {
			for _, f := range r.Fields {
				if name := f.Field[strings.LastIndexByte(f.Field, '.')+1:]; p.Policy == e.Policy && r.Index == e.Rule && f.Ignored != "" && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func got(f authz.FieldTrace) string {
	name := fieldWord(f)
	if f.Got == "" || f.Got == "none" {
		return "no " + name
	}
	return name + " " + f.Got
}

// upper starts a sentence. Names of objects stay as they are.
func upper(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || strings.ContainsAny(first, "/.[") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
