package diagnose

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// distinct says what beside labels and identity can make an answer differ.
type distinct struct{ byIP, byNode bool }

// class is what of a party can make an answer differ. Parties of one class are
// judged once.
func class(p party, d distinct) string {
	if p.pod == nil {
		return p.String()
	}
	parts := []string{
		p.pod.Namespace, p.pod.Spec.ServiceAccountName, mapWords(p.pod.Labels), fmt.Sprint(p.presence), fmt.Sprint(p.port),
		fmt.Sprint(p.pod.Spec.HostNetwork), mapWords(captureMarks(p.pod.Annotations)), portWords(p),
	}
	if d.byIP {
		parts = append(parts, p.ip().String())
	}
	if d.byNode {
		parts = append(parts, p.pod.Spec.NodeName)
	}
	return strings.Join(parts, "\x00")
}

// captureMarks are the annotations that say what a proxy captures.
func captureMarks(annotations map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range annotations {
		if strings.Contains(k, "istio.io/") {
			out[k] = v
		}
	}
	return out
}

func portWords(p party) string {
	var words []string
	for _, c := range podPorts(p.pod) {
		words = append(words, c.Name+"="+fmt.Sprint(c.ContainerPort))
	}
	return strings.Join(words, ",")
}

// distinctions finds whether addresses or nodes can tell two Pods apart: where a
// policy of a namespace on the way looks at addresses, and where a Pod is on its node's
// network.
func (in *inquiry) distinctions(ctx context.Context, parties ...party) distinct {
	if in.passed == nil { // where nothing has to be read, the ways were not walked before
		in.wayNeeds(ctx)
	}
	address := cluster.Kept(in.snap, "addresses", func(all []*securityv1.AuthorizationPolicy) map[string]bool {
		out := map[string]bool{}
		for _, p := range all {
			out[p.Namespace] = out[p.Namespace] || looksAtAddresses(p)
		}
		return out
	})
	namespaces := append(slices.Clone(in.passed), in.config(in.revision()).RootNamespace)
	for _, p := range parties {
		if p.pod != nil {
			namespaces = append(namespaces, p.pod.Namespace)
		}
	}
	d := distinct{}
	for _, ns := range unique(namespaces) {
		d.byIP = d.byIP || address[ns] || in.networkPolicies(ns).ByAddress()
	}
	d.byNode = in.perNode(parties...) || slices.ContainsFunc(parties, func(p party) bool { return p.pod != nil && p.pod.Spec.HostNetwork })
	return d
}

func looksAtAddresses(p *securityv1.AuthorizationPolicy) bool {
	for _, r := range p.Spec.GetRules() {
		for _, f := range r.GetFrom() {
			s := f.GetSource()
			if len(s.GetIpBlocks())+len(s.GetNotIpBlocks())+len(s.GetRemoteIpBlocks())+len(s.GetNotRemoteIpBlocks()) > 0 {
				return true
			}
		}
		for _, c := range r.GetWhen() {
			if strings.HasSuffix(c.GetKey(), ".ip") {
				return true
			}
		}
	}
	return false
}

// signature is what two answers must share to be one, with the names of the two
// ends left out.
func signature(a Answer, src, dst party) string {
	a.Hops = nil
	a.Reason.Hop = ""
	b, _ := json.Marshal(a) // plain data
	return strings.NewReplacer(src.String(), "SOURCE", dst.String(), "DESTINATION", src.who(), "SOURCE", dst.who(), "DESTINATION").Replace(string(b))
}
