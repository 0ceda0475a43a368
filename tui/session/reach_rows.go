package session

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// everyone makes rows of the answers for everyone, the worst first. The Pods of a workload
// that get one answer are one row, called by the workload.
func everyone(d *diagnose.Diagnosis, snap *cluster.Snapshot, target string) []tui.ReachRow {
	answers := map[string]int{} // how many differ, of a workload
	for _, a := range d.Status.Answers {
		for _, w := range names(a.Sources, func(source string) string { return workloadOf(source, snap) }) {
			answers[w]++
		}
	}
	var out []tui.ReachRow
	told := map[string]bool{}
	for _, a := range d.Status.Answers {
		for _, source := range names(a.Sources, func(source string) string {
			if w := workloadOf(source, snap); answers[w] == 1 {
				return w
			}
			return source
		}) {
			if told[source] {
				continue
			}
			told[source] = true
			whoever := source == diagnose.Anybody || source == diagnose.AnyWorkload
			out = append(out, tui.ReachRow{Source: source, Target: target, Whoever: whoever, Verdict: a.Verdict, Summary: a.Summary})
		}
	}
	return out
}

// names are what the sources are called, each once.
func names(sources []string, called func(string) string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range sources {
		if name := called(s); !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// workloadOf is the workload of a Pod of the answers, TYPE/NAME.NAMESPACE, or the source
// itself.
func workloadOf(source string, snap *cluster.Snapshot) string {
	_, name, ok := strings.Cut(source, "/")
	i := strings.LastIndexByte(name, '.')
	if !ok || i < 0 {
		return source
	}
	pod, ok := cluster.Get[*corev1.Pod](snap, name[i+1:], name[:i])
	if !ok {
		return source
	}
	kind, owner := diagnose.WorkloadOf(pod)
	if !slices.Contains(workloadTypes, kind) {
		return source
	}
	return kind + "/" + owner + "." + pod.Namespace
}
