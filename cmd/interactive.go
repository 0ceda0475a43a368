package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/plain"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/recent"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// screenFlags are those of the interface.
type screenFlags struct {
	plain, readOnly, mouse bool
}

func (f *screenFlags) addTo(flags *pflag.FlagSet) {
	addGroup(flags, screenGroup, func(g *pflag.FlagSet) {
		g.BoolVar(&f.plain, "plain", false, "a dialogue in lines of text in place of the screen, as screen readers need it; so does ACCESSIBLE=1 in the environment")
		g.BoolVar(&f.readOnly, "read-only", false, "offer nothing that writes to the cluster")
		g.BoolVar(&f.mouse, "mouse", true, "heed the mouse; --mouse=false leaves it to the terminal, which can mark text with it")
	})
}

// mode is how the question is dealt with.
type mode int

const (
	asText mode = iota
	asHelp
	asScreen
	asDialogue
)

// place is where the command was typed.
type place struct {
	in, out bool // are terminals
	env     lookup
}

func placeOf(streams genericiooptions.IOStreams) place {
	return place{isStdinTerminal(streams.In), isTerminal(streams.Out), os.LookupEnv}
}

// scripted are the flags that ask for an answer on stdout.
var scripted = []string{"output", "explain", "quiet", "redact", "template", "allow-missing-template-keys", "show-managed-fields", "color", "v"}

// mode decides between the interface and the answer on stdout. What was typed decides
// first, then the terminal, then the environment and the configuration.
func (f *askFlags) mode(flags *pflag.FlagSet, args []string, at place) (mode, error) {
	script := ""
	if i := slices.IndexFunc(scripted, flags.Changed); i >= 0 {
		script = scripted[i]
	}
	plain := f.screen.plain && flags.Changed("plain")
	switch {
	case plain && script != "" && script != "color" && script != "v":
		return 0, fmt.Errorf("--plain and --%s exclude each other: one is a dialogue, the other an answer", script)
	case plain && flags.Changed("mouse"):
		return 0, errors.New("--plain and --mouse exclude each other: a dialogue in lines has no mouse")
	case script != "" && f.screen.readOnly && flags.Changed("read-only") && !plain:
		return 0, fmt.Errorf("--read-only and --%s exclude each other: an answer writes nothing to a cluster", script)
	case plain && f.stdinIsRead():
		return 0, errors.New("--plain reads what is typed from stdin: nothing else can be read from it")
	case plain:
		return asDialogue, nil
	}
	kind, _ := at.env("TERM")
	switch {
	case at.in && at.out && kind != "dumb" && script == "" && !f.stdinIsRead():
		if f.screen.plain || accessible(at.env) && !flags.Changed("plain") {
			return asDialogue, nil
		}
		return asScreen, nil
	case len(args) == 0 && flags.NFlag() == 0:
		return asHelp, nil
	}
	return asText, nil
}

// accessible is what the libraries of prompts go by, too.
func accessible(env lookup) bool {
	value, _ := env("ACCESSIBLE")
	on, err := strconv.ParseBool(value)
	return value != "" && (err != nil || on)
}

func (f *askFlags) stdinIsRead() bool {
	return slices.Contains(append(f.origin.files, f.request.Token), "-")
}

