package logs

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// caller is somebody whom a line may mean, in the words of a question.
type caller struct {
	name    string
	address bool // the address of the line has to be said beside it
}

// place is where a line may mean that the request went.
type place struct {
	target string
	host   string // the Host header, where target is not named by it
	// lands says that target must lead to where the line is of: it was taken from what
	// the client said.
	lands bool
	// direct says that target is the Pod itself, though the client may have dialled its
	// Service.
	direct bool
}

// callers lists whom g may mean, the surest first. An address that is not a Pod's is
// asked about as such only if there was no certificate: nobody outside has one.
func (d *Desk) callers(pods []pod, g *Group) []caller {
	s := g.Source
	if s.Forwarded && s.Address.IsValid() {
		return []caller{{name: "ip/" + s.Address.String()}}
	}
	var out []caller
	if named(s.Pod, s.Namespace) {
		out = append(out, caller{name: "pod/" + s.Pod + "." + s.Namespace})
	}
	namespace, account, hasIdentity := namespaced(s.Identity)
	for _, p := range pods {
		if !hasIdentity || p.namespace == namespace && p.account == account {
			out = append(out, caller{name: "pod/" + p.name + "." + p.namespace})
		}
	}
	if hasIdentity && named(account, namespace) {
		out = append(out, caller{name: "sa/" + account + "." + namespace, address: true})
	}
	if !s.MutualTLS && s.Address.IsValid() {
		out = append(out, caller{name: "ip/" + s.Address.String()})
	}
	return out
}

// places lists where g may have gone, the surest first.
func (d *Desk) places(pods []pod, g *Group) []place {
	t, r := g.Target, g.Request
	scheme := ""
	if r.Method != "" {
		scheme = "http://"
	}
	var out []place
	authority := dialled(r.Host)
	switch {
	case g.Source.Forwarded && !t.Gateway: // the way begins at a gateway before
		if authority != "" {
			out = append(out, place{target: "http://" + authority, lands: true}, place{target: "https://" + authority, lands: true})
		}
		return out
	case t.Gateway:
		if t.TLS {
			scheme = "https://"
		}
		if authority != "" {
			out = append(out, place{target: scheme + authority})
		}
		return out
	case dnsName(t.Host) && t.Port != 0:
		if r.Connection && g.Format != Ztunnel && g.Effect != Broken {
			scheme = "tcp://"
		}
		out = append(out, place{target: scheme + net.JoinHostPort(t.Host, number(t.Port)), host: authority})
	case authority != "" && (t.Address.IsValid() || t.Pod != ""):
		out = append(out, place{target: scheme + authority, lands: true})
	}
	port := ""
	if t.PodPort != 0 {
		port = ":" + number(t.PodPort)
	}
	for _, p := range pods {
		out = append(out, place{target: "pod/" + p.name + "." + p.namespace + port, host: authority, direct: true})
	}
	if named(t.Pod, t.Namespace) {
		out = append(out, place{target: "pod/" + t.Pod + "." + t.Namespace + port, host: authority, direct: true})
	}
	if t.Address.IsValid() && t.PodPort != 0 {
		out = append(out, place{target: scheme + netip.AddrPortFrom(t.Address, t.PodPort).String(), host: authority, direct: true})
	}
	return out
}

var (
	methods    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z-]{1,32}$`) })
	plainPaths = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/[A-Za-z0-9._~/%+=:@!,;&*-]*$`) })
	hosts      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._-]+(:[0-9]{1,5})?$`) })
	forwarded  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-fA-F.:, ]+$`) })
)

// question puts the question that g implies of one caller and one place. What the
// line says of the request and could not have been sent as it stands is left open.
func (d *Desk) question(g *Group, c caller, p place) diagnose.Question {
	q := diagnose.Question{Source: c.name, Target: p.target, Namespace: d.Namespace, MeshNamespace: d.MeshNamespace}
	r := g.Request
	if methods().MatchString(r.Method) {
		q.Request.Method = r.Method
	}
	if plainPaths().MatchString(r.Path) && r.Method != "" {
		q.Target += r.Path
	}
	q.Request.Host = p.host
	if c.address && g.Source.Address.IsValid() {
		q.Request.SourceIP = g.Source.Address.String()
	}
	if forwarded().MatchString(r.ForwardedFor) && !g.Source.Forwarded && !g.Target.Gateway { // a gateway logs what it adds
		q.Request.Headers = map[string][]string{"x-forwarded-for": {r.ForwardedFor}}
	}
	return q
}

// Command is the question as one would type it, after the given words.
func Command(q diagnose.Question, words ...string) string {
	words = append(words, q.Source, q.Target)
	add := func(flag, value string) {
		if value != "" {
			words = append(words, flag, value)
		}
	}
	add("--method", q.Request.Method)
	add("--host", q.Request.Host)
	add("--source-ip", q.Request.SourceIP)
	for _, v := range q.Request.Headers["x-forwarded-for"] {
		add("--header", "x-forwarded-for="+v)
	}
	for i, w := range words {
		if !plainWords().MatchString(w) {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

var plainWords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._/:@%+=,-]+$`) })

// dialled is what the request calls its host, if one could dial it.
func dialled(host string) string {
	if !hosts().MatchString(host) || strings.Trim(host, "0123456789.:") == "" {
		return ""
	}
	return host
}

func dnsName(s string) bool { return s != "" && len(validation.IsDNS1123Subdomain(s)) == 0 }

func named(name, namespace string) bool {
	return dnsName(name) && namespace != "" && len(validation.IsDNS1123Label(namespace)) == 0
}
