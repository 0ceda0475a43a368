package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform"
)

// writeFlags say whether and how a candidate is applied.
type writeFlags struct {
	apply, yes, force bool
	readOnly          bool
	dryRun            string
}

func (f *writeFlags) addTo(flags *pflag.FlagSet) {
	addGroup(flags, otherGroup, func(g *pflag.FlagSet) {
		g.BoolVar(&f.apply, "apply", false, "apply the candidate that --pick names, after asking")
		g.BoolVarP(&f.yes, "yes", "y", false, "apply without asking")
		addDryRun(g, &f.dryRun)
		addReadOnly(g, &f.readOnly)
		g.BoolVar(&f.force, "force-conflicts", false, "also change fields that somebody else manages")
	})
}

// writeOptions is what it takes to apply a candidate. The zero value applies nothing.
type writeOptions struct {
	apply     bool
	yes       bool
	how       apply.Options
	performer *perform.Performer
}

func (f *writeFlags) toOptions(from originFlags, pick string, command []string, streams genericiooptions.IOStreams) (o writeOptions, err error) {
	if o.how.DryRun, err = parseDryRun(f.dryRun); err != nil {
		return o, err
	}
	if !f.apply {
		for flag, given := range map[string]bool{"yes": f.yes, "force-conflicts": f.force, "dry-run": o.how.DryRun != apply.DryRunNone} {
			if given {
				return o, fmt.Errorf("--%s is of --apply: nothing is applied without it", flag)
			}
		}
		return o, nil
	}
	o.apply, o.yes, o.how.ForceConflicts = true, f.yes, f.force
	if err := refuse(f.readOnly, o.how.DryRun); err != nil {
		return o, err
	}
	switch {
	case len(from.files) > 0:
		return o, errors.New("--apply writes to a cluster, and --filename reads none: hand the objects on with -o yaml")
	case pick == "":
		return o, errors.New("--apply needs --pick: say which candidate is meant")
	case o.how.DryRun == apply.DryRunNone && !o.yes && !isStdinTerminal(streams.In):
		return o, errors.New("nobody can be asked whether to apply it: say --yes, or --dry-run=server to see what it would be")
	}
	s, err := from.server()
	if err != nil {
		return o, err
	}
	o.performer, err = s.performer(history.Words(command))
	return o, err
}

// performer is what applies candidates to a server and takes them back.
func (s server) performer(command []string) (*perform.Performer, error) {
	writer, err := apply.New(s.config, s.name)
	if err != nil {
		return nil, err
	}
	dir, err := history.Dir()
	if err != nil {
		return nil, err
	}
	return &perform.Performer{
		Writer: writer, Store: history.Open(dir), Settling: perform.Settling,
		Intent: history.Intent{Context: s.context, Server: writer.Server(), Namespace: s.namespace, Command: command},
		Renew:  func() (cluster.Reader, error) { return cluster.NewLive(s.config, s.name) },
	}, nil
}

// apply writes the candidate that was picked: it shows it, asks, proves it once more with
// what is there now, writes, watches whether it stays, and asks the question again.
func (o *fixOptions) apply(ctx context.Context, p *fix.Proposal) error {
	c := p.Candidates[0]
	if err := fix.Text(o.Out, p, "", o.text); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(o.Out)
	if o.write.how.DryRun == apply.DryRunNone && !o.write.yes {
		sure, err := confirm(o.In, o.ErrOut, "Apply it?")
		if err != nil || !sure {
			return errors.Join(err, errors.New("not applied"))
		}
	}
	say(ctx, "proving it once more")
	out, err := o.write.performer.Apply(ctx, o.question, c, o.write.how, func(at perform.Stage, so perform.Outcome) {
		if at == perform.Watching {
			said(ctx)
			o.tell(so.Results)
			_, _ = fmt.Fprintf(o.Out, "applied (%s)\n", so.ID)
			say(ctx, "watching whether it stays")
		}
	})
	said(ctx)
	if err != nil {
		o.tell(out.Results)
		return o.failed(err, out)
	}
	switch o.write.how.DryRun {
	case apply.DryRunServer:
		o.tell(out.Results)
		_, err = fmt.Fprintln(o.Out, "not applied: a dry run, which the server accepts")
		return err
	case apply.DryRunClient:
		o.tell(out.Results)
		_, err = fmt.Fprintln(o.Out, "not applied: a dry run")
		return err
	case apply.DryRunNone:
	}
	for _, r := range out.Reverted {
		_, _ = fmt.Fprintln(o.ErrOut, "warning:", oneLine(r.String()))
	}
	if out.Unwatched != nil {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine("whether it stays could not be watched: "+out.Unwatched.Error()))
	}
	return o.askAgain(ctx, c, out.ID)
}

