package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// nearestPolicy names the policy of the nearest rule; empty if there is none.
func nearestPolicy(j judged) string {
	if len(j.exp.Near) == 0 {
		return ""
	}
	return j.exp.Near[0].Policy.String()
}

// identityHelp says how the source would get an identity that can be admitted.
func (w *walk) identityHelp(j judged) []string {
	rule := fmt.Sprintf("rules[%d] of %s", j.exp.Near[0].Rule, j.exp.Near[0].Policy)
	p := w.src.presence
	switch {
	case w.src.node && !w.isProbe():
		return []string{"admit the path and port without an identity in " + rule + ": a process of the node has none"}
	case w.src.node:
		return []string{w.probeHelp(), "or admit the probe's path and port without an identity in " + rule}
	case w.src.pod == nil:
		return []string{
			"let " + w.src.who() + " come through a gateway of the mesh and admit the gateway's principal in " + rule,
			"or admit it by its address in an ALLOW policy with ipBlocks, if the proxy sees that address and not a load balancer's",
		}
	case p.Cause == mesh.CauseHostNetwork:
		return []string{"take the source off its node's network (hostNetwork), or admit it by its address with ipBlocks"}
	case p.Plane != mesh.NoPlane:
		return w.mutualHelp()
	}
	principal := mesh.Principal(w.srcCfg, w.src.pod)
	how := "label namespace " + w.src.pod.Namespace + " istio-injection=enabled and restart the Pods"
	switch p.Cause {
	case mesh.CauseInjectFalse:
		how = "remove sidecar.istio.io/inject: false from its Pods"
	case mesh.CauseNotRestarted:
		how = "restart its Pods"
	case mesh.CauseNone, mesh.CauseNotLabelled, mesh.CauseHostNetwork, mesh.CauseNamespaceUnread, mesh.CausePredicted,
		mesh.CauseWindows, mesh.CauseAmbientNotEnrolled, mesh.CauseNoneOptOut, mesh.CauseIgnoredNamespace:
	}
	enter := "inject a sidecar into " + w.src.who() + " (" + how + ")"
	if w.dst.presence.Plane == mesh.Ambient {
		enter = "enrol " + w.src.who() + " in ambient (label namespace " + w.src.pod.Namespace + " istio.io/dataplane-mode=ambient)"
	}
	return []string{
		enter + " and admit " + principal + " in " + rule,
		"or admit it by something that needs no identity, such as ipBlocks",
	}
}

// probeHelp says how the sidecar's agent would come to answer a probe.
func (w *walk) probeHelp() string {
	if w.dst.pod.Annotations[rewriteMark] == "false" {
		return "let the sidecar's agent answer the probe: take the annotation " + rewriteMark + ": \"false\" away"
	}
	return "let the sidecar's agent answer the probe: restart the Pod, for injection rewrites probes unless it is told not to (annotation " + rewriteMark + ", rewriteAppHTTPProbe of the injector)"
}

// strictHelp says how the source would get past STRICT mTLS.
func (w *walk) strictHelp() []string {
	if help := w.outsideHelp(); help != nil {
		return help
	}
	exception := "let port " + strconv.Itoa(int(w.dst.port)) + " accept plaintext: portLevelMtls PERMISSIVE in a PeerAuthentication that selects " + w.dst.who()
	switch {
	case w.src.node && !w.isProbe():
		return []string{exception}
	case w.src.node:
		return []string{w.probeHelp(), "or " + exception}
	case w.src.pod == nil:
		return []string{"let " + w.src.who() + " come through a gateway of the mesh", "or " + exception}
	case w.client.Rule != "":
		return []string{"set tls.mode of DestinationRule " + w.client.Rule + " to ISTIO_MUTUAL, or take its tls away"}
	}
	return []string{"bring " + w.src.who() + " into the mesh, so that it speaks mTLS", "or " + exception}
}

// tokenHelp says how a token would be looked at.
func (w *walk) tokenHelp() []string {
	issuer := "the token's issuer"
	if iss, ok := w.in.q.Request.Claims["iss"].(string); ok {
		issuer = "issuer " + iss
	}
	return []string{"apply a RequestAuthentication with a rule for " + issuer + " to " + w.dst.who() + "; its selector must match the Pod's labels"}
}

// amendHelp says what the nearest rule would have to say to match, where each of
// its lacks can be mended by one value.
func (w *walk) amendHelp(j judged) []string {
	if len(j.exp.Near) == 0 || len(j.exp.Near[0].Lacks) == 0 {
		return nil
	}
	n := j.exp.Near[0]
	if o, ok := w.policyOwner(n.Policy.String()); ok && o.Made {
		return []string{
			fmt.Sprintf("admit it in an ALLOW policy of its own: a change to %s does not last, for %s makes it of %s", n.Policy, o.Manager, o),
			"or change " + o.String(),
		}
	}
	if help := templateHelp(n); help != nil {
		return help
	}
	if help := callHelp(n); help != nil {
		return help
	}
	switch {
	case w.wantsHiddenPeer(j):
		return []string{fmt.Sprintf("write remoteIpBlocks in place of ipBlocks in rules[%d] of %s, or check the address at the gateway", n.Rule, n.Policy)}
	case w.passes == "" && w.pastWaypoint(j) != "":
		return w.throughHelp()
	}
	var steps []string
	for _, f := range n.Lacks {
		value := strings.TrimSpace(f.Got)
		if f.Not || value == "" || value == "none" || value == "not given" || f.Ignored != "" || strings.Contains(value, " ") || strings.Contains(value, redacted) {
			return nil
		}
		steps = append(steps, fmt.Sprintf("add %s to %s", amendValue(f, value), shortField(f.Field)))
	}
	return []string{
		fmt.Sprintf("%s of %s", strings.Join(steps, " and "), n.Policy),
		"or admit it in an ALLOW policy of its own",
	}
}

