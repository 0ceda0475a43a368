package fix

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// about is a question that a draft may answer in another way.
type about struct{ source, target string }

// affected are the questions that a draft may answer in another way: everybody about
// what it touches, and what it touches about everything, if it changes a client.
func (e *engine) affected(d draft, asked string) []about {
	s := e.world
	var out []about
	if asked != "" {
		out = append(out, about{diagnose.Everyone, asked})
	}
	if other := e.otherScheme(asked); other != "" {
		out = append(out, about{diagnose.Everyone, other})
	}
	outsider := strings.HasPrefix(e.question.Source, "ip/")
	if outsider {
		for _, a := range slices.Clone(out) {
			out = append(out, about{e.question.Source, a.target})
		}
	}
	add := func(a about) { // everybody's question holds everybody
		same := func(had about) bool { return e.same(had.target, a.target, asked) }
		if slices.ContainsFunc(out, func(had about) bool { return (had.source == a.source || had.source == diagnose.Everyone) && same(had) }) {
			return
		}
		if a.source == diagnose.Everyone {
			out = slices.DeleteFunc(out, func(had about) bool { return !strings.HasPrefix(had.source, "ip/") && same(had) })
		}
		out = append(out, a)
	}
	root := e.config().RootNamespace
	for _, c := range d.changes {
		servers, clients := touched(s, c, root)
		for _, t := range targetsOf(s, servers) {
			add(about{diagnose.Everyone, t})
			if outsider && !slices.ContainsFunc(out, func(had about) bool { return had.source == e.question.Source && e.same(had.target, t, asked) }) {
				out = append(out, about{e.question.Source, t}) // an address is nobody of everybody
			}
		}
		if e.then != s { // what will be there as well
			after, _ := touched(e.then, c, root)
			for _, t := range targetsOf(e.then, after) {
				add(about{diagnose.Everyone, t})
			}
		}
		if len(clients) > 0 {
			for _, t := range targetsOf(s, cluster.List[*corev1.Pod](s, "")) {
				for _, source := range sourceNames(clients) {
					add(about{source, t})
				}
			}
		}
	}
	return out
}

// otherScheme is a target at a Pod's address with the other of what can be spoken there,
// if no Service says what the port is for, so that the proxy looks. Empty for others.
func (e *engine) otherScheme(target string) string {
	scheme, rest, ok := strings.Cut(target, "://")
	at, err := netip.ParseAddrPort(rest)
	if !ok || err != nil {
		return ""
	}
	for _, pod := range cluster.List[*corev1.Pod](e.world, "") {
		if pod.Status.PodIP != at.Addr().String() {
			continue
		}
		for _, svc := range cluster.List[*corev1.Service](e.world, pod.Namespace) {
			for _, p := range svc.Spec.Ports {
				to := p.TargetPort.IntValue()
				if p.TargetPort.StrVal == "" && to == 0 {
					to = int(p.Port)
				}
				if protocol, _ := mesh.PortProtocol(p); matches(svc.Spec.Selector, pod.Labels) && protocol != mesh.Auto && (p.TargetPort.StrVal != "" || to == int(at.Port())) {
					return ""
				}
			}
		}
	}
	return map[string]string{"http": "tcp://" + rest, "tcp": "http://" + rest}[scheme]
}

// same reports whether two targets are the same, of which the first may be as it was
// asked about.
func (e *engine) same(had, target, asked string) bool {
	return sameTarget(had, target) || had == asked && sameTarget(withScheme(e.resolved, had), target)
}

// sameTarget reports whether two targets are one Service and port, or one Pod, and what
// is spoken there is not told, or the same.
func sameTarget(a, b string) bool {
	x, _, one := strings.Cut(a, "://")
	y, _, other := strings.Cut(b, "://")
	return plainTarget(a) == plainTarget(b) && (!one || !other || streams(x) == streams(y))
}

// streams reports whether a scheme is of what is no HTTP for a proxy.
func streams(scheme string) bool { return scheme != "http" && scheme != "grpc" }

// withScheme gives a target the scheme of another.
func withScheme(target, like string) string {
	if scheme, _, ok := strings.Cut(like, "://"); ok {
		return scheme + "://" + strings.TrimPrefix(target, "svc/")
	}
	return target
}

// plainTarget is a target as NAME.NAMESPACE:PORT, as far as it says these.
func plainTarget(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		rest = strings.TrimPrefix(s, "svc/")
	}
	rest = strings.Replace(rest, ".svc.cluster.local", "", 1)
	if port := map[string]string{"http": "80", "https": "443"}[scheme]; port != "" && !strings.Contains(rest, ":") {
		rest += ":" + port
	}
	return rest
}

