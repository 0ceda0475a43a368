package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// workload is one in the short form, with the labels app: its name.
func workload(kind, name, more string) string {
	apiVersion := "apps/v1"
	template := "template: {metadata: {labels: {app: " + name + "}, annotations: {a: b}}, spec: {serviceAccountName: sa}}"
	switch kind {
	case "Job":
		apiVersion = "batch/v1"
	case "CronJob":
		apiVersion, template = "batch/v1", "jobTemplate: {spec: {"+template+"}}"
	default:
		template += ", selector: {matchLabels: {app: " + name + "}}"
	}
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: foo" + more + "}\nspec: {" + template + "}\n---\n"
}

func ownedBy(kind, name string) string {
	return ", ownerReferences: [{controller: true, kind: " + kind + ", name: " + name + "}]"
}

func podOf(name, more string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: foo" + more + "}\n---\n"
}

func TestPredictPod(t *testing.T) {
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"} {
		t.Run(kind, func(t *testing.T) {
			f := mustLoad(t, workload(kind, "w", ", uid: u1"))
			items := f.Read(t.Context(), []Query{{Resource: Pods, Namespace: "foo", Labels: "app=w", Fields: "spec.serviceAccountName=sa"}})[0].Items
			if len(items) != 1 {
				t.Fatalf("%d Pods", len(items))
			}
			pod, ok := items[0].Object.(*corev1.Pod)
			if !ok {
				t.Fatal("not a Pod")
			}
			if diff := cmp.Diff(map[string]string{"a": "b", PredictedAnnotation: kind}, pod.Annotations); diff != "" {
				t.Error(diff)
			}
			owner := pod.OwnerReferences[0]
			if got := owner.Kind + " " + owner.Name + " " + string(owner.UID); got != kind+" w u1" || !*owner.Controller {
				t.Error(got)
			}
			name := "w"
			if kind == "StatefulSet" {
				name = "w-0"
			}
			if pod.Name != name || pod.Namespace != "foo" || pod.Status.PodIP != "" {
				t.Error(pod)
			}
			if got := pod.Labels["batch.kubernetes.io/job-name"]; (got == "w") != (kind == "Job") {
				t.Errorf("job name %q", got)
			}
			if !strings.Contains(string(items[0].Raw), PredictedAnnotation) {
				t.Errorf("raw: %s", items[0].Raw)
			}
		})
	}
	if _, ok := PredictPod(&corev1.Pod{}); ok {
		t.Error("a Pod is no workload")
	}
}

// TestPredictReplicas: what is scaled to nothing says so; the rest does not.
func TestPredictReplicas(t *testing.T) {
	replicas := func(n int32) *int32 { return &n }
	for name, tt := range map[string]struct {
		workload Object
		want     string
	}{
		"a Deployment of none":   {&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: replicas(0)}}, "0"},
		"a StatefulSet of none":  {&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Replicas: replicas(0)}}, "0"},
		"a ReplicaSet of none":   {&appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Replicas: replicas(0)}}, "0"},
		"a Deployment of two":    {&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: replicas(2)}}, ""},
		"a Deployment":           {&appsv1.Deployment{}, ""},
		"a DaemonSet has no say": {&appsv1.DaemonSet{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			pod, _ := PredictPod(tt.workload)
			if got := pod.Annotations[PredictedReplicasAnnotation]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPredictStatefulSet: the Pod has the name and labels of the first.
func TestPredictStatefulSet(t *testing.T) {
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "db"}}
	set.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: 3}
	pod, _ := PredictPod(set)
	want := map[string]string{"statefulset.kubernetes.io/pod-name": "db-3", "apps.kubernetes.io/pod-index": "3"}
	if diff := cmp.Diff(want, pod.Labels); pod.Name != "db-3" || diff != "" {
		t.Errorf("%s %s", pod.Name, diff)
	}
}

