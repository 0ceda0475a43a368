package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
)

// freshFor is how long what was read of a live cluster serves while a log is followed.
const freshFor = 30 * time.Second

// ask makes ready to ask questions of what from reads.
func (o *logsOptions) ask(from origin, flags originFlags) {
	desk := func() *logs.Desk {
		return &logs.Desk{
			Session: diagnose.NewSession(from.reader), Reader: from.reader,
			Namespace: from.namespace, MeshNamespace: flags.meshNamespace,
		}
	}
	o.desk, o.warning = desk(), from.printNotes
	if from.reader.Live() {
		o.renew = desk
	}
	o.words = []string{"kubectl", "authz-doctor"}
	for _, file := range flags.files {
		o.words = append(o.words, "-f", file)
	}
	if ns := flags.namespace(); ns != "" {
		o.words = append(o.words, "-n", ns)
	}
}

// logsRun is one log while it is being read.
type logsRun struct {
	*logsOptions
	groups logs.Groups
	asked  int
	since  time.Time
	seen   bool  // something was denied
	failed error // no question can be asked
	views  []logs.View
}

// run reads the log, tells what was denied, and returns the exit status.
func (o *logsOptions) run(ctx context.Context) error {
	in, err := o.open()
	if err != nil {
		return err
	}
	defer in.Close()
	if o.isText && o.warning != nil {
		o.warning(o.ErrOut)
	}
	r := &logsRun{logsOptions: o, since: time.Now()}
	defer said(ctx)
	if !o.follow {
		say(ctx, "reading the log")
	}
	stats, err := logs.Read(in, o.read, func(e logs.Event) error {
		g := r.groups.Add(e)
		if g == nil || !o.follow {
			return ctx.Err()
		}
		return r.tell(ctx, g)
	})
	if err == nil && !o.follow {
		for _, g := range r.groups.List() {
			if err = r.tell(ctx, g); err != nil {
				break
			}
		}
	}
	said(ctx)
	if err := errors.Join(err, r.end(stats)); err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	switch {
	case r.failed != nil:
		return fmt.Errorf("the questions could not be asked: %w", r.failed)
	case r.seen:
		return exitStatus(exitDenied)
	}
	return nil
}

func (o *logsOptions) open() (io.ReadCloser, error) {
	if o.name == "-" {
		return io.NopCloser(o.In), nil
	}
	return os.Open(o.name) // that it is a file was checked
}

// tell prints a group and what the objects say of it.
func (r *logsRun) tell(ctx context.Context, g *logs.Group) error {
	if r.desk != nil {
		say(ctx, "asking about denial %d", r.asked+1)
	}
	a := r.answer(ctx, g)
	said(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	r.seen = r.seen || g.Effect == logs.Denied || a.Accord == logs.Explains
	switch {
	case r.isText:
		return logs.Text(r.Out, g, a, r.text, r.words...)
	case r.follow:
		return logs.JSON(r.Out, logs.NewView(g, a, r.words...), false)
	}
	r.views = append(r.views, logs.NewView(g, a, r.words...))
	return nil
}

// answer asks about a group, unless enough was asked.
func (r *logsRun) answer(ctx context.Context, g *logs.Group) logs.Answer {
	switch {
	case r.desk == nil:
		return logs.Answer{Note: "not asked: --no-ask"}
	case r.failed != nil:
		return logs.Answer{Note: "not asked: " + r.failed.Error()}
	case r.asked >= r.max:
		return logs.Answer{Note: fmt.Sprintf("not asked: --max %d", r.max)}
	}
	if r.follow && r.renew != nil && time.Since(r.since) > freshFor {
		r.desk, r.since = r.renew(), time.Now()
	}
	r.asked++
	a, err := r.desk.Ask(ctx, g)
	if err != nil {
		r.failed = err
		return logs.Answer{Note: "not asked: " + err.Error()}
	}
	return a
}

// end prints what the whole log was like.
func (r *logsRun) end(stats logs.Stats) error {
	if r.isText {
		line := stats.String()
		if r.groups.Others > 0 {
			line += fmt.Sprintf("; %d of them are not told: there are more than %d different ones", r.groups.Others, logs.MaxGroups)
		}
		_, err := fmt.Fprintln(r.Out, line)
		return err
	}
	views := r.views
	if views == nil {
		views = []logs.View{}
	}
	return logs.JSON(r.Out, logs.Report{
		APIVersion: diagnose.APIVersion, Kind: "LogReport", Lines: stats, Others: r.groups.Others, Groups: views,
	}, !r.follow)
}
