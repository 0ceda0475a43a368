package complete

import (
	"context"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Sources are what word can become as a SOURCE: types, then the names of a type. A name
// without a type is a Pod's, or that of what creates Pods.
func Sources(ctx context.Context, w World, word string) []string {
	return w.find(ctx, word, func(f *found) {
		if typed, name, ok := strings.Cut(word, "/"); ok {
			if t, known := diagnose.SourceTypeOf(typed); known {
				f.names(ctx, []kind{{t.Resource, typed + "/"}}, name)
			}
			return
		}
		f.put("ip/", "kubelet", "apiserver")
		var bare []kind
		for _, t := range diagnose.SourceTypes() {
			f.put(t.Word + "/")
			if t.Creates && t.Resource != cluster.Jobs && t.Resource != cluster.ReplicaSets { // most are created themselves
				bare = append(bare, kind{t.Resource, ""})
			}
		}
		f.names(ctx, append(bare, kind{cluster.Pods, ""}), word)
	})
}

// Pods are the Pods that word can become.
func Pods(ctx context.Context, w World, word string) []string {
	return w.find(ctx, word, func(f *found) {
		before := ""
		if strings.HasPrefix(word, "pod/") {
			before = "pod/"
		}
		f.names(ctx, []kind{{cluster.Pods, before}}, strings.TrimPrefix(word, before))
	})
}