// tell prints what the server has to say of each object.
func (o *fixOptions) tell(results []apply.Result) {
	for _, r := range results {
		for _, note := range r.Notes {
			_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(note))
		}
		for line := range strings.Lines(apply.Lines(r.Altered)) {
			_, _ = fmt.Fprintln(o.ErrOut, "note: the server stores it otherwise:", report.Clean(strings.TrimSuffix(line, "\n"), false))
		}
	}
}

// failed tells why a candidate was not applied, and how what was written of it is taken back.
func (o *fixOptions) failed(err error, out perform.Outcome) error {
	var e *apply.Error
	if errors.As(err, &e) {
		for line := range strings.Lines(e.Detail()) {
			_, _ = fmt.Fprintln(o.ErrOut, report.Clean(strings.TrimSuffix(line, "\n"), false))
		}
	}
	if len(out.Results) > 0 && o.write.how.DryRun == apply.DryRunNone {
		var written []string
		for _, r := range out.Results {
			written = append(written, r.String())
		}
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(strings.Join(written, ", ")+" is written, the rest is not; take it back: "+o.undo(out.ID)))
	}
	return err
}

// askAgain asks the question of the cluster as it is now.
func (o *fixOptions) askAgain(ctx context.Context, c fix.Candidate, id string) error {
	say(ctx, "asking again")
	d, err := o.write.performer.Ask(ctx, o.question)
	said(ctx)
	if err != nil {
		return fmt.Errorf("it is applied, but whether it helps could not be asked: %w; take it back: %s", err, o.undo(id))
	}
	_, _ = fmt.Fprintf(o.Out, "%s  %s\n", strings.ToUpper(d.Status.Verdict.String()), report.Clean(d.Status.Title, false))
	if d.Status.Verdict == diagnose.Allowed {
		_, _ = fmt.Fprintln(o.Out, "take it back:", o.undo(id))
		return nil
	}
	_, _ = fmt.Fprintln(o.Out, "  "+report.Clean(d.Status.Summary, false))
	for _, step := range c.Afterwards {
		_, _ = fmt.Fprintln(o.Out, "  still to do: "+report.Clean(step, false))
	}
	if err := o.offerUndo(ctx, id, len(c.Afterwards) > 0); err != nil {
		return err
	}
	return exitStatus(verdictStatus(d.Status.Verdict))
}

// offerUndo asks on a terminal whether what did not help is to be taken back; elsewhere,
// or where something is still to do, it says how.
func (o *fixOptions) offerUndo(ctx context.Context, id string, pending bool) error {
	if pending || o.write.yes || !isStdinTerminal(o.In) {
		_, err := fmt.Fprintln(o.Out, "take it back:", o.undo(id))
		return err
	}
	sure, err := confirm(o.In, o.ErrOut, "It does not help. Take it back?")
	if err != nil || !sure {
		return err
	}
	u := &fixUndoOptions{IOStreams: o.IOStreams, id: id, performer: o.write.performer, yes: true}
	return u.run(ctx)
}

// undo is the command that takes a fix back.
func (o *fixOptions) undo(id string) string {
	at := slices.Index(o.command, "fix") + 1
	out := append(slices.Clone(o.command[:at]), "undo", id)
	for _, flag := range []string{"--kubeconfig", "--context", "--cluster", "--user", "-s"} {
		if i := slices.Index(o.command[at:], flag); i >= 0 {
			out = append(out, flag, o.command[at+i+1])
		}
	}
	return repeatable(out)
}
