package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// sourceKind is what a SOURCE names.
type sourceKind uint8

const (
	anyKind sourceKind = iota // a bare name: a Pod, else what creates Pods
	podKind
	workloadKind
	serviceAccountKind
	gatewayKind
	addressKind
	kubeletKind   // the kubelet of the target's node: probes
	apiserverKind // the API server: webhooks, aggregated APIs, kubectl's proxy
	everyoneKind  // every Pod in sight, and the strangers
	strangersKind // those that are not in sight
	identityKind  // a workload of the mesh that is not in sight, by its identity
)

// sourceRef is a SOURCE after parsing.
type sourceRef struct {
	kind            sourceKind
	word            string // the type as shown: deploy
	resource        cluster.Resource
	namespace, name string
	address         netip.Addr
	principal       string // of an identityKind: cluster.local/ns/foo/sa/sleep
}

// String names the source as its user would.
func (s sourceRef) String() string {
	switch {
	case s.kind == addressKind:
		return s.address.String()
	case s.outside():
		return s.word
	case s.word == "":
		return s.name + "." + s.namespace
	}
	return s.word + "/" + s.name + "." + s.namespace
}

// outside reports whether the source is no Pod.
func (s sourceRef) outside() bool {
	return s.kind == addressKind || s.kind == kubeletKind || s.kind == apiserverKind || s.kind == everyoneKind || s.kind == strangersKind || s.kind == identityKind
}

// callers are those that are no Pods and have a name of their own.
var callers = map[string]sourceKind{"kubelet": kubeletKind, "apiserver": apiserverKind, "kube-apiserver": apiserverKind}

// creator is a kind that creates Pods.
type creator struct {
	words    []string // the first is shown
	resource cluster.Resource
}

// creators lists what creates Pods, in the order in which a bare name is tried.
func creators() []creator {
	return []creator{
		{[]string{"deploy", "deployment", "deployments"}, cluster.Deployments},
		{[]string{"sts", "statefulset", "statefulsets"}, cluster.StatefulSets},
		{[]string{"ds", "daemonset", "daemonsets"}, cluster.DaemonSets},
		{[]string{"cronjob", "cronjobs", "cj"}, cluster.CronJobs},
		{[]string{"job", "jobs"}, cluster.Jobs},
		{[]string{"rs", "replicaset", "replicasets"}, cluster.ReplicaSets},
	}
}

var otherKinds = map[string]sourceKind{
	"pod": podKind, "po": podKind, "pods": podKind,
	"sa": serviceAccountKind, "serviceaccount": serviceAccountKind, "serviceaccounts": serviceAccountKind,
	"gateway": gatewayKind, "gateways": gatewayKind, "gw": gatewayKind, "gtw": gatewayKind,
	"ip": addressKind,
}

// shownWord is the word that a kind is shown with.
var shownWord = map[sourceKind]string{podKind: "pod", serviceAccountKind: "sa", gatewayKind: "gateway"}

// parseSource reads [TYPE/]NAME[.NAMESPACE] or ip/ADDRESS. Names without a
// namespace are of namespace. The namespace is what follows the last dot, for
// the name of a namespace has none.
func parseSource(s, namespace string) (sourceRef, error) {
	if s == "" {
		return sourceRef{}, fmt.Errorf("the source is empty: want [TYPE/]NAME[.NAMESPACE] or ip/ADDRESS")
	}
	word, rest, typed := strings.Cut(s, "/")
	if !typed {
		word, rest = "", s
	}
	ref := sourceRef{}
	switch s {
	case Everyone:
		return sourceRef{kind: everyoneKind, word: "everyone"}, nil
	case Strangers:
		return sourceRef{kind: strangersKind, word: "strangers"}, nil
	}
	if principal, ok := strings.CutPrefix(s, spiffe); ok {
		return parseIdentity(s, principal)
	}
	if kind, ok := callers[strings.ToLower(rest)]; ok && !typed {
		return sourceRef{kind: kind, word: strings.TrimPrefix(strings.ToLower(rest), "kube-")}, nil
	}
	if typed {
		if err := ref.setKind(word); err != nil {
			return sourceRef{}, fmt.Errorf("source %q: %w", s, err)
		}
	}
	if ref.kind == addressKind {
		ip, err := netip.ParseAddr(rest)
		if err != nil {
			return sourceRef{}, fmt.Errorf("source %q: %q is no IP address", s, rest)
		}
		ref.address = ip
		return ref, nil
	}
	if ip, err := netip.ParseAddr(rest); err == nil && !typed {
		return sourceRef{}, fmt.Errorf("source %q is an address: say ip/%s", s, ip)
	}
	ref.name, ref.namespace = splitName(rest, namespace)
	if err := checkName(ref.name, ref.namespace); err != nil {
		return sourceRef{}, fmt.Errorf("source %q: %w", s, err)
	}
	return ref, nil
}

// spiffe begins the identity of a workload: a SPIFFE ID, as its certificate has it.
const spiffe = "spiffe://"

// parseIdentity reads spiffe://TRUSTDOMAIN/ns/NAMESPACE/sa/SERVICEACCOUNT.
func parseIdentity(s, principal string) (sourceRef, error) {
	parts := strings.Split(principal, "/")
	if len(parts) != 5 || parts[0] == "" || parts[1] != "ns" || parts[3] != "sa" {
		return sourceRef{}, fmt.Errorf("source %q: want spiffe://TRUSTDOMAIN/ns/NAMESPACE/sa/SERVICEACCOUNT", s)
	}
	if err := checkName(parts[4], parts[2]); err != nil {
		return sourceRef{}, fmt.Errorf("source %q: %w", s, err)
	}
	return sourceRef{kind: identityKind, word: s, principal: principal, namespace: parts[2]}, nil
}

func (s *sourceRef) setKind(word string) error {
	w := strings.ToLower(word)
	w, _, _ = strings.Cut(w, ".") // deployment.apps
	if k, ok := otherKinds[w]; ok {
		s.kind, s.word = k, shownWord[k]
		return nil
	}
	for _, c := range creators() {
		if slices.Contains(c.words, w) {
			s.kind, s.word, s.resource = workloadKind, c.words[0], c.resource
			return nil
		}
	}
	if w == "svc" || w == "service" || w == "services" {
		return fmt.Errorf("a Service sends nothing: name the Pods behind it, or what creates them")
	}
	if near := didYouMean(w, sourceWords()); near != "" {
		return fmt.Errorf("unknown type %q%s", word, near)
	}
	return fmt.Errorf("unknown type %q (a namespace comes last, behind a dot: NAME.%s)", word, word)
}

func sourceWords() []string {
	var out []string
	for _, c := range creators() {
		out = append(out, c.words...)
	}
	for w := range otherKinds {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}

// splitName splits NAME[.NAMESPACE].
func splitName(s, namespace string) (name, ns string) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, namespace
}

func checkName(name, namespace string) error {
	if errs := validation.IsDNS1123Subdomain(name); len(errs) > 0 {
		return fmt.Errorf("%q is no valid name", name)
	}
	if errs := validation.IsDNS1123Label(namespace); len(errs) > 0 {
		return fmt.Errorf("%q is no valid namespace", namespace)
	}
	return nil
}
