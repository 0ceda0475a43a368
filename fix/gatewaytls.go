package fix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// serverNames reports whether a Gateway that the answer names has servers of their own
// for some hosts.
func (sc scene) serverNames() bool {
	for _, gw := range sc.named(cluster.IstioGateways) {
		if g, ok := gw.Object.(*networkingv1.Gateway); ok {
			for _, s := range g.Spec.GetServers() {
				if s.GetTls() != nil && !slices.Contains(s.GetHosts(), "*") {
					return true
				}
			}
		}
	}
	return false
}

// plainClient is a DestinationRule that makes the client send what the server does not
// take, as the summary names it.
var plainClient = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`DestinationRule ([a-z0-9-]+)/([a-z0-9.-]+) \((spec\.[A-Za-z0-9.\[\]]+\.tls)\.mode (?:DISABLE|SIMPLE)\)`)
})

// gatewayTLS makes a client and the server of a gateway speak the same: the mesh's mTLS.
func (sc scene) gatewayTLS() []draft {
	var out []draft
	if m := plainClient().FindStringSubmatch(sc.answer.Summary); m != nil && sc.decides() == diagnose.StageRoute {
		if item, ok := sc.snap.Item(cluster.DestinationRules, m[1], m[2]); ok && !made(item) {
			out = append(out, draft{
				kind: ClientTLS, title: fmt.Sprintf("set %s.mode of DestinationRule %s/%s to ISTIO_MUTUAL", m[3], m[1], m[2]),
				changes: []Change{changed(item, func(object tree) { set(object, m[3], sc.clientMode(at(object, m[3]), "ISTIO_MUTUAL")) })},
			})
		}
	}
	for _, gw := range sc.named(cluster.IstioGateways) {
		servers, _ := at(parse(gw.Raw), "spec.servers").([]any)
		for i, s := range servers {
			field := fmt.Sprintf("spec.servers[%d].tls", i)
			mode, _ := at(s, "tls.mode").(string)
			if mode == "" || mode == "ISTIO_MUTUAL" || sc.decides() != diagnose.StageMTLS {
				continue
			}
			out = append(out, draft{
				kind: ServerTLS, title: fmt.Sprintf("take the mesh's mTLS in %s of %s in place of %s", strings.TrimPrefix(field, "spec."), reference(gw), mode),
				changes: []Change{changed(gw, func(object tree) { set(object, field, tree{"mode": "ISTIO_MUTUAL"}) })},
				danger:  "clients outside the mesh cannot call this server then",
			})
		}
	}
	return out
}
