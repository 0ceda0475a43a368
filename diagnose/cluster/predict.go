package cluster

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PredictedAnnotation marks a Pod that does not exist, but would be created. Its
// value is the kind of the workload.
const PredictedAnnotation = "authz-doctor.dev/predicted"

// PredictPod returns a Pod as the workload would create it: to be running, with
// no status, so that its address is unknown. It has the workload's name. What is
// not a workload predicts nothing.
func PredictPod(workload Object) (*corev1.Pod, bool) {
	r, template, _ := workloadOf(workload)
	if template == nil {
		return nil, false
	}
	template = template.DeepCopy()
	pod := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: workload.GetNamespace(), Name: workload.GetName(),
			Labels: template.Labels, Annotations: template.Annotations, Finalizers: template.Finalizers,
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: r.apiVersion(), Kind: r.Kind, Name: workload.GetName(), UID: workload.GetUID(),
				Controller: new(true),
			}},
		},
		Spec: template.Spec,
	}
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, PredictedAnnotation, r.Kind)
	if r == Jobs {
		metav1.SetMetaDataLabel(&pod.ObjectMeta, batchv1.JobNameLabel, workload.GetName())
		metav1.SetMetaDataLabel(&pod.ObjectMeta, "job-name", workload.GetName())
	}
	return pod, true
}

// workloadOf returns the template and the selector of a workload. A nil template
// is no workload; a nil selector is not known, or selects nothing.
func workloadOf(o Object) (Resource, *corev1.PodTemplateSpec, *metav1.LabelSelector) {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return Deployments, &w.Spec.Template, w.Spec.Selector
	case *appsv1.StatefulSet:
		return StatefulSets, &w.Spec.Template, w.Spec.Selector
	case *appsv1.DaemonSet:
		return DaemonSets, &w.Spec.Template, w.Spec.Selector
	case *appsv1.ReplicaSet:
		return ReplicaSets, &w.Spec.Template, w.Spec.Selector
	case *batchv1.Job:
		return Jobs, &w.Spec.Template, w.Spec.Selector
	case *batchv1.CronJob:
		return CronJobs, &w.Spec.JobTemplate.Spec.Template, nil
	}
	return Resource{}, nil, nil
}
