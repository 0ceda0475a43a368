package lint

import (
	"fmt"
	"maps"
	"slices"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// bypass reports a DENY by identity that callers without one get past.
func (p *policy) bypass() {
	if p.reading() != nil { // mTLS gives nobody an identity there
		return
	}
	if p.Action() != authz.ActionDeny || p.refs || !p.dump || p.plaintext == nil || p.DryRun() {
		return
	}
	i := slices.IndexFunc(p.lists, func(l list) bool { return l.identity() && !l.not })
	if i < 0 {
		return
	}
	port := ""
	if p.plaintext.number != 0 {
		port = fmt.Sprintf(" at port %d", p.plaintext.number)
	}
	p.report("AD0302", at{p.lists[i].field, -1}, "mTLS of %s is %s%s, so a caller can come in plaintext, shows no identity and is not denied", p.plaintext.load, p.plaintext.mode, port)
}

// negations reports ALLOW rules that only say who is not meant: who shows no identity
// is not either.
func (p *policy) negations() {
	if p.Action() != authz.ActionAllow || p.refs {
		return
	}
	for i := range p.Spec.GetRules() {
		lists := p.rule(i)
		asks := func(part, entry string) bool {
			return slices.ContainsFunc(lists, func(l list) bool {
				return l.part == part && (entry == "" || l.entry == entry) && !l.not && (l.identity() || l.token() || l.about == ipBlocks || l.about == remoteIPBlocks)
			})
		}
		for _, l := range lists {
			if l.not && l.identity() && !asks(l.part, l.entry) && !asks("when", "") && (l.part == "from" || !asks("from", "")) && !p.strict() {
				who := "a caller in plaintext"
				if r := p.reading(); r != nil {
					diagnose.Attempt(func() { who = r.Stranger() })
				}
				p.report("AD0121", at{l.field, -1}, "%s has no identity, so it is none of these and is let in", who)
				break
			}
		}
	}
}

// strict reports whether mTLS is known, or asked for, to be STRICT.
func (p *policy) strict() bool {
	if len(p.loads) > 0 && p.plaintext != nil {
		return false
	}
	for _, ns := range []string{p.Namespace, p.cfg.RootNamespace} {
		for _, pa := range cluster.List[*securityv1.PeerAuthentication](p.snap, ns) {
			if pa.Spec.GetMtls().GetMode() == securityapi.PeerAuthentication_MutualTLS_STRICT && mesh.Selects(pa.Spec.GetSelector().GetMatchLabels(), p.selector) {
				return true
			}
		}
	}
	return false
}

// providers reports a CUSTOM policy whose authorizer cannot be asked.
func (p *policy) providers() {
	name := p.Spec.GetProvider().GetName()
	if p.Action() != authz.ActionCustom || name == "" {
		return
	}
	const field = "spec.provider.name"
	if _, known := p.cfg.Providers[name]; p.configured && !known {
		var names []string
		for n := range p.cfg.Providers {
			names = append(names, n)
		}
		slices.Sort(names)
		p.add("AD0204", field, fmt.Sprintf("meshConfig.extensionProviders has no %s%s: what the rules match is denied", quoted(name), hint(nearest(name, names))))
		return
	}
	for _, l := range p.loads {
		for _, other := range slices.Sorted(maps.Keys(l.custom)) {
			if o := l.custom[other]; other != "" && other != name && !p.refs {
				p.add("AD0204", field, fmt.Sprintf("%s has CUSTOM policies of two providers, %s and that of %s/%s, %s: what they match is denied unless PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS is set",
					l, quoted(name), o.Namespace, o.Name, quoted(other)))
				return
			}
		}
	}
}
