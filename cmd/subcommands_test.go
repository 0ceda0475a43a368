package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// A question defines no flags but its own.
func TestQuestionAlone(t *testing.T) {
	for _, sub := range subcommands {
		if got := sub.create(genericiooptions.IOStreams{}).Name(); got != sub.name {
			t.Errorf("%s is called %s", sub.name, got)
		}
		if isQuestion([]string{"-n", "foo", sub.name}) {
			t.Errorf("%s is taken for a question", sub.name)
		}
	}
	for _, args := range []string{"help", "completion bash", "__complete a", "__completeNoDesc a"} {
		if isQuestion(strings.Fields(args)) {
			t.Errorf("%s is taken for a question", args)
		}
	}
	question := newCommand([]string{pluginFile, "deploy/sleep", "httpbin:8000"}, genericiooptions.IOStreams{})
	for _, sub := range question.Commands() {
		if isQuestion([]string{sub.Name()}) {
			t.Errorf("a question has a command %s that is none", sub.Name())
		}
		if sub.Name() != "completion" && sub.Flags().HasFlags() {
			t.Errorf("a question defines the flags of %s", sub.Name())
		}
	}
}

// Help is the same whether or not there is a question beside it.
func TestQuestionHelp(t *testing.T) {
	var printed []string
	for _, args := range []string{"--help", "-h", "deploy/sleep httpbin:8000 --help", "-n foo -h", "help"} {
		var out, errOut bytes.Buffer
		if status := Main(append([]string{pluginFile}, strings.Fields(args)...), genericiooptions.IOStreams{In: nil, Out: &out, ErrOut: &errOut}); status != 0 {
			t.Fatalf("%s: exit %d: %s", args, status, &errOut)
		}
		printed = append(printed, out.String())
	}
	if !strings.Contains(printed[0], "\n  lint  ") {
		t.Errorf("help lists no commands:\n%s", printed[0])
	}
	for _, got := range printed[1:] {
		if diff := cmp.Diff(printed[0], got); diff != "" {
			t.Error(diff)
		}
	}
}