// openQuestion is the question to begin with. Without arguments the interface asks.
func (f *askFlags) openQuestion(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (diagnose.Question, error) {
	switch {
	case f.request.curl != "":
		return f.curlQuestion(args)
	case len(args) == 0:
		r, _, err := f.request.Read(nil)
		return diagnose.Question{Request: r, AnyPath: f.request.AnyPath}, err
	}
	return f.wordsQuestion(c, args, streams)
}

// interact shows the interface, as a screen or as a dialogue.
func (f *askFlags) interact(c *cobra.Command, args []string, streams genericiooptions.IOStreams, m mode) error {
	q, err := f.openQuestion(c, args, streams)
	if err != nil {
		return err
	}
	from, err := f.origin.open(c.Context(), streams.In)
	if err != nil {
		return err
	}
	from.printNotes(streams.ErrOut)
	q.Namespace, q.MeshNamespace = from.namespace, f.origin.meshNamespace
	o := f.options(from, q, originLine(c))
	defer holdTerminal(c.Context())()
	if m == asDialogue {
		err = plain.Run(c.Context(), o, plain.Look{
			Width: textWidth(streams.Out, os.LookupEnv), Color: f.output.color == "always", Echo: !isStdinTerminal(streams.In),
		}, streams.In, streams.Out)
	} else {
		_, err = tui.Run(c.Context(), o, streams.In, streams.Out)
	}
	if errors.Is(err, context.Canceled) {
		return exitStatus(exitInterrupted)
	}
	return err
}

// options are what the interface is given.
func (f *askFlags) options(from origin, q diagnose.Question, command []string) tui.Options {
	s := session.New(from.reader, time.Now)
	o := tui.Options{
		Question: f.fieldsOf(q), Origin: from.reader.Origin(), Command: command, Files: f.origin.files,
		Asker: s, Lister: s, Fixer: s, Watcher: session.NewWatcher(from.reader), Recent: f.recent(from, q),
		ReadOnly: f.screen.readOnly, SaveFile: session.Save, Now: time.Now,
		ASCII: plainGlyphs(os.LookupEnv), NoMouse: !f.screen.mouse,
	}
	o.Writer, o.WhyNot = f.writer(from, command)
	return o
}

// writer writes repairs; why says why there is none.
func (f *askFlags) writer(from origin, command []string) (w tui.Writer, why string) {
	switch {
	case f.screen.readOnly:
		return nil, "--read-only"
	case from.files != nil:
		return nil, "the objects come from files"
	}
	s, err := f.origin.server()
	if err != nil {
		return nil, oneLine(err.Error())
	}
	p, err := s.performer(history.Words(command))
	if err != nil {
		return nil, oneLine(err.Error())
	}
	return session.NewWriter(p, history.Words(command), time.Now), ""
}

// recent keeps the questions; where there is no place for them none are kept.
func (f *askFlags) recent(from origin, q diagnose.Question) tui.Recent {
	path, err := recent.Path()
	if err != nil {
		return nil
	}
	about := from.reader.Origin()
	if from.files != nil { // which counts them
		var names []string
		for _, name := range f.origin.files {
			if full, err := filepath.Abs(name); err == nil {
				name = full
			}
			names = append(names, name)
		}
		about = strings.Join(names, ", ")
	}
	return recent.Open(path, about, diagnose.Question{Namespace: q.Namespace, MeshNamespace: q.MeshNamespace})
}

// fieldsOf are the fields of the question, as they were typed where they were.
func (f *askFlags) fieldsOf(q diagnose.Question) tui.Question {
	out := tui.QuestionOf(q)
	if f.request.Token != "" { // a file's: it is read anew, and can be named on a command line
		out.Token, out.HasToken = f.request.Token, false
		out.Base.Request.Token = ""
	}
	return out
}

// originLine is the command without question: what it is called, and the flags that say
// where the objects come from.
func originLine(c *cobra.Command) []string {
	out := strings.Fields(c.CommandPath())
	c.Flags().Visit(func(f *pflag.Flag) {
		if g := groupOf(f); !notRepeated[f.Name] && (g == sourceGroup || g == kubectlGroup) {
			out = append(out, flagWords(f)...)
		}
	})
	return out
}

// plainGlyphs reports whether the terminal shows nothing but ASCII for certain.
func plainGlyphs(env lookup) bool {
	kind, _ := env("TERM")
	return !speaksUTF8(env) || kind == "linux"
}

// terminalKey is the key of what Main knows of the terminal.
type terminalKey struct{}

// withTerminal lets commands say that they use the terminal; held reports whether one does.
func withTerminal(ctx context.Context) (_ context.Context, held func() bool) {
	var users atomic.Int32
	return context.WithValue(ctx, terminalKey{}, &users), func() bool { return users.Load() > 0 }
}

// holdTerminal says that the terminal is in use, until the function it returns is called:
// an interrupt then waits until it is as it was before.
func holdTerminal(ctx context.Context) (release func()) {
	users, ok := ctx.Value(terminalKey{}).(*atomic.Int32)
	if !ok {
		return func() {}
	}
	users.Add(1)
	return func() { users.Add(-1) }
}
