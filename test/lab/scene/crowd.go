package scene

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// Crowd is how much else there is in a cluster.
type Crowd struct {
	Name       string // prefix of its namespaces
	Pods       int
	Services   int
	Namespaces int
}

// Gather creates the crowd and waits until all of it runs. Pods belong to the
// namespaces and Services in turn.
func (c Crowd) Gather(ctx context.Context, l *lab.Lab) error {
	config := rest.CopyConfig(l.Config(lab.Admin))
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	err = parallel(c.Namespaces, func(i int) error {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: c.namespace(i)}}
		_, err := client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	err = parallel(c.Services, func(i int) error {
		_, err := client.CoreV1().Services(c.namespace(i)).Create(ctx, c.service(i), metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	err = parallel(c.Pods, func(i int) error {
		_, err := client.CoreV1().Pods(c.namespace(i)).Create(ctx, c.pod(i), metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, time.Second, 10*time.Minute, true, func(ctx context.Context) (bool, error) {
		return c.running(ctx, client)
	})
}

// running reports whether no Pod of the crowd is pending any more.
func (c Crowd) running(ctx context.Context, client kubernetes.Interface) (bool, error) {
	for i := range c.Namespaces {
		pending, err := client.CoreV1().Pods(c.namespace(i)).List(ctx,
			metav1.ListOptions{FieldSelector: "status.phase=Pending", Limit: 1})
		if err != nil || len(pending.Items) > 0 {
			return false, err
		}
	}
	return true, nil
}

func (c Crowd) namespace(i int) string { return fmt.Sprintf("%s-%02d", c.Name, i%c.Namespaces) }

func (c Crowd) label(i int) map[string]string {
	return map[string]string{"app": fmt.Sprintf("%s-%03d", c.Name, i%c.Services)}
}

func (c Crowd) service(i int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: c.label(i)["app"]},
		Spec: corev1.ServiceSpec{
			Selector: c.label(i),
			Ports:    []corev1.ServicePort{{Name: "http", Port: 8000, TargetPort: intstr.FromInt32(80)}},
		},
	}
}

func (c Crowd) pod(i int) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%05d", c.Name, i), Labels: c.label(i)},
		Spec: corev1.PodSpec{
			NodeName: fmt.Sprintf("node-%d", i%2),
			Containers: []corev1.Container{
				{Name: "app", Image: "nginx", Ports: []corev1.ContainerPort{{ContainerPort: 80}}},
				{Name: "istio-proxy", Image: "istio/proxyv2", Args: []string{"proxy", "sidecar"}},
			},
		},
	}
}

// parallel calls do for 0 … n-1, thirty-two at a time, and returns the first error.
func parallel(n int, do func(int) error) (first error) {
	var (
		workers sync.WaitGroup
		once    sync.Once
		next    = make(chan int)
	)
	for range 32 {
		workers.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
	return first
}