// amendValue is the value as the field would hold it.
func amendValue(f authz.FieldTrace, got string) string {
	switch {
	case strings.HasSuffix(f.Field, ".paths"):
		path, _, _ := strings.Cut(got, "?") // policies never see the query
		return path
	case strings.HasSuffix(f.Field, ".namespaces"):
		if _, rest, ok := strings.Cut(got, "/ns/"); ok {
			ns, _, _ := strings.Cut(rest, "/")
			return ns
		}
	case strings.HasSuffix(f.Field, ".serviceAccounts"):
		if _, rest, ok := strings.Cut(got, "/ns/"); ok {
			return strings.Replace(rest, "/sa/", "/", 1)
		}
	case strings.HasPrefix(got, "/ns/"): // without a trust domain, as a data plane may have it; with a star it holds elsewhere, too
		return "*" + got
	case strings.HasSuffix(f.Field, ".trustDomains"):
		td, _, _ := strings.Cut(got, "/")
		return td
	}
	return got
}

// templateHelp proposes a path template for a star that was meant to stand for
// anything in the middle of a path.
func templateHelp(n authz.NearMiss) []string {
	for _, f := range n.Lacks {
		for _, v := range f.Wanted {
			if !strings.HasSuffix(f.Field, ".paths") || !strings.Contains(f.Slip, "star counts at one end only") || !strings.Contains(strings.Trim(v, "*"), "*") {
				continue
			}
			return []string{fmt.Sprintf("write %s in %s of %s as the template %s: {*} stands for one segment, {**} for any number of them",
				v, shortField(f.Field), n.Policy, template(v))}
		}
	}
	return nil
}

// throughHelp says how a caller would come through the waypoint that it goes past.
func (w *walk) throughHelp() []string {
	beside := "or admit it beside the waypoint, past what the waypoint enforces, in an ALLOW policy of its own"
	if _, help := w.pastTarget(); help != nil {
		return append(help, beside)
	}
	how := "enrol its namespace in ambient (istio.io/dataplane-mode=ambient)"
	switch w.src.presence.Plane {
	case mesh.Sidecar:
		how += " in place of the sidecar"
	case mesh.Ambient:
		how = "call the Service, and not the Pod"
	case mesh.Gateway, mesh.NoPlane, mesh.UnknownPlane, mesh.Waypoint:
	}
	return []string{"let the caller come through the waypoint: " + how, beside}
}

// callHelp is for what gRPC calls a method and Istio a path.
func callHelp(n authz.NearMiss) []string {
	for _, f := range n.Lacks {
		for _, v := range f.Wanted {
			if strings.HasSuffix(f.Field, ".methods") && strings.Contains(v, "/") {
				return []string{fmt.Sprintf("write %s in paths in place of methods (%s of %s)", v, shortField(f.Field), n.Policy)}
			}
		}
	}
	return nil
}

// template writes a path with stars as a template of whole segments: /a/*b becomes
// /a/{**}/b where the star stands for more than a segment's part.
func template(v string) string {
	var out []string
	for _, part := range strings.Split(v, "*") {
		out = append(out, strings.Trim(part, "/"))
	}
	return "/" + strings.Trim(strings.Join(out, "/{**}/"), "/")
}

// outsideHelp is for sources that no proxy can carry, or whose proxy does not see the
// connection: to bring them into the mesh is no help.
func (w *walk) outsideHelp() []string {
	p := w.src.presence
	exception := "let port " + strconv.Itoa(int(w.dst.port)) + " accept plaintext: portLevelMtls PERMISSIVE in a PeerAuthentication that selects " + w.dst.who()
	switch {
	case w.src.pod == nil:
		return nil
	case p.Cause == mesh.CauseHostNetwork:
		return []string{"take the source off its node's network (hostNetwork): no proxy carries what is on it", "or " + exception}
	case p.Cause == mesh.CauseWindows:
		return []string{exception + ": no proxy runs on Windows"}
	case p.Plane != mesh.NoPlane && p.Plane != mesh.UnknownPlane && w.client.Rule == "" && w.client.Why != "":
		return []string{"let the client's proxy speak mTLS; it does not because " + lower(w.client.Why), "or " + exception}
	}
	return nil
}

// tlsHelp is for two ends that do not agree on TLS.
func (w *walk) tlsHelp(j judged) []string {
	switch {
	case j.s.client.Rule != "":
		return []string{"make tls.mode of DestinationRule " + j.s.client.Rule + " fit what the server speaks"}
	case w.dst.pod != nil && w.dst.presence.Plane == mesh.Sidecar && w.meets() == mesh.NoPlane:
		return []string{
			"let the sidecar of " + w.dst.who() + " see port " + strconv.Itoa(int(w.dst.port)) + " (annotations traffic.sidecar.istio.io/excludeInboundPorts, includeInboundPorts)",
			"or have clients send plaintext to it: a DestinationRule with tls.mode DISABLE for the port",
		}
	}
	return nil
}

// jwtHelp says what token would be taken, by what the filter answers.
func jwtHelp(text string) []string {
	switch {
	case strings.Contains(text, "expired"), strings.Contains(text, "not yet valid"):
		return []string{"send a token whose lifetime (nbf, exp) covers now"}
	case strings.Contains(text, "verification fails"), strings.Contains(text, "Jwks"):
		return []string{"send a token that is signed with a key of the RequestAuthentication, or correct its jwks or jwksUri"}
	case strings.Contains(text, "issuer"), strings.Contains(text, "Audiences"):
		return nil
	}
	return []string{"send a JWT in three parts, Header.Payload.Signature, as its issuer gave it"}
}
