package session

import (
	"context"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Reach answers for every source of a target, or for every Service of a source.
func (s *Session) Reach(ctx context.Context, q tui.Question, each func([]tui.ReachRow)) error {
	question, err := q.Parse()
	if err != nil {
		return err
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	question.Now = s.now()
	asker := diagnose.NewSession(s.cache)
	if question.Target != "" {
		rows, err := s.ask1(ctx, asker, question)
		each(rows)
		return err
	}
	targets, err := s.services(ctx)
	if err != nil {
		return err
	}
	for _, target := range targets {
		question.Target = target
		rows, err := s.ask1(ctx, asker, question)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			rows = []tui.ReachRow{{Source: question.Source, Target: target, Summary: err.Error()}}
		}
		each(rows)
	}
	return nil
}

// ask1 asks one question, and makes a row of each source's worst answer.
func (s *Session) ask1(ctx context.Context, asker *diagnose.Session, q diagnose.Question) ([]tui.ReachRow, error) {
	d, err := asker.Ask(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []tui.ReachRow
	if q.Source != diagnose.Everyone {
		return []tui.ReachRow{{Source: q.Source, Target: q.Target, Verdict: d.Status.Verdict, Summary: d.Status.Summary}}, nil
	}
	for _, a := range d.Status.Answers { // the worst first
		for _, source := range a.Sources {
			if slices.ContainsFunc(out, func(r tui.ReachRow) bool { return r.Source == source }) {
				continue
			}
			whoever := source == diagnose.Anybody || source == diagnose.AnyWorkload
			out = append(out, tui.ReachRow{Source: source, Target: q.Target, Whoever: whoever, Verdict: a.Verdict, Summary: a.Summary})
		}
	}
	return out, nil
}

// services are the targets of every Service in sight, one for each port.
func (s *Session) services(ctx context.Context) ([]string, error) {
	r := s.cache.Read(ctx, []cluster.Query{{Resource: cluster.Services}})[0]
	if r.Unread != nil {
		return nil, r.Unread
	}
	var out []string
	for _, item := range r.Items {
		if svc, ok := item.Object.(*corev1.Service); ok {
			out = append(out, targetsOf(svc)...)
		}
	}
	return out, nil
}

// targetsOf are a Service's ports as targets.
func targetsOf(svc *corev1.Service) []string {
	var out []string
	for _, p := range svc.Spec.Ports {
		if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
			continue
		}
		out = append(out, targetOf(svc.Name, svc.Namespace, p))
	}
	return out
}

// targetOf is a port of a Service as one would type it.
func targetOf(name, namespace string, p corev1.ServicePort) string {
	host := name + "." + namespace + ":" + strconv.Itoa(int(p.Port))
	if protocol, _, _ := strings.Cut(p.Name, "-"); protocol == "http" || protocol == "http2" {
		return "http://" + host
	}
	return host
}
