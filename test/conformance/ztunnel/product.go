package ztunnel

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// product is what the product knows of a workload.
type product struct {
	config  mesh.Config
	pod     *corev1.Pod
	pas     []*securityv1.PeerAuthentication
	program *authz.Program
	servers map[uint16]mesh.Server
}

func newProduct(w *world) *product {
	p := &product{config: mesh.DefaultConfig(), pas: w.pas, servers: map[uint16]mesh.Server{}, pod: &corev1.Pod{}}
	p.config.TrustDomain, p.config.TrustDomainAliases = w.domain, w.aliases
	p.pod.Namespace, p.pod.Name, p.pod.Labels = w.namespace, "web", w.labels
	m := authz.Mesh{TrustDomain: w.domain, TrustDomainAliases: w.aliases}
	p.program = authz.Compile(authz.Ztunnel, m, authz.Workload{Namespace: w.namespace, Labels: w.labels}, w.policies)
	return p
}

// answer is the product's: how the connection is refused before any policy is
// asked, or else what the policies decide.
type answer struct {
	denier   string // made of a PeerAuthentication
	refused  bool
	decision authz.Decision
}

// ask walks a connection as a diagnosis does.
func (p *product) ask(c *reference.Connection) (answer, string) {
	server, known := p.servers[c.Port]
	if !known {
		server = mesh.ServerMode(p.config, p.pod, mesh.Ambient, c.Port, p.pas)
		p.servers[c.Port] = server
	}
	client := mesh.Client{TLS: mesh.Plaintext}
	if c.Identity != nil {
		client = mesh.Client{TLS: mesh.MutualTLS, HBONE: true}
	}
	met := mesh.Meet(client, server, mesh.Ambient, mesh.TCP, "tcp")
	switch {
	case met.Outcome == mesh.Refused:
		return answer{refused: true, denier: server.Denier}, ""
	case met.Outcome != mesh.Established:
		return answer{}, "Meet does not decide: " + met.Missing
	case met.Identity != (c.Identity != nil):
		return answer{}, fmt.Sprintf("Meet says that there is an identity: %t", met.Identity)
	}
	r := request(c)
	a := answer{decision: p.program.Decide(&r)}
	if x := p.program.Explain(&r).Decision; x != a.decision {
		return a, fmt.Sprintf("Decide says %+v, Explain %+v", a.decision, x)
	}
	return a, ""
}

func request(c *reference.Connection) authz.Request {
	r := authz.Request{
		Principal: authz.Absent[string](),
		SourceIP:  authz.Known(c.Source), DestinationIP: authz.Known(c.Destination), DestinationPort: authz.Known(c.Port),
	}
	if c.Identity != nil {
		r.Principal = authz.Known(c.Identity.String())
	}
	return r
}

// differs tells in what the answer is not ztunnel's; matches asks ztunnel's matcher
// about one rule of a policy.
func (a *answer) differs(v *reference.Verdict, matches func(authz.Ref, int) bool) string {
	allowed := !a.refused && a.decision.Verdict == authz.Allowed
	d := a.decision
	switch {
	case !a.refused && d.Verdict != authz.Allowed && d.Verdict != authz.Denied:
		return "the evaluator does not decide: " + d.Verdict.String()
	case allowed != v.Allowed:
		return fmt.Sprintf("the product says allowed: %t (%+v), ztunnel: %t by %v", allowed, *a, v.Allowed, v.By)
	case a.refused && !slices.Contains(v.By, a.denier):
		return fmt.Sprintf("the product names %q, ztunnel one of %v", a.denier, v.By)
	case a.refused:
		return ""
	case d.Policy == (authz.Ref{}) && len(v.By) == 0:
		if (d.Stage == authz.ActionUnknown) != v.Open {
			return fmt.Sprintf("the evaluator decides in the stage %s; no policy allows: %t", d.Stage, !v.Open)
		}
		return ""
	case !slices.Contains(v.By, d.Policy.String()):
		return fmt.Sprintf("the evaluator names %q, ztunnel one of %v", d.Policy, v.By)
	case (d.Stage == authz.ActionDeny) == v.Allowed, !matches(d.Policy, d.Rule):
		return fmt.Sprintf("the evaluator names rule %d of %s in the stage %s, and that rule does not match", d.Rule, d.Policy, d.Stage)
	}
	return ""
}
