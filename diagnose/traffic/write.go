package traffic

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Test is a TrafficTest to be written.
type Test struct {
	Name string // metadata.name
	// Cluster are files and folders relative to the file; empty: the live cluster.
	Cluster []string
	Cases   []Case
	// Comments stand above it, a line each.
	Comments []string
}

// Case is one question with the answer that must come out.
type Case struct {
	Name           string
	Source, Target string
	// Request has no Path of its own: it is the target's.
	Request diagnose.Request
	Expect  Expectation
}

// Expected is what a Diagnosis says, as an expectation: its verdict, the reason of the
// answer that carries it, and the codes of what was found. Names of hops are those of Pods,
// which last only where the objects are files: without hops they are left out.
func Expected(d *diagnose.Diagnosis, hops bool) Expectation {
	out := Expectation{Verdict: d.Status.Verdict}
	r := carriers(d)[0].Reason
	said := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	reason := ReasonExpectation{Stage: said(string(r.Stage)), Policy: said(r.Policy), Rule: r.Rule}
	if hops {
		reason.Hop = said(r.Hop)
	}
	if reason != (ReasonExpectation{}) {
		out.Reason = &reason
	}
	seen := map[string]bool{}
	for _, f := range d.Status.Findings {
		if !seen[f.Code] {
			out.Findings = append(out.Findings, f.Code)
		}
		seen[f.Code] = true
	}
	return out
}

// Write writes a TrafficTest as a file. A raw token is a secret and is not written: that is
// an error, as is a path beside the target.
func Write(w io.Writer, t Test) error {
	out := written{APIVersion: APIVersion, Kind: Kind, Metadata: map[string]string{"name": t.Name}}
	out.Spec.Cluster = t.Cluster
	for _, c := range t.Cases {
		switch {
		case c.Request.Token != "":
			return fmt.Errorf("case %q: a token is a secret and is not written to a file", c.Name)
		case c.Request.Path != "":
			return fmt.Errorf("case %q: the path belongs to the target", c.Name)
		}
		out.Spec.Cases = append(out.Spec.Cases, writtenCase{
			Name: c.Name, Source: c.Source, Target: c.Target, Request: writeRequest(c.Request),
			Expect: c.Expect.Verdict.String(), Reason: writeReason(c.Expect.Reason), Findings: c.Expect.Findings,
		})
	}
	var b strings.Builder
	for _, c := range t.Comments {
		b.WriteString("# " + comment(c) + "\n")
	}
	e := yamlnode.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(out); err != nil {
		return err
	}
	if err := readable(b.String()); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// comment is text as YAML takes it in one line.
func comment(s string) string {
	printable := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}
	return strings.Join(strings.Fields(strings.Map(printable, strings.ToValidUTF8(s, ""))), " ")
}

// readable makes sure that what was written can be read: there are questions that cannot be
// put in a file, such as one with a claim whose name YAML takes for something else.
func readable(text string) error {
	tests, _, problems := parse(input{path: "the test", text: []byte(text)})
	for _, t := range tests {
		for _, c := range t.cases {
			if c.err != nil {
				problems = append(problems, c.err)
			}
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("this question cannot be put in a file: %s", problems[0].Message)
	}
	return nil
}
