package routing

import (
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// delegated makes the table of a VirtualService: a route with a delegate becomes
// those of the delegate, each merged with it. A delegate that does not exist, is none
// since it has hosts, or is not exported to the root costs the route and nothing
// else; a note says so (istio: model/virtualservice_controller.go
// mergeVirtualServices). A delegate's own delegates are not followed.
func (s scope) delegated(root service, routes []*networkingapi.HTTPRoute) httpTable {
	t := httpTable{object: root.object, namespace: root.namespace, domain: s.domain}
	for i, h := range routes {
		field := "spec.http[" + number(i) + "]"
		d := h.GetDelegate()
		if d == nil {
			t.add(h, field, root.object)
			continue
		}
		ns := d.GetNamespace()
		if ns == "" {
			ns = root.namespace
		}
		name := "VirtualService " + ns + "/" + d.GetName()
		spec := s.delegate(ns, d.GetName(), root.namespace)
		if spec == nil {
			t.notes = append(t.notes, name+", the delegate of "+field+" of "+root.object+", is not there, has hosts or is not exported: the route is left out")
		}
		for k, sub := range spec.GetHttp() {
			if merged := mergeRoute(h, sub); merged != nil {
				t.add(merged, "spec.http["+number(k)+"]", name)
			}
		}
	}
	return t
}

func (t *httpTable) add(h *networkingapi.HTTPRoute, field, object string) {
	t.routes, t.fields, t.objects = append(t.routes, h), append(t.fields, field), append(t.objects, object)
}

// delegate finds the spec of a delegate that the root's namespace sees; nil if there
// is none.
func (s scope) delegate(namespace, name, root string) *networkingapi.VirtualService {
	for _, vs := range s.all {
		if vs == nil || vs.Namespace != namespace || vs.Name != name || len(vs.Spec.GetHosts()) > 0 {
			continue
		}
		if to := s.exports(vs); slices.Contains(to, "*") || slices.Contains(to, root) {
			return s.full(vs)
		}
	}
	return nil
}

// mergeRoute makes the route of a delegate: what it does not set is the root's, and
// what it matches must lie within what the root matches; nil if nothing is left
// (istio: model/virtualservice.go mergeHTTPRoute).
func mergeRoute(root, sub *networkingapi.HTTPRoute) *networkingapi.HTTPRoute {
	matches, ok := mergeMatches(root.GetMatch(), sub.GetMatch())
	if !ok || sub == nil {
		return nil
	}
	out := sub.DeepCopy()
	out.Match, out.Delegate = matches, nil
	if out.Rewrite == nil {
		out.Rewrite = root.GetRewrite()
	}
	if out.DirectResponse == nil {
		out.DirectResponse = root.GetDirectResponse()
	}
	if out.Fault == nil {
		out.Fault = root.GetFault()
	}
	if out.Mirror == nil {
		out.Mirror = root.GetMirror()
	}
	if out.MirrorPercent == nil { //nolint:staticcheck // deprecated, and still read by Istio
		out.MirrorPercent = root.GetMirrorPercent() //nolint:staticcheck // the same
	}
	if out.MirrorPercentage == nil {
		out.MirrorPercentage = root.GetMirrorPercentage()
	}
	if out.Mirrors == nil {
		out.Mirrors = root.GetMirrors()
	}
	if out.Headers == nil {
		out.Headers = root.GetHeaders()
	}
	return out
}