// touched are the Pods that a change can make a difference to as servers, and as
// clients.
func touched(s *cluster.Snapshot, c Change, root string) (servers, clients []*corev1.Pod) {
	namespace := c.Namespace
	if namespace == root && c.Resource.Group == cluster.AuthorizationPolicies.Group {
		namespace = "" // there it is about the whole mesh
	}
	select1 := func(raw json.RawMessage, field string) []*corev1.Pod {
		if len(raw) == 0 {
			return nil
		}
		object := parse(raw)
		return selected(s, namespace, stringMap(at(object, field)))
	}
	switch c.Resource {
	case cluster.AuthorizationPolicies, cluster.RequestAuthentications, cluster.PeerAuthentications:
		for _, raw := range []json.RawMessage{c.Before, c.After} {
			servers = append(servers, select1(raw, "spec.selector.matchLabels")...)
		}
	case cluster.NetworkPolicies:
		for _, raw := range []json.RawMessage{c.Before, c.After} {
			pods := select1(raw, "spec.podSelector.matchLabels")
			types, _ := at(parse(raw), "spec.policyTypes").([]any)
			if slices.Contains(types, any("Egress")) {
				clients = append(clients, pods...)
			}
			if slices.Contains(types, any("Ingress")) || len(types) == 0 {
				servers = append(servers, pods...)
			}
		}
	case cluster.Namespaces:
		servers = cluster.List[*corev1.Pod](s, c.Name)
		clients = servers
	case cluster.Deployments, cluster.StatefulSets, cluster.DaemonSets:
		for _, pod := range cluster.List[*corev1.Pod](s, c.Namespace) {
			if workload(pod, diagnose.Hop{}) == c.Name {
				servers = append(servers, pod)
			}
		}
		clients = servers
	case cluster.DestinationRules:
		host, _ := at(parse(c.After), "spec.host").(string)
		name, namespace, _ := strings.Cut(strings.TrimSuffix(host, ".svc.cluster.local"), ".")
		if namespace == "" {
			namespace = c.Namespace
		}
		if svc, ok := cluster.Get[*corev1.Service](s, namespace, name); ok {
			servers = selected(s, namespace, svc.Spec.Selector)
		}
	case cluster.Services:
		for _, raw := range []json.RawMessage{c.Before, c.After} {
			servers = append(servers, select1(raw, "spec.selector")...)
		}
	default: // routes, entries and settings of the mesh can matter to everybody
		servers = cluster.List[*corev1.Pod](s, "")
	}
	return servers, clients
}

// selected are the Pods of a namespace that a selector selects; an empty one, all.
func selected(s *cluster.Snapshot, namespace string, set map[string]string) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range cluster.List[*corev1.Pod](s, namespace) {
		if len(set) == 0 || matches(set, pod.Labels) {
			out = append(out, pod)
		}
	}
	return out
}

// targetsOf are the Services that Pods stand behind, each port of them, by what can be
// spoken there if rules about HTTP then count or not, and the Pods that stand behind none.
func targetsOf(s *cluster.Snapshot, pods []*corev1.Pod) []string {
	var out []string
	for _, pod := range pods {
		if !running(pod) {
			continue
		}
		found := false
		for _, svc := range cluster.List[*corev1.Service](s, pod.Namespace) {
			if !matches(svc.Spec.Selector, pod.Labels) {
				continue
			}
			found = true
			for _, p := range svc.Spec.Ports {
				place := fmt.Sprintf("%s.%s:%d", svc.Name, svc.Namespace, p.Port)
				if protocol, _ := mesh.PortProtocol(p); protocol == mesh.Auto && proxied(pod) {
					out = append(out, "http://"+place, "tcp://"+place) // the proxy looks which it is
					continue
				}
				out = append(out, "svc/"+place)
			}
		}
		if !found {
			for _, port := range portsOf(pod) {
				out = append(out, fmt.Sprintf("pod/%s.%s:%d", pod.Name, pod.Namespace, port))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unsaidPort stands for the ports of a Pod that declares none.
const unsaidPort = 80

// portsOf are the TCP ports that a Pod declares, without the proxy's.
func portsOf(pod *corev1.Pod) []int32 {
	var out []int32
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if c.Name != proxyContainer && p.Protocol != corev1.ProtocolUDP && p.Protocol != corev1.ProtocolSCTP {
				out = append(out, p.ContainerPort)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, unsaidPort)
	}
	return out
}

// sourceNames name one Pod of each workload.
func sourceNames(pods []*corev1.Pod) []string {
	var out, seen []string
	for _, pod := range pods {
		key := pod.Namespace + "/" + workload(pod, diagnose.Hop{})
		if running(pod) && !slices.Contains(seen, key) {
			seen = append(seen, key)
			out = append(out, "pod/"+pod.Name+"."+pod.Namespace)
		}
	}
	return out
}
