package lint

import (
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// waypointAdmitted reports an ALLOW policy by identity behind a waypoint, where no policy
// of the workload admits the waypoint: ztunnel sees its identity and not the caller's.
func (p *policy) waypointAdmitted() {
	if p.refs || p.Action() != authz.ActionAllow || p.DryRun() || p.waypoint == "" || !p.configured || !p.only(mesh.Ambient) || slices.ContainsFunc(p.lists, list.beyondZtunnel) {
		return
	}
	i := slices.IndexFunc(p.lists, func(l list) bool { return l.identity() && !l.not })
	if i < 0 {
		return
	}
	for _, l := range p.loads {
		if name := p.waypointOf(l); name != "" && !p.admits(l, name) {
			p.report("AD0325", at{p.lists[i].field, -1}, "waypoint %s stands before %s, and ztunnel sees the identity of the waypoint, which no ALLOW policy of the workload admits: %s", name, l, p.account(name))
			return
		}
	}
}

// account is the identity of a waypoint.
func (w *world) account(waypoint string) string {
	ns, name, _ := strings.Cut(waypoint, "/")
	for _, l := range w.reach(ns, map[string]string{"gateway.networking.k8s.io/gateway-name": name}, false).loads {
		return mesh.Principal(w.cfg, l.pod)
	}
	return w.cfg.TrustDomain + "/ns/" + ns + "/sa/" + name
}

// admits reports whether an ALLOW policy that ztunnel enforces for the workload may admit
// the waypoint. It is worked out once for a workload.
func (w *world) admits(l *workload, waypoint string) bool {
	if l.admits != nil {
		return *l.admits
	}
	who, found := w.account(waypoint), false
	namespaces := []string{l.pod.Namespace, w.cfg.RootNamespace}
	if l.pod.Namespace == w.cfg.RootNamespace {
		namespaces = namespaces[:1]
	}
	for _, ns := range namespaces {
		for _, o := range cluster.List[*securityv1.AuthorizationPolicy](w.snap, ns) {
			found = found || w.admitting(o, l, who)
		}
	}
	l.admits = &found
	return found
}

func (w *world) admitting(o *securityv1.AuthorizationPolicy, l *workload, who string) bool {
	s := &o.Spec
	if s.GetAction() != securityapi.AuthorizationPolicy_ALLOW || len(s.GetTargetRefs()) > 0 || s.GetTargetRef() != nil || !mesh.Selects(s.GetSelector().GetMatchLabels(), l.pod.Labels) {
		return false
	}
	lists := listsOf(s)
	for i, r := range s.GetRules() {
		if slices.ContainsFunc(lists, func(v list) bool { return v.rule == i && v.beyondZtunnel() }) {
			continue
		}
		var entries []string // of from, of which one is enough, that fit
		held := true
		for k := range r.GetFrom() {
			entries = append(entries, "spec.rules"+indexed(i)+".from"+indexed(k))
		}
		for _, v := range lists {
			if v.rule != i || !v.identity() || v.not || isAny(v, who, o.Namespace) {
				continue
			}
			held = held && v.part == "from"
			entries = slices.DeleteFunc(entries, func(e string) bool { return e == v.entry })
		}
		if held && (len(r.GetFrom()) == 0 || len(entries) > 0) {
			return true
		}
	}
	return false
}

// isAny reports whether an identity may be one of the values.
func isAny(l list, who, home string) bool {
	parts := strings.Split(who, "/") // trust domain, ns, namespace, sa, name
	got := map[string]string{principals: who, namespaces: parts[2], serviceAccounts: parts[2] + "/" + parts[4], trustDomains: parts[0]}[l.about]
	return slices.ContainsFunc(l.values, func(v string) bool {
		if l.about == serviceAccounts && !strings.Contains(v, "/") {
			v = home + "/" + v
		}
		suffix, front := strings.CutPrefix(v, "*")
		prefix, back := strings.CutSuffix(v, "*")
		return v == got || front && strings.HasSuffix(got, suffix) || back && strings.HasPrefix(got, prefix)
	})
}
