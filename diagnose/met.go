package diagnose

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Meeting is who a source's requests to a target may meet: whoever judges them is among
// these, whatever becomes of them.
type Meeting struct {
	// Pods are those at the ends of the legs: gateways, waypoints, endpoints.
	Pods []*corev1.Pod
	// Namespaces are those whose policies may be asked, the root namespace among them.
	Namespaces []string
}

// Meet finds who the source of q meets on its ways to the target, without judging
// anything. Errors are those of [Session.Ask].
func (s *Session) Meet(ctx context.Context, q Question) (Meeting, error) {
	in, err := newInquiry(s, q)
	if err != nil {
		return Meeting{}, err
	}
	if err := in.read(ctx); err != nil {
		return Meeting{}, err
	}
	if _, err := in.findSources(ctx); err != nil {
		return Meeting{}, err
	}
	if _, err := in.findRoute(ctx); err != nil {
		return Meeting{}, err
	}
	in.met = &meeting{seen: map[*corev1.Pod]bool{}}
	in.wayNeeds(ctx)
	namespaces := append(slices.Clone(in.passed), in.config(in.revision()).RootNamespace)
	for _, pod := range in.met.pods {
		namespaces = append(namespaces, pod.Namespace, in.configOf(in.podParty(pod)).RootNamespace)
	}
	slices.Sort(namespaces)
	return Meeting{Pods: in.met.pods, Namespaces: slices.Compact(namespaces)}, nil
}

// meeting collects the Pods of a Meeting.
type meeting struct {
	pods []*corev1.Pod
	seen map[*corev1.Pod]bool
}

func (m *meeting) add(parties []party) {
	if m == nil {
		return
	}
	for _, p := range parties {
		if p.pod != nil && !m.seen[p.pod] {
			m.seen[p.pod] = true
			m.pods = append(m.pods, p.pod)
		}
	}
}

// Fork returns a session of its own that starts with what s has read, so that both can be
// asked at the same time.
func (s *Session) Fork() *Session {
	out := NewSession(s.reader)
	out.snap = s.snap
	return out
}

// VerdictOf is the verdict for one of the sources of a Diagnosis, as if it had been asked
// for alone, and the answers that it gets.
func (d *Diagnosis) VerdictOf(source string) (Verdict, []Answer) {
	var own []Answer
	for _, a := range d.Status.Answers {
		if slices.Contains(a.Sources, source) {
			own = append(own, a)
		}
	}
	if len(own) == 0 {
		return d.Status.Verdict, nil
	}
	same := allAre(own, own[0].Verdict)
	verdict := weight(own[0], same)
	for _, a := range own {
		if v := weight(a, same); rank(v) < rank(verdict) {
			verdict = v
		}
	}
	return verdict, own
}

// Everything reads all that a reader has, of one that has a whole cluster, and is what was
// read. No question after that reads anything.
func (s *Session) Everything(ctx context.Context) *cluster.Snapshot {
	in := &inquiry{Session: s}
	in.readWhole(ctx)
	return s.snap
}

// PrincipalOf is the identity that a Pod shows in the mesh, TRUSTDOMAIN/ns/NAMESPACE/sa/
// SERVICEACCOUNT, and what could not be read of the settings that it depends on.
func (s *Session) PrincipalOf(pod *corev1.Pod, meshNamespace string) (principal, missing string) {
	in := &inquiry{Session: s, q: Question{MeshNamespace: meshNamespace}, source: sourceRef{kind: podKind, namespace: pod.Namespace, name: pod.Name}}
	cfg := in.configOf(in.podParty(pod))
	return mesh.Principal(cfg, pod), cfg.Assumed
}
