package lines

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
)

// Options are of the suite.
type Options struct {
	Seed uint64
	// Batches of 50 random worlds are asked beside the hand-written.
	Batches uint64
	// Keep is where the logs are kept; empty: nowhere. Sample is where those of the
	// hand-written requests are written as the unit tests of diagnose/logs want them.
	Keep, Sample string
	Log          io.Writer
}

// Suite runs it.
func Suite(ctx context.Context, lab *envoy.Lab, o Options) (*suite.Result, error) {
	began := time.Now()
	r := &run{Options: o, lab: lab, result: suite.NewResult("logs")}
	if o.Sample != "" {
		r.sampled = map[string]bool{}
	}
	for _, asJSON := range []bool{false, true} {
		if err := r.scenes(ctx, scenes(), asJSON, "hand"); err != nil {
			return nil, err
		}
	}
	r.sampled = nil
	for n := range o.Batches {
		if err := r.scenes(ctx, randomScenes(o.Seed, n), n%2 == 1, fmt.Sprint("random", n)); err != nil {
			return nil, err
		}
	}
	r.result.Took = time.Since(began)
	return r.result, nil
}

type run struct {
	Options
	lab    *envoy.Lab
	result *suite.Result
	// sampled are the logs of which a sample is written; nil: none is, or no more.
	sampled map[string]bool
}

// batch is how many worlds one Envoy has, and each how many requests.
const (
	batch    = 50
	perWorld = 28
)

// randomScenes are the n-th batch of the worlds behind those that are drills only.
func randomScenes(seed, n uint64) []scene {
	var out []scene
	first := (random.Drills()/batch + 1 + n) * batch
	for i := first; i < first+batch; i++ {
		w, s := random.World(seed, i)
		sc := scene{world: w}
		for _, r := range random.Requests(s, w, perWorld) {
			sc.asks = append(sc.asks, ask{Request: r, random: true})
		}
		out = append(out, sc)
	}
	return out
}

