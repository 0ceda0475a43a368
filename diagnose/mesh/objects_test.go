package mesh

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityapi "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// set is labels or annotations.
type set = map[string]string

// option changes a Pod that is being made.
type option func(*corev1.Pod)

// pod makes the Pod foo/web.
func pod(options ...option) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "web"}}
	p.Spec.Containers = []corev1.Container{{Name: "app", Image: "app:1"}}
	for _, o := range options {
		o(p)
	}
	return p
}

func in(namespace, name string) option {
	return func(p *corev1.Pod) { p.Namespace, p.Name = namespace, name }
}

func labelled(l set) option { return func(p *corev1.Pod) { p.Labels = l } }

func annotated(a set) option { return func(p *corev1.Pod) { p.Annotations = a } }

func hostNetwork(p *corev1.Pod) { p.Spec.HostNetwork = true }

// running adds the container istio-proxy with arguments.
func running(image string, args ...string) option {
	return func(p *corev1.Pod) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: image, Args: args})
	}
}

// initially adds an init container; native ones restart always.
func initially(native bool, name string, args ...string) option {
	return func(p *corev1.Pod) {
		c := corev1.Container{Name: name, Image: "docker.io/istio/proxyv2:1.31.1", Args: args}
		if always := corev1.ContainerRestartPolicyAlways; native {
			c.RestartPolicy = &always
		}
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	}
}

func sidecarred(p *corev1.Pod) {
	running("docker.io/istio/proxyv2:1.31.1", "proxy", "sidecar", "--domain", "x")(p)
	if p.Labels == nil {
		p.Labels = set{}
	}
	p.Labels["security.istio.io/tlsMode"] = "istio"
}

func address(ip string) option { return func(p *corev1.Pod) { p.Status.PodIP = ip } }

func namespace(name string, l set) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: l}}
}

// born is a creation time some minutes after a fixed one.
func born(minutes int) metav1.Time {
	return metav1.NewTime(time.Date(2026, 1, 1, 0, minutes, 0, 0, time.UTC))
}

const (
	unset      = securityapi.PeerAuthentication_MutualTLS_UNSET
	disable    = securityapi.PeerAuthentication_MutualTLS_DISABLE
	permissive = securityapi.PeerAuthentication_MutualTLS_PERMISSIVE
	strict     = securityapi.PeerAuthentication_MutualTLS_STRICT
)

type mtlsMode = securityapi.PeerAuthentication_MutualTLS_Mode

func mtls(m mtlsMode) *securityapi.PeerAuthentication_MutualTLS {
	return &securityapi.PeerAuthentication_MutualTLS{Mode: m}
}

// peer makes a PeerAuthentication; a nil selector is none, an empty one is there.
func peer(namespace, name string, selector set, m mtlsMode, ports map[uint32]mtlsMode) *securityv1.PeerAuthentication {
	pa := &securityv1.PeerAuthentication{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, CreationTimestamp: born(0)}}
	if selector != nil {
		pa.Spec.Selector = &typeapi.WorkloadSelector{MatchLabels: selector}
	}
	pa.Spec.Mtls = mtls(m)
	for port, m := range ports {
		if pa.Spec.PortLevelMtls == nil {
			pa.Spec.PortLevelMtls = map[uint32]*securityapi.PeerAuthentication_MutualTLS{}
		}
		pa.Spec.PortLevelMtls[port] = mtls(m)
	}
	return pa
}

type peers = []*securityv1.PeerAuthentication
