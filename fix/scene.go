package fix

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// scene is a denial with all that a proposal looks at: the answer that denies, the hop
// that does, who is before it, and the objects.
type scene struct {
	question diagnose.Question
	snap     *cluster.Snapshot
	answer   diagnose.Answer
	hop      diagnose.Hop // that denies, or leaves it open
	before   diagnose.Hop // the source, gateway or waypoint that calls it
	pod      *corev1.Pod  // of the hop; nil for none
	caller   *corev1.Pod  // of before; nil for none
}

// sceneOf is the scene of the worst answer of a Diagnosis; false if nothing is denied
// or left open at a hop that is known.
func sceneOf(q diagnose.Question, d *diagnose.Diagnosis, s *cluster.Snapshot) (scene, bool) {
	for _, wanted := range []diagnose.Verdict{diagnose.Denied, diagnose.Conditional} {
		for _, a := range d.Status.Answers {
			if a.Verdict != wanted {
				continue
			}
			sc := scene{question: q, snap: s, answer: a}
			at := slices.IndexFunc(a.Hops, func(h diagnose.Hop) bool { return h.Verdict == wanted })
			if at < 0 {
				at = len(a.Hops) - 1
			}
			if at < 0 { // it does not get as far as a hop
				return sc, a.Reason.Stage != ""
			}
			sc.hop = a.Hops[at]
			for _, h := range a.Hops[:at] {
				if h.Role != diagnose.RoleNetwork {
					sc.before = h
				}
			}
			sc.pod, sc.caller = podOf(s, sc.hop), podOf(s, sc.before)
			if sc.hop.Role == diagnose.RoleNetwork && at+1 < len(a.Hops) { // it stands before the next
				sc.pod = podOf(s, a.Hops[at+1])
			}
			return sc, true
		}
	}
	return scene{}, false
}

func podOf(s *cluster.Snapshot, h diagnose.Hop) *corev1.Pod {
	pod, _ := cluster.Get[*corev1.Pod](s, h.Namespace, h.Name)
	return pod
}

// allows is the hop's stage of ALLOW policies; the zero Stage if it has none.
func (sc scene) allows() diagnose.Stage {
	for _, st := range sc.hop.Stages {
		if st.Name == diagnose.StageAllow {
			return st
		}
	}
	return diagnose.Stage{}
}

// decides is the stage that denies, or leaves it open.
func (sc scene) decides() diagnose.StageName {
	if sc.answer.Reason.Stage != "" {
		return sc.answer.Reason.Stage
	}
	for _, st := range sc.hop.Stages {
		if st.Verdict == diagnose.Conditional {
			return st.Name
		}
	}
	return ""
}

// principal is the identity that the hop sees, as a policy would name it; empty if it
// sees none. A data plane that is not Istio's may know no trust domain: with a star in its
// place the name holds there, in ztunnel and at sidecars.
func (sc scene) principal() string {
	if mesh.NodePlaneNamed(sc.hop.DataPlane) != nil {
		return anyTrustDomain(sc.hop.Principal)
	}
	return sc.hop.Principal
}

// anyTrustDomain names an identity whatever its trust domain is.
func anyTrustDomain(id string) string {
	if _, rest, ok := strings.Cut(id, "/ns/"); ok {
		return "*/ns/" + rest
	}
	return id
}

// http reports whether the hop reads HTTP.
func (sc scene) http() bool { return sc.hop.Protocol == "HTTP" }

// method and path are those of the request at the hop, as far as they are known; the
// path as policies see it: as the mesh normalizes it, without its query.
func (sc scene) method() string { return sc.question.Request.Method }

func (sc scene) path() string {
	path, ok := sc.config().Normalization().Path(sc.hop.Path)
	if !ok {
		path = sc.hop.Path
	}
	path, _, _ = strings.Cut(path, "?")
	return path
}

// config are the settings of the mesh; the defaults where they cannot be read.
func (sc scene) config() mesh.Config {
	cm, _ := cluster.Get[*corev1.ConfigMap](sc.snap, cmp.Or(sc.question.MeshNamespace, "istio-system"), "istio")
	c, err := mesh.ParseConfig(cm)
	if err != nil {
		return mesh.DefaultConfig()
	}
	return c
}

// workload is what the source or the target is called in the name of a new object.
func workload(pod *corev1.Pod, h diagnose.Hop) string {
	if pod != nil {
		if ref := metav1.GetControllerOf(pod); ref != nil {
			name := ref.Name
			if hash := pod.Labels["pod-template-hash"]; hash != "" {
				name = strings.TrimSuffix(name, "-"+hash)
			}
			return name
		}
		return pod.Name
	}
	name := strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, h.Name))
	return strings.Trim(name, "-")
}

// selector is a selector for the Pods of the hop's workload, and of no other that is
// known: what a policy that stands there already selects them by, or their Service, or
// as few of their labels as it takes.
func (sc scene) selector() map[string]string {
	pod := sc.pod
	if pod == nil {
		return nil
	}
	var tried []map[string]string
	for _, st := range sc.hop.Stages {
		for _, p := range st.Policies {
			if p.Policy.Namespace == pod.Namespace {
				if item, ok := sc.snap.Item(cluster.AuthorizationPolicies, p.Policy.Namespace, p.Policy.Name); ok {
					tried = append(tried, stringMap(at(parse(item.Raw), "spec.selector.matchLabels")))
				}
			}
		}
	}
	for _, svc := range cluster.List[*corev1.Service](sc.snap, pod.Namespace) {
		if matches(svc.Spec.Selector, pod.Labels) {
			tried = append(tried, svc.Spec.Selector)
		}
	}
	for _, key := range []string{"app", "app.kubernetes.io/name", "k8s-app", "name"} {
		if v, ok := pod.Labels[key]; ok {
			tried = append(tried, map[string]string{key: v})
		}
	}
	for _, set := range tried {
		if matches(set, pod.Labels) && sc.alone(set, pod) {
			return set
		}
	}
	all := map[string]string{}
	for k, v := range pod.Labels {
		if k != "pod-template-hash" && !strings.Contains(k, "istio.io/") && k != "controller-revision-hash" && k != "statefulset.kubernetes.io/pod-name" && k != "apps.kubernetes.io/pod-index" {
			all[k] = v
		}
	}
	return all
}

// alone reports whether a selector has no Pods but those of pod's workload.
func (sc scene) alone(set map[string]string, pod *corev1.Pod) bool {
	own := workload(pod, diagnose.Hop{})
	for _, p := range cluster.List[*corev1.Pod](sc.snap, pod.Namespace) {
		if matches(set, p.Labels) && workload(p, diagnose.Hop{}) != own {
			return false
		}
	}
	return true
}

// matches reports whether a selector, which selects something, selects these labels.
func matches(set, labels map[string]string) bool {
	for k, v := range set {
		if labels[k] != v {
			return false
		}
	}
	return len(set) > 0
}

func stringMap(v any) map[string]string {
	object, _ := v.(tree)
	out := map[string]string{}
	for k, v := range object {
		out[k], _ = v.(string)
	}
	return out
}

// near are the rules of the ALLOW stage that lack least.
func (sc scene) near() []authz.NearMiss { return sc.allows().Near }
