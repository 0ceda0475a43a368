package routing

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// service is a VirtualService with its names resolved and its delegates merged.
type service struct {
	object    string // VirtualService shop/cart
	namespace string
	hosts     []string
	spec      *networkingapi.VirtualService
	http      httpTable // without a gateway
}

// scope says which VirtualServices a proxy gets.
type scope struct {
	all           []*networkingv1.VirtualService
	namespace     string // the proxy's
	domain        string
	defaultExport []string // the mesh's defaultVirtualServiceExportTo
}

// services are the VirtualServices for a gateway that the proxy gets, in the order in
// which istiod takes them: those that are its namespace's own, those that are
// exported to just that namespace, those of everybody, each from the oldest to the
// newest (istio: model/push_context.go initVirtualServices and
// VirtualServicesForGateway, model/virtualservice.go SelectVirtualServices). One
// without hosts is a delegate, and none by itself.
func (s scope) services(gateway string) []service {
	var out []service
	for visible := private; visible <= public; visible++ {
		for _, vs := range s.sorted() {
			if len(vs.Spec.GetHosts()) > 0 && s.visible(vs) == visible && boundTo(vs, gateway) {
				out = append(out, s.resolve(vs, gateway))
			}
		}
	}
	return out
}

// sorted are all VirtualServices from the oldest to the newest.
func (s scope) sorted() []*networkingv1.VirtualService {
	out := slices.DeleteFunc(slices.Clone(s.all), func(vs *networkingv1.VirtualService) bool { return vs == nil })
	slices.SortStableFunc(out, func(a, b *networkingv1.VirtualService) int { return age(a, b) })
	return out
}

// age puts objects in the order in which they were made, and those of one second in
// that of their names (istio: model/config.go configCompareByCreationTime).
func age(a, b metav1.Object) int {
	at, bt := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	return cmp.Or(at.Compare(bt.Time), strings.Compare(a.GetName(), b.GetName()), strings.Compare(a.GetNamespace(), b.GetNamespace()))
}

// boundTo reports whether spec.gateways names the gateway; without any it is mesh.
func boundTo(vs *networkingv1.VirtualService, gateway string) bool {
	names := vs.Spec.GetGateways()
	if len(names) == 0 {
		return gateway == meshGateway
	}
	return slices.ContainsFunc(names, func(g string) bool { return gatewayName(g, vs.Namespace) == gateway })
}

// visibility is how the namespace of the proxy sees a VirtualService.
type visibility uint8

const (
	invisible visibility = iota
	private
	exported
	public
)

// visible reads exportTo, or the mesh's default where it is empty: * makes it public
// whatever else there is, ~ hides it, a dot is its own namespace.
func (s scope) visible(vs *networkingv1.VirtualService) visibility {
	to := s.exports(vs)
	switch {
	case slices.Contains(to, "*"):
		return public
	case slices.Contains(to, "~") || !slices.Contains(to, s.namespace):
		return invisible
	case s.namespace == vs.Namespace:
		return private
	}
	return exported
}

// exports are the namespaces that see a VirtualService.
func (s scope) exports(vs *networkingv1.VirtualService) []string {
	to := vs.Spec.GetExportTo()
	if len(to) == 0 {
		to = s.defaultExport
	}
	if len(to) == 0 {
		return []string{"*"}
	}
	out := slices.Clone(to)
	for i, ns := range out {
		if ns == "." {
			out[i] = vs.Namespace
		}
	}
	return out
}

// resolve fills in names and delegates.
func (s scope) resolve(vs *networkingv1.VirtualService, gateway string) service {
	spec := s.full(vs)
	out := service{object: objectName(vs), namespace: vs.Namespace, hosts: spec.GetHosts(), spec: spec}
	out.http = s.delegated(out, spec.GetHttp())
	out.http.gateway = gateway
	return out
}

func objectName(vs *networkingv1.VirtualService) string {
	return "VirtualService " + vs.Namespace + "/" + vs.Name
}

// full is a copy of the spec in which hosts and gateways are full names (istio:
// model/virtualservice.go ResolveVirtualServiceShortnames).
func (s scope) full(vs *networkingv1.VirtualService) *networkingapi.VirtualService {
	spec := vs.Spec.DeepCopy()
	for i, h := range spec.GetHosts() {
		spec.Hosts[i] = fullName(h, vs.Namespace, s.domain)
	}
	host := func(d *networkingapi.Destination) {
		if d != nil {
			d.Host = fullName(d.GetHost(), vs.Namespace, s.domain)
		}
	}
	gateways := func(names []string) {
		for i, g := range names {
			names[i] = gatewayName(g, vs.Namespace)
		}
	}
	for _, h := range spec.GetHttp() {
		for _, m := range h.GetMatch() {
			gateways(m.GetGateways())
		}
		for _, d := range h.GetRoute() {
			host(d.GetDestination())
		}
		host(h.GetMirror())
		for _, m := range h.GetMirrors() {
			host(m.GetDestination())
		}
	}
	fullStreams(spec, host, gateways)
	return spec
}

// fullStreams does the same to the routes of connections.
func fullStreams(spec *networkingapi.VirtualService, host func(*networkingapi.Destination), gateways func([]string)) {
	for _, t := range spec.GetTls() {
		for _, m := range t.GetMatch() {
			gateways(m.GetGateways())
		}
		for _, d := range t.GetRoute() {
			host(d.GetDestination())
		}
	}
	for _, t := range spec.GetTcp() {
		for _, m := range t.GetMatch() {
			gateways(m.GetGateways())
		}
		for _, d := range t.GetRoute() {
			host(d.GetDestination())
		}
	}
}
