package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

const fixLong = `Propose what lets a denied request through, proved before it is shown.

Each candidate is laid over what was read, and the question is asked again: what
does not make it allowed is not shown. Beside each stands what else it opens and
closes, and for whom; what does least besides comes first. Objects that a
controller makes of others are not edited.

SOURCE, TARGET and the flags of the request are those of the question itself.
Nothing is changed without --apply, which shows the change and asks; --yes does
not ask. What is applied can be taken back with fix undo.`

const fixExample = `  # What would let sleep through
  kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get

  # Apply the first candidate, and take it back
  kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get --pick a --apply
  kubectl authz-doctor fix undo

  # Hand the second one to GitOps
  kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get --pick b -o yaml
  kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get --pick b -o kustomize=overlay/

  # From manifests
  kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get -f manifests/ -o diff`

const fixExitHelp = `  0  it is allowed already, or a candidate was applied and it is allowed now
  1  it is denied; candidates are shown, if there are any
  2  the question could not be asked, or the change could not be applied
  3  conditional or undetermined
`

// fixFlags is what the user typed.
type fixFlags struct {
	ask    askFlags
	output string
	pick   string
	color  string
	write  writeFlags
}

// fixOptions is what it takes to run.
type fixOptions struct {
	genericiooptions.IOStreams
	question diagnose.Question
	origin   origin
	output   string
	folder   string // of kustomize
	pick     string
	command  []string // the command line, without what is done with the answer
	text     report.TextOptions
	write    writeOptions
}

func newFixCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &fixFlags{}
	c := &cobra.Command{
		Use:                   "fix SOURCE TARGET [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Propose what lets a denied request through, prove it, and apply it",
		Long:                  fixLong,
		Example:               fixExample,
		Annotations:           map[string]string{exitAnnotation: fixExitHelp},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     flags.ask.origin.completeQuestion,
		RunE: func(c *cobra.Command, args []string) error {
			o, err := flags.toOptions(c, args, streams)
			if err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	flags.ask.request.addTo(c.Flags())
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.pick, "pick", "", "the candidate that is meant: its `LETTER`; default: all are shown")
		g.StringVarP(&flags.output, "output", "o", textOutput, "the `FORMAT`: text, diff, yaml or json; kustomize=DIR writes an overlay. With --pick, yaml and json are the objects to apply; without, all there is to know")
		g.StringVar(&flags.color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
	})
	flags.write.addTo(c.Flags())
	flags.ask.origin.addTo(c.Flags())
	completeOrigin(c, &flags.ask.origin)
	_ = c.RegisterFlagCompletionFunc("output", completeFixFormats)
	c.AddCommand(newFixUndoCommand(streams), newFixHistoryCommand(streams))
	return c
}

func (f *fixFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*fixOptions, error) {
	o := &fixOptions{IOStreams: streams, pick: strings.ToLower(f.pick), command: commandLine(c, args)}
	var err error
	if o.output, o.folder, err = fixFormat(f.output); err != nil {
		return nil, err
	}
	if err := wantColor(c.Flags().Changed, f.color, f.output, o.output == textOutput || o.output == "diff"); err != nil {
		return nil, err
	}
	if err := f.ask.readsStdinOnce(); err != nil {
		return nil, err
	}
	if f.ask.request.curl != "" {
		o.question, err = f.ask.curlQuestion(args)
	} else {
		o.question, err = f.ask.wordsQuestion(c, args, streams)
	}
	if err != nil {
		return nil, err
	}
	if o.origin, err = f.ask.origin.open(c.Context(), streams.In); err != nil {
		return nil, err
	}
	if o.write, err = f.write.toOptions(f.ask.origin, o.pick, o.command, streams); err != nil {
		return nil, err
	}
	o.question.Namespace, o.question.MeshNamespace = o.origin.namespace, f.ask.origin.meshNamespace
	o.text = textOptions(streams.Out, f.color)
	return o, nil
}

// fixFormats are the formats of a proposal.
var fixFormats = []string{textOutput, "diff", "yaml", "json", "kustomize=DIR"}

