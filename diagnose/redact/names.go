package redact

import (
	"strconv"
	"strings"
)

// kind is what a name is of; it is in the replacement. What is a name of several kinds
// is of the first.
type kind uint8

const (
	namespaceName kind = iota + 1
	objectName
	hostName
	addressName
	urlName
	valueName
	userName
)

var kindWords = map[kind]string{
	objectName: "name-", namespaceName: "namespace-", hostName: "host-", addressName: "address-",
	urlName: "issuer-", valueName: "value-", userName: "user-",
}

// names are those to be replaced, and with what.
type names struct {
	known   map[string]kind
	phrases []string          // of known, those that no word can be, longest first
	given   map[string]string // name → replacement
	counts  map[kind]int
}

func newNames() *names {
	return &names{known: map[string]kind{}, given: map[string]string{}, counts: map[kind]int{}}
}

// public are names that everybody has.
var public = map[string]bool{
	"default": true, "istio": true, "istio-system": true, "istio-ingress": true, "istio-egress": true, "istio-gateway": true,
	"istio-ingressgateway": true, "istio-egressgateway": true, "istio-ingressgateway-service-account": true, "istio-egressgateway-service-account": true,
	"istio-proxy": true, "istio-init": true, "istio-validation": true, "istio-cni-node": true, "istiod": true, "ztunnel": true, "waypoint": true,
	"kube-system": true, "kube-public": true, "kube-node-lease": true, "kubernetes": true, "kyma-system": true, "kmesh-system": true, "kmesh": true,
	"cluster.local": true, "localhost": true, "svc": true, "svc.cluster.local": true, "mesh": true, "ingressgateway": true, "egressgateway": true, "pilot": true,
	"enabled": true, "disabled": true, "true": true, "false": true, "ambient": true, "none": true, "all": true, "restricted": true, "baseline": true, "privileged": true, "global": true,
}

// add keeps a name. What everybody has, numbers, and what is made of nothing but stars
// is none.
func (n *names) add(k kind, s string) {
	if address(s) != "" {
		k = addressName
	}
	switch k {
	case hostName:
		n.host(s)
		return
	case addressName:
		if s = address(s); s == "" || strings.HasPrefix(s, "127.") || s == "0.0.0.0" || s == "::" || s == "::1" {
			return
		}
	case urlName:
		s = strings.TrimRight(s, "*/")
	case valueName:
		if strings.Contains(s, "://") {
			n.add(urlName, s)
			return
		}
	case objectName, namespaceName, userName:
	}
	s = strings.Trim(s, "*")
	if len(s) < 2 || public[s] || isNumber(s) {
		return
	}
	n.keep(k, s)
}

func (n *names) keep(k kind, s string) {
	had := n.known[s]
	if had == 0 && !isWord(s) {
		n.phrase(s)
	}
	if had == 0 || k < had {
		n.known[s] = k
	}
}

// host keeps a host, the trust domain of a principal, or what is in the names of
// Services: cart.shop.svc.cluster.local.
func (n *names) host(s string) {
	s = strings.TrimPrefix(s, "spiffe://")
	if td, rest, ok := strings.Cut(s, "/ns/"); ok {
		namespace, account, _ := strings.Cut(rest, "/sa/")
		n.add(hostName, td)
		n.add(namespaceName, namespace)
		n.add(objectName, account)
		return
	}
	if namespace, host, ok := strings.Cut(s, "/"); ok { // as Gateway and Sidecar have it
		n.add(namespaceName, strings.Trim(namespace, "."))
		s = host
	}
	s = strings.TrimPrefix(strings.TrimPrefix(withoutPort(hostOf(s)), "*."), "*")
	if address(s) != "" {
		n.add(addressName, s)
		return
	}
	_, rest, dotted := strings.Cut(s, ".")
	if !dotted || strings.Contains(s, ".svc") || n.known[rest] == namespaceName || rest == "default" {
		n.inService(s)
		return
	}
	if len(s) > 2 && !public[s] {
		n.keep(hostName, s)
	}
}

// replacement is what stands for a known name. Names are numbered in the order in which
// they are met, so that equal answers have equal replacements. A Pod keeps its ending, a
// host what it is below.
func (n *names) replacement(s string) string {
	if r, ok := n.given[s]; ok {
		return r
	}
	if public[s] {
		return s
	}
	k := n.known[s]
	r := ""
	switch owner := n.owner(s); {
	case owner != "":
		r = n.replacement(owner) + strings.TrimPrefix(s, owner)
	case k == hostName && n.parent(s) != "":
		above := n.replacement(n.parent(s))
		n.counts[k]++
		r = "host-" + strconv.Itoa(n.counts[k]) + "." + above
	default:
		n.counts[k]++
		r = kindWords[k] + strconv.Itoa(n.counts[k])
		switch k {
		case hostName:
			r += ".example"
		case urlName:
			if strings.Contains(s, "://") {
				r = "https://" + r + ".example"
			}
		case objectName, namespaceName, addressName, valueName, userName:
		}
	}
	n.given[s] = r
	return r
}

// owner is what a Pod's name begins with, if what follows is what controllers put after
// it: "cart" of cart-5c8b6d4f97-jv9xn and of cart-0. Empty if that is no name.
func (n *names) owner(s string) string {
	if n.known[s] != objectName {
		return ""
	}
	found := ""
	for range 2 {
		i := strings.LastIndexByte(s, '-')
		if i < 1 || !isEnding(s[i+1:]) {
			break
		}
		if s = s[:i]; n.known[s] != 0 || public[s] {
			found = s
		}
	}
	return found
}

// parent is the longest known host that s is below.
func (n *names) parent(s string) string {
	for {
		_, rest, ok := strings.Cut(s, ".")
		if !ok {
			return ""
		}
		if s = rest; n.known[s] == hostName {
			return s
		}
	}
}

// isEnding reports whether s is what a controller ends a Pod's name with: a number, or
// letters of which none can spell a word (k8s.io/apimachinery/pkg/util/rand).
func isEnding(s string) bool {
	return isNumber(s) || len(s) >= 5 && len(s) <= 10 && strings.Trim(s, "bcdfghjklmnpqrstvwxz2456789") == "" || len(s) == 10 && strings.Trim(s, "0123456789abcdef") == ""
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isWord reports whether s is found where text is cut into words.
func isWord(s string) bool {
	for i := range len(s) {
		if !inWord(s[i]) && s[i] != '.' {
			return false
		}
	}
	return true
}

// inWord reports whether c is part of a word, without the dots between words.
func inWord(c byte) bool {
	return c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
