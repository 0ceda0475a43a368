package mesh

import corev1 "k8s.io/api/core/v1"

// WaypointFor returns the waypoint that the labels ask for: for traffic to the
// Service if byService, else for traffic to the Pod's own address. The name is
// empty where none is asked for, and why tells what decided.
//
// The object's own label wins over the Namespace's, "none" opts out, and a waypoint
// that does not exist or is not ready is not replaced by the Namespace's. Whether
// it takes this kind of traffic (istio.io/waypoint-for) and whether the client uses
// it at all is not asked here (istio: ambient/waypoints.go).
func WaypointFor(ns *corev1.Namespace, svc *corev1.Service, pod *corev1.Pod, byService bool) (name, namespace, why string) {
	var labels map[string]string
	var home, what string
	switch {
	case byService && svc != nil:
		labels, home, what = svc.Labels, svc.Namespace, "Service"
	case byService:
		return "", "", "the Service is not known"
	case pod != nil:
		labels, home, what = pod.Labels, pod.Namespace, "Pod"
	default:
		return "", "", "the Pod is not known"
	}
	if m := labels[labelManaged]; m == managedWaypoint || m == managedEastWest {
		return "", "", what + " label " + labelManaged + ": " + m + ", and a waypoint has none itself"
	}
	if _, ok := labels[labelWaypoint]; ok {
		return asked(labels, home, what)
	}
	if ns == nil {
		return "", "", "the labels of namespace " + home + " could not be read"
	}
	if _, ok := ns.Labels[labelWaypoint]; ok {
		return asked(ns.Labels, home, "namespace")
	}
	return "", "", "neither the " + what + " nor namespace " + ns.Name + " is labelled " + labelWaypoint
}

// asked reads the labels of one object. An empty name names no waypoint.
func asked(labels map[string]string, home, what string) (name, namespace, why string) {
	name = labels[labelWaypoint]
	why = what + " label " + labelWaypoint + ": " + name
	if name == "none" || name == "" {
		return "", "", why
	}
	if ns, ok := labels[labelWaypointNamespace]; ok {
		return name, ns, why + ", " + labelWaypointNamespace + ": " + ns
	}
	return name, home, why
}
