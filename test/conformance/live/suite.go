package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/clusters"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/wire"
)

// Options say what of the suite to run.
type Options struct {
	// Only keeps the clusters whose names contain it.
	Only string
	// Facts prints what was read of each cluster.
	Facts bool
	Log   io.Writer
}

// run is the suite while it runs.
type run struct {
	*Lab
	Options
	dir string // for the clusters' files
	out *suite.Result

	envoy   *envoy.Lab
	batch   *wire.Batch
	waiting int // clusters in the batch
	wired   *suite.Result
}

// Suite puts each cluster before istiod and compares what it tells the proxies with
// what the plugin says; then a real Envoy runs that and is asked. The files of clusters
// with mismatches are kept.
func Suite(ctx context.Context, o Options) ([]*suite.Result, error) {
	proxies, err := envoy.NewLab(ctx)
	if err != nil {
		return nil, err
	}
	defer proxies.Close()
	began := time.Now()
	l, err := Start(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "authz-doctor-clusters-")
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	r := &run{Lab: l, Options: o, dir: dir, out: suite.NewResult("istiod"), envoy: proxies, wired: suite.NewResult("istiod+envoy")}
	r.out.Facts = true
	for _, c := range clusters.All() {
		if !strings.Contains(c.Name, o.Only) {
			continue
		}
		if err := r.cluster(ctx, c); err != nil {
			return nil, errors.Join(fmt.Errorf("cluster %s: %w", c.Name, err), l.Close())
		}
	}
	if err := r.flush(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	r.out.Took = time.Since(began) - r.wired.Took
	return []*suite.Result{r.out, r.wired}, errors.Join(r.sweep(), l.Close())
}

// sweep removes the files of clusters without mismatches.
func (r *run) sweep() error {
	words := strings.Join(append(r.out.Mismatches, r.wired.Mismatches...), "\n")
	if words == "" {
		return os.RemoveAll(r.dir)
	}
	files, err := filepath.Glob(filepath.Join(r.dir, "*"))
	for _, f := range files {
		if !strings.Contains(words, f) {
			err = errors.Join(err, os.Remove(f))
		}
	}
	return err
}

// cluster asks everything about one cluster.
func (r *run) cluster(ctx context.Context, c clusters.Cluster) error {
	r.out.Worlds++
	if err := r.found(ctx, c); err != nil {
		return err
	}
	state, err := r.state(ctx)
	if err != nil {
		return err
	}
	file, err := state.write(r.dir, c)
	if err != nil {
		return err
	}
	if err := r.ask(ctx, c, file); err != nil {
		return err
	}
	return r.remove(ctx, c.Manifests+"\n---\n"+c.Later)
}

// found sets a cluster up. What is younger is so by a second, for creation times are
// in seconds.
func (r *run) found(ctx context.Context, c clusters.Cluster) error {
	if err := r.setup(ctx, c.Mesh); err != nil {
		return err
	}
	if err := r.put(ctx, c.Manifests); err != nil {
		return err
	}
	if c.Later != "" {
		time.Sleep(1100 * time.Millisecond)
		if err := r.put(ctx, c.Later); err != nil {
			return err
		}
	}
	return r.settle(ctx)
}

// ask asks both. What differs is asked again: istiod may have been late.
func (r *run) ask(ctx context.Context, c clusters.Cluster, file string) error {
	reader, err := cluster.ReadFiles([]string{file}, nil, "")
	if err != nil {
		return err
	}
	session := diagnose.NewSession(reader)
	var all []asking
	var world *facts.World
	for try := range 2 {
		w, err := r.world(ctx, c)
		if err != nil {
			return err
		}
		all, world = nil, w
		differs := false
		for _, q := range c.Questions {
			one, err := question(ctx, w, session, q)
			if err != nil {
				return err
			}
			all, differs = append(all, one), differs || len(one.Differs) > 0
		}
		if !differs || try > 0 {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	for _, one := range all {
		r.count(c, one, file)
	}
	return r.wire(ctx, world, all, file)
}
