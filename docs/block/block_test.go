package block

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "# Page\n\n    make build\n\nText.\n\n    a ─▶ b\n\n<!-- shown: a picture -->\n    a ─▶ b\n\n" +
	"<!-- begin: kubectl authz-doctor version -->\n```text\n$ kubectl authz-doctor version\n```\n<!-- end -->\n\n" +
	"<!-- e2e: no-sidecar -->\n```sh\nkubectl get pods   # exit status 1\nkubectl authz-doctor lint \\\n  -A\n```\n\n" +
	"<!-- elsewhere: TestX: it needs a key -->\n\n```sh\ncosign verify\n```\n\n<!-- e2e: lost -->\n\nA paragraph.\n\n```yaml\na: b\n```\n\n" +
	"- a list\n\n    its second paragraph\n\nText.\n\n## How to check by hand\n\n```\nkubectl get pod POD\n```\n\n```text\nwhat is this\n```\n"

func TestOf(t *testing.T) {
	type is struct {
		Line      int
		Kind      Kind
		Name, Why string
	}
	var got []is
	for _, b := range Of(page, true) {
		got = append(got, is{b.Line, b.Kind, b.Name, b.Why})
	}
	want := []is{
		{3, Run, "", ""},
		{7, Unknown, "", ""},
		{10, Shown, "", "a picture"},
		{13, Written, "kubectl authz-doctor version", ""},
		{19, Cluster, "no-sidecar", ""},
		{27, Elsewhere, "TestX", "it needs a key"},
		{35, Data, "", ""},
		{47, ByHand, "", ""},
		{51, ByHand, "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCommands(t *testing.T) {
	b := Block{Text: "# said before\n\n$ one 'of\ntwo'\nthree \\\n  four   # it's one\ncat > x <<'EOF'\na'b\nEOF\nfive\n"}
	want := []string{"one 'of\ntwo'", "three \\\n  four   # it's one", "cat > x <<'EOF'\na'b\nEOF", "five"}
	if diff := cmp.Diff(want, b.commands()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
