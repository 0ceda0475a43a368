package kyma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// unrouted is a request that ends at the gateway: its VirtualService has a route for each
// rule of the APIRule, so what no rule is for gets 404 before any policy is asked.
func (c *connection) unrouted() (diagnose.Remark, bool) {
	if c.Host == "" {
		return diagnose.Remark{}, false
	}
	for _, r := range c.rules() {
		if !c.hasHost(r, c.Host) {
			continue
		}
		if why, stuck := notCarriedOut(r); stuck {
			return diagnose.Remark{
				Kind: findingNotReconciled, Objects: []string{named(r.Ref)}, Field: "status.state",
				Message: fmt.Sprintf("%s names host %s and %s: its routes are those of before, if there are any.", named(r.Ref), c.Host, why),
			}, true
		}
		path, _, _ := strings.Cut(c.Path, "?")
		if c.Method == "" || path == "" || !strings.HasPrefix(c.Symptom, "404") {
			continue
		}
		var words []string
		for i := range r.Rules {
			rule := &r.Rules[i]
			its, method := apirule.PathMatches(rule.Path, path), slices.Contains(rule.Methods, c.Method)
			switch {
			case its && method: // so it is not for want of a rule
				return diagnose.Remark{}, false
			case its:
				words = append(words, r.RuleWords(i)+" is for its path, and not for "+c.Method)
			case method:
				words = append(words, r.RuleWords(i)+" is for another path")
			default:
				words = append(words, r.RuleWords(i)+" is for another path and other methods")
			}
		}
		return diagnose.Remark{
			Kind: findingRefused, Objects: []string{named(r.Ref)}, Field: "spec.rules",
			Message: fmt.Sprintf("No rule of %s is for %s, so its VirtualService has no route for it, and the gateway answers 404 before any policy is asked: %s.",
				named(r.Ref), c.request(), atMost(3, words)),
		}, true
	}
	return diagnose.Remark{}, false
}

// hasHost reports whether an APIRule is for a host, which may have a port.
func (w world) hasHost(r *apirule.APIRule, host string) bool {
	names, err := apirule.Hosts(r, w)
	return err == nil && hostAmong(host, names)
}

// hostAmong reports whether a host, which may have a port, is one of these, or one of those
// that a wildcard among them stands for.
func hostAmong(host string, names []string) bool {
	host, _, _ = strings.Cut(host, ":")
	return slices.ContainsFunc(names, func(name string) bool { return name == host || below(host, name) })
}

// below reports whether a host is one of those that a wildcard stands for.
func below(host, wildcard string) bool {
	domain, ok := strings.CutPrefix(wildcard, "*")
	return ok && host != wildcard && strings.HasSuffix(host, domain)
}

// v1beta1For is a sentence about an APIRule of version v1beta1 that names the host of a
// request and has no policies that would admit it beside those of others.
func (c *connection) v1beta1For(host string) string {
	for _, r := range c.exposing(c.Destination.Namespace, c.Destination.Labels) {
		policies := slices.ContainsFunc(c.made, func(p policy) bool { return p.of == r.Ref })
		if r.Written() == apirule.V1Beta1 && !policies && (c.hasHost(r, host) || c.oldHost(r, host)) {
			return fmt.Sprintf(" %s names host %s, in version v1beta1: no policy here is made of it, and those of the others do not admit the gateway for it.", named(r.Ref), host)
		}
	}
	return ""
}

// oldHost reports whether an APIRule was for a host as it was written.
func (c *connection) oldHost(r *apirule.APIRule, host string) bool {
	old, ok, err := r.AsV1Beta1()
	return err == nil && ok && c.hasHost(old, host)
}
