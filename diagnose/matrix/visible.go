package matrix

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	extensionsv1alpha1 "istio.io/client-go/pkg/apis/extensions/v1alpha1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// visible is what of Pods and namespaces makes their own side of a way differ. What
// nothing names cannot.
type visible struct {
	all        bool              // every namespace is told from the others
	alone      bool              // each Pod is told from the others: what is read differs with the question
	careful    bool              // policies whose selectors are not read here: all of a Pod counts
	namespaces map[string]bool   // that are told from the others
	sidecars   map[string]string // what the Sidecars of a namespace say
	rooted     bool              // a Sidecar is for the namespaces that have none
	values     map[string]map[string]bool
}

// narrowed reports whether a Sidecar may say what proxies of a namespace know of others,
// and of their own: that depends on whether the target is of the same.
func (v *visible) narrowed(namespace string) bool { return v.rooted || v.sidecars[namespace] != "" }

// labels keeps of labels what something names, and what is the mesh's.
func (v *visible) labels(set map[string]string) string {
	out := map[string]string{}
	for k, value := range set {
		switch named, ok := v.values[k]; {
		case ofMesh(k), ok && named[value]:
			out[k] = value
		case ok:
			out[k] = "\x00another"
		}
	}
	return labels.Set(out).String()
}

func (v *visible) name(selector map[string]string) {
	for k, value := range selector {
		if v.values[k] == nil {
			v.values[k] = map[string]bool{}
		}
		v.values[k][value] = true
	}
}

// export notes who can tell from others that something is exported to some only.
func (v *visible) export(home string, to []string) {
	if len(to) == 0 {
		return
	}
	v.namespaces[home] = true
	for _, ns := range to {
		v.namespaces[strings.TrimSpace(ns)] = true
	}
}

// rootSetting is a root namespace in the mesh's configuration.
var rootSetting = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`rootNamespace: *"?([a-z0-9-]+)`) })

// visibleIn collects what routes and proxies' settings name.
func visibleIn(snap *cluster.Snapshot, meshNamespace string) *visible {
	v := &visible{sidecars: map[string]string{}, namespaces: map[string]bool{}, values: map[string]map[string]bool{}}
	for _, u := range snap.Unread() {
		v.all = v.all || u.Reason != cluster.NotInstalled
	}
	roots := map[string]bool{meshNamespace: true}
	for _, cm := range cluster.List[*corev1.ConfigMap](snap, meshNamespace) {
		for _, text := range cm.Data {
			v.all = v.all || strings.Contains(text, "ExportTo") || strings.Contains(text, "discoverySelectors")
			for _, found := range rootSetting().FindAllStringSubmatch(text, -1) {
				roots[found[1]] = true
			}
		}
	}
	v.lookAtRoutes(snap)
	v.lookAtProxies(snap, roots)
	v.lookAtPolicies(snap)
	return v
}

func (v *visible) lookAtRoutes(snap *cluster.Snapshot) {
	source := func(labels map[string]string, namespace string) {
		v.name(labels)
		if namespace != "" {
			v.namespaces[namespace] = true
		}
	}
	for _, vs := range cluster.List[*networkingv1.VirtualService](snap, "") {
		v.export(vs.Namespace, vs.Spec.GetExportTo())
		for _, r := range vs.Spec.GetHttp() {
			for _, m := range r.GetMatch() {
				source(m.GetSourceLabels(), m.GetSourceNamespace())
			}
		}
		for _, r := range vs.Spec.GetTls() {
			for _, m := range r.GetMatch() {
				source(m.GetSourceLabels(), m.GetSourceNamespace())
			}
		}
		for _, r := range vs.Spec.GetTcp() {
			for _, m := range r.GetMatch() {
				source(m.GetSourceLabels(), m.GetSourceNamespace())
			}
		}
	}
	for _, dr := range cluster.List[*networkingv1.DestinationRule](snap, "") {
		v.export(dr.Namespace, dr.Spec.GetExportTo())
		v.name(dr.Spec.GetWorkloadSelector().GetMatchLabels())
		if !ownHost(dr.Spec.GetHost(), dr.Namespace) {
			v.namespaces[dr.Namespace] = true // it is for this namespace's clients
		}
	}
	for _, se := range cluster.List[*networkingv1.ServiceEntry](snap, "") {
		v.export(se.Namespace, se.Spec.GetExportTo())
	}
	for _, svc := range cluster.List[*corev1.Service](snap, "") {
		if to := svc.Annotations["networking.istio.io/exportTo"]; to != "" {
			v.export(svc.Namespace, strings.Split(to, ","))
		}
	}
	v.lookAtParents(snap)
}

// ownHost reports whether a host is surely that of a Service of the namespace.
func ownHost(host, namespace string) bool {
	labels := strings.Split(host, ".")
	return !strings.Contains(host, "*") && (len(labels) == 1 || labels[1] == namespace && (len(labels) == 2 || labels[2] == "svc"))
}

// lookAtParents finds the routes of the Gateway API that are for the clients of their own
// namespace only: their parent is a Service of another.
func (v *visible) lookAtParents(snap *cluster.Snapshot) {
	note := func(namespace string, parents []gatewayv1.ParentReference) {
		for _, p := range parents {
			if p.Namespace != nil && string(*p.Namespace) != namespace {
				v.namespaces[namespace] = true
			}
		}
	}
	for _, r := range cluster.List[*gatewayv1.HTTPRoute](snap, "") {
		note(r.Namespace, r.Spec.ParentRefs)
	}
	for _, r := range cluster.List[*gatewayv1.GRPCRoute](snap, "") {
		note(r.Namespace, r.Spec.ParentRefs)
	}
	for _, r := range cluster.List[*gatewayv1.TLSRoute](snap, "") {
		note(r.Namespace, r.Spec.ParentRefs)
	}
	for _, r := range cluster.List[*gatewayv1.TCPRoute](snap, "") {
		note(r.Namespace, r.Spec.ParentRefs)
	}
}

// lookAtProxies finds what changes single proxies.
func (v *visible) lookAtProxies(snap *cluster.Snapshot, roots map[string]bool) {
	for _, s := range cluster.List[*networkingv1.Sidecar](snap, "") {
		v.name(s.Spec.GetWorkloadSelector().GetLabels())
		if roots[s.Namespace] {
			v.rooted = true
		}
		text, err := json.Marshal(&s.Spec)
		if v.all = v.all || err != nil; len(v.sidecars[s.Namespace]) > 0 {
			text = append(text, s.CreationTimestamp.String()...) // the oldest counts
		}
		v.sidecars[s.Namespace] += string(text)
	}
	for _, f := range cluster.List[*networkingv1alpha3.EnvoyFilter](snap, "") {
		v.namespaces[f.Namespace] = true
		v.name(f.Spec.GetWorkloadSelector().GetLabels())
	}
	for _, p := range cluster.List[*extensionsv1alpha1.WasmPlugin](snap, "") {
		v.namespaces[p.Namespace] = true
		v.name(p.Spec.GetSelector().GetMatchLabels())
	}
}

// lookAtPolicies finds policies beside NetworkPolicy and AuthorizationPolicy.
func (v *visible) lookAtPolicies(snap *cluster.Snapshot) {
	admin, foreign := cluster.PolicyResources(cluster.List[*cluster.APIGroup](snap, ""))
	for _, r := range append(admin, foreign...) {
		v.careful = v.careful || len(snap.Objects(r, "")) > 0
	}
}