func TestPredictedPods(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"labels match":                {workload("Deployment", "w", "") + podOf("p", ", labels: {app: w}"), []string{"Pod foo/p"}},
		"labels differ":               {workload("Deployment", "w", "") + podOf("p", ", labels: {app: v}"), []string{"Pod foo/p", "Pod foo/w"}},
		"owners lead there":           {workload("Deployment", "w", "") + workload("ReplicaSet", "w-1", ownedBy("Deployment", "w")) + podOf("p", ownedBy("ReplicaSet", "w-1")), []string{"Pod foo/p"}},
		"owners are not there":        {workload("Deployment", "w", "") + podOf("p", ", labels: {app: w}"+ownedBy("ReplicaSet", "w-1")), []string{"Pod foo/p"}},
		"owners lead elsewhere":       {workload("Deployment", "w", "") + workload("DaemonSet", "d", "") + podOf("p", ", labels: {app: w}"+ownedBy("DaemonSet", "d")), []string{"Pod foo/p", "Pod foo/w"}},
		"one of two, by its owner":    {workload("Deployment", "w", "") + workload("ReplicaSet", "w-1", ownedBy("Deployment", "w")), []string{"Pod foo/w"}},
		"a run of a CronJob":          {workload("CronJob", "w", "") + podOf("p", ownedBy("Job", "w-29123456")), []string{"Pod foo/p"}},
		"a Job of a CronJob":          {workload("CronJob", "w", "") + workload("Job", "w-x", ownedBy("CronJob", "w")) + podOf("p", ownedBy("Job", "w-x")), []string{"Pod foo/p"}},
		"a Job of another":            {workload("CronJob", "w", "") + podOf("p", ownedBy("Job", "w-2-29123456")), []string{"Pod foo/p", "Pod foo/w"}},
		"another Pod has the name":    {workload("Deployment", "w", "") + podOf("w", ""), []string{"Pod foo/w", "Pod foo/w-deployment"}},
		"two workloads have the name": {workload("Deployment", "w", "") + workload("StatefulSet", "w", ""), []string{"Pod foo/w", "Pod foo/w-0"}},
		"a former ReplicaSet": {
			strings.ReplaceAll(workload("ReplicaSet", "w-1", ownedBy("Deployment", "gone")), "spec: {t", "spec: {replicas: 0, t"), []string{},
		},
		"the first Pod has a namesake": {workload("StatefulSet", "w", "") + podOf("w-0", ""), []string{"Pod foo/w-0", "Pod foo/w-0-statefulset"}},
		"scaled to nothing":            {strings.ReplaceAll(workload("Deployment", "w", ""), "spec: {t", "spec: {replicas: 0, t"), []string{"Pod foo/w"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustLoad(t, tt.text)
			if diff := cmp.Diff(tt.want, titles(readOne(t, f, Query{Resource: Pods}).Items)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A workload in a snapshot has the Pods that the snapshot holds. One that a
// manifest replaces is predicted anew.
func TestPredictedPodsOfSnapshot(t *testing.T) {
	var s *Snapshot
	f := mustLoad(t, workload("Deployment", "w", ""))
	s = s.Plus("", f.Read(t.Context(), []Query{{Resource: Deployments}, {Resource: Pods}}))
	var out strings.Builder
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	write(t, "saved.yaml", out.String())
	write(t, "changed.yaml", strings.ReplaceAll(workload("Deployment", "w", ""), "serviceAccountName: sa", "serviceAccountName: other"))
	for account, paths := range map[string][]string{"sa": {"saved.yaml"}, "other": {"saved.yaml", "changed.yaml"}} {
		f, err := ReadFiles(paths, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		items := readOne(t, f, Query{Resource: Pods}).Items
		if pod, ok := items[0].Object.(*corev1.Pod); !ok || len(items) != 1 || pod.Spec.ServiceAccountName != account {
			t.Errorf("%s: %v", account, titles(items))
		}
	}
}
