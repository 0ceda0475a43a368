package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// parsed are the flags of the root command, and its arguments.
func parsed(t *testing.T, line string) (*askFlags, *pflag.FlagSet, []string) {
	t.Helper()
	f := &askFlags{}
	c := newAskCommand(pluginFile, genericiooptions.IOStreams{})
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.ResetFlags()
	f.request.addTo(set)
	f.screen.addTo(set)
	f.origin.addTo(set)
	c.Flags().AddFlagSet(set)
	f.output.addTo(c)
	if err := c.ParseFlags(strings.Fields(line)); err != nil {
		t.Fatal(err)
	}
	return f, c.Flags(), c.Flags().Args()
}

// only is an environment of one variable, NAME=VALUE.
func only(env string) lookup {
	return func(name string) (string, bool) {
		set, value, _ := strings.Cut(env, "=")
		if set != name {
			return "", false
		}
		return value, true
	}
}

func TestMode(t *testing.T) {
	terminal := place{in: true, out: true}
	piped, redirected := place{out: true}, place{in: true}
	for _, tt := range []struct {
		line string
		at   place
		env  string // NAME=VALUE
		want mode
		err  string
	}{
		{"", terminal, "", asScreen, ""},
		{"", terminal, "TERM=dumb", asHelp, ""},
		{"", piped, "", asHelp, ""},
		{"", redirected, "", asHelp, ""},
		{"", place{}, "", asHelp, ""},
		{"-f x.yaml", terminal, "", asScreen, ""},
		{"-f x.yaml", place{}, "", asText, ""},
		{"a b", terminal, "", asScreen, ""},
		{"a b", terminal, "TERM=dumb", asText, ""},
		{"a b", piped, "", asText, ""},
		{"a b", redirected, "", asText, ""},
		{"a b --read-only", place{}, "", asText, ""},
		{"a b --method GET --mouse=false --read-only", terminal, "", asScreen, ""},
		{"a b --explain", terminal, "", asText, ""},
		{"a b -o text", terminal, "", asText, ""},
		{"a b -q", terminal, "", asText, ""},
		{"a b -v 0", terminal, "", asText, ""},
		{"a b --plain=false", terminal, "ACCESSIBLE=1", asScreen, ""},
		{"a b --redact", terminal, "", asText, ""},
		{"a b --template x", terminal, "", asText, ""},
		{"a b --color never", terminal, "", asText, ""},
		{"a b -f -", terminal, "", asText, ""},
		{"a b --token -", terminal, "", asText, ""},
		{"a b", terminal, "ACCESSIBLE=1", asDialogue, ""},
		{"a b", terminal, "ACCESSIBLE=0", asScreen, ""},
		{"a b", terminal, "ACCESSIBLE=", asScreen, ""},
		{"a b", place{}, "ACCESSIBLE=1", asText, ""},
		{"a b -o json", terminal, "ACCESSIBLE=1", asText, ""},
		{"a b --plain", place{}, "", asDialogue, ""},
		{"--plain", terminal, "TERM=dumb", asDialogue, ""},
		{"a b --plain --color always", place{}, "", asDialogue, ""},
		{"a b --plain -o json", terminal, "", 0, "--plain and --output exclude each other"},
		{"a b --plain --explain", terminal, "", 0, "--plain and --explain exclude each other"},
		{"a b --plain --mouse=false", terminal, "", 0, "--plain and --mouse exclude each other"},
		{"a b --plain -f -", terminal, "", 0, "--plain reads what is typed from stdin"},
		{"a b --read-only -o json", terminal, "", 0, "--read-only and --output exclude each other"},
	} {
		t.Run(tt.line+" "+tt.env, func(t *testing.T) {
			tt.at.env = only(tt.env)
			f, flags, args := parsed(t, tt.line)
			got, err := f.mode(flags, args, tt.at)
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("%d (%v), want %d", got, err, tt.want)
			}
		})
	}
}

func TestPlainGlyphs(t *testing.T) {
	for env, want := range map[string]bool{"LANG=C.UTF-8": false, "LC_ALL=C": true, "TERM=linux": true, "TERM=xterm": false} {
		got := plainGlyphs(only(env))
		if got != want {
			t.Errorf("%s: %v", env, got)
		}
	}
}

// The command line of the screen has what says where the objects come from, and no more.
func TestOriginLine(t *testing.T) {
	root := newRootCommand(pluginFile, genericiooptions.IOStreams{})
	line := "a b --method GET -n foo --context dev -f x.yaml -f y --insecure-skip-tls-verify=false --read-only --mouse=false"
	if err := root.ParseFlags(strings.Fields(line)); err != nil {
		t.Fatal(err)
	}
	want := "kubectl authz-doctor -n foo --context dev -f x.yaml -f y --insecure-skip-tls-verify=false"
	if got := strings.Join(originLine(root), " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A token of a file stays a file's: it is shown by name, and never as what it is.
func TestFieldsOfToken(t *testing.T) {
	f, _, _ := parsed(t, "a b --token file.jwt")
	q := f.fieldsOf(tui.Question{}.Base)
	if q.Token != "file.jwt" || q.HasToken {
		t.Errorf("%+v", q)
	}
}

// What is configured is no contradiction to what was typed, and no dialogue with a pipe.
func TestModeAsConfigured(t *testing.T) {
	for _, tt := range []struct {
		line string
		at   place
		want mode
	}{
		{"a b", place{in: true, out: true}, asDialogue},
		{"a b", place{}, asText},
		{"a b -o json", place{in: true, out: true}, asText},
		{"a b --mouse=false", place{in: true, out: true}, asDialogue},
		{"a b -f -", place{in: true, out: true}, asText},
	} {
		tt.at.env = only("")
		f, flags, args := parsed(t, tt.line)
		f.screen.plain, f.screen.readOnly = true, true
		if got, err := f.mode(flags, args, tt.at); err != nil || got != tt.want {
			t.Errorf("%s: %d (%v), want %d", tt.line, got, err, tt.want)
		}
	}
}
