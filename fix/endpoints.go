package fix

import (
	"encoding/json"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// serviceLabel names the Service of an EndpointSlice.
const serviceLabel = discoveryv1.LabelServiceName

// reslice gives a Service with a selector the EndpointSlices that the controller would
// write once it and its Pods are as they will be: one, in place of those that are there.
func (e *engine) reslice(service json.RawMessage, pods []*corev1.Pod, old []*discoveryv1.EndpointSlice) []cluster.Edit {
	var svc corev1.Service
	if json.Unmarshal(service, &svc) != nil || len(svc.Spec.Selector) == 0 {
		return nil
	}
	var out []cluster.Edit
	for _, slice := range old {
		if slice.Labels[serviceLabel] == svc.Name {
			out = append(out, cluster.Edit{Resource: cluster.EndpointSlices, Namespace: svc.Namespace, Name: slice.Name})
		}
	}
	next := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: svc.Namespace, Name: svc.Name + "-will-be", Labels: map[string]string{serviceLabel: svc.Name}},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	for _, pod := range pods {
		if pod.Namespace != svc.Namespace || !matches(svc.Spec.Selector, pod.Labels) || !running(pod) || pod.Status.PodIP == "" {
			continue
		}
		next.Endpoints = append(next.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{pod.Status.PodIP}, Conditions: discoveryv1.EndpointConditions{Ready: new(ready(pod))},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
		})
		if len(next.Ports) == 0 {
			next.Ports = slicePorts(&svc, pod)
		}
	}
	raw, err := cluster.RawOf(cluster.EndpointSlices, next)
	if err != nil {
		return nil
	}
	return append(out, cluster.Edit{Resource: cluster.EndpointSlices, Namespace: next.Namespace, Name: next.Name, After: raw})
}

// slicePorts are the ports of a Service at a Pod of it; a name that the Pod's ports do
// not have is left out.
func slicePorts(svc *corev1.Service, pod *corev1.Pod) []discoveryv1.EndpointPort {
	var out []discoveryv1.EndpointPort
	for _, p := range svc.Spec.Ports {
		number := p.Port
		switch {
		case p.TargetPort.Type == intstr.String:
			if number = namedPort(pod, p.TargetPort.StrVal); number == 0 {
				continue
			}
		case p.TargetPort.IntVal != 0:
			number = p.TargetPort.IntVal
		}
		protocol := p.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		out = append(out, discoveryv1.EndpointPort{Name: new(p.Name), Port: new(number), Protocol: &protocol, AppProtocol: p.AppProtocol})
	}
	return out
}

// namedPort is the port of that name; a name can be a number in a manifest.
func namedPort(pod *corev1.Pod, name string) int32 {
	if n, err := strconv.ParseInt(name, 10, 32); err == nil {
		return int32(n)
	}
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if p.Name == name {
				return p.ContainerPort
			}
		}
	}
	return 0
}

// ready is the Pod's condition of that name; a Pod that says nothing of it is.
func ready(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return true
}
