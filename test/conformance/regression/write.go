package regression

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Write puts a case into dir and returns its file. comment says what differed.
func Write(dir, comment string, w *trial.World, r *trial.Request, a trial.Answer) (string, error) {
	parts, err := objects(w, r)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.SplitSeq(comment, "\n") {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	if !r.Opaque && !strings.HasPrefix(r.Target, "/") {
		fmt.Fprintf(&b, "# The target on the wire was %q, which a TrafficTest cannot say.\n", r.Target)
	}
	test := traffic(w, r, a)
	for _, o := range append([]any{test}, parts...) {
		text, err := document(o)
		if err != nil {
			return "", err
		}
		if b.Len() > 0 && o != any(test) {
			b.WriteString("---\n")
		}
		b.WriteString(text)
	}
	name := fmt.Sprintf("%s-%x.yaml", strings.ToLower(a.Verdict.String()), sha256.Sum256([]byte(b.String())))
	file := filepath.Join(dir, name[:strings.Index(name, "-")+9]+".yaml")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, []byte(b.String()), 0o644)
}

// TrafficTest in the least that is needed of it.
type trafficTest struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   map[string]string `json:"metadata"`
	Spec       struct {
		Cases []trafficCase `json:"cases"`
	} `json:"spec"`
}

type trafficCase struct {
	Name    string         `json:"name"`
	Source  string         `json:"source"`
	Target  string         `json:"target"`
	Request trafficRequest `json:"request"`
	Expect  authz.Verdict  `json:"expect"`
	Reason  map[string]any `json:"reason,omitempty"`
}

type trafficRequest struct {
	Method   string              `json:"method,omitempty"`
	Host     string              `json:"host,omitempty"`
	Headers  map[string][]string `json:"headers,omitempty"`
	SNI      string              `json:"sni,omitempty"`
	SourceIP string              `json:"sourceIP,omitempty"`
	Exact    bool                `json:"exact"`
}

func traffic(w *trial.World, r *trial.Request, a trial.Answer) *trafficTest {
	t := &trafficTest{APIVersion: "authz-doctor.dev/v1alpha1", Kind: "TrafficTest", Metadata: map[string]string{"name": "regression"}}
	c := trafficCase{
		Name: "what Envoy said", Source: "ip/" + r.Source.String(), Target: target(w, r),
		Request: trafficRequest{Method: r.Method, Host: r.Host, SNI: r.SNI, Exact: true},
		Expect:  a.Verdict, Reason: reason(a),
	}
	if r.Identity != "" {
		c.Source = "client." + strings.Split(r.Identity, "/")[2]
	}
	for _, h := range r.Headers {
		if c.Request.Headers == nil {
			c.Request.Headers = map[string][]string{}
		}
		name := strings.ToLower(h.Name)
		c.Request.Headers[name] = append(c.Request.Headers[name], h.Value)
	}
	t.Spec.Cases = append(t.Spec.Cases, c)
	return t
}

// target is the workload's Service, or the Pod for a port that no Service has.
func target(w *trial.World, r *trial.Request) string {
	host, number := trial.Workload+"."+trial.Namespace, r.Port
	for _, p := range w.Ports() {
		if p.Number == r.Port && p.Service != 0 {
			number = p.Service
		} else if p.Number == r.Port {
			host = w.Address.String()
		}
	}
	scheme := "http://"
	if r.Opaque {
		scheme = "tcp://"
	}
	return scheme + host + ":" + strconv.Itoa(int(number)) + r.Target
}

func reason(a trial.Answer) map[string]any {
	if a.Verdict != authz.Denied {
		return nil
	}
	out := map[string]any{"stage": a.Stage.String()}
	if a.Policy != (authz.Ref{}) {
		out["policy"], out["rule"] = a.Policy.String(), a.Rule
	}
	return out
}
