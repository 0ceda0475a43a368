package logs

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Asker answers questions: a diagnose.Session.
type Asker interface {
	Ask(ctx context.Context, q diagnose.Question) (*diagnose.Diagnosis, error)
}

// Desk asks the questions that groups imply.
type Desk struct {
	Session Asker
	// Reader finds the Pod that has an address.
	Reader                   cluster.Reader
	Namespace, MeshNamespace string
	pods                     map[netip.Addr][]pod
}

// maxPods bounds how many addresses are remembered.
const maxPods = 4096

// pod is a Pod that has an address.
type pod struct {
	namespace, name, account string
	created                  time.Time
}

// Answer is what the objects say of a group.
type Answer struct {
	// Asked is the question; empty where none could be asked.
	Asked     diagnose.Question
	Diagnosis *diagnose.Diagnosis
	// Verdict, Summary and Reason are those of the endpoint that the line is of.
	Verdict diagnose.Verdict
	Summary string
	Reason  diagnose.Reason
	Accord  Accord
	// Note says what to make of it, or why there is no answer.
	Note string
}

// Ask asks about a group. The error is one that would befall every question: no
// server. What a line calls by names that nobody bears any more is no error.
func (d *Desk) Ask(ctx context.Context, g *Group) (Answer, error) {
	callers := d.callers(d.podsAt(ctx, g.Source.Address, g.FirstTime), g)
	places := d.places(d.podsAt(ctx, g.Target.Address, g.FirstTime), g)
	if len(callers) == 0 || len(places) == 0 {
		return Answer{Note: notNamed(g, len(callers) > 0)}, nil
	}
	var why string
	for _, p := range places {
		for _, c := range callers {
			q := d.question(g, c, p)
			found, err := d.Session.Ask(ctx, q)
			switch {
			case err == nil && p.lands && !lands(found, g.Target):
				why = "what the request calls " + p.target + " does not lead to where the line is of"
			case err == nil && p.direct && g.Source.MutualTLS && plaintext(found):
				why = "the line tells of a certificate, and who calls " + p.target + " shows none"
			case err == nil:
				a := Answer{Asked: q, Diagnosis: found}
				a.read(g)
				if strings.HasPrefix(c.name, "ip/") && !g.Source.Forwarded && !g.Target.Gateway {
					a.Note += " (no Pod has the address " + g.Source.Address.String() + ": asked as for somebody outside the mesh)"
				}
				return a, nil
			case strings.HasPrefix(err.Error(), "source "):
				why = err.Error()
				continue // the next may be known
			case strings.HasPrefix(err.Error(), "target "):
				why = err.Error()
			default:
				return Answer{}, err
			}
			break
		}
	}
	return Answer{Note: "not asked: " + why}, nil
}

// notNamed says what of a question the lines lack.
func notNamed(g *Group, caller bool) string {
	switch {
	case !caller && g.Source.MutualTLS:
		return "not asked: the line tells only the address of a caller that has a certificate, and no Pod has it now"
	case !caller:
		return "not asked: the line does not say who called"
	case g.Source.Forwarded:
		return "not asked: the line tells the client of a gateway before, and not who was connected"
	}
	return "not asked: the line does not say what was called"
}

// podsAt finds the one Pod that has an address and had it when the line was written.
func (d *Desk) podsAt(ctx context.Context, a netip.Addr, at time.Time) []pod {
	if !a.IsValid() {
		return nil
	}
	found, ok := d.pods[a]
	if !ok {
		found = d.findPods(ctx, a)
		if d.pods == nil || len(d.pods) >= maxPods {
			d.pods = map[netip.Addr][]pod{}
		}
		d.pods[a] = found
	}
	found = slices.DeleteFunc(slices.Clone(found), func(p pod) bool { return !at.IsZero() && p.created.After(at) })
	if len(found) != 1 {
		return nil // nobody, or several on a node's network
	}
	return found
}

func (d *Desk) findPods(ctx context.Context, a netip.Addr) []pod {
	var out []pod
	for _, r := range d.Reader.Read(ctx, []cluster.Query{{Resource: cluster.Pods, Fields: "status.podIP=" + a.String()}}) {
		for _, item := range r.Items {
			p, ok := item.Object.(*corev1.Pod)
			if !ok || p.Spec.HostNetwork || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
				continue
			}
			account := p.Spec.ServiceAccountName
			if account == "" {
				account = "default"
			}
			out = append(out, pod{namespace: p.Namespace, name: p.Name, account: account, created: p.CreationTimestamp.Time})
		}
	}
	return out
}

// lands reports whether one of the ways ends where the line is of.
func lands(d *diagnose.Diagnosis, t Target) bool {
	return slices.ContainsFunc(d.Status.Answers, func(answer diagnose.Answer) bool { return endsAt(answer, t) })
}

func endsAt(answer diagnose.Answer, t Target) bool {
	return slices.ContainsFunc(answer.Destinations, func(d diagnose.Destination) bool {
		return d.Address != "" && d.Address == t.Address.String() || d.Name != "" && d.Name == t.Pod && d.Namespace == t.Namespace
	})
}

// plaintext reports whether no certificate arrives at the end of any way.
func plaintext(d *diagnose.Diagnosis) bool {
	return !slices.ContainsFunc(d.Status.Answers, func(answer diagnose.Answer) bool {
		return len(answer.Hops) == 0 || answer.Hops[len(answer.Hops)-1].Transport != "plaintext"
	})
}
