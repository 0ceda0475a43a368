package lint

import (
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// attach gives the workloads their Services and what is said of their mTLS and tokens.
func (w *world) attach() {
	for _, svc := range cluster.List[*corev1.Service](w.snap, "") {
		if len(svc.Spec.Selector) > 0 {
			for _, l := range w.reach(svc.Namespace, svc.Spec.Selector, false).loads {
				l.services = append(l.services, svc)
			}
		}
	}
	w.attachPeers()
	w.attachTokens()
	w.attachProviders()
	w.outside = map[string]string{}
	for _, se := range cluster.List[*networkingv1.ServiceEntry](w.snap, "") {
		for _, h := range se.Spec.GetHosts() {
			if se.Spec.GetLocation() == networkingapi.ServiceEntry_MESH_EXTERNAL {
				w.outside[strings.ToLower(h)] = se.Namespace + "/" + se.Name
			}
		}
	}
}

// attached are the workloads that an object with a selector is for.
func (w *world) attached(o cluster.Object, selector map[string]string) []*workload {
	return w.reach(o.GetNamespace(), selector, o.GetNamespace() == w.cfg.RootNamespace).loads
}

func (w *world) attachPeers() {
	w.peersOf = map[string][]*securityv1.PeerAuthentication{}
	for _, pa := range cluster.List[*securityv1.PeerAuthentication](w.snap, "") {
		if w.otherRevision(pa.Labels) {
			continue
		}
		class := peerClass(pa)
		w.peersOf[class] = append(w.peersOf[class], pa)
		if rivals := w.peersOf[class]; older(pa, rivals[0]) {
			rivals[0], rivals[len(rivals)-1] = pa, rivals[0]
		}
		for _, l := range w.attached(pa, pa.Spec.GetSelector().GetMatchLabels()) {
			l.peers = append(l.peers, pa)
		}
	}
}

func (w *world) attachTokens() {
	w.targeted = map[string]bool{}
	for _, ra := range cluster.List[*securityv1.RequestAuthentication](w.snap, "") {
		for _, name := range refNames(ra.Spec.GetTargetRefs(), ra.Spec.GetTargetRef()) {
			w.targeted[ra.Namespace+" "+name] = true
			w.targeted[ra.Namespace] = w.targeted[ra.Namespace] || strings.HasPrefix(name, "Gateway")
		}
		if len(ra.Spec.GetTargetRefs()) > 0 || ra.Spec.GetTargetRef() != nil || w.otherRevision(ra.Labels) {
			continue
		}
		for _, l := range w.attached(ra, ra.Spec.GetSelector().GetMatchLabels()) {
			l.tokens = append(l.tokens, ra)
		}
	}
}

func (w *world) attachProviders() {
	for _, p := range cluster.List[*securityv1.AuthorizationPolicy](w.snap, "") {
		if p.Spec.GetProvider() == nil || len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil || w.otherRevision(p.Labels) {
			continue
		}
		for _, l := range w.attached(p, p.Spec.GetSelector().GetMatchLabels()) {
			if l.custom == nil {
				l.custom = map[string]*securityv1.AuthorizationPolicy{}
			}
			if name := p.Spec.GetProvider().GetName(); l.custom[name] == nil {
				l.custom[name] = p
			}
		}
	}
}
