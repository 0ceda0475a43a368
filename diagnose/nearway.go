package diagnose

import (
	"fmt"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// sentBy names, behind a refusal, the DestinationRule that decides what the client sends.
func (w *walk) sentBy() string {
	switch {
	case w.client.Rule == "" && w.client.TLS == mesh.Plaintext && w.m.scheme == "http" && strings.Contains(w.listener.Why, "expect TLS"):
		return w.withoutTLS()
	case w.client.Rule == "":
		return ""
	case w.client.TLS == mesh.MutualTLS && strings.Contains(w.listener.Why, "server name"):
		return fmt.Sprintf("; the server name is by DestinationRule %s (%s %s)", w.client.Rule, w.client.Field, w.client.RuleMode)
	case w.client.TLS == mesh.MutualTLS:
		return ""
	}
	return fmt.Sprintf("; DestinationRule %s (%s %s) makes the client send %s", w.client.Rule, w.client.Field, w.client.RuleMode, w.client.TLS)
}

// withoutTLS names the DestinationRule for the gateway's host that sets no tls for the
// port and the subset.
func (w *walk) withoutTLS() string {
	for _, dr := range w.destinationRules() {
		if w.in.fullHost(dr.Spec.GetHost(), dr.Namespace) != w.fqdn() {
			continue
		}
		of := ""
		if w.r.subset != "" {
			of = " of subset " + w.r.subset
		}
		return fmt.Sprintf("; DestinationRule %s/%s sets no tls for port %d%s, so the client sends plaintext", dr.Namespace, dr.Name, w.r.port, of)
	}
	return ""
}

// unlike words why two ends do not agree, with the destination's name and why no proxy
// stands before it.
func (w *walk) unlike(why string) string {
	name := w.dst.who()
	if w.dst.presence.Plane == mesh.NoPlane {
		name += inParens(w.dst.presence.Why)
	}
	if seen, blind := w.captured(); !seen && w.dst.presence.Plane == mesh.Sidecar {
		return strings.Replace(why, "the destination has no sidecar that could read it", fmt.Sprintf("the sidecar of %s does not see port %d%s", name, w.dst.port, inParens(blind)), 1) + w.asked(why)
	}
	return strings.Replace(why, "the destination has", name+" has", 1) + w.asked(why)
}

// asked adds the DestinationRule to a reason that does not name it.
func (w *walk) asked(why string) string {
	if w.client.Rule == "" || strings.Contains(why, w.client.Rule) {
		return ""
	}
	return fmt.Sprintf(" (DestinationRule %s, %s %s)", w.client.Rule, w.client.Field, w.client.RuleMode)
}

// by keeps which route changed the path or the authority of a message.
func (m message) by(before message, b routing.Branch) message {
	was, _ := before.host.Get()
	is, _ := m.host.Get()
	field := b.Field
	if strings.HasPrefix(b.Object, "VirtualService ") {
		field += ".rewrite"
	}
	switch {
	case m.path != before.path:
		m.rewritten = fmt.Sprintf("%s (%s) makes the path %s of %s", b.Object, field, scrub(m.path), scrub(before.path))
	case is != was:
		m.rewritten = fmt.Sprintf("%s (%s) makes the host %s of %s", b.Object, field, is, was)
	}
	return m
}

// rewriting is a sentence about the route that changed what the nearest rule asks for.
func (w *walk) rewriting(j judged) string {
	if w.m.rewritten == "" || len(j.exp.Near) == 0 {
		return ""
	}
	about := func(f authz.FieldTrace) bool {
		return strings.HasSuffix(f.Field, "aths") || strings.HasSuffix(f.Field, "osts")
	}
	if !slices.ContainsFunc(j.exp.Near[0].Lacks, about) {
		return ""
	}
	return " " + upper(w.m.rewritten) + "."
}

// pastWaypoint is a sentence about a waypoint that the request does not pass, where one
// is asked for, or where the nearest rule admits it alone.
func (w *walk) pastWaypoint(j judged) string {
	if w.passes != "" {
		return " " + upper(w.passes) + "."
	}
	svc := asService(w.r)
	if svc == nil || w.dst.pod == nil || w.src.presence.Plane == mesh.Waypoint || len(j.exp.Near) == 0 || w.dst.ns == nil {
		return ""
	}
	_, _, why := mesh.WaypointFor(w.dst.ns, svc, w.dst.pod, true)
	for _, gw := range cluster.List[*gatewayv1.Gateway](w.in.snap, "") {
		if gw.Spec.GatewayClassName != "istio-waypoint" {
			continue
		}
		for _, pod := range w.in.selected(gw.Namespace, map[string]string{gatewayNameLabel: gw.Name}) {
			principal := mesh.Principal(w.cfg, pod)
			wants := func(f authz.FieldTrace) bool { return !f.Not && slices.Contains(f.Wanted, principal) }
			if slices.ContainsFunc(j.exp.Near[0].Lacks, wants) {
				return fmt.Sprintf(" That is the waypoint %s/%s, which the request does not pass: of Service %s/%s, %s.",
					gw.Namespace, gw.Name, svc.Namespace, svc.Name, lower(why))
			}
		}
	}
	return ""
}

// nearSubset words where a subset is instead: under another host, or which subsets the
// host has.
func (in *inquiry) nearSubset(host, subset string) string {
	has := ""
	for _, dr := range in.allRules() {
		var names []string
		for _, s := range dr.Spec.GetSubsets() {
			names = append(names, s.GetName())
		}
		full := in.fullHost(dr.Spec.GetHost(), dr.Namespace)
		switch {
		case full == host && len(names) == 0:
			has = fmt.Sprintf("; DestinationRule %s/%s is for the host and has no subsets", dr.Namespace, dr.Name)
		case full == host:
			has = fmt.Sprintf("; DestinationRule %s/%s has subset %s", dr.Namespace, dr.Name, strings.Join(names, ", "))
		case full != host && slices.Contains(names, subset) && has == "":
			has = fmt.Sprintf("; DestinationRule %s/%s has it for host %s", dr.Namespace, dr.Name, dr.Spec.GetHost())
		}
	}
	return has
}

// fullHost is a host of an object in full.
func (in *inquiry) fullHost(host, namespace string) string {
	if strings.Contains(host, ".") {
		return host
	}
	return host + "." + namespace + ".svc." + in.target.domain()
}

// unlabelled names an endpoint and the label that it has instead.
func unlabelled(sel map[string]string, ends []party) string {
	for _, p := range ends {
		if p.pod == nil {
			continue
		}
		key, got, ok := differs(sel, p.pod.Labels)
		switch {
		case key == "":
		case ok:
			return fmt.Sprintf("; %s has %s=%s", p.who(), key, got)
		default:
			return fmt.Sprintf("; %s has no label %s", p.who(), key)
		}
	}
	return ""
}

// sender names, in parentheses, the route that opens the leg to come.
func (t trip) sender() string {
	for _, n := range slices.Backward(t.notes) {
		if object, _, ok := strings.Cut(n.words, " sends it to"); ok && n.leg == len(t.legs) {
			return inParens(object)
		}
	}
	return ""
}

// nearServiceEntry names the ServiceEntry whose host is closest to one that is not
// registered: of the same domain but for one part of the name, or the only one.
func (in *inquiry) nearServiceEntry(host string) string {
	parts := strings.Split(host, ".")
	all := cluster.List[*networkingv1.ServiceEntry](in.snap, "")
	for _, se := range all {
		for _, h := range se.Spec.GetHosts() {
			other, differ := strings.Split(h, "."), 0
			for i := range min(len(parts), len(other)) {
				if parts[i] != other[i] {
					differ++
				}
			}
			if len(all) == 1 || len(parts) == len(other) && differ == 1 {
				return fmt.Sprintf("; ServiceEntry %s/%s has hosts %s", se.Namespace, se.Name, strings.Join(se.Spec.GetHosts(), ", "))
			}
		}
	}
	return ""
}
