package cmd

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// On a terminal, answers that are printed as they come end where there is no more room,
// with the command that gives all.
func TestStreamingEnds(t *testing.T) {
	var objects strings.Builder
	for i := range 30 {
		fmt.Fprintf(&objects, "---\n{apiVersion: v1, kind: Service, metadata: {name: s%02d, namespace: a}, spec: {ports: [{name: http, port: 80}]}}\n", i)
	}
	files, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(objects.String()), "a")
	if err != nil {
		t.Fatal(err)
	}
	streams, _, out, _ := genericiooptions.NewTestIOStreams()
	p, err := matrix.ParsePattern("outside")
	if err != nil {
		t.Fatal(err)
	}
	o := &matrixOptions{IOStreams: streams, output: textOutput, origin: origin{reader: files, files: files, namespace: "a"}}
	o.matrix.From, o.text.Width, o.text.Lines, o.text.All = p.Source, 80, 10, "all of it"
	if err := o.runFor(t.Context(), "outside"); err != nil {
		t.Fatal(err)
	}
	shown, more := 0, 0
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "svc/s") {
			shown++
		}
		_, _ = fmt.Sscanf(line, "%d more lines. All of them: all of it", &more)
	}
	if shown != 10 || more != 20 {
		t.Errorf("%d lines and %d more:\n%s", shown, more, out)
	}
}

// What a reference to the completion index stands for, where no kubelet put it in.
func TestParseShareOfJob(t *testing.T) {
	set := func(string) (string, bool) { return "3", true }
	unset := func(string) (string, bool) { return "", false }
	if s, err := parseShare("$(JOB_COMPLETION_INDEX)/8", set); err != nil || s != (matrix.Share{Index: 3, Count: 8}) {
		t.Error(s, err)
	}
	if _, err := parseShare("$(JOB_COMPLETION_INDEX)/8", unset); err == nil || !strings.Contains(err.Error(), "completionMode: Indexed") {
		t.Error(err)
	}
}
