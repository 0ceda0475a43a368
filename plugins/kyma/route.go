package kyma

import (
	"fmt"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// routing is the VirtualService of an APIRule beside what it should be; false if there is
// nothing to compare: the APIRule is not carried out, or what it takes was not read.
func (w world) routing(r *apirule.APIRule) (apirule.Routing, bool) {
	if _, stuck := notCarriedOut(r); stuck && !abandoned(r) {
		return apirule.Routing{}, false
	}
	found, ok, err := apirule.CompareRoutes(r, w, cluster.List[*networkingv1.VirtualService](w.snap, ""))
	switch {
	case err != nil, !ok:
		return found, false
	case found.Got == nil && !w.read(cluster.VirtualServices, r.Namespace):
		return found, false
	}
	return found, true
}

// abandoned reports whether an APIRule of version v1beta1 is in state Error for no other
// reason than that: its VirtualService is the one of before.
func abandoned(r *apirule.APIRule) bool {
	return r.Written() == apirule.V1Beta1 && (r.Status.State == "" || strings.Contains(r.Status.Description, "no longer supported"))
}

// route is a gateway whose routes for the host are not what an APIRule asks for.
func (c *connection) route() (diagnose.Remark, bool) {
	if c.Host == "" || !c.isAnyGateway(c.Destination) { // no route is for anybody else
		return diagnose.Remark{}, false
	}
	owners := c.ownersOf(c.Host)
	for _, r := range c.rules() {
		if !slices.Contains(owners, r.Ref) && !c.hasHost(r, c.Host) && !c.oldHost(r, c.Host) {
			continue
		}
		found, ok := c.routing(r)
		if !ok || len(found.Differences) == 0 || !c.comesBy(found) {
			continue
		}
		first := found.Differences[0]
		out := diagnose.Remark{Kind: findingRoute, Objects: []string{named(r.Ref)}, Field: first.Field}
		if o := driftObject(first); o != "" {
			out.Objects = append(out.Objects, o)
		}
		var words []string
		for _, d := range found.Differences {
			words = append(words, d.Words)
		}
		path, _, _ := strings.Cut(c.Path, "?")
		_, effect := found.Effect(apirule.Sent{Host: c.Host, Method: c.Method, Path: path})
		out.Message = fmt.Sprintf("Of %s: %s; %s. This request %s.", named(r.Ref), atMost(2, words), routeFate(found, first), effect)
		return out, true
	}
	return diagnose.Remark{}, false
}

// ownersOf are the APIRules that the VirtualServices with a host are made of.
func (w world) ownersOf(host string) []apirule.Ref {
	var out []apirule.Ref
	for _, vs := range cluster.List[*networkingv1.VirtualService](w.snap, "") {
		if ref, made := ruleOf(vs); made && hostAmong(host, vs.Spec.GetHosts()) {
			out = append(out, ref)
		}
	}
	return out
}

// comesBy reports whether the connection ends at a gateway that the routes are for, and is
// for one of their hosts.
func (c *connection) comesBy(x apirule.Routing) bool {
	at := x.Wanted.GetGateways()
	if x.Got != nil {
		at = slices.Concat(at, x.Got.Spec.GetGateways())
	}
	return hostAmong(c.Host, x.Hosts()) && c.isGateway(c.Destination, at)
}

// routeFate is what becomes of a difference in the VirtualService: the controller writes
// all of its spec whenever it looks (kyma-project/api-gateway,
// internal/processing/processors/v2alpha1/virtualservice).
func routeFate(x apirule.Routing, d apirule.Difference) string {
	const when = "when the APIRule or its Service changes, and every 30 to 60 minutes"
	switch {
	case !x.Kept:
		return "nobody puts it back, for the APIRule is of version v1beta1"
	case d.Drift == apirule.Missing:
		return "the controller makes one " + when
	case d.Drift == apirule.Surplus:
		return "both count until one of them is deleted"
	}
	return "the controller writes it anew " + when + ": until then it counts as it stands"
}
