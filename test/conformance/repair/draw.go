package repair

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Case is a question that the evaluator denies, and what it is about.
type Case struct {
	N     uint64 // the world's
	World *trial.World
	// Sources are all there are; the first asks.
	Sources  []Source
	Asked    trial.Request
	Question diagnose.Question
	Manifest string // the cluster
}

// now is when requests are made.
var now = time.Unix(1_800_000_000, 0)

// tries is how many requests of a world are looked at.
const tries = 40

// Draw draws the case of a seed's n-th world; nil if no request of it will do: none is
// denied, or none can be asked about.
func Draw(seed, n uint64) (*Case, error) {
	w, s := random.World(seed, n)
	if w.Address.Is6() || hollow(w) { // IPv6 has but one address for everybody
		return nil, nil
	}
	w.Now = now
	judge := trial.NewJudge(w)
	var refused *Case
	for _, r := range random.Requests(s, w, tries) {
		if !askable(w, &r) {
			continue
		}
		c := &Case{N: n, World: w, Sources: sources(s, w, &r)}
		c.Asked = c.Sources[0].send(w, r)
		if judge.Foresee(&c.Asked) != authz.Denied || w.AsksAuthorizer(&c.Asked) {
			continue
		}
		seen := w.See(&c.Asked)
		if seen.Refused == "" && seen.JWT == "" {
			return c, c.finish()
		}
		if refused == nil && s.Chance(30) {
			refused = c
		}
	}
	if refused == nil {
		return nil, nil
	}
	return refused, refused.finish()
}

// hollow reports whether a rule is null: written and read again it is an empty one.
func hollow(w *trial.World) bool {
	return slices.ContainsFunc(w.Policies, func(p authz.Policy) bool { return slices.Contains(p.Spec.GetRules(), nil) })
}

// askable makes a request one that a client sends; false if none would.
func askable(w *trial.World, r *trial.Request) bool {
	if _, _, ok := named(r.Identity); !ok {
		r.Identity = ""
	}
	if r.Opaque {
		return r.Port != 8000 // no client sends that to a port that is called http
	}
	if !slices.Contains([]string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"}, r.Method) {
		return false
	}
	if !strings.HasPrefix(r.Target, "/") || strings.HasPrefix(r.Target, "//") || strings.ContainsAny(r.Target, " \"#|[]\\") || strings.Contains(r.Target, "access_token") {
		return false
	}
	if r.Identity != "" && !strings.HasPrefix(r.Host, trial.Workload+"."+trial.Namespace) || strings.ContainsAny(r.Host, "/*%, ") {
		r.Host = trial.Workload + "." + trial.Namespace // the client's proxy would send others elsewhere
	}
	tokens := 0
	for _, h := range r.Headers {
		switch strings.ToLower(h.Name) {
		case "authorization":
			tokens++
			if token, ok := strings.CutPrefix(h.Value, "Bearer "); ok && strings.Count(token, ".") == 2 && !random.Genuine(token) {
				return false // nothing makes a forged token good
			}
		case "x-forwarded-client-cert":
			return false
		}
	}
	if tokens > 1 {
		return false
	}
	return w.See(r).Refused == "" || r.Identity == ""
}

// finish writes the question and the cluster.
func (c *Case) finish() error {
	c.Question = question(c.World, &c.Sources[0], &c.Asked)
	var err error
	c.Manifest, err = manifest(c)
	return err
}

// question is what one asks about a request.
func question(w *trial.World, x *Source, r *trial.Request) diagnose.Question {
	q := diagnose.Question{
		Source: x.Asks, Target: target(w, r), Namespace: trial.Namespace,
		Now:     now, // a forged token is seen to be one
		Request: diagnose.Request{Method: r.Method, Path: r.Target, Exact: true},
	}
	if !r.Opaque {
		q.Request.Host = r.Host
	}
	for _, h := range r.Headers {
		if q.Request.Headers == nil {
			q.Request.Headers = map[string][]string{}
		}
		name := strings.ToLower(h.Name)
		q.Request.Headers[name] = append(q.Request.Headers[name], h.Value)
		if token, ok := strings.CutPrefix(h.Value, "Bearer "); ok && name == "authorization" {
			q.Request.Token = token
		}
	}
	return q
}

// target is a port of the Service, or of the Pod where no Service leads there.
func target(w *trial.World, r *trial.Request) string {
	scheme := "http"
	if r.Opaque {
		scheme = "tcp"
	}
	return scheme + "://" + place(w, r.Port)
}

func place(w *trial.World, port uint16) string {
	for _, p := range w.Ports() {
		if p.Number == port && p.Service != 0 {
			return fmt.Sprintf("%s.%s:%d", trial.Workload, trial.Namespace, p.Service)
		}
	}
	return fmt.Sprintf("%s:%d", w.Address, port)
}
