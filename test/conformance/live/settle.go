package live

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
)

// A while is how long anything may take.
const aWhile = 30 * time.Second

// settle waits until the cluster has come to rest and istiod has told the proxies of
// it: a mark is set last, and what istiod knows after it, it knows.
func (l *Lab) settle(ctx context.Context) error {
	why := ""
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, aWhile, true, func(ctx context.Context) (bool, error) {
		var err error
		why, err = l.restless(ctx)
		return why == "", err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", why, err)
	}
	time.Sleep(50 * time.Millisecond) // its watches are not one behind the other
	return l.mark(ctx)
}

// restless says what is still to come.
func (l *Lab) restless(ctx context.Context) (string, error) {
	pods, err := l.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	for i := range pods.Items {
		if !ready(&pods.Items[i]) {
			return "Pod " + pods.Items[i].Namespace + "/" + pods.Items[i].Name + " does not run", nil
		}
	}
	services, err := l.client.CoreV1().Services("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	slices, err := l.client.DiscoveryV1().EndpointSlices("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	for i := range services.Items {
		s := &services.Items[i]
		if wanted := selected(s, pods.Items); endpoints(s, slices.Items) != wanted {
			return fmt.Sprintf("Service %s/%s has not its %d endpoints", s.Namespace, s.Name, wanted), nil
		}
	}
	return l.unanswered(ctx)
}

func ready(p *corev1.Pod) bool {
	if p.Status.PodIP == "" {
		return false
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func selected(s *corev1.Service, pods []corev1.Pod) int {
	n := 0
	if len(s.Spec.Selector) == 0 {
		return n
	}
	for i := range pods {
		if pods[i].Namespace == s.Namespace && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(pods[i].Labels)) {
			n++
		}
	}
	return n
}

func endpoints(s *corev1.Service, slices []discoveryv1.EndpointSlice) int {
	n := 0
	for i := range slices {
		if slices[i].Namespace == s.Namespace && slices[i].Labels[discoveryv1.LabelServiceName] == s.Name {
			for _, e := range slices[i].Endpoints {
				if e.Conditions.Ready == nil || *e.Conditions.Ready {
					n++
				}
			}
		}
	}
	return n
}

// unanswered names a Gateway of the Gateway API that istiod has not given its address.
func (l *Lab) unanswered(ctx context.Context) (string, error) {
	list, err := l.list(ctx, resource{"gateway.networking.k8s.io", "v1", "gateways"})
	if err != nil {
		return "", err
	}
	for i := range list {
		if _, found, _ := nested(list[i].Object, "status", "addresses"); !found {
			return "Gateway " + list[i].GetNamespace() + "/" + list[i].GetName() + " has no address", nil
		}
	}
	return "", nil
}

// marker is the host of the last mark.
func (l *Lab) marker() string { return fmt.Sprintf("mark-%d.example.com", l.markers) }

// mark makes an object and waits until a proxy is told of it.
func (l *Lab) mark(ctx context.Context) error {
	l.markers++
	host := l.marker()
	err := l.apply(ctx, fmt.Sprintf(`{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: mark, namespace: marks},
spec: {hosts: [%s], exportTo: ['.'], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}}`, host))
	if err != nil {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, 15*time.Millisecond, aWhile, true, func(ctx context.Context) (bool, error) {
		c, err := l.xds.Fetch(ctx, probe())
		if err != nil {
			return false, err
		}
		return c.Clusters["outbound|80||"+host] != nil, nil
	})
}
