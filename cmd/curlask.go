package cmd

import (
	"errors"
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// curlQuestion is the question as a command for curl puts it. SOURCE may come
// from its kubectl exec.
func (f *askFlags) curlQuestion(args []string) (q diagnose.Question, err error) {
	if flag := f.request.conflictsWithCurl(); flag != "" {
		return q, fmt.Errorf("--curl and %s exclude each other: the request is curl's", flag)
	}
	if err := f.request.Check(); err != nil {
		return q, err
	}
	if len(args) > 1 {
		return q, fmt.Errorf("--curl brings the TARGET: leave out %q", args[1])
	}
	c, err := parseCurl(f.request.curl)
	if err != nil {
		return q, fmt.Errorf("--curl: %w", err)
	}
	q = diagnose.Question{Source: c.source, Target: c.target, Request: c.request}
	q.Request.SourceIP = f.request.SourceIP
	if len(args) == 1 {
		q.Source = args[0]
	}
	if q.Source == "" {
		return q, errors.New("no SOURCE: say who runs curl, or give the whole kubectl exec … -- curl …")
	}
	return q, f.origin.adopt(c.kubectl)
}

// adopt reaches the cluster as kubectl was told to, unless the user says
// otherwise or no cluster is asked.
func (f *originFlags) adopt(flags []kubectlFlag) error {
	if len(f.files) > 0 {
		return nil
	}
	for _, k := range flags {
		if f.changed(k.name) {
			continue
		}
		if err := f.set(k.name, k.value); err != nil {
			return fmt.Errorf("--curl: kubectl's --%s: %w", k.name, err)
		}
	}
	return nil
}
