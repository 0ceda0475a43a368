package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/traffic"
)

// openSaveTest saves the question with its answer as a TrafficTest.
func (m *Model) openSaveTest() tea.Cmd {
	if why := m.notSavable(); why != "" {
		m.say("save as test: " + why)
		return nil
	}
	m.overlay = &testBox{saveBox: saveBox{
		what: "a test of this question", note: m.testNote(), input: newInput(m, "> ", m.fileName()+".yaml"),
	}}
	return nil
}

// notSavable says why there is no test to save.
func (m *Model) notSavable() string {
	switch {
	case !m.current():
		return "there is no answer to the question as it stands"
	case m.SaveFile == nil:
		return "nothing can be saved here"
	case slices.Contains(m.Files, "-"):
		return "the objects came from standard input, which no file can name"
	}
	return ""
}

// testNote says how the test is run, and against what.
func (m *Model) testNote() string {
	if len(m.Files) > 0 {
		return "It asks the same files, and kubectl authz-doctor test runs it."
	}
	return "It asks the cluster that kubectl does when it is run, by kubectl authz-doctor test."
}

// testBox is a saveBox whose text depends on the name of the file.
type testBox struct{ saveBox }

// testSaved is what became of a test.
type testSaved struct {
	box  *testBox
	name string
	left []string // what was left out
	err  error
}

func (f testSaved) deliver(m *Model) {
	fileSaved{&f.box.saveBox, f.name, f.err}.report(m, m.overlay == overlay(f.box))
	if f.err == nil && len(f.left) > 0 {
		m.say("saved: " + f.name + ", without " + strings.Join(f.left, " and "))
	}
}

func (b *testBox) update(m *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	name := strings.TrimSpace(b.input.Value())
	if !ok || k.String() != "enter" || name == "" || b.saving {
		return b.saveBox.update(m, msg)
	}
	b.problem, b.saving = "", true
	a, asker, files, save, ctx := m.answer, m.Asker, m.Files, m.SaveFile, m.ctx
	return func() tea.Msg {
		text, left, err := trafficTest(ctx, asker, a, files, name)
		if err == nil {
			err = save(name, text)
		}
		return testSaved{b, name, left, err}
	}
}

// trafficTest is the test for an answer, in a file of that name. What is secret is left
// out; if the answer then is another one, there is no test.
func trafficTest(ctx context.Context, asker Asker, a *Answer, files []string, name string) (text []byte, left []string, err error) {
	q, err := a.Question.Parse()
	if err != nil {
		return nil, nil, err
	}
	c, left := traffic.CaseOf(q)
	then, err := asker.Ask(ctx, QuestionOf(c.Question(q)))
	if err != nil {
		return nil, left, err
	}
	d := then.Diagnosis
	switch now := a.Diagnosis.Status.Verdict; {
	case d.Status.Verdict == now:
	case len(left) > 0:
		return nil, left, errors.New("the answer depends on " + strings.Join(left, " and ") + ", which is not written to a file")
	default:
		return nil, left, fmt.Errorf("a file cannot say what is left open here: it would be %s, not %s", d.Status.Verdict, now)
	}
	c.Expect = traffic.Expected(d, len(files) > 0)
	t := traffic.Test{Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), Cases: []traffic.Case{c}, Comments: comments(d, left)}
	if t.Cluster, err = relativeTo(name, files); err != nil {
		return nil, left, err
	}
	var b bytes.Buffer
	err = traffic.Write(&b, t)
	return b.Bytes(), left, err
}

// comments say what the answer was, and what was left out of the question.
func comments(d *diagnose.Diagnosis, left []string) []string {
	out := []string{strings.ToUpper(d.Status.Verdict.String()) + ": " + d.Status.Summary}
	for _, l := range left {
		out = append(out, "Left out, for it is a secret: "+l+".")
	}
	return out
}

// relativeTo are paths as a file of that name has them.
func relativeTo(name string, paths []string) ([]string, error) {
	file, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range paths {
		p, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		if rel, err := filepath.Rel(filepath.Dir(file), p); err == nil { // or it is on another drive
			p = filepath.ToSlash(rel)
		}
		out = append(out, p)
	}
	return out, nil
}
