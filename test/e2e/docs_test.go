package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/docs/block"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
)

// root is the repository.
var root = filepath.Join("..", "..")

// documents are the pages, as the test at the root has them.
var documents = []string{"README.md", "docs/*.md", "docs/*/*.md", "examples/README.md", "examples/*/README.md"}

// paged are the blocks of one page that want a cluster, or are done by hand.
type paged struct {
	page   string
	blocks []block.Block
}

// blocksOf finds the blocks of a kind in all pages.
func blocksOf(t *testing.T, kind block.Kind, name string) []paged {
	t.Helper()
	var out []paged
	for _, pattern := range documents {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			blocks := block.Of(string(text), filepath.Base(filepath.Dir(file)) == "findings")
			blocks = slices.DeleteFunc(blocks, func(b block.Block) bool { return b.Kind != kind || b.Name != name })
			if len(blocks) > 0 {
				out = append(out, paged{strings.TrimPrefix(file, root+string(filepath.Separator)), blocks})
			}
		}
	}
	return out
}

// seated is kubectl for somebody who reads a page and sits before the lab: the lab's own.
// The lab's Pods do nothing, so a log is one that was kept; and what asks before it writes
// is told yes.
const seated = `#!/bin/sh
case "${1-}" in logs) exec cat "$DESK/proxy.log" ;; esac
case " $* " in
*" --yes "*|*" --dry-run"*) ;;
*" --apply "*|*" authz-doctor fix undo "*) exec %[1]q "$@" --yes ;;
esac
exec %[1]q "$@"
`

// seat is a directory with the files of the pages, and the environment of a shell in it.
func seat(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir, home, bin := t.TempDir(), t.TempDir(), t.TempDir()
	if err := block.Lay(root, dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), fmt.Appendf(nil, seated, cluster.Tools["kubectl"]), 0o755); err != nil {
		t.Fatal(err)
	}
	path := []string{bin, filepath.Dir(doctor.Binary), os.Getenv("PATH")}
	return dir, append(os.Environ(), "PATH="+strings.Join(path, string(filepath.ListSeparator)), "DESK="+dir,
		"KUBECONFIG="+cluster.Kubeconfig, "HOME="+home, "XDG_STATE_HOME="+home, "NO_COLOR=1", "LANG=C.UTF-8", "TERM=dumb", "JOB_COMPLETION_INDEX=0")
}

// TestDocsBlocks runs the commands of the pages that want a cluster, on the clusters that
// they name.
func TestDocsBlocks(t *testing.T) {
	examples := map[string][]string{ // what of the example is applied, beside cluster.yaml
		"no-sidecar":      {"examples/no-sidecar/policies.yaml", "docs/testdata/shop.yaml"},
		"kyma-in-cluster": nil,
	}
	for name, more := range examples {
		t.Run(name, func(t *testing.T) {
			stage(t, name)
			for _, file := range more {
				kubectl(t, "apply", "--server-side", "-f", filepath.Join(root, file))
				t.Cleanup(func() { takeAway(t, "-f", filepath.Join(root, file)) })
			}
			for _, p := range blocksOf(t, block.Cluster, name) {
				dir, env := seat(t)
				for _, b := range p.blocks {
					script := b.Script()
					if p.page == reference { // each command is told by itself
						dir, env = seat(t)
						script = prepared(script)
					}
					cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
					cmd.Dir, cmd.Env = dir, env
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Errorf("%s:%d: %v\n%s", p.page, b.Line, err, out)
					}
				}
			}
		})
	}
	for name := range names(t) {
		if _, ok := examples[name]; !ok {
			t.Errorf("a page wants the cluster of examples/%s, which is not put on the lab here", name)
		}
	}
}

// reference is the page that is made of what the commands say of themselves.
var reference = filepath.Join("docs", "reference.md")

// fixID is the ID of a fix, of which the real one is another each time.
var fixID = regexp.MustCompile(`\d{8}-\d{6}-[0-9a-f]{4}`)

