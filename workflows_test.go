package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/docs/block"
)

// workflow is what counts of a workflow of GitHub, or of GitLab's jobs.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Steps []struct{ Run, Uses string }
	}
	Policies struct{ Script []string }
}

// commands are what its steps run, in their order.
func (w workflow) commands() []string {
	out := slices.Clone(w.Policies.Script)
	for _, job := range w.Jobs {
		for _, step := range job.Steps {
			if step.Run != "" {
				out = append(out, step.Run)
			}
		}
	}
	return out
}

// workflowFile is the first line of a block that is a workflow.
var workflowFile = regexp.MustCompile(`^# (\.github/workflows/\S+|\.gitlab-ci\.yml)\n`)

// workflows are those in docs/ci.md, by their files.
func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	out := map[string]workflow{}
	for _, b := range blocksOf(t, filepath.Join("docs", "ci.md")) {
		file := workflowFile.FindStringSubmatch(b.Text)
		if b.Kind != block.Data || file == nil {
			t.Errorf("docs/ci.md:%d is no workflow: its first line is the name of its file", b.Line)
			continue
		}
		var w workflow
		if err := yaml.Unmarshal([]byte(b.Text), &w); err != nil {
			t.Errorf("docs/ci.md:%d: %v", b.Line, err)
		}
		out[file[1]] = w
	}
	return out
}

// TestWorkflows runs what the workflows of docs/ci.md run, over the bundled example, where
// every check but one is content. A pull request that takes something away is stopped, and
// one that does not is not.
func TestWorkflows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the workflows run on Linux")
	}
	all := workflows(t)
	for file, want := range map[string]struct {
		status int
		writes []string
	}{
		".github/workflows/what-if.yaml":       {status: 1},
		".github/workflows/traffic-tests.yaml": {writes: []string{"results.xml"}},
		".github/workflows/lint.yaml":          {writes: []string{"lint.sarif"}},
		".github/workflows/matrix.yaml":        {writes: []string{"matrix.html"}},
		".gitlab-ci.yml":                       {writes: []string{"tests.xml", "lint.xml"}},
	} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			w := all[file]
			delete(all, file)
			commands := w.commands()
			if len(commands) == 0 || w.Permissions == nil && strings.HasPrefix(file, ".github") {
				t.Fatalf("no commands, or no permissions: %+v", w)
			}
			s := shell{bin: shellBin(t)}
			for _, c := range commands {
				if out, err := s.run(t, fmt.Sprintf("%s\n[ $? -eq %d ]", c, want.status)); err != nil {
					t.Errorf("%s: %v\n%s", c, err, out)
				}
			}
			for _, name := range want.writes {
				if info, err := os.Stat(filepath.Join(s.desk, name)); err != nil || info.Size() == 0 {
					t.Errorf("%s is not written: %v", name, err)
				}
			}
			if want.status == 0 {
				return
			}
			if out, err := s.run(t, "cp main/* branch/\n"+strings.Join(commands, " &&\n")); err != nil {
				t.Errorf("a pull request that changes nothing: %v\n%s", err, out)
			}
		})
	}
	for file := range all {
		t.Errorf("nobody runs %s", file)
	}
}
