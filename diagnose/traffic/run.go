package traffic

import (
	"context"
	"io"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Options are what a run is given besides its tests.
type Options struct {
	// Files hold objects of the cluster of every test; - is stdin.
	Files []string
	// Stdin is read at most once, for a test or for Files.
	Stdin io.Reader
	// Namespace is where names without a namespace are; empty is "default".
	Namespace string
	// MeshNamespace is where istiod runs. Empty is where a Deployment or Pod
	// labelled app: istiod is, else istio-system.
	MeshNamespace string
	// Live opens the cluster that tests without objects are asked of, and names the
	// namespace of names without one. It is called at most once.
	Live func() (cluster.Reader, string, error)

	stdin []byte
}

// Run runs the tests of files and folders. The error is that of ctx, or of stdin;
// all others are in the Result.
func Run(ctx context.Context, paths []string, o Options) (*Result, error) {
	if slices.Contains(o.Files, stdinPath) && o.Stdin != nil {
		var err error
		if o.stdin, err = io.ReadAll(o.Stdin); err != nil {
			return nil, err
		}
		o.Stdin = nil
	}
	out := &Result{APIVersion: APIVersion, Kind: ResultKind, Files: []File{}}
	w := &worlds{Options: o, open: map[string]*world{}}
	for _, in := range find(paths, o.Stdin) {
		f, isTest, err := runFile(ctx, w, in)
		if err != nil {
			return nil, err
		}
		if isTest {
			out.Files = append(out.Files, f)
			out.Summary.count(f)
		}
	}
	if len(out.Files) == 0 {
		for _, path := range paths {
			f := File{Name: path, Errors: []Problem{{File: path, Message: "holds no " + Kind}}, Cases: []CaseResult{}}
			out.Files = append(out.Files, f)
			out.Summary.count(f)
		}
	}
	return out, nil
}

// runFile runs the tests of a file; isTest is false if it was not meant to hold one.
func runFile(ctx context.Context, w *worlds, in input) (f File, isTest bool, err error) {
	f = File{Name: in.name(), Cases: []CaseResult{}}
	if in.path == stdinPath {
		w.stdin = in.text
	}
	tests, own, problems := parse(in)
	f.add(problems...)
	if len(tests)+len(problems) == 0 {
		if !in.named {
			return f, false, nil
		}
		f.add(&Problem{File: f.Name, Message: "holds no " + Kind})
	}
	for _, t := range tests {
		if err := f.run(ctx, w.of(ctx, in, own, t), t); err != nil {
			return f, true, err
		}
	}
	return f, true, nil
}

func (f *File) add(problems ...*Problem) {
	for _, p := range problems {
		f.Errors = append(f.Errors, *p)
	}
}

// run asks the cases of a test.
func (f *File) run(ctx context.Context, w *world, t test) error {
	for _, warning := range w.warnings {
		if !slices.Contains(f.Warnings, warning) {
			f.Warnings = append(f.Warnings, warning)
		}
	}
	if w.err != nil {
		f.add(unopened(f.Name, t, w.err)...)
		return nil
	}
	for _, c := range t.cases {
		result := CaseResult{
			Test: t.name, Name: c.name, Document: t.document, Line: c.line, Source: c.source, Target: c.target,
			Outcome: Errored, Error: c.err,
		}
		if c.err == nil {
			result.Expected = &c.expect
			d, err := w.session.Ask(ctx, w.question(c))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				result.Error = &Problem{File: f.Name, Document: t.document, Line: c.line, Case: c.name, Message: err.Error()}
			} else {
				result.compare(d)
			}
		}
		f.Cases = append(f.Cases, result)
	}
	return nil
}

func (w *world) question(c testCase) diagnose.Question {
	return diagnose.Question{
		Source: c.source, Target: c.target, Request: c.request,
		Namespace: w.namespace, MeshNamespace: w.meshNamespace,
	}
}

// unopened says why the objects of a test cannot be read: one line for each thing.
func unopened(file string, t test, err error) []*Problem {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	out := make([]*Problem, len(all))
	for i, err := range all {
		out[i] = &Problem{File: file, Document: t.document, Line: t.line, Message: err.Error()}
	}
	return out
}
