package diagnose

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// targetKind is what a TARGET names.
type targetKind uint8

const (
	hostTarget    targetKind = iota // a host name
	serviceTarget                   // svc/NAME
	podTarget                       // pod/NAME
	addressTarget                   // an IP address
)

// targetRef is a TARGET after parsing.
type targetRef struct {
	kind            targetKind
	scheme          string // http, https, tcp, …; empty was not said
	host            string // lower case, without a final dot
	namespace, name string // of svc/ and pod/
	address         netip.Addr
	port            string // number or name; empty was not said
	path            string // with its query; empty was not said
	services        []serviceRef
}

// serviceRef is a Service that a host name may mean. A headless Service also
// answers for each of its Pods by the Pod's own name.
type serviceRef struct{ namespace, name, pod string }

// schemes that a TARGET may have, and the port that goes with each.
var schemes = map[string]string{
	"http": "80", "https": "443", "tcp": "", "tls": "443", "grpc": "80", "grpcs": "443", "ws": "80", "wss": "443",
}

// parseTarget reads what one would give curl, svc/NAME, pod/NAME or an address.
// Host names are looked up as a Pod of namespace would; svc/ and pod/ names
// without a namespace are of fallback.
func parseTarget(s, namespace, fallback string) (targetRef, error) {
	t, err := splitTarget(s)
	if err != nil {
		return targetRef{}, fmt.Errorf("target %q: %w", s, err)
	}
	if err := t.checkPort(); err != nil {
		return targetRef{}, fmt.Errorf("target %q: %w", s, err)
	}
	switch t.kind {
	case serviceTarget, podTarget:
		t.name, t.namespace = splitName(t.host, fallback)
		err = checkName(t.name, t.namespace)
		t.services = nil
		if t.kind == serviceTarget {
			t.services = []serviceRef{{namespace: t.namespace, name: t.name}}
			t.host = ""
		}
	case addressTarget:
	case hostTarget:
		err = t.readHost(namespace)
	}
	if err != nil {
		return targetRef{}, fmt.Errorf("target %q: %w", s, err)
	}
	return t, nil
}

// splitTarget splits the words into scheme, kind, host, port and path.
func splitTarget(s string) (targetRef, error) {
	t := targetRef{}
	rest := s
	if scheme, after, ok := strings.Cut(s, "://"); ok {
		t.scheme, rest = strings.ToLower(scheme), after
		if _, known := schemes[t.scheme]; !known {
			return t, fmt.Errorf("unknown scheme %q%s", scheme, didYouMean(t.scheme, schemeWords()))
		}
	}
	if t.scheme == "" {
		if kind, after, ok := typedTarget(rest); ok {
			t.kind, rest = kind, after
		}
	}
	rest, _, _ = strings.Cut(rest, "#")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		t.path, rest = rest[i:], rest[:i]
		if t.path[0] == '?' {
			t.path = "/" + t.path
		}
	}
	if strings.ContainsAny(t.path, " \t\n") {
		return t, fmt.Errorf("the path has a space: write it as %%20")
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:] // user and password say nothing of the way
	}
	if t.path == "" && t.scheme != "" && t.scheme != "tcp" && t.scheme != "tls" {
		t.path = "/"
	}
	return t, t.splitPort(rest)
}

// typedTarget cuts svc/, pod/ and ip/ off.
func typedTarget(s string) (kind targetKind, rest string, ok bool) {
	word, rest, ok := strings.Cut(s, "/")
	if !ok {
		return hostTarget, s, false
	}
	switch strings.ToLower(word) {
	case "svc", "service", "services":
		return serviceTarget, rest, true
	case "pod", "pods", "po":
		return podTarget, rest, true
	case "ip":
		return addressTarget, rest, true
	}
	return hostTarget, s, false
}

// splitPort splits host:port; an IPv6 address with a port stands in brackets.
func (t *targetRef) splitPort(s string) error {
	if ip, err := netip.ParseAddr(s); err == nil {
		t.kind, t.address, t.host = addressTarget, ip.Unmap(), s
		return nil
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return fmt.Errorf("the bracket is not closed")
		}
		host, port = s[1:end], strings.TrimPrefix(s[end+1:], ":")
	} else if h, p, ok := strings.Cut(s, ":"); ok {
		if p == "" {
			return fmt.Errorf("there is no port behind the colon")
		}
		host, port = h, p
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	switch {
	case host == "" && (t.kind == serviceTarget || t.kind == podTarget):
		return fmt.Errorf("there is no name behind the slash")
	case host == "":
		return fmt.Errorf("there is no host")
	}
	t.host, t.port = host, port
	if ip, err := netip.ParseAddr(host); err == nil {
		t.kind, t.address = addressTarget, ip.Unmap()
	} else if t.kind == addressTarget {
		return fmt.Errorf("%q is no IP address", host)
	}
	return nil
}

func (t *targetRef) checkPort() error {
	if t.port == "" {
		return nil
	}
	if n, err := strconv.Atoi(t.port); err == nil {
		if n < 1 || n > 65535 {
			return fmt.Errorf("port %s is not between 1 and 65535", t.port)
		}
		return nil
	}
	if len(validation.IsValidPortName(t.port)) > 0 {
		return fmt.Errorf("%q is neither a port number nor a port name", t.port)
	}
	return nil
}

// readHost finds the Services that a host name may mean, in the order in which
// a Pod's resolver tries them: search namespace.svc.DOMAIN, svc.DOMAIN, DOMAIN.
func (t *targetRef) readHost(namespace string) error {
	if len(validation.IsDNS1123Subdomain(t.host)) > 0 {
		if _, err := url.Parse("http://" + t.host); err != nil {
			return fmt.Errorf("%q is no host name", t.host)
		}
		return fmt.Errorf("%q is no host name that DNS could hold", t.host)
	}
	labels := strings.Split(t.host, ".")
	if ip, ok := podDNS(labels); ok {
		t.kind, t.address = addressTarget, ip
		return nil
	}
	if i := slices.Index(labels, "svc"); i >= 1 {
		switch i {
		case 1:
			t.services = []serviceRef{{namespace, labels[0], ""}}
		case 2:
			t.services = []serviceRef{{labels[1], labels[0], ""}}
		case 3:
			t.services = []serviceRef{{labels[2], labels[1], labels[0]}}
		}
		return nil
	}
	switch len(labels) {
	case 1:
		t.services = []serviceRef{{namespace, labels[0], ""}}
	case 2:
		t.services = []serviceRef{{labels[1], labels[0], ""}, {namespace, labels[1], labels[0]}}
	case 3:
		t.services = []serviceRef{{labels[2], labels[1], labels[0]}}
	}
	return nil
}

// podDNS reads 10-1-2-3.NAMESPACE.pod.DOMAIN.
func podDNS(labels []string) (netip.Addr, bool) {
	if len(labels) < 3 || labels[2] != "pod" {
		return netip.Addr{}, false
	}
	for _, sep := range []string{".", ":"} {
		if ip, err := netip.ParseAddr(strings.ReplaceAll(labels[0], "-", sep)); err == nil {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

func schemeWords() []string {
	var out []string
	for s := range schemes {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// maybeExternal reports whether the host may be one that a ServiceEntry names.
func (t targetRef) maybeExternal() bool {
	return t.kind == hostTarget && strings.Contains(t.host, ".") && !strings.Contains(t.host+".", ".svc.")
}
