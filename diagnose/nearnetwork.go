package diagnose

import (
	"fmt"
	"slices"
	"strings"

	networkingk8s "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// nearNetwork words what the nearest rule of NetworkPolicies that deny lacks, or which
// one would admit the connection and does not select the Pod.
func (w *walk) nearNetwork(r *netpol.Result) string {
	if stray := w.strayNetwork(r); stray != "" {
		return "; " + stray
	}
	if len(r.Near) == 0 {
		return ""
	}
	first := r.Near[0]
	rule := networkRule(first.Field)
	var words []string
	for _, l := range r.Near {
		if l.Policy != first.Policy || networkRule(l.Field) != rule || len(words) == 3 {
			continue
		}
		field := strings.TrimPrefix(strings.TrimPrefix(l.Field, rule), ".")
		wanted := l.Wanted
		if strings.HasSuffix(field, ".port") {
			wanted = "port " + wanted
		}
		words = append(words, fmt.Sprintf("%s%s, got %s", wanted, inParens(field), or(l.Got, "none")))
	}
	return fmt.Sprintf("; the nearest, %s %s, wants %s", first.Policy, strings.TrimPrefix(rule, "spec."), strings.Join(words, ", and "))
}

// networkRule is the rule that a field is in: spec.ingress[0].
func networkRule(field string) string {
	if i := strings.IndexByte(field, ']'); i >= 0 {
		return field[:i+1]
	}
	return field
}

// strayNetwork finds a NetworkPolicy that would admit the connection, were it one of the
// end that denies, and that selects nobody in sight.
func (w *walk) strayNetwork(r *netpol.Result) string {
	if w.dst.pod == nil {
		return ""
	}
	subject, ask := w.dst, netpol.Policies.Ingress
	if r.Direction == networkingk8s.PolicyTypeEgress {
		subject, ask = w.src, netpol.Policies.Egress
	}
	for _, np := range around[*networkingk8s.NetworkPolicy](w) {
		sel := np.Spec.PodSelector.MatchLabels
		if len(sel) == 0 || len(np.Spec.PodSelector.MatchExpressions) > 0 || !w.forNobody(np.Namespace, sel, subject.pod.Labels) {
			continue
		}
		key, got, ok := differs(sel, subject.pod.Labels)
		why := fmt.Sprintf("its podSelector wants %s=%s, and %s has %s", key, sel[key], subject.who(), key+"="+got)
		switch {
		case np.Namespace != subject.pod.Namespace && key != "":
			continue
		case np.Namespace != subject.pod.Namespace:
			why = fmt.Sprintf("it is in namespace %s, and its podSelector looks there only, not in %s", np.Namespace, subject.pod.Namespace)
		case !ok:
			why = fmt.Sprintf("its podSelector wants %s=%s, and %s has no label %s", key, sel[key], subject.who(), key)
		}
		moved := np.DeepCopy()
		moved.Namespace, moved.Spec.PodSelector = subject.pod.Namespace, metav1.LabelSelector{}
		alone := ask(netpol.Policies{Namespaced: []*networkingk8s.NetworkPolicy{moved}}, w.connection())
		if alone.Verdict == netpol.Allowed && slices.Contains(alone.Selecting, moved.Namespace+"/"+moved.Name) {
			return fmt.Sprintf("NetworkPolicy %s/%s would admit it, but %s", np.Namespace, np.Name, why)
		}
	}
	return ""
}
