package cmd

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// completions are lines and what they become, in shells that show one word alone. There is
// one for each thing that can be completed.
var completions = []struct{ line, want string }{
	{"frontend-6", "frontend-6fbd75c7db-rjhd5"}, // a Pod
	{"sleep-7d9c5b64f8-x2k4q.", "sleep-7d9c5b64f8-x2k4q.foo"},
	{"deploy/fron", "deploy/frontend"},
	{"deploy/sleep.", "deploy/sleep.foo"},
	{"sa/fron", "sa/frontend"},
	{"deploy/frontend http://", "http://httpbin.default:8000"},
	{"deploy/frontend http://httpbin.default:", "http://httpbin.default:8000"},
	{"deploy/frontend httpbin.default:", "httpbin.default:8000"},
	{"deploy/frontend svc/h", "svc/httpbin"},
	{"lint -n fo", "foo"},    // a namespace
	{"--context sl", "slow"}, // a context
	{"whatever --color=al", "--color=always"},
	{"explain AD010", "AD0101 AD0102 AD0103 AD0104 AD0105"}, // codes
	{"explain AD0101 AD0102 AD0103 AD0104 AD010", "AD0105"},
	{"-f mes", "mesh.yaml"}, // a file
	{"test mes", "mesh.yaml"},
	{"lint -o sar", "sarif"},
	{"fix deploy/fron", "deploy/frontend"},
	{"vers", "version"},
}

// A desk is a directory where a shell finds the plugin, by both of its names, a file, and a
// kubeconfig.
func desk(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test's own program is the plugin where it is called so (TestMain).
	for _, name := range []string{pluginFile, "kubectl_complete-authz_doctor"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	for file, text := range map[string]string{kubeconfig: servers(t, filepath.Join("..", "examples", "no-sidecar")), filepath.Join(dir, "mesh.yaml"): ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	home := t.TempDir()
	return dir, append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"KUBECONFIG="+kubeconfig, "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "TERM=xterm", "LANG=C.UTF-8", "AUTHZ_DOCTOR_CONFIG=")
}

// script writes what `completion SHELL` prints to a file.
func script(t *testing.T, shell string) string {
	t.Helper()
	streams, _, out, _ := genericiooptions.NewTestIOStreams()
	if status := execute(t.Context(), newCommand([]string{pluginFile, "completion", shell}, streams), streams.ErrOut); status != 0 {
		t.Fatal(status)
	}
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// shellOrSkip finds a shell, which not every machine has.
func shellOrSkip(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s on the PATH: what it does with the completion is not tested here", name)
	}
	return path
}

// typed are the lines to complete, each with what must come of it: of the plugin by its
// own name, and behind kubectl where there is one.
func typedLines(kubectl bool) (lines, want []string) {
	for _, prefix := range []string{pluginFile, "kubectl authz-doctor"} {
		if prefix != pluginFile && !kubectl {
			continue
		}
		for _, c := range completions {
			lines, want = append(lines, prefix+" "+c.line), append(want, c.want)
		}
	}
	return lines, want
}

// inFish completes each line of a file, and draws a line below what that can become.
const inFish = `
source $OWN_SCRIPT
command -q kubectl; and kubectl completion fish | source
while read -l line
	complete -C $line
	echo ====
end < $argv[1]
`

// TestFish asks fish, which completes a line without being sat at.
func TestFish(t *testing.T) {
	t.Parallel()
	fish := shellOrSkip(t, "fish")
	dir, env := desk(t)
	_, err := exec.LookPath("kubectl")
	lines, want := typedLines(err == nil)
	file := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), fish, "--no-config", "-c", inFish, file)
	cmd.Dir, cmd.Env = dir, slices.Concat(env, []string{"OWN_SCRIPT=" + script(t, "fish")})
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	answers := strings.SplitAfter(string(out), "====\n")
	if len(answers) != len(lines)+1 {
		t.Fatalf("%d lines were completed of %d:\n%s", len(answers)-1, len(lines), out)
	}
	for i, line := range lines {
		var words []string
		for word := range strings.Lines(strings.TrimSuffix(answers[i], "====\n")) {
			word, _, _ = strings.Cut(strings.TrimSuffix(word, "\n"), "\t")
			words = append(words, word)
		}
		if got := strings.Join(words, " "); got != want[i] {
			t.Errorf("%s: %q, want %q", line, got, want[i])
		}
	}
}

// inZsh sits at a zsh: it types each line, presses a key that completes it, and has the
// shell write down what the line has become.
const inZsh = `
zmodload zsh/zpty
zpty z zsh -i
while IFS= read -r line; do
	zpty -w -n z "$line"$'\C-T'
done < "$1"
zpty -w z exit
while zpty -r z > /dev/null; do :; done
`

// zshrc is what somebody has who has set up completion. What several words begin with is
// completed as far as they agree, and the words are listed.
const zshrc = `
autoload -Uz compinit && compinit -u -D
source "$OWN_SCRIPT"
(( $+commands[kubectl] )) && source <(kubectl completion zsh)
written() { zle complete-word; print -r -- "$BUFFER" >> "$WRITTEN"; zle -I; BUFFER= }
zle -N written
bindkey '^T' written
unsetopt beep
`

// TestZsh has zsh complete lines as if they were typed.
func TestZsh(t *testing.T) {
	t.Parallel()
	zsh := shellOrSkip(t, "zsh")
	dir, env := desk(t)
	_, err := exec.LookPath("kubectl")
	lines, want := typedLines(err == nil)
	at := t.TempDir()
	written := filepath.Join(at, "written")
	for name, text := range map[string]string{".zshrc": zshrc, "lines": strings.Join(lines, "\n") + "\n"} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a shell that waits for a key waits for ever
	defer cancel()
	cmd := exec.CommandContext(ctx, zsh, "-f", "-c", inZsh, "zsh", filepath.Join(at, "lines"))
	cmd.Dir = dir
	cmd.Env = slices.Concat(env, []string{"ZDOTDIR=" + at, "OWN_SCRIPT=" + script(t, "zsh"), "WRITTEN=" + written})
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(written)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d lines were completed of %d:\n%s", len(got), len(lines), text)
	}
	for i, line := range lines {
		whole := line[:strings.LastIndexByte(line, ' ')+1] + want[i]
		if first, _, several := strings.Cut(want[i], " "); several {
			whole = line[:strings.LastIndexByte(line, ' ')+1] + first[:len(first)-1] // what they have in common
		}
		if strings.TrimSpace(got[i]) != whole {
			t.Errorf("%s: %q, want %q", line, got[i], whole)
		}
	}
}
