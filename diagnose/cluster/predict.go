package cluster

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// PredictedAnnotation marks a Pod that does not exist, but would be created. Its
	// value is the kind of the workload.
	PredictedAnnotation = "authz-doctor.dev/predicted"
	// PredictedReplicasAnnotation is "0" on the Pod of a workload that is scaled to
	// nothing: no such Pod would run. Other Pods do not have it.
	PredictedReplicasAnnotation = "authz-doctor.dev/replicas"
)

// PredictPod returns a Pod as the workload would create it: to be running, with
// no status, so that its address is unknown. It has the workload's name, that of
// a StatefulSet with the first ordinal. What is not a workload predicts nothing.
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
	if n := replicas(workload); n != nil && *n == 0 {
		metav1.SetMetaDataAnnotation(&pod.ObjectMeta, PredictedReplicasAnnotation, "0")
	}
	switch w := workload.(type) {
	case *batchv1.Job:
		metav1.SetMetaDataLabel(&pod.ObjectMeta, batchv1.JobNameLabel, w.Name)
		metav1.SetMetaDataLabel(&pod.ObjectMeta, "job-name", w.Name)
	case *appsv1.StatefulSet:
		ordinal := strconv.Itoa(int(firstOrdinal(w)))
		pod.Name += "-" + ordinal
		metav1.SetMetaDataLabel(&pod.ObjectMeta, appsv1.StatefulSetPodNameLabel, pod.Name)
		metav1.SetMetaDataLabel(&pod.ObjectMeta, appsv1.PodIndexLabel, ordinal)
	}
	return pod, true
}

// replicas is how many Pods are asked for; nil is the default, or no such number.
func replicas(workload Object) *int32 {
	switch w := workload.(type) {
	case *appsv1.Deployment:
		return w.Spec.Replicas
	case *appsv1.StatefulSet:
		return w.Spec.Replicas
	case *appsv1.ReplicaSet:
		return w.Spec.Replicas
	}
	return nil
}

func firstOrdinal(set *appsv1.StatefulSet) int32 {
	if set.Spec.Ordinals == nil {
		return 0
	}
	return set.Spec.Ordinals.Start
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