// scenes has one Envoy be asked everything, and compares.
func (r *run) scenes(ctx context.Context, list []scene, asJSON bool, label string) error {
	dir, err := os.MkdirTemp("", "lines-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var trials []envoy.Trial
	var all []*happened
	for _, s := range list {
		logged(s.world, dir)
		t := envoy.Trial{World: s.world}
		for _, a := range s.asks {
			x := &happened{ask: a, id: fmt.Sprintf("lines-%dx", len(all)), world: s.world}
			if !x.Opaque {
				x.Headers = append(slices.Clone(x.Headers), h("x-request-id", x.id))
			}
			all = append(all, x)
			t.Requests = append(t.Requests, x.Request)
		}
		trials = append(trials, t)
	}
	replies, err := r.lab.AskLogged(ctx, dir, asJSON, trials)
	if err != nil {
		return err
	}
	r.result.Worlds += len(list)
	for i, x := range slices.Concat(replies...) {
		all[i].reply = x
		r.happened(all[i])
	}
	if r.Keep != "" {
		if err := keep(filepath.Join(r.Keep, fmt.Sprintf("%s-%v", label, asJSON)), dir); err != nil {
			return err
		}
	}
	return r.compare(all, dir, asJSON)
}

// keep copies the logs.
func keep(to, dir string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	names := []string{envoy.OwnLog}
	for _, f := range formats {
		names = append(names, f.file)
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// happened settles what became of a request, and sees to it that it is what was meant.
func (r *run) happened(x *happened) {
	r.result.Requests++
	got := became(x.reply)
	if x.reply.Refusal == "connect" || x.reply.Refusal == "time-out" { // what became of it nobody knows
		r.result.LeftOut[x.reply.Refusal]++
		x.lost = true
		return
	}
	if x.random {
		x.outcome = got
		return
	}
	if got != x.outcome {
		if x.reply.Refusal != "" && got.reason == "" { // Envoy does not take such a request at all
			r.result.LeftOut[x.reply.Refusal]++
			x.outcome, x.shadows = got, nil
			return
		}
		r.mismatch("request %s %.80q in %s: Envoy says %+v, this was to be %+v (%+v)", x.id, x.Target, x.world.Name, got, x.outcome, x.reply)
	}
}

func (r *run) mismatch(format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	r.result.Mismatches = append(r.result.Mismatches, words)
	fmt.Fprintf(r.Log, "MISMATCH logs: %s\n", words)
}

// compare reads all files.
func (r *run) compare(all []*happened, dir string, asJSON bool) error {
	in := indexOf(all)
	for _, f := range formats {
		records, err := in.accessRecords(filepath.Join(dir, f.file), f.labels != nil)
		if err != nil {
			return err
		}
		want := (*happened).access
		if f.labels == nil {
			want = (*happened).inText
		}
		if err := r.file(filepath.Join(dir, f.file), f.name, records, all, want); err != nil {
			return err
		}
	}
	own := filepath.Join(dir, envoy.OwnLog)
	records, err := in.ownRecords(own, asJSON)
	if err != nil {
		return err
	}
	name := "rbac-text"
	if asJSON {
		name = "rbac-json"
	}
	return r.file(own, name, records, all, (*happened).debug)
}

// file compares what is read in a file with what should be.
func (r *run) file(file, name string, records []record, all []*happened, want func(*happened) []event) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	at := 0
	got := map[*happened][]event{}
	stats, err := logs.Read(in, logs.Options{}, func(e logs.Event) error {
		for at < len(records)-1 && records[at].last < e.Line {
			at++
		}
		rec := records[at]
		if rec.of == nil {
			r.mismatch("%s:%d tells %+v of no request: %.300q", name, e.Line, told(e), rec.text)
			return nil
		}
		got[rec.of] = append(got[rec.of], told(e))
		return nil
	})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(name, "rbac") && stats.Unknown > 0 {
		r.mismatch("%s: %d lines are not understood", name, stats.Unknown)
	}
	written := map[*happened]bool{}
	for _, rec := range records {
		written[rec.of] = true
	}
	var events []event
	for _, x := range all {
		if x.lost {
			continue
		}
		w := want(x)
		r.one(x, name, written[x], w, got[x])
		events = append(events, w...)
	}
	return r.sample(name, records, events)
}

// one compares what is told of one request.
func (r *run) one(x *happened, name string, written bool, want, got []event) {
	verdict := "Allowed " + name
	if len(want) > 0 {
		verdict = fmt.Sprintf("%s %s %s", want[0].Effect, name, want[0].Reason)
	}
	if x.random {
		got = slices.DeleteFunc(got, func(e event) bool { return e.Effect == logs.DryRun && r.dry(x, name, e) })
	}
	if len(want) > 0 && !written {
		r.mismatch("%s: nothing is written of %s %.80q in %s, which was denied", name, x.id, x.Target, x.world.Name)
		return
	}
	for i := range min(len(want), len(got)) {
		w, g := &want[i], got[i]
		w.Line = g.Line
		w.Path, w.Host, w.Method = clean(w.Path, g.Path), clean(w.Host, g.Host), clean(w.Method, g.Method)
		if x.forged && g.Format == logs.EnvoyAccess {
			w.Path = g.Path
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.mismatch("%s: %s %.80q in %s (-happened +read):\n%s", name, x.id, x.Target, x.world.Name, diff)
	}
	r.result.Decisions[verdict]++
}

// dry reports whether a dry run is one that the world has a policy for.
func (r *run) dry(x *happened, name string, e event) bool {
	names := func(p authz.Policy) bool {
		dry, err := strconv.ParseBool(p.Annotations[authz.DryRunAnnotation])
		return err == nil && dry && (e.Policy == "" || e.Policy == p.Ref().String())
	}
	if !slices.ContainsFunc(x.world.Policies, names) {
		r.mismatch("%s: line %d tells of a dry run of %q, which is none of world %s", name, e.Line, e.Policy, x.world.Name)
	}
	return true
}
