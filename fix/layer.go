package fix

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// useWaypoint names the waypoint of a Service or a namespace.
const useWaypoint = "istio.io/use-waypoint"

// layers lets rules about HTTP see HTTP: by what the port is called, or by a waypoint.
func (sc scene) layers() []draft {
	if sc.http() || sc.pod == nil || !sc.dropped() && !aboutHTTP(sc.decisive()) {
		return nil
	}
	if sc.hop.DataPlane == "ambient" {
		return sc.atWaypoint()
	}
	svc := sc.service()
	for _, item := range sc.named(cluster.Services) { // before a waypoint there is no endpoint yet
		if named, ok := item.Object.(*corev1.Service); ok && svc == nil {
			svc = named
		}
	}
	if svc == nil || !strings.HasPrefix(sc.question.Target, "http://") {
		return nil
	}
	item, ok := sc.snap.Item(cluster.Services, svc.Namespace, svc.Name)
	if !ok {
		return nil
	}
	var out []draft
	for i, p := range svc.Spec.Ports {
		if uint16(p.TargetPort.IntValue()) != sc.hop.Port && uint16(p.Port) != sc.hop.Port && p.TargetPort.StrVal == "" {
			continue
		}
		field := fmt.Sprintf("spec.ports[%d].appProtocol", i)
		out = append(out, draft{
			kind: PortProtocol, title: fmt.Sprintf("call port %d of Service %s/%s HTTP (%s: http)", p.Port, svc.Namespace, svc.Name, field),
			changes: []Change{changed(item, func(object tree) { set(object, field, "http") })},
			danger:  "whoever speaks something else on the port is cut off",
		})
	}
	return out
}

// past tells the danger of what admits a request that policies about HTTP were meant to
// judge: at a waypoint that it passes by, or on a port that is not read as HTTP.
func (sc scene) past(all []draft) []draft {
	danger := ""
	switch {
	case len(sc.viaWaypoint()) > 0:
		danger = "it lets requests past the waypoint, whose policies do not count for them then"
	case len(sc.layers()) > 0:
		danger = "the proxy does not read HTTP on the port: whatever the caller sends there is let in"
	}
	for i := range all {
		if all[i].danger == "" {
			all[i].danger = danger
		}
	}
	return all
}

// aboutHTTP reports whether a rule asks for what only HTTP has. In a DENY rule that is
// left out where the connection is not HTTP, and the rest of the rule denies.
func aboutHTTP(rule tree) bool {
	has := func(list, in string, fields ...string) bool {
		all, _ := rule[list].([]any)
		return slices.ContainsFunc(all, func(v any) bool {
			object, _ := at(v, in).(tree)
			return slices.ContainsFunc(fields, func(f string) bool { return object[f] != nil })
		})
	}
	when, _ := rule["when"].([]any)
	return has("to", "operation", "hosts", "notHosts", "methods", "notMethods", "paths", "notPaths") ||
		has("from", "source", "requestPrincipals", "notRequestPrincipals") ||
		slices.ContainsFunc(when, func(c any) bool {
			key, _ := at(c, "key").(string)
			return strings.HasPrefix(key, "request.")
		})
}

// dropped reports whether a rule is gone because the connection is not HTTP.
func (sc scene) dropped() bool {
	for _, p := range sc.allows().Policies {
		for _, r := range p.Rules {
			if r.Dropped != "" {
				return true
			}
		}
	}
	return false
}

// atWaypoint moves a policy about HTTP to the Service's waypoint, if there is a waypoint.
func (sc scene) atWaypoint() []draft {
	svc := sc.service()
	if svc == nil {
		return nil
	}
	waypoint := ""
	for _, g := range cluster.List[*gatewayv1.Gateway](sc.snap, svc.Namespace) {
		if g.Spec.GatewayClassName == "istio-waypoint" {
			waypoint = g.Name
			break
		}
	}
	item, ok := sc.snap.Item(cluster.Services, svc.Namespace, svc.Name)
	if waypoint == "" || !ok {
		return nil
	}
	out := draft{kind: AtWaypoint, title: fmt.Sprintf("let waypoint %s/%s enforce", svc.Namespace, waypoint)}
	for _, p := range sc.allows().Policies {
		policy, ok := sc.editable(p.Policy)
		if !ok {
			continue
		}
		out.title += " " + p.Policy.String()
		out.changes = append(out.changes, changed(policy, func(object tree) {
			spec, _ := object["spec"].(tree)
			delete(spec, "selector")
			spec["targetRefs"] = []any{tree{"group": "", "kind": "Service", "name": svc.Name}}
		}))
	}
	if svc.Labels[useWaypoint] != waypoint {
		out.changes = append(out.changes, changed(item, func(object tree) {
			set(object, "metadata.labels", withLabel(at(object, "metadata.labels"), useWaypoint, waypoint))
		}))
	}
	out.danger = "the policy no longer holds for who calls the Pods by their addresses, past the Service"
	return []draft{out}
}

// service is the Service that the question leads to: one that has the last hop's Pod.
func (sc scene) service() *corev1.Service {
	hops := sc.answer.Hops
	if len(hops) == 0 {
		return nil
	}
	pod := podOf(sc.snap, hops[len(hops)-1])
	if pod == nil {
		return nil
	}
	for _, svc := range cluster.List[*corev1.Service](sc.snap, pod.Namespace) {
		if matches(svc.Spec.Selector, pod.Labels) {
			return svc
		}
	}
	return nil
}

// provider corrects the name of an external authorizer that is not defined.
func (sc scene) provider() []draft {
	var ref authz.Ref
	if ref.UnmarshalText([]byte(sc.answer.Reason.Policy)) != nil {
		return nil
	}
	item, ok := sc.editable(ref)
	if !ok {
		return nil
	}
	const field = "spec.provider.name"
	name, _ := at(parse(item.Raw), field).(string)
	known := sc.providers()
	near := spell.Closest(name, known, spell.Distance)
	if near == "" || near == name {
		return nil
	}
	return []draft{{
		kind: Provider, title: fmt.Sprintf("name provider %s in place of %s in %s", near, name, ref),
		changes: []Change{changed(item, func(object tree) { set(object, field, near) })},
	}}
}

// providers are the extension providers of the mesh.
func (sc scene) providers() []string {
	namespace := sc.question.MeshNamespace
	if namespace == "" {
		namespace = "istio-system"
	}
	cm, ok := cluster.Get[*corev1.ConfigMap](sc.snap, namespace, "istio")
	if !ok {
		return nil
	}
	var config struct {
		ExtensionProviders []struct {
			Name string `json:"name"`
		} `json:"extensionProviders"`
	}
	if yaml.Unmarshal([]byte(cm.Data["mesh"]), &config) != nil {
		return nil
	}
	var out []string
	for _, p := range config.ExtensionProviders {
		out = append(out, p.Name)
	}
	return out
}
