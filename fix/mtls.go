package fix

import (
	"fmt"
	"regexp"
	"sync"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// clientField is a DestinationRule that makes the client send plaintext, as the summary
// names it where something else decides.
var clientField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`DestinationRule ([a-z0-9-]+)/([a-z0-9.-]+) \((spec\.[A-Za-z0-9.\[\]]+\.mode)\) makes`)
})

// clientTLS makes the client's proxy send what the server takes: mTLS where a proxy
// stands before it, else plaintext.
func (sc scene) clientTLS() []draft {
	var out []draft
	item, field, ok := sc.linked("DestinationRule", cluster.DestinationRules)
	if m := clientField().FindStringSubmatch(sc.answer.Summary); m != nil && !ok {
		item, ok = sc.snap.Item(cluster.DestinationRules, m[1], m[2])
		field = m[3]
	}
	if ok && field != "" && !made(item) {
		mode := "ISTIO_MUTUAL"
		if sc.hop.DataPlane == "none" {
			mode = "DISABLE"
		}
		tls := field[:max(0, len(field)-len(".mode"))]
		danger := ""
		if mode == "DISABLE" {
			danger = "the Pod has no proxy: what is sent can be read on the way, and no policy of the mesh is enforced for the Pod"
		}
		out = append(out, draft{
			kind: ClientTLS, danger: danger, title: fmt.Sprintf("set %s of DestinationRule %s/%s to %s", field, item.Object.GetNamespace(), item.Object.GetName(), mode),
			changes: []Change{changed(item, func(object tree) { set(object, tls, sc.clientMode(at(object, tls), mode)) })},
		})
	}
	if item, field, ok := sc.linked("PeerAuthentication", cluster.PeerAuthentications); ok && field != "" && at(parse(item.Raw), field) == "DISABLE" {
		d := draft{
			kind: ClientTLS, title: fmt.Sprintf("set %s of PeerAuthentication %s/%s to PERMISSIVE", field, item.Object.GetNamespace(), item.Object.GetName()),
			changes: []Change{changed(item, func(object tree) { set(object, field, "PERMISSIVE") })},
		}
		if pa, is := item.Object.(*securityv1.PeerAuthentication); is && len(pa.Spec.GetSelector().GetMatchLabels()) == 0 {
			d.danger = "the policy holds for more than this workload: clients in the mesh speak mTLS to all of them from then on"
		}
		out = append(out, d)
	}
	return out
}

// clientMode are the settings of a client in another mode: none of another's keys, and
// the server name, which a gateway tells its servers apart by.
func (sc scene) clientMode(had any, mode string) tree {
	out := tree{"mode": mode}
	sni, _ := at(had, "sni").(string)
	if sni == "" && sc.serverNames() {
		sni = sc.host()
	}
	if sni != "" && mode != "DISABLE" {
		out["sni"] = sni
	}
	return out
}

// acceptPlain lets one port take plaintext: in the PeerAuthentication of the workload,
// or in one of its own.
func (sc scene) acceptPlain() []draft {
	if sc.pod == nil || sc.hop.Port == 0 {
		return nil
	}
	port := fmt.Sprint(sc.hop.Port)
	danger := fmt.Sprintf("everybody can then call port %s in plaintext: only policies that ask for an identity keep callers without one out", port)
	for _, pa := range cluster.List[*securityv1.PeerAuthentication](sc.snap, sc.pod.Namespace) {
		item, ok := sc.snap.Item(cluster.PeerAuthentications, pa.Namespace, pa.Name)
		if !ok || !matches(pa.Spec.GetSelector().GetMatchLabels(), sc.pod.Labels) {
			continue
		}
		return []draft{{
			kind: AcceptPlain, danger: danger, title: fmt.Sprintf("accept plaintext on port %s in PeerAuthentication %s/%s", port, pa.Namespace, pa.Name),
			changes: []Change{changed(item, func(object tree) {
				set(object, "spec.portLevelMtls", withKey(at(object, "spec.portLevelMtls"), port, tree{"mode": "PERMISSIVE"}))
			})},
		}}
	}
	name := free(workload(sc.pod, sc.hop)+"-port-"+port, func(name string) bool {
		_, taken := sc.snap.Item(cluster.PeerAuthentications, sc.pod.Namespace, name)
		return taken
	})
	spec := tree{"selector": tree{"matchLabels": labels(sc.selector())}, "portLevelMtls": tree{port: tree{"mode": "PERMISSIVE"}}}
	return []draft{{
		kind: AcceptPlain, danger: danger, title: fmt.Sprintf("accept plaintext on port %s in a new PeerAuthentication %s/%s", port, sc.pod.Namespace, name),
		changes: []Change{created(cluster.PeerAuthentications, sc.pod.Namespace, name, spec)},
	}}
}

func withKey(v any, key string, value any) tree {
	object, _ := clone(v).(tree)
	if object == nil {
		object = tree{}
	}
	object[key] = value
	return object
}