// completeFixFormats completes the formats, and the folder of an overlay.
func completeFixFormats(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if strings.HasPrefix(word, "kustomize=") {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return []cobra.Completion{textOutput, "diff", "yaml", "json", "kustomize="}, cobra.ShellCompDirectiveNoFileComp
}

func fixFormat(s string) (format, folder string, err error) {
	if dir, ok := strings.CutPrefix(s, "kustomize="); ok && dir != "" {
		return "kustomize", dir, nil
	}
	for _, known := range fixFormats {
		if s == known && s != "kustomize=DIR" {
			return s, "", nil
		}
	}
	if strings.HasPrefix(s, "kustomize") {
		return "", "", errors.New("--output kustomize needs a folder that does not exist yet: kustomize=DIR")
	}
	return "", "", wantWord("output", s, fixFormats...)
}

// run proposes, and shows or applies.
func (o *fixOptions) run(ctx context.Context) error {
	o.question.Now = time.Now()
	say(ctx, "looking for repairs in %s", o.origin.reader.Origin())
	p, err := fix.Propose(ctx, o.origin.reader, o.question)
	said(ctx)
	if err != nil {
		return err
	}
	if o.pick != "" {
		if err := o.choose(p); err != nil {
			return err
		}
	}
	if o.output == textOutput {
		o.origin.printNotes(o.ErrOut)
	}
	if o.write.apply {
		return o.apply(ctx, p)
	}
	if err := o.print(p); err != nil {
		return err
	}
	return exitStatus(verdictStatus(p.Diagnosis.Status.Verdict))
}

// choose leaves the candidate that was picked.
func (o *fixOptions) choose(p *fix.Proposal) error {
	var ids []string
	for _, c := range p.Candidates {
		if c.ID == o.pick {
			p.Candidates = []fix.Candidate{c}
			return nil
		}
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return fmt.Errorf("--pick %s: there is nothing to pick: %s", o.pick, p.Why)
	}
	return fmt.Errorf("--pick %s: want %s", o.pick, strings.Join(ids, ", "))
}

// print shows the proposal.
func (o *fixOptions) print(p *fix.Proposal) error {
	switch o.output {
	case "diff":
		for _, c := range p.Candidates {
			if o.pick == "" {
				_, _ = fmt.Fprintf(o.Out, "# %s  %s\n", c.ID, report.Clean(c.Title, false))
			}
			for _, change := range c.Changes {
				_, _ = fmt.Fprint(o.Out, cleanLines(fix.Diff(change)))
			}
		}
		return nil
	case "yaml", "json":
		return fix.Print(o.Out, p, o.output, o.pick != "")
	case "kustomize":
		if len(p.Candidates) != 1 {
			return fmt.Errorf("--output kustomize is of one candidate: say which with --pick")
		}
		return fix.Kustomize(o.folder, p.Candidates[0])
	}
	return fix.Text(o.Out, p, o.hint(p), o.text)
}

// hint is how a candidate is applied, or handed on where there is no server.
func (o *fixOptions) hint(p *fix.Proposal) string {
	if len(p.Candidates) == 0 {
		return ""
	}
	pick := repeatable(append(slices.Clone(o.command), "--pick", p.Candidates[0].ID))
	if pick == "" {
		return ""
	}
	if o.origin.files != nil {
		return "As manifests: " + pick + " -o yaml"
	}
	return "Apply one: " + pick + " --apply"
}

// cleanLines makes every line harmless to a terminal.
func cleanLines(s string) string {
	var out strings.Builder
	for line := range strings.Lines(s) {
		out.WriteString(report.Clean(strings.TrimSuffix(line, "\n"), false) + "\n")
	}
	return out.String()
}

// notRepeated are the flags that do not belong to the question.
var notRepeated = map[string]bool{
	"pick": true, "v": true, "output": true, "color": true, "apply": true, "yes": true, "dry-run": true, "force-conflicts": true,
	"plain": true, "read-only": true, "mouse": true,
	"explain": true, "quiet": true, "redact": true, "template": true, "allow-missing-template-keys": true, "show-managed-fields": true,
}

// commandLine is what was typed, without what is done with the answer; sub are words of
// a command below.
func commandLine(c *cobra.Command, args []string, sub ...string) []string {
	words := slices.Concat(strings.Fields(c.CommandPath()), sub, args)
	c.Flags().Visit(func(f *pflag.Flag) {
		if notRepeated[f.Name] {
			return
		}
		words = append(words, flagWords(f)...)
	})
	return words
}

// flagWords are a flag as it can be typed.
func flagWords(f *pflag.Flag) []string {
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand
	}
	values, list := f.Value.(pflag.SliceValue)
	switch {
	case list:
		var out []string
		for _, v := range values.GetSlice() {
			out = append(out, name, v)
		}
		return out
	case f.Value.Type() == "bool" && f.Value.String() == "true":
		return []string{name}
	case f.Value.Type() == "bool":
		return []string{name + "=false"}
	}
	return []string{name, f.Value.String()}
}

// repeatable is a command as a shell takes it; empty if it holds a secret, which is not
// to be shown.
func repeatable(words []string) string {
	if !slices.Equal(history.Words(words), words) {
		return ""
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = typed.ShellWord(w)
	}
	return strings.Join(out, " ")
}
