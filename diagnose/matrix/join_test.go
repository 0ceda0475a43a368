package matrix_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// parts are the results of all shards, each of a process of its own: nothing is shared.
func parts(t *testing.T, read func() cluster.Reader, n int, o matrix.Options) []matrix.Input {
	t.Helper()
	var out []matrix.Input
	for i := range n {
		var b bytes.Buffer
		if err := matrix.Part(t.Context(), &b, read(), matrix.Share{Index: i, Count: n}, matrix.About{Version: "v1"}, o); err != nil {
			t.Fatal(err)
		}
		out = append(out, input(fmt.Sprintf("%d.json", i), b.String()))
	}
	return out
}

func input(name, text string) matrix.Input {
	return matrix.Input{Name: name, Text: strings.NewReader(text), Size: int64(len(text))}
}

func files(t *testing.T, text string) func() cluster.Reader {
	t.Helper()
	return func() cluster.Reader {
		r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
		if err != nil {
			t.Fatal(err, text)
		}
		return r
	}
}

// everyForm is a matrix in all of its forms, with what rules say of it.
func everyForm(t *testing.T, m *matrix.Matrix) string {
	t.Helper()
	var rules []matrix.Rule
	for _, text := range []string{"a -> b", "outside -> *", "mesh => !a", "nobody -> c", "!b -> svc/s1.*"} {
		r, err := matrix.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, r)
	}
	violations, idle := m.Check(rules)
	var out bytes.Buffer
	for _, o := range []matrix.TextOptions{{}, {List: true, Lines: 7, All: "all"}, {TextOptions: report.TextOptions{Wide: true, Color: true}}} {
		o.Width = 100
		if err := m.Text(&out, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, write := range []func() error{
		func() error { return m.JSON(&out, violations) }, func() error { return m.CSV(&out) }, func() error { return m.HTML(&out, violations) },
		func() error { return m.DOT(&out) }, func() error { return m.Mermaid(&out) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = fmt.Fprintln(&out, violations, idle, m.Unread, m.Notes, m.InSight)
	return out.String()
}

// What shards find makes, joined, what one process prints, byte by byte, however many
// there are and in whatever order their results are given.
func TestJoinIsOneProcess(t *testing.T) {
	n := 12
	if testing.Short() {
		n = 12
	}
	for seed := range n {
		dice := rand.New(rand.NewPCG(11, uint64(seed))) //nolint:gosec // a test
		read := files(t, random(dice))
		whole, err := matrix.New(t.Context(), read(), matrix.Options{Namespace: "default"})
		if err != nil {
			t.Fatal(err)
		}
		want := everyForm(t, whole)
		for count := 1; count <= 7; count++ {
			inputs := parts(t, read, count, matrix.Options{Namespace: "default"})
			dice.Shuffle(count, func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
			joined, _, err := matrix.Join(t.Context(), inputs, nil)
			if err != nil {
				t.Fatalf("seed %d, %d shards: %v", seed, count, err)
			}
			if diff := cmp.Diff(want, everyForm(t, joined)); diff != "" {
				t.Fatalf("seed %d, %d shards (-one process +joined):\n%s", seed, count, diff)
			}
		}
	}
}

// The logs of all shards, one behind the other, do as well, with whatever stands before.
func TestJoinLogs(t *testing.T) {
	read := files(t, random(rand.New(rand.NewPCG(1, 2)))) //nolint:gosec // a test
	var logs strings.Builder
	logs.WriteString("W1126 a warning\n")
	for _, in := range parts(t, read, 3, matrix.Options{}) {
		text := make([]byte, in.Size)
		if _, err := in.Text.ReadAt(text, 0); err != nil {
			t.Fatal(err)
		}
		logs.Write(text)
	}
	whole, err := matrix.New(t.Context(), read(), matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	joined, about, err := matrix.Join(t.Context(), []matrix.Input{input("logs", logs.String())}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyForm(t, whole), everyForm(t, joined)); diff != "" {
		t.Error(diff)
	}
	if got := strings.Join(about.Remarks, "\n"); !strings.Contains(got, "W1126") {
		t.Errorf("%q", got)
	}
}

// What does not belong together is not joined, and who is to blame is named.
func TestJoinRefuses(t *testing.T) {
	read := files(t, town)
	text := func(i, n int, about matrix.About, from func() cluster.Reader, o matrix.Options) string {
		var b bytes.Buffer
		if err := matrix.Part(t.Context(), &b, from(), matrix.Share{Index: i, Count: n}, about, o); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	v1 := matrix.About{Version: "v1"}
	one, two := text(0, 2, v1, read, matrix.Options{}), text(1, 2, v1, read, matrix.Options{})
	other := files(t, town+"---\n{apiVersion: v1, kind: Namespace, metadata: {name: baz}}\n")
	var whole bytes.Buffer
	m, err := matrix.New(t.Context(), read(), matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.JSON(&whole, nil); err != nil {
		t.Fatal(err)
	}
	column := regexp.MustCompile(`(?m)^  \{"class":.*$`).FindString(one)
	for name, tt := range map[string]struct {
		inputs []matrix.Input
		want   string
	}{
		"nothing":         {nil, "no result of a shard"},
		"a missing shard": {[]matrix.Input{input("b", two)}, "the result of shard 0/2 is missing: name its file, too, or run matrix --shard 0/2"},
		"many missing":    {[]matrix.Input{input("a", text(3, 9, v1, read, matrix.Options{}))}, "the results of 8 shards are missing: 0/9, 1/9, 2/9, 4/9, 5/9 and 3 more"},
		"one twice":       {[]matrix.Input{input("a", one), input("b", two), input("c", one)}, "a and c are both shard 0/2: leave one out"},
		"another count":   {[]matrix.Input{input("a", one), input("b", text(1, 3, v1, read, matrix.Options{}))}, "a is shard 0/2 and b shard 1/3"},
		"another cluster": {[]matrix.Input{input("a", one), input("b", text(1, 2, v1, other, matrix.Options{}))}, "a and b have seen different clusters (namespaces): ask all shards about one snapshot"},
		"another version": {[]matrix.Input{input("a", one), input("b", text(1, 2, matrix.About{Version: "v2"}, read, matrix.Options{}))}, "a is of plugin v1 and b of v2"},
		"other flags": {
			[]matrix.Input{input("a", one), input("b", text(1, 2, matrix.About{Version: "v1", Asked: map[string]string{"method": "GET"}}, read, matrix.Options{}))},
			"a was asked with no flags and b with --method GET",
		},
		"other targets":    {[]matrix.Input{input("a", one), input("b", text(1, 2, v1, read, matrix.Options{To: func(matrix.Target) bool { return false }}))}, "a and b have other sources or targets"},
		"an empty file":    {[]matrix.Input{input("a", one), input("b", "")}, "b is empty: its shard has not finished"},
		"no shard":         {[]matrix.Input{input("b", "error: forbidden\n")}, `b is no result of matrix --shard: it begins with "error: forbidden"`},
		"another object":   {[]matrix.Input{input("b", `{"kind": "Pod", "apiVersion": "v1"}`)}, `b is no result of matrix --shard: its kind is "Pod"`},
		"a whole matrix":   {[]matrix.Input{input("b", whole.String())}, "b is a whole matrix, not a shard's"},
		"one that is cut":  {[]matrix.Input{input("a", one[:len(one)-20]), input("b", two)}, "a is cut off: run shard 0/2 again"},
		"cut in its head":  {[]matrix.Input{input("a", one[:200]), input("b", two)}, "a is cut off: run its shard again"},
		"a lost class":     {[]matrix.Input{input("a", strings.Replace(one, column, "", 1)), input("b", two)}, "no shard answers for class"},
		"a future version": {[]matrix.Input{input("a", strings.Replace(one, `"apiVersion":"`, `"apiVersion":"x`, 1))}, "join it with the plugin that made it"},
		"no such sources":  {[]matrix.Input{input("a", strings.Replace(one, `"sources":"0-`, `"sources":"0-9`, 1)), input("b", two)}, "a cannot be read as a shard's result (class"},
	} {
		if _, _, err := matrix.Join(t.Context(), tt.inputs, nil); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// A share is counted from 0, and whoever counts otherwise is told how.
func TestParseShare(t *testing.T) {
	if s, err := matrix.ParseShare("3/8"); err != nil || s != (matrix.Share{Index: 3, Count: 8}) {
		t.Error(s, err)
	}
	for text, want := range map[string]string{"": "want INDEX/COUNT", "3": "want INDEX/COUNT", "a/8": "want INDEX/COUNT", "8/8": "counted from 0: 0/8 to 7/8", "-1/8": "counted from 0", "0/0": "1 to"} {
		if _, err := matrix.ParseShare(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The work is dealt evenly, and only the share's is done.
func TestShares(t *testing.T) {
	file := mesh(t, 300, 100, 80)
	read := func() cluster.Reader {
		r, err := cluster.ReadFiles([]string{file}, nil, "default")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole, err := matrix.New(t.Context(), read(), matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{2, 4, 7} {
		all, most := 0, 0
		for i := range n {
			var b bytes.Buffer
			done := 0
			o := matrix.Options{Progress: func(int, int) { done++ }}
			if err := matrix.Part(t.Context(), &b, read(), matrix.Share{Index: i, Count: n}, matrix.About{}, o); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(b.String(), `"class":`); lines != done {
				t.Errorf("%d answers, %d asked for", lines, done)
			}
			all, most = all+done, max(most, done)
		}
		if all < len(whole.Columns) || most > all/n+1 {
			t.Errorf("%d shards: %d classes, one has %d", n, all, most)
		}
	}
}

// What changes by itself does not tell shards of one cluster apart; what decides does.
func TestDigest(t *testing.T) {
	pod := func(version, status, image string) string {
		return town + "---\n{apiVersion: v1, kind: Pod, metadata: {name: web2, namespace: foo, resourceVersion: '" + version + "', generation: " + version + "}, spec: {containers: [{name: c, image: " + image + "}]}, status: {podIP: 10.0.0.9, " + status + "}}\n"
	}
	text := func(i int, town string) matrix.Input {
		var b bytes.Buffer
		if err := matrix.Part(t.Context(), &b, files(t, town)(), matrix.Share{Index: i, Count: 2}, matrix.About{}, matrix.Options{}); err != nil {
			t.Fatal(err)
		}
		return input(fmt.Sprint(i), b.String())
	}
	first := text(0, pod("1", "conditions: [{type: Ready, status: 'True', lastProbeTime: '2026-01-01T00:00:00Z'}], startTime: '2026-01-01T00:00:00Z'", "c"))
	for name, tt := range map[string]struct {
		second string
		want   string
	}{
		"a later look":     {pod("2", "conditions: [{type: Ready, status: 'True', lastProbeTime: '2026-01-02T00:00:00Z'}], containerStatuses: [{name: c, image: c, imageID: x, restartCount: 3}]", "c"), ""},
		"no longer ready":  {pod("1", "conditions: [{type: Ready, status: 'False'}]", "c"), "(pods)"},
		"another image":    {pod("1", "conditions: [{type: Ready, status: 'True'}]", "d"), "(pods)"},
		"one that is gone": {town, "(pods)"},
	} {
		_, _, err := matrix.Join(t.Context(), []matrix.Input{first, text(1, tt.second)}, nil)
		if got := fmt.Sprint(err); (err == nil) != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
