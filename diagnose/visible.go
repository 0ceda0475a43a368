package diagnose

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// exportMark is the annotation of a Service that says which namespaces know it.
const exportMark = "networking.istio.io/exportTo"

// exported reports whether what is in a namespace is known in another; without an own
// setting the mesh's counts, and without that everybody knows it (istio:
// pilot/pkg/model/push_context.go, serviceExportTo and IsServiceVisible).
func exported(own, defaults []string, home, client string) bool {
	to := own
	if len(to) == 0 {
		to = defaults
	}
	return len(to) == 0 || slices.Contains(to, "*") || slices.Contains(to, client) || slices.Contains(to, ".") && home == client
}

// unseenBy words why the proxy of a client does not know where a route leads: the
// Service or ServiceEntry is not exported to its namespace. Empty: it does.
func (in *inquiry) unseenBy(client party, r route) string {
	if client.pod == nil || client.presence.Plane != mesh.Sidecar && client.presence.Plane != mesh.Gateway {
		return ""
	}
	c := in.config(in.revision())
	ns := client.pod.Namespace
	switch {
	case r.service != nil:
		var own []string
		for _, w := range strings.Split(r.service.Annotations[exportMark], ",") {
			if w = strings.TrimSpace(w); w != "" {
				own = append(own, w)
			}
		}
		if !exported(own, c.ServiceExportTo, r.service.Namespace, ns) {
			return "Service " + r.service.Namespace + "/" + r.service.Name + " is not exported to namespace " + ns + " (" + exportWords(own) + ")"
		}
	case r.entry != nil && !entrySeen(c, r.entry, ns):
		return "ServiceEntry " + r.entry.Namespace + "/" + r.entry.Name + " is not exported to namespace " + ns + " (spec.exportTo)"
	}
	return ""
}

func exportWords(own []string) string {
	if len(own) == 0 {
		return "meshConfig.defaultServiceExportTo"
	}
	return "annotation " + exportMark + ": " + strings.Join(own, ",")
}

func entrySeen(c mesh.Config, se *networkingv1.ServiceEntry, client string) bool {
	return exported(se.Spec.GetExportTo(), c.ServiceExportTo, se.Namespace, client)
}

// refuses words why a waypoint does not take traffic for a namespace; empty if it
// does. It is the listener for HBONE that says so, and without a word only the
// waypoint's own namespace may (istio: ambient/waypoints.go, makeAllowedRoutes). known
// is false where the namespace's labels decide and could not be read.
func (in *inquiry) refuses(gw *gatewayv1.Gateway, namespace string) (why string, known bool) {
	from, selector := gatewayv1.NamespacesFromSame, (*metav1.LabelSelector)(nil)
	for _, l := range gw.Spec.Listeners {
		if l.Protocol != "HBONE" || l.Port != hbonePort || l.AllowedRoutes == nil || l.AllowedRoutes.Namespaces == nil {
			continue
		}
		if f := l.AllowedRoutes.Namespaces.From; f != nil {
			from = *f
		}
		selector = l.AllowedRoutes.Namespaces.Selector
		break
	}
	switch from {
	case gatewayv1.NamespacesFromAll:
		return "", true
	case gatewayv1.NamespacesFromSelector:
		set, ok := in.namespaceLabels(namespace)
		s, err := metav1.LabelSelectorAsSelector(selector)
		if !ok || err != nil {
			return "", false
		}
		if s.Matches(labels.Set(set)) {
			return "", true
		}
		return "its allowedRoutes select other namespaces than " + namespace, true
	case gatewayv1.NamespacesFromSame, gatewayv1.NamespacesFromNone:
	}
	if gw.Namespace == namespace {
		return "", true
	}
	return "its allowedRoutes let in its own namespace only", true
}

// waypointFor is what a waypoint stands before: services (the default), workloads, all
// or nothing, as its Gateway says, or else its class.
func (in *inquiry) waypointFor(gw *gatewayv1.Gateway) string {
	const label = "istio.io/waypoint-for"
	if v := gw.Labels[label]; v != "" {
		return v
	}
	name := string(gw.Spec.GatewayClassName)
	if name != "istio-waypoint" || !in.reader.Live() {
		in.want(get(cluster.GatewayClasses, "", name))
	}
	if class, ok := cluster.Get[*gatewayv1.GatewayClass](in.snap, "", name); ok && class.Labels[label] != "" {
		return class.Labels[label]
	}
	return "service"
}

// asService is what labels ask for where a ServiceEntry stands in for a Service.
func asService(r route) *corev1.Service {
	if r.service != nil || r.entry == nil {
		return r.service
	}
	return &corev1.Service{ObjectMeta: r.entry.ObjectMeta}
}
