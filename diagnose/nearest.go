package diagnose

import (
	"fmt"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// dataplaneLabel asks a node's data plane to carry a namespace's or a Pod's traffic.
const dataplaneLabel = "istio.io/dataplane-mode"

// absence words why the source has no data plane, in the terms of the target's mesh.
func (w *walk) absence() string {
	p := w.src.presence
	value := ""
	if f := w.dst.presence.Plane.Foreign(); f != nil {
		value = f.Title
	} else if w.dst.presence.Plane == mesh.Ambient {
		value = "ambient"
	}
	if p.Cause != mesh.CauseNotLabelled || value == "" || w.src.ns == nil {
		return p.Why
	}
	if got := w.src.ns.Labels[dataplaneLabel]; got != "" {
		return fmt.Sprintf("namespace %s is labelled %s=%s, not %s", w.src.ns.Name, dataplaneLabel, got, value)
	}
	return fmt.Sprintf("namespace %s lacks %s=%s", w.src.ns.Name, dataplaneLabel, value)
}

// demand words what makes a server accept only mTLS.
func (w *walk) demand(s mesh.Server) string {
	words := "PeerAuthentication " + or(s.Policy, "default") + ", " + s.Field
	if s.Mode == mesh.Strict {
		words += " STRICT"
	}
	return words
}

// refusedToken words what the nearest rule for the token wants and what the token has;
// empty if it is neither issuer nor audience.
func (w *walk) refusedToken(j mesh.JWT) string {
	claims := w.claims()
	issuer := fmt.Sprint(claims["iss"])
	var issuers []string
	for _, name := range j.Policies {
		ns, bare, _ := strings.Cut(name, "/")
		ra, ok := cluster.Get[*securityv1.RequestAuthentication](w.in.snap, ns, bare)
		if !ok || claims == nil {
			return ""
		}
		for i, r := range ra.Spec.GetJwtRules() {
			if r.GetIssuer() == issuer && strings.Contains(j.Text, "Audiences") {
				return scrub(fmt.Sprintf("RequestAuthentication %s wants audience %s (jwtRules[%d].audiences), and the token's is %s", name, short(r.GetAudiences()), i, valueWords(claims["aud"])))
			}
			issuers = append(issuers, fmt.Sprintf("%s (RequestAuthentication %s, jwtRules[%d].issuer)", r.GetIssuer(), name, i))
		}
	}
	if !strings.Contains(j.Text, "issuer") || len(issuers) == 0 {
		return ""
	}
	return scrub("the token's issuer is " + issuer + ", and it takes only " + short(issuers))
}

// valueWords words a claim.
func valueWords(v any) string {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return "none"
		}
		return fmt.Sprint(v)
	}
	words := make([]string, len(list))
	for i, one := range list {
		words[i] = fmt.Sprint(one)
	}
	return strings.Join(words, ", ")
}

// enterHelp says how the source would get an identity, where it needs no rule to admit it.
func (w *walk) enterHelp() []string {
	p := w.src.presence
	switch {
	case w.src.pod == nil || w.src.node:
		return []string{"except callers without an identity from the policy that denies, or let them come through a gateway of the mesh"}
	case p.Plane != mesh.NoPlane:
		return w.mutualHelp()
	}
	return nil
}

// mutualHelp says how a client whose proxy sends plaintext would come to speak mTLS; nil
// if what helps in general does.
func (w *walk) mutualHelp() []string {
	switch {
	case w.server.Mode == mesh.Disable && w.server.Policy != "":
		return []string{"set PeerAuthentication " + w.server.Policy + " (" + w.server.Field + ") to PERMISSIVE or STRICT: clients then speak mTLS by themselves"}
	case w.client.Rule != "":
		return []string{"set tls.mode of DestinationRule " + w.client.Rule + " to ISTIO_MUTUAL, or take its tls away"}
	case w.dst.presence.Plane == mesh.Gateway:
		return []string{"give " + w.listener.Server + " the TLS mode ISTIO_MUTUAL (protocol HTTPS or TLS), and set tls.mode ISTIO_MUTUAL for its Service in a DestinationRule"}
	case strings.HasPrefix(w.client.Why, notHTTP):
		return []string{"name the Service's port tcp-… or set its appProtocol to tcp, for what is sent there is not HTTP"}
	case strings.HasPrefix(w.client.Why, "Sidecar "):
		return []string{"name the host in the hosts of that Sidecar's egress: the client's proxy then speaks mTLS by itself"}
	case w.r.service == nil:
		return []string{"call the Service instead of the Pod's address: the client's proxy then speaks mTLS by itself"}
	}
	return nil
}
