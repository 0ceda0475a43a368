package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// settling is how long a controller has to put back what was applied.
const settling = 3 * time.Second

// writeFlags say whether and how a candidate is applied.
type writeFlags struct {
	apply, yes, force bool
	dryRun            string
}

func (f *writeFlags) addTo(flags *pflag.FlagSet) {
	addGroup(flags, otherGroup, func(g *pflag.FlagSet) {
		g.BoolVar(&f.apply, "apply", false, "apply the candidate that --pick names, after asking")
		g.BoolVarP(&f.yes, "yes", "y", false, "apply without asking")
		addDryRun(g, &f.dryRun)
		g.BoolVar(&f.force, "force-conflicts", false, "also change fields that somebody else manages")
	})
}

// writeOptions is what it takes to apply a candidate. The zero value applies nothing.
type writeOptions struct {
	apply  bool
	yes    bool
	how    apply.Options
	writer *apply.Writer
	store  *history.Store
	intent history.Intent
	renew  func() (cluster.Reader, error) // reads anew
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
	if o.writer, err = apply.New(s.config, s.name); err != nil {
		return o, err
	}
	dir, err := history.Dir()
	if err != nil {
		return o, err
	}
	o.store = history.Open(dir)
	o.intent = history.Intent{Context: s.context, Server: o.writer.Server(), Namespace: s.namespace, Command: history.Words(command)}
	o.renew = func() (cluster.Reader, error) { return cluster.NewLive(s.config, s.name) }
	return o, nil
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
	reader, err := o.write.renew()
	if err != nil {
		return err
	}
	if err := fix.Verify(ctx, reader, o.question, c); err != nil {
		return err
	}
	o.write.intent.Summary = c.Title
	journal := o.write.store.Journal(o.write.intent)
	how := o.write.how
	if how.DryRun == apply.DryRunNone {
		how.Journal = journal
	}
	results, err := o.write.writer.Apply(ctx, c.Changes, how)
	o.tell(results)
	if err != nil {
		return o.failed(err, results, journal)
	}
	switch how.DryRun {
	case apply.DryRunServer:
		_, err = fmt.Fprintln(o.Out, "not applied: a dry run, which the server accepts")
		return err
	case apply.DryRunClient:
		_, err = fmt.Fprintln(o.Out, "not applied: a dry run")
		return err
	case apply.DryRunNone:
	}
	_, _ = fmt.Fprintf(o.Out, "applied (%s)\n", journal.ID())
	reverted, err := o.write.writer.Settle(ctx, results, settling)
	for _, r := range reverted {
		_, _ = fmt.Fprintln(o.ErrOut, "warning:", oneLine(r.String()))
	}
	if err != nil {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine("whether it stays could not be watched: "+err.Error()))
	}
	return o.askAgain(ctx, c, journal.ID())
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
func (o *fixOptions) failed(err error, results []apply.Result, journal *history.Journal) error {
	var e *apply.Error
	if errors.As(err, &e) {
		for line := range strings.Lines(e.Detail()) {
			_, _ = fmt.Fprintln(o.ErrOut, report.Clean(strings.TrimSuffix(line, "\n"), false))
		}
	}
	if len(results) > 0 && o.write.how.DryRun == apply.DryRunNone {
		var written []string
		for _, r := range results {
			written = append(written, r.String())
		}
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(strings.Join(written, ", ")+" is written, the rest is not; take it back: "+o.undo(journal.ID())))
	}
	return err
}

// askAgain asks the question of the cluster as it is now.
func (o *fixOptions) askAgain(ctx context.Context, c fix.Candidate, id string) error {
	reader, err := o.write.renew()
	if err != nil {
		return err
	}
	d, _, err := diagnose.Ask(ctx, reader, o.question)
	if err != nil {
		return err
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
	u := &fixUndoOptions{IOStreams: o.IOStreams, id: id, store: o.write.store, writer: o.write.writer, intent: o.write.intent, yes: true}
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
