package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Event is what the API server writes down of a request: as much of it as somebody asks for.
type Event struct {
	Stage, Verb, UserAgent string
	RequestURI             string
	User                   struct{ Username string }
	// ObjectRef is nil of what is about no resource, such as /apis.
	ObjectRef *struct {
		Resource, Subresource, APIGroup, Namespace, Name string
	}
	ResponseStatus struct{ Code int }
	// Annotations hold what authorization has decided, and why.
	Annotations map[string]string
}

// auditFlags make the API server write down the requests of users, before they are answered.
func (l *Lab) auditFlags(users []string) ([]string, error) {
	if len(users) == 0 {
		return nil, nil
	}
	policy := filepath.Join(l.Dir, "audit.yaml")
	text := fmt.Sprintf("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"+
		"- {level: Metadata, users: [%s]}\n- {level: None}\n", strings.Join(users, ", "))
	return []string{"--audit-policy-file=" + policy, "--audit-log-path=" + l.auditLog(), "--audit-log-mode=blocking-strict"},
		os.WriteFile(policy, []byte(text), 0o600)
}

func (l *Lab) auditLog() string { return filepath.Join(l.Dir, "audit.log") }

// Audit returns the requests of the audited users, in the order in which they were answered.
// One that lasts, a watch, is there from its first answer on.
func (l *Lab) Audit() ([]Event, error) {
	text, err := os.ReadFile(l.auditLog())
	if err != nil {
		return nil, err
	}
	var out []Event
	for line := range bytes.Lines(text) {
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		out = append(out, e)
	}
	return out, nil
}
