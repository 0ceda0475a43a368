package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// everyCommand visits a command and those below it.
func everyCommand(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		everyCommand(sub, visit)
	}
}

// Whoever adds a flag decides how it is completed: what is not files has words, or nothing.
func TestEveryFlagIsCompleted(t *testing.T) {
	nothing := map[string]bool{}
	everyCommand(newRootCommand(pluginFile, genericiooptions.IOStreams{}), func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			complete, ok := c.GetFlagCompletionFunc(f.Name)
			switch {
			case f.Value.Type() == "bool" || c.Parent() != nil && c.Parent().Name() == "completion":
			case !ok:
				t.Errorf("%s --%s: nobody said how it is completed", c.CommandPath(), f.Name)
			case slices.Contains([]string{"namespace", "exclude-namespaces", "istio-namespace", "pod", "context", "contexts", "cluster", "user", "from", "to"}, f.Name):
			default:
				if words, directive := complete(c, nil, ""); len(words) == 0 && directive == cobra.ShellCompDirectiveNoFileComp {
					nothing[f.Name] = true
				}
			}
		})
	})
	// Only the user knows these.
	for _, name := range []string{
		"path", "host", "header", "claim", "source-ip", "sni", "curl", "pick", "max", "api-token", "server", "tls-server-name", "proxy-url",
		"as", "as-uid", "as-group", "as-user-extra", "request-timeout",
	} {
		if !nothing[name] {
			t.Errorf("--%s is completed by now: take it off the list", name)
		}
		delete(nothing, name)
	}
	for name := range nothing {
		t.Errorf("--%s is completed with nothing", name)
	}
}

// inBash completes a line as bash does: the words of bash-completion that cobra's script
// needs are stood in for, since not every machine has them.
const inBash = `
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
__ltrim_colon_completions() {
	local before=${1%"${1##*:}"} i=${#COMPREPLY[*]}
	[[ $1 == *:* && $COMP_WORDBREAKS == *:* ]] || return 0
	while ((i-- > 0)); do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
}
compopt() { :; } # works only where a key was pressed
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9
COMP_POINT=${#COMP_LINE}
__start_kubectl-authz_doctor
printf '%s\n' "${COMPREPLY[@]}"
`

func TestBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test's own program is the plugin where it is called so (TestMain).
	if err := os.Symlink(self, filepath.Join(dir, pluginFile)); err != nil {
		t.Fatal(err)
	}
	streams, _, script, _ := genericiooptions.NewTestIOStreams()
	if status := execute(t.Context(), newCommand([]string{pluginFile, "completion", "bash"}, streams), streams.ErrOut); status != 0 {
		t.Fatal(status)
	}
	for name, text := range map[string]string{"script": script.String(), "kubeconfig": servers(t, filepath.Join("testdata", "mesh.yaml"))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string]string{
		"front":                               "frontend",
		"frontend http://":                    "//httpbin.default:8000", // bash has the word from the colon on
		"frontend http://httpbin.default:":    "8000",
		"frontend svc/h":                      "svc/httpbin",
		"lint -n f":                           "foo",
		"frontend http://httpbin:8000 --cont": "--context",
		"--context s":                         "slow",
		"whatever --color=al":                 "always",
		"explain AD0101 AD0102 AD0103 AD0104 AD010": "AD0105",
		"frontend http://httpbin:8000/x --meth":     "--method",
		"fix fron":                                  "frontend",
		"de":                                        "deploy/",
	} {
		words := append([]string{"-c", inBash, "bash", filepath.Join(dir, "script"), pluginFile}, strings.Split(line, " ")...)
		cmd := exec.CommandContext(t.Context(), bash, words...)
		cmd.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"), "KUBECONFIG="+filepath.Join(dir, "kubeconfig"))
		began := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		got := strings.TrimSpace(string(out))
		t.Logf("%s: %q in %v", line, got, time.Since(began).Round(time.Millisecond))
		if got != want {
			t.Errorf("%s: %q, want %s", line, got, want)
		}
	}
}