// twoContexts makes the lab known by two more names.
const twoContexts = `cp "$KUBECONFIG" both && export KUBECONFIG="$PWD/both" || exit
cluster=$(kubectl config view -o 'jsonpath={.contexts[0].context.cluster}')
user=$(kubectl config view -o 'jsonpath={.contexts[0].context.user}')
for name in east west; do kubectl config set-context "$name" --cluster="$cluster" --user="$user" || exit; done
`

// prepared has done before a script what it takes to be done: a fix applied that it undoes,
// a snapshot saved that it reads, shards answered that it joins, contexts that it names.
func prepared(script string) string {
	if strings.Contains(script, "-f snapshot.yaml") && !strings.Contains(script, "authz-doctor snapshot") {
		script = "kubectl authz-doctor snapshot deploy/frontend http://httpbin.default:8000/get -O snapshot.yaml || exit\n" + script
	}
	if strings.Contains(script, "matrix merge") {
		script = "mkdir results && kubectl authz-doctor matrix -A --shard 0/1 > results/0.json && cp results/0.json \"$DESK/proxy.log\" || exit\n" + script
	}
	if strings.Contains(script, "--contexts") {
		script = twoContexts + script
	}
	if !strings.Contains(script, "fix undo") || strings.Contains(script, "--apply") {
		return script
	}
	return "kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get --pick c --apply || exit\n" +
		"id=$(kubectl authz-doctor fix history | awk '{print $1; exit}')\n" + fixID.ReplaceAllString(script, "$${id}")
}

// names are the examples that the pages want.
func names(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, pattern := range documents {
		found, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range block.Of(string(text), false) {
				if b.Kind == block.Cluster {
					out[b.Name] = true
				}
			}
		}
	}
	return out
}

// put are names of the example for what a finding's page leaves to be put in.
var put = strings.NewReplacer(
	"POD-WITHOUT-SIDECAR", "sleep-7d9c5b64f8-x2k4q", "NS-OF-POD", "default", "POD", "httpbin-5c8b6d4f97-jv9xn",
	"SERVICE", "httpbin", "NAMESPACE", "default", "PORT", "8000", "KEY=VALUE", "app=httpbin", "NAME", "allow-frontend", "NS", "default",
)

// TestByHand runs what the findings' pages have one check by hand with kubectl, with names
// of a cluster put in. What they name there need not exist; but the API server has to know
// every kind, and kubectl every flag. Which commands istioctl has is tested in docs; it is
// stood in for, and so is what only a kubelet can do.
func TestByHand(t *testing.T) {
	e, err := scene.Stage(t.Context(), cluster, beside("no-sidecar", "cluster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Strike(context.Background()); err != nil {
			t.Error(err)
		}
	})
	kubectl(t, "apply", "--server-side", "-f", beside("no-sidecar", "policies.yaml"))
	t.Cleanup(func() { takeAway(t, "-f", beside("no-sidecar", "policies.yaml")) })
	dir, env := seat(t)
	bin := t.TempDir()
	for name, text := range map[string]string{
		"istioctl": "#!/bin/sh\ncat > /dev/null < /dev/null\n",
		"kubectl":  fmt.Sprintf("#!/bin/sh\ncase \"$1\" in exec|logs) exit 0 ;; esac\nexec %q \"$@\"\n", cluster.Tools["kubectl"]),
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env = append(env, "PATH="+strings.Join([]string{bin, filepath.Dir(doctor.Binary), os.Getenv("PATH")}, string(filepath.ListSeparator)))
	for _, p := range blocksOf(t, block.ByHand, "") {
		for _, b := range p.blocks {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", put.Replace(b.Text))
			cmd.Dir, cmd.Env = dir, env
			out, _ := cmd.CombinedOutput() // the status is that of what comes last, such as grep
			for line := range strings.Lines(string(out)) {
				if strings.Contains(line, "unknown") && strings.Contains(line, "flag") || strings.Contains(line, "not found\n") && strings.Contains(line, "sh: ") ||
					strings.Contains(line, "doesn't have a resource type") || strings.HasPrefix(line, "error: ") && !strings.Contains(line, "no objects passed") {
					t.Errorf("%s:%d: %s%s", p.page, b.Line, line, b.Text)
				}
			}
		}
	}
}
