package kyma

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	securityapi "istio.io/api/security/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Weigh tells what an ALLOW policy takes away from an APIRule that it stands beside: of
// ALLOW policies one is enough, so one that asks for no token makes the others' tokens
// needless for whom it admits. For what comes through the gateway that is never proposed.
func (Platform) Weigh(c fix.Case, changes []fix.Change) (why string, never bool) {
	if c.Pod == nil {
		return "", false
	}
	tokens, authorizers, ruled := asked(c)
	through := world{c.Snapshot}.isAnyGateway(c.Caller) // others come through it
	for _, change := range changes {
		for _, rule := range added(c, change) {
			switch outside := through || admitsGateway(rule); {
			case outside && len(tokens) > 0:
				return fmt.Sprintf("what is missing is a token, and a policy that admits the gateway without it would do away with what %s asks for, for everybody outside", strings.Join(tokens, " and ")), true
			case outside && len(ruled) > 0:
				why = fmt.Sprintf("it admits from outside what no rule of %s does, and stays when that changes: a rule there says the same", strings.Join(ruled, " and "))
			case !outside && len(tokens)+len(authorizers) > 0:
				why = without(tokens, authorizers)
			}
		}
	}
	return why, false
}

// isAnyGateway reports whether a Pod is one of those of a Gateway in sight; nil is none.
func (w world) isAnyGateway(pod *corev1.Pod) bool {
	return pod != nil && slices.ContainsFunc(cluster.List[*networkingv1.Gateway](w.snap, ""), func(g *networkingv1.Gateway) bool {
		return len(g.Spec.GetSelector()) > 0 && mesh.Selects(g.Spec.GetSelector(), pod.Labels)
	})
}

// without says what those do not need whom a policy beside admits.
func without(tokens, authorizers []string) string {
	var out []string
	if len(tokens) > 0 {
		out = append(out, "without the token that "+strings.Join(tokens, " and ")+" asks for")
	}
	if len(authorizers) > 0 {
		out = append(out, "without "+strings.Join(authorizers, " and ")+" being asked")
	}
	return "it lets them in " + strings.Join(out, ", and ")
}

// asked are the APIRules that want a token for such a request, and the authorizers that
// they ask, of the policies on the Pod; ruled are all APIRules of these.
func asked(c fix.Case) (tokens, authorizers, ruled []string) {
	for i := range c.Policies {
		t := &c.Policies[i]
		p, ok := cluster.Get[*securityv1.AuthorizationPolicy](c.Snapshot, t.Policy.Namespace, t.Policy.Name)
		if !ok {
			continue
		}
		of, made := ruleOf(p)
		if !made {
			continue
		}
		ruled = appendNew(ruled, named(of))
		if !slices.ContainsFunc(t.Rules, mayBeAbout) {
			continue
		}
		switch name := named(of); {
		case t.Action == authz.ActionCustom:
			authorizers = appendNew(authorizers, "authorizer "+t.Provider)
		case slices.ContainsFunc(t.Rules, func(r authz.RuleTrace) bool { return slices.ContainsFunc(r.Fields, wantsToken) }):
			tokens = appendNew(tokens, name)
		}
	}
	return tokens, authorizers, ruled
}

func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// mayBeAbout reports whether a rule is for the method and the path of the request, as far
// as they are known. The host is the gateway's, and does not count.
func mayBeAbout(r authz.RuleTrace) bool {
	return !slices.ContainsFunc(r.Fields, func(f authz.FieldTrace) bool {
		name := f.Field[strings.LastIndexByte(f.Field, '.')+1:]
		return f.Matches == authz.False && slices.Contains([]string{"methods", "paths", "notPaths"}, name)
	})
}

// added are the rules of an ALLOW policy that a change brings to the Pod.
func added(c fix.Case, change fix.Change) []*securityapi.Rule {
	var after, before securityv1.AuthorizationPolicy
	if change.Resource != cluster.AuthorizationPolicies || len(change.After) == 0 || json.Unmarshal(change.After, &after) != nil {
		return nil
	}
	if after.Spec.GetAction() != securityapi.AuthorizationPolicy_ALLOW || !mesh.Selects(after.Spec.GetSelector().GetMatchLabels(), c.Pod.Labels) {
		return nil
	}
	if len(change.Before) > 0 && json.Unmarshal(change.Before, &before) != nil {
		return nil
	}
	var out []*securityapi.Rule
	for _, r := range after.Spec.GetRules() {
		if !slices.ContainsFunc(before.Spec.GetRules(), func(o *securityapi.Rule) bool { return proto.Equal(o, r) }) {
			out = append(out, r)
		}
	}
	return out
}

// admitsGateway reports whether a rule may admit what comes from a gateway.
func admitsGateway(r *securityapi.Rule) bool {
	return len(r.GetFrom()) == 0 || slices.ContainsFunc(r.GetFrom(), func(f *securityapi.Rule_From) bool {
		s := f.GetSource()
		switch {
		case slices.ContainsFunc(s.GetNotPrincipals(), isIngress), slices.Contains(s.GetNotNamespaces(), ingressNamespace):
			return false
		case len(s.GetPrincipals()) > 0:
			return slices.ContainsFunc(s.GetPrincipals(), func(p string) bool { return isIngress(p) || strings.HasPrefix(p, "*") || strings.HasSuffix(p, "*") })
		case len(s.GetServiceAccounts()) > 0:
			_, account, _ := strings.Cut(apirule.IngressGateway, "/sa/")
			return slices.Contains(s.GetServiceAccounts(), ingressNamespace+"/"+account)
		case len(s.GetNamespaces()) > 0:
			return slices.Contains(s.GetNamespaces(), ingressNamespace) || slices.Contains(s.GetNamespaces(), "*")
		}
		return len(s.GetIpBlocks()) == 0 // the address of one who calls past it
	})
}

const ingressNamespace = "istio-system"
