package live

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/clusters"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// outsider is the address of somebody outside.
const outsider = "203.0.113.7"

var schemePorts = map[string]uint16{"http": 80, "https": 443}

// calls are what a question's client may dial; several where the name stands for
// several addresses.
func calls(w *facts.World, q clusters.Question) ([]facts.Call, error) {
	u, err := url.Parse(strings.Replace(q.Target, "//pod/", "//pod~", 1))
	if err != nil {
		return nil, err
	}
	port := schemePorts[u.Scheme]
	if u.Port() != "" {
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			return nil, err
		}
		port = uint16(n)
	}
	dialled, err := dial(w, q, u.Hostname(), port)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q, err)
	}
	c := facts.Call{HTTP: strings.HasPrefix(u.Scheme, "http"), TLS: u.Scheme == "https" || u.Scheme == "tls"}
	if name, ns, ok := strings.Cut(q.Source, "."); ok {
		c.Source = ns + "/" + name
	}
	if c.HTTP {
		c.Message = facts.Message{Method: q.Method, Path: u.RequestURI(), Authority: q.Host, Headers: q.Headers}
		if q.Method == "" {
			c.Message.Method = "GET"
		}
	}
	if c.TLS {
		c.SNI = u.Hostname()
	}
	var out []facts.Call
	for _, at := range dialled {
		c.To = at
		if c.HTTP && q.Host == "" {
			c.Message.Authority = authority(u, at)
		}
		out = append(out, c)
	}
	return out, nil
}

// authority is what a client puts into the Host header.
func authority(u *url.URL, at netip.AddrPort) string {
	host := u.Hostname()
	if strings.HasPrefix(host, "pod~") {
		host = at.Addr().String()
	}
	if u.Port() == "" || u.Scheme == "http" && u.Port() == "80" {
		return host
	}
	return net.JoinHostPort(host, u.Port())
}

// dial finds the addresses that a name stands for.
func dial(w *facts.World, q clusters.Question, host string, port uint16) ([]netip.AddrPort, error) {
	if q.Source == "" {
		return atGateway(w, q, port)
	}
	if name, ok := strings.CutPrefix(host, "pod~"); ok {
		p := podNamed(w, name)
		if p == nil {
			return nil, fmt.Errorf("no Pod %s", name)
		}
		return []netip.AddrPort{at(p.Status.PodIP, port)}, nil
	}
	ip := w.AddressOf(host)
	switch source := podNamed(w, q.Source); {
	case ip.IsValid() && (q.Address == "" || source != nil && facts.KindOf(source) == xds.Ztunnel): // ztunnel answers for DNS
		return []netip.AddrPort{netip.AddrPortFrom(ip, port)}, nil
	case q.Address != "":
		return []netip.AddrPort{at(q.Address, port)}, nil
	}
	for _, s := range w.Services {
		if s.Name+"."+s.Namespace != strings.TrimSuffix(host, ".svc.cluster.local") {
			continue
		}
		if s.Spec.ClusterIP != corev1.ClusterIPNone {
			return []netip.AddrPort{at(s.Spec.ClusterIP, port)}, nil
		}
		var out []netip.AddrPort
		for _, p := range w.Pods {
			if selects(s, p) {
				out = append(out, at(p.Status.PodIP, port))
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("no Service %s", host)
}

// atGateway is the gateway's Pod at the port that its Service's port leads to.
func atGateway(w *facts.World, q clusters.Question, port uint16) ([]netip.AddrPort, error) {
	p := podNamed(w, q.Gateway)
	if p == nil {
		return nil, fmt.Errorf("no Pod %s", q.Gateway)
	}
	for _, s := range w.Services {
		for _, sp := range s.Spec.Ports {
			if selects(s, p) && sp.Port == int32(port) {
				return []netip.AddrPort{at(p.Status.PodIP, uint16(sp.TargetPort.IntValue()))}, nil //nolint:gosec // a port
			}
		}
	}
	return nil, fmt.Errorf("no Service leads to port %d of %s", port, q.Gateway)
}

func podNamed(w *facts.World, name string) *corev1.Pod {
	for _, p := range w.Pods {
		if p.Name+"."+p.Namespace == name {
			return p
		}
	}
	return nil
}

func selects(s *corev1.Service, p *corev1.Pod) bool {
	if len(s.Spec.Selector) == 0 || s.Namespace != p.Namespace {
		return false
	}
	for k, v := range s.Spec.Selector {
		if p.Labels[k] != v {
			return false
		}
	}
	return true
}

func at(ip string, port uint16) netip.AddrPort {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, port)
}

// asked is the question in the plugin's words.
func asked(w *facts.World, q clusters.Question) diagnose.Question {
	out := diagnose.Question{Source: "pod/" + q.Source, Target: q.Target, Request: diagnose.Request{
		Method: q.Method, Host: q.Host, Headers: map[string][]string{}, Exact: strings.HasPrefix(q.Target, "http"),
	}}
	for k, v := range q.Headers {
		out.Request.Headers[k] = []string{v}
	}
	if q.Source == "" {
		out.Source = "ip/" + outsider
	}
	if before, rest, ok := strings.Cut(q.Target, "//pod/"); ok {
		name, after, _ := strings.Cut(rest, ":")
		if p := podNamed(w, name); p != nil {
			out.Target = before + "//" + p.Status.PodIP + ":" + after
		}
	}
	return out
}
