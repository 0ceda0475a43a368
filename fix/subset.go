package fix

import (
	"fmt"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// destination is where a VirtualService sends to, and where that stands in it.
type destination struct {
	path, host, subset string
	port               int
}

// destinations are those of a VirtualService, in its order; hosts in full.
func destinations(object tree, namespace string) []destination {
	var out []destination
	for _, kind := range []string{"http", "tls", "tcp"} {
		routes, _ := at(object, "spec."+kind).([]any)
		for i, r := range routes {
			ends, _ := at(r, "route").([]any)
			for j := range ends {
				path := fmt.Sprintf("spec.%s[%d].route[%d].destination", kind, i, j)
				d := destination{path: path}
				host, _ := at(object, path+".host").(string)
				d.host = fullHost(host, namespace)
				d.subset, _ = at(object, path+".subset").(string)
				port, _ := at(object, path+".port.number").(float64)
				d.port = int(port)
				out = append(out, d)
			}
		}
	}
	return out
}

// clusterDomain ends the names of Services.
const clusterDomain = ".svc.cluster.local"

// fullHost is a short name in full, as it is read in a namespace.
func fullHost(host, namespace string) string {
	if host == "" || strings.Contains(host, ".") {
		return host
	}
	return host + "." + namespace + clusterDomain
}

// subsets lets a route and the DestinationRule that has its subset speak of the same:
// the name of the subset, the host, or the labels of its endpoints.
func (sc scene) subsets() []draft {
	var out []draft
	for _, vs := range sc.named(cluster.VirtualServices) {
		for _, d := range destinations(parse(vs.Raw), vs.Object.GetNamespace()) {
			if d.subset != "" {
				out = append(out, sc.subset(vs, d)...)
			}
		}
	}
	for _, dr := range sc.named(cluster.DestinationRules) {
		out = append(out, sc.subsetLabels(dr)...)
	}
	return out
}

func (sc scene) subset(vs cluster.Item, d destination) []draft {
	var out []draft
	var names []string
	type owned struct {
		item cluster.Item
		path string
	}
	of := map[string]owned{}
	for _, rule := range cluster.List[*networkingv1.DestinationRule](sc.snap, "") {
		item, ok := sc.snap.Item(cluster.DestinationRules, rule.Namespace, rule.Name)
		host := fullHost(rule.Spec.GetHost(), rule.Namespace)
		for i, s := range rule.Spec.GetSubsets() {
			switch {
			case !ok:
			case host == d.host && s.GetName() == d.subset:
				return nil // it is there
			case host == d.host:
				names = append(names, s.GetName())
				of[s.GetName()] = owned{item, fmt.Sprintf("spec.subsets[%d].name", i)}
			case s.GetName() == d.subset && closest(d.host, []string{host}) != "" && !made(item):
				out = append(out, draft{
					kind: Subset, title: fmt.Sprintf("make %s be about %s in place of %s", reference(item), d.host, rule.Spec.GetHost()),
					changes: []Change{changed(item, func(object tree) { set(object, "spec.host", d.host) })},
				})
			}
		}
	}
	if near := only(d.subset, names); near != "" {
		out = append(out, draft{
			kind: Subset, title: fmt.Sprintf("send to subset %s in place of %s in %s of %s", near, d.subset, strings.TrimPrefix(d.path, "spec."), reference(vs)),
			changes: []Change{changed(vs, func(object tree) { set(object, d.path+".subset", near) })},
		})
		if in := of[near]; !made(in.item) {
			out = append(out, draft{
				kind: Subset, title: fmt.Sprintf("call the subset %s in place of %s in %s", d.subset, near, reference(in.item)),
				changes: []Change{changed(in.item, func(object tree) { set(object, in.path, d.subset) })},
			})
		}
	}
	return append(out, draft{
		kind: Subset, title: fmt.Sprintf("send to all of %s in place of subset %s in %s of %s", d.host, d.subset, strings.TrimPrefix(d.path, "spec."), reference(vs)),
		changes: []Change{changed(vs, func(object tree) { drop(object, d.path, "subset") })},
		danger:  "requests go to every version of the service, and no setting of the subset counts",
	})
}

// subsetLabels lets a subset select the endpoints that are there, or gives them its label.
func (sc scene) subsetLabels(dr cluster.Item) []draft {
	rule, ok := dr.Object.(*networkingv1.DestinationRule)
	if !ok {
		return nil
	}
	name, namespace, _ := strings.Cut(strings.TrimSuffix(fullHost(rule.Spec.GetHost(), rule.Namespace), clusterDomain), ".")
	svc, ok := cluster.Get[*corev1.Service](sc.snap, namespace, name)
	if !ok {
		return nil
	}
	var out []draft
	for i, s := range rule.Spec.GetSubsets() {
		wrong := ""
		pods := sc.serving(svc)
		for _, pod := range pods {
			keys := wrongLabels(s.GetLabels(), pod.Labels)
			if len(keys) != 1 || wrong != "" && pod.Labels[wrong] != pods[0].Labels[wrong] {
				pods = nil // it is not one label
				break
			}
			wrong = keys[0]
		}
		if len(pods) == 0 {
			continue
		}
		field, value := fmt.Sprintf("spec.subsets[%d].labels", i), pods[0].Labels[wrong]
		out = append(out, draft{
			kind: Subset, title: fmt.Sprintf("let subset %s of %s select %s=%s in place of %s", s.GetName(), reference(dr), wrong, value, s.GetLabels()[wrong]),
			changes: []Change{changed(dr, func(object tree) { set(object, field, withLabel(at(object, field), wrong, value)) })},
		})
		out = append(out, sc.relabel(pods, s.GetLabels(), svc)...)
	}
	return out
}

// drop takes a field out of the object at a path.
func drop(object tree, path, field string) {
	if o, ok := at(object, path).(tree); ok {
		delete(o, field)
	}
}
