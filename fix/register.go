package fix

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// unregistered is a host that a route sends to and nothing registers.
var unregistered = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`sends it to ([a-z0-9.-]+), which no ServiceEntry registers`)
})

// registers let the mesh know a host outside, and who calls it know of it: a new
// ServiceEntry, the host or exportTo of one, or the egress of a Sidecar.
func (sc scene) registers() []draft {
	host, blocked := sc.host(), strings.Contains(sc.answer.Summary, "REGISTRY_ONLY")
	if m := unregistered().FindStringSubmatch(sc.answer.Summary); m != nil {
		host, blocked = m[1], true
	}
	if !blocked || !strings.Contains(host, ".") {
		return nil
	}
	from := sc.hop.Namespace
	if from == "" {
		from = sc.before.Namespace
	}
	var out []draft
	for _, item := range sc.named(cluster.ServiceEntries) {
		hosts := textsOf(at(parse(item.Raw), "spec.hosts"))
		if near := only(host, hosts); near != "" && !slices.Contains(hosts, host) {
			out = append(out, alter(Register, item, fmt.Sprintf("spec.hosts[%d]", slices.Index(hosts, near)), near, host), added(Register, item, "spec.hosts", host))
		}
		if exported := textsOf(at(parse(item.Raw), "spec.exportTo")); len(exported) > 0 && from != "" && !slices.Contains(exported, from) && !slices.Contains(exported, "*") {
			out = append(out, added(Register, item, "spec.exportTo", from))
		}
	}
	sidecars := sc.named(cluster.Sidecars)
	for _, item := range sidecars {
		out = append(out, sc.letOut(item, host)...)
	}
	if len(out) > 0 || len(sidecars) > 0 || from == "" {
		return out
	}
	return []draft{sc.serviceEntry(host, from)}
}

// letOut adds a host to what a Sidecar lets out.
func (sc scene) letOut(item cluster.Item, host string) []draft {
	if at(parse(item.Raw), "spec.egress[0]") == nil {
		return nil
	}
	namespace := "*"
	for _, se := range cluster.List[*networkingv1.ServiceEntry](sc.snap, "") {
		if slices.Contains(se.Spec.GetHosts(), host) {
			namespace = se.Namespace
		}
	}
	if name, rest, ok := strings.Cut(strings.TrimSuffix(host, clusterDomain), "."); ok && name != "" && strings.HasSuffix(host, clusterDomain) {
		namespace = rest
	}
	if namespace == item.Object.GetNamespace() {
		namespace = "."
	}
	return []draft{added(Register, item, "spec.egress[0].hosts", namespace+"/"+host)}
}

// serviceEntry registers a host for who calls from a namespace.
func (sc scene) serviceEntry(host, namespace string) draft {
	name := free(strings.ReplaceAll(strings.TrimPrefix(host, "*."), ".", "-"), func(name string) bool {
		_, taken := sc.snap.Item(cluster.ServiceEntries, namespace, name)
		return taken
	})
	scheme, _, _ := strings.Cut(sc.question.Target, "://")
	protocol, port := "TCP", 0
	switch scheme {
	case "http":
		protocol, port = "HTTP", 80
	case "https":
		protocol, port = "TLS", 443
	}
	if given := portOf(sc.question.Target); given != 0 {
		port = given
	}
	spec := tree{
		"hosts": texts(host), "exportTo": texts("."), "location": "MESH_EXTERNAL", "resolution": "DNS",
		"ports": []any{tree{"number": port, "name": strings.ToLower(protocol), "protocol": protocol}},
	}
	return draft{
		kind: Register, title: fmt.Sprintf("register %s in a new ServiceEntry %s/%s for its namespace", host, namespace, name),
		changes: []Change{created(cluster.ServiceEntries, namespace, name, spec)},
		danger:  "every workload of the namespace can call the host then",
	}
}

// portOf is the port that a target names; 0 for none.
func portOf(target string) int {
	_, rest, _ := strings.Cut(target, "://")
	rest, _, _ = strings.Cut(rest, "/")
	n, err := strconv.Atoi(rest[strings.LastIndexByte(rest, ':')+1:])
	if err != nil {
		return 0
	}
	return n
}
