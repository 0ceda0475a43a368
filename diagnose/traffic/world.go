package traffic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// world is a set of objects that tests are asked of.
type world struct {
	session       *diagnose.Session
	namespace     string // where names without one are
	meshNamespace string
	warnings      []string
	err           error
}

// worlds opens each set of objects once.
type worlds struct {
	Options
	open map[string]*world // by the paths of their files, "" is the live cluster
}

// of returns what a test of a file is asked of: what the whole run was given, what
// the test names, and the objects of the file. The nearer replaces the farther.
func (w *worlds) of(ctx context.Context, in input, own bool, t test) *world {
	paths := append([]string{}, w.Files...)
	for _, p := range t.cluster {
		if !filepath.IsAbs(p) {
			p = filepath.Join(filepath.Dir(in.path), p)
		}
		paths = append(paths, p)
	}
	if own {
		paths = append(paths, in.path)
	}
	key := strings.Join(paths, "\x00")
	if w.open[key] == nil {
		w.open[key] = w.read(ctx, paths)
	}
	return w.open[key]
}

func (w *worlds) read(ctx context.Context, paths []string) *world {
	if len(paths) == 0 {
		return w.live(ctx)
	}
	var stdin io.Reader
	if w.stdin != nil {
		stdin = bytes.NewReader(w.stdin)
	}
	files, err := cluster.ReadFiles(paths, stdin, w.Namespace)
	if err != nil {
		return &world{err: err}
	}
	var reader cluster.Reader = files
	if len(files.Queries()) == 0 {
		reader = whole{files}
	}
	out := w.around(ctx, reader, w.Namespace)
	out.warnings = files.Unknown()
	for _, s := range files.Skipped() {
		if !strings.HasPrefix(s.APIVersion, group+"/") && s.Kind != "" {
			out.warnings = append(out.warnings, fmt.Sprintf("skipped %s of %s: a kind that is not read", plural(s.Count, s.Kind), s.APIVersion))
		}
	}
	return out
}

// whole is a Reader of files without a snapshot, which are the whole world. Each
// answer holds all of it: no question after the first has to read anything.
type whole struct{ *cluster.Files }

// Read answers more than it is asked.
func (w whole) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	for _, r := range cluster.Resources() {
		queries = append(queries, cluster.Query{Resource: r})
	}
	return w.Files.Read(ctx, queries)
}

func (w *worlds) live(ctx context.Context) *world {
	if w.Live == nil {
		return &world{err: errors.New("no objects to ask: none in the file, no spec.cluster, and no cluster")}
	}
	reader, namespace, err := w.Live()
	if err != nil {
		return &world{err: err}
	}
	return w.around(ctx, reader, namespace)
}

// around makes a world of what a Reader reads.
func (w *worlds) around(ctx context.Context, r cluster.Reader, namespace string) *world {
	out := &world{session: diagnose.NewSession(r), namespace: namespace, meshNamespace: w.MeshNamespace}
	if out.meshNamespace == "" {
		out.meshNamespace = istiodNamespace(ctx, r)
	}
	return out
}

// istiodNamespace is where istiod runs; empty if that is not known.
func istiodNamespace(ctx context.Context, r cluster.Reader) string {
	resources := []cluster.Resource{cluster.Deployments}
	if !r.Live() {
		resources = append(resources, cluster.Pods)
	}
	var queries []cluster.Query
	for _, resource := range resources {
		queries = append(queries, cluster.Query{Resource: resource, Labels: "app=istiod"})
	}
	for _, result := range r.Read(ctx, queries)[:len(queries)] {
		for _, item := range result.Items {
			return item.Object.GetNamespace()
		}
	}
	return ""
}
