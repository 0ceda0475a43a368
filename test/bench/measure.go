package main

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

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
)

// few is how many Pods the small cluster has beside the question's.
const few = 100

// settle is how long the control plane gets to finish what a crowd left it to do.
const settle = 15 * time.Second

// bench is what all measurements share.
type bench struct {
	lab      *lab.Lab
	plugin   *plugin.Plugin
	question []string
	far      string // the namespace of the question's source
	fetch    string // the program that fetches what the question fetches
	plan     string // and the file that tells it what that is
	runs     int
	log      io.Writer
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.log, "bench: "+format+"\n", args...) }

// measure puts the scene of the tests on the lab and measures everything, first
// among few Pods, then among many.
func measure(ctx context.Context, l *lab.Lab, opts options, log io.Writer) ([]row, error) {
	b := &bench{lab: l, runs: opts.runs, log: log}
	if err := b.prepare(ctx); err != nil {
		return nil, err
	}
	info, err := os.Stat(b.plugin.Binary)
	if err != nil {
		return nil, err
	}
	version, err := b.version(ctx)
	if err != nil {
		return nil, err
	}
	peak, err := b.peak(ctx)
	if err != nil {
		return nil, err
	}
	small, err := b.among(ctx, scene.Crowd{Name: "few", Pods: few, Services: 10, Namespaces: 2})
	if err != nil {
		return nil, err
	}
	large, err := b.among(ctx, scene.Crowd{Name: "many", Pods: opts.many - few, Services: 500, Namespaces: 20})
	if err != nil {
		return nil, err
	}
	lists, err := b.live(ctx, opts.many)
	if err != nil {
		return nil, err
	}
	linted, err := b.files(ctx)
	if err != nil {
		return nil, err
	}
	peers, err := b.peers(ctx, opts.peers)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]row{
		{what: "start-up: `version`", limit: 50, got: ms(version), unit: milliseconds},
		{what: fmt.Sprintf("a question among %d Pods, to fetching the same objects", few), limit: 1.3, got: ratio(small.question, small.fetch), unit: times},
		{what: fmt.Sprintf("a question among %d Pods, to fetching the same objects", opts.many), limit: 1.3, got: ratio(large.question, large.fetch), unit: times},
		{what: fmt.Sprintf("a question among %d Pods, to one among %d", opts.many, few), limit: 1.2, got: ratio(large.question, small.question), unit: times},
		{what: "memory of a question, at its peak", limit: 60, got: float64(peak) / (1 << 20), unit: mebibytes},
		{what: "the stripped binary", limit: 45, got: float64(info.Size()) / 1e6, unit: megabytes},
		{what: fmt.Sprintf("· a question among %d Pods", few), limit: 0, got: ms(small.question), unit: milliseconds},
		{what: fmt.Sprintf("· fetching the same objects, among %d Pods", few), limit: 0, got: ms(small.fetch), unit: milliseconds},
		{what: fmt.Sprintf("· a question among %d Pods", opts.many), limit: 0, got: ms(large.question), unit: milliseconds},
		{what: fmt.Sprintf("· fetching the same objects, among %d Pods", opts.many), limit: 0, got: ms(large.fetch), unit: milliseconds},
	}, lists, linted, peers), nil
}

// prepare sets the scene, builds the programs and finds out what a question reads.
func (b *bench) prepare(ctx context.Context) (err error) {
	if err := scene.InstallMesh(ctx, b.lab); err != nil {
		return err
	}
	s, err := scene.Set(ctx, b.lab, "bench")
	if err != nil {
		return err
	}
	if err := s.Policy(ctx, "allow-frontend"); err != nil {
		return err
	}
	b.far = s.Far
	b.question = []string{"deploy/sleep." + s.Far, "http://httpbin." + s.Near + ":8000/get"}
	if b.plugin, err = plugin.Install(ctx, b.lab, b.lab.Dir); err != nil {
		return err
	}
	if b.fetch, err = b.build(ctx, "fetch"); err != nil {
		return err
	}
	return b.record(ctx)
}

// version is the time of the command that reads nothing.
func (b *bench) version(ctx context.Context) (time.Duration, error) {
	var took []time.Duration
	for range b.runs {
		a, err := b.run(ctx, 0, b.plugin.Binary, "version")
		if err != nil {
			return 0, err
		}
		took = append(took, a.Took)
	}
	return median(took), nil
}

// peak is the most memory that a question ever needed.
func (b *bench) peak(ctx context.Context) (int64, error) {
	program, err := b.build(ctx, "peak")
	if err != nil {
		return 0, err
	}
	var most int64
	for range b.runs {
		a, err := b.run(ctx, 0, program, append([]string{b.plugin.Binary}, b.question...)...)
		if err != nil {
			return 0, err
		}
		bytes, err := strconv.ParseInt(strings.TrimSpace(a.Stdout), 10, 64)
		if err != nil {
			return 0, err
		}
		most = max(most, bytes)
	}
	return most, nil
}

// pair is the time of a question and of fetching what it fetches.
type pair struct{ question, fetch time.Duration }

// among gathers a crowd, waits for silence and then runs the two in turn, so
// that what else happens on the machine happens to both.
func (b *bench) among(ctx context.Context, crowd scene.Crowd) (pair, error) {
	b.say("gathering %d Pods", crowd.Pods)
	if err := crowd.Gather(ctx, b.lab); err != nil {
		return pair{}, err
	}
	select {
	case <-ctx.Done():
		return pair{}, context.Cause(ctx)
	case <-time.After(settle):
	}
	var question, fetch []time.Duration
	for range b.runs {
		q, err := b.run(ctx, exitDenied, b.plugin.Binary, b.question...)
		if err != nil {
			return pair{}, err
		}
		f, err := b.run(ctx, 0, b.fetch, b.plan)
		if err != nil {
			return pair{}, err
		}
		question, fetch = append(question, q.Took), append(fetch, f.Took)
	}
	p := pair{median(question), median(fetch)}
	b.say("a question takes %s, fetching %s", p.question.Round(time.Millisecond), p.fetch.Round(time.Millisecond))
	return p, nil
}

// exitDenied is how the question ends.
const exitDenied = 1

// run runs a program with a home directory that nobody used before, and expects
// it to end with this status.
func (b *bench) run(ctx context.Context, exit int, program string, args ...string) (plugin.Answer, error) {
	home, err := os.MkdirTemp(b.lab.Dir, "home-")
	if err != nil {
		return plugin.Answer{}, err
	}
	a, err := b.plugin.RunOther(ctx, b.lab.Kubeconfig, home, program, args...)
	if err == nil && a.Exit != exit {
		err = fmt.Errorf("%s %s: exit %d, want %d: %s", filepath.Base(program), strings.Join(args, " "), a.Exit, exit, a.Stderr)
	}
	return a, err
}
