package tui_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// walk counts the keys that are no part of a name.
type walk struct {
	*story
	keys int
}

func (w *walk) press(names ...string) *walk {
	w.keys += len(names)
	w.story.press(names...)
	return w
}

// Somebody who has never seen it finds why the Kyma example is blocked: who calls, what is
// called, and the cause is there. The manifests are the cluster's alone, without the policy
// that repairs it.
func TestFirstTimeWalk(t *testing.T) {
	files, err := cluster.ReadFiles([]string{"../examples/kyma-in-cluster/cluster.yaml"}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, "kyma-in-cluster")
	s := session.New(files, func() time.Time { return noon })
	o.Asker, o.Lister = s, s

	w := &walk{story: begin(t, o, 80, 24)}
	w.shows("Source: workloads and Pods").types("test-int").shows("▸ pod/test-internal.curl-test")
	w.press("enter").shows("Target: Services and Pods").types("httpbin").shows("▸ http://httpbin.default:8000")
	w.press("enter").shows("× DENIED  pod/test-internal.curl-test → httpbin.default:8000", "default/httpbin-6kvzm, the only ALLOW policy on default/httpbin")
	if w.keys > 8 {
		t.Errorf("%d keys beside the names", w.keys)
	}
	t.Logf("%d keys beside the names", w.keys)
}

// What is picked says nothing of the path: a Service that admits some paths is not denied
// for the others.
func TestPickedLeavesThePathOpen(t *testing.T) {
	s := begin(t, options(t, "grid/waypoint"), 80, 24).types("shopper").press("enter").types("catalog").press("enter")
	s.shows("~ CONDITIONAL")
	if got := s.model.CommandLine(); !strings.HasSuffix(got, "--any-path") {
		t.Error(got)
	}
	s.press("i").shows("Path       unknown")
}

// A path is left open where the target implies one, and nowhere else.
func TestOpenPath(t *testing.T) {
	for target, open := range map[string]bool{
		"http://b.y:80": true, "grpc://b.y:9000": true, "http://b.y/": false, "http://b.y/x": false, "b.y:80": false, "svc/b.y": false,
	} {
		q := tui.Question{Source: "a.x", Target: target}
		q.AnyPath = true
		got, err := q.Parse()
		if err != nil || got.AnyPath != open || slices.Contains(q.Args(), "--any-path") != open {
			t.Errorf("%s: %v, %v, %q", target, got.AnyPath, err, q.Args())
		}
		q.Path = "/y"
		if got, err := q.Parse(); err != nil || got.AnyPath || slices.Contains(q.Args(), "--any-path") {
			t.Errorf("%s with a path: %v, %v, %q", target, got.AnyPath, err, q.Args())
		}
	}
}
