package live

import (
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/clusters"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// world asks istiod for what it tells every proxy of a cluster.
func (l *Lab) world(ctx context.Context, c clusters.Cluster) (*facts.World, error) {
	w := &facts.World{Proxies: map[string]*xds.Config{}, TrustDomain: c.TrustDomain}
	pods, err := l.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range pods.Items {
		if slices.Contains(c.Namespaces, pods.Items[i].Namespace) {
			w.Pods = append(w.Pods, &pods.Items[i])
		}
	}
	services, err := l.client.CoreV1().Services("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range services.Items {
		w.Services = append(w.Services, &services.Items[i])
	}
	if w.Mesh, err = l.xds.FetchMesh(ctx); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	return w, each(w.Pods, func(p *corev1.Pod) error {
		kind := facts.KindOf(p)
		if kind == "" || kind == xds.Ztunnel {
			return nil
		}
		got, err := l.xds.Fetch(ctx, xds.Node{
			Kind: kind, Namespace: p.Namespace, Name: p.Name, IP: p.Status.PodIP, Labels: p.Labels,
			ServiceAccount: p.Spec.ServiceAccountName, HBONE: p.Labels["networking.istio.io/tunnel"] == "http",
		})
		mu.Lock()
		defer mu.Unlock()
		w.Proxies[p.Namespace+"/"+p.Name] = got
		return err
	})
}
