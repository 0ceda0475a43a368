package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// gwWorld are the objects of a test.
type gwWorld struct {
	GatewayAPIQuery
	services []*corev1.Service
	entries  []*networkingv1.ServiceEntry
}

func gwLoad(t *testing.T, manifests string) gwWorld {
	t.Helper()
	w := gwWorld{GatewayAPIQuery: GatewayAPIQuery{Domain: "cluster.local"}}
	for doc := range strings.SplitSeq(manifests, "\n---\n") {
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(doc), &meta); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		switch meta.Kind {
		case "Gateway":
			w.Gateway = gwRead[gatewayv1.Gateway](t, doc)
		case "HTTPRoute":
			w.HTTPRoutes = append(w.HTTPRoutes, gwRead[gatewayv1.HTTPRoute](t, doc))
		case "GRPCRoute":
			w.GRPCRoutes = append(w.GRPCRoutes, gwRead[gatewayv1.GRPCRoute](t, doc))
		case "TLSRoute":
			w.TLSRoutes = append(w.TLSRoutes, gwRead[gatewayv1.TLSRoute](t, doc))
		case "TCPRoute":
			w.TCPRoutes = append(w.TCPRoutes, gwRead[gatewayv1.TCPRoute](t, doc))
		case "ReferenceGrant":
			w.ReferenceGrants = append(w.ReferenceGrants, gwRead[gatewayv1.ReferenceGrant](t, doc))
		case "Service":
			w.services = append(w.services, gwRead[corev1.Service](t, doc))
		case "ServiceEntry":
			w.entries = append(w.entries, gwRead[networkingv1.ServiceEntry](t, doc))
		default:
			t.Fatalf("kind %q in\n%s", meta.Kind, doc)
		}
	}
	return w
}

func gwRead[T any](t *testing.T, doc string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(doc), out); err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	return out
}

// gwRequest reads a request: "GET http://host/path", "tls sni:443", "tcp", with what
// is left out open; headers follow as name=value.
func gwRequest(t *testing.T, port uint16, text string) Request {
	t.Helper()
	r := Request{Port: port, HTTP: true}
	for word := range strings.FieldsSeq(text) {
		scheme, rest, found := strings.Cut(word, "://")
		name, v, header := strings.Cut(word, "=")
		switch {
		case word == "tcp":
			r.HTTP = false
		case word == "tls":
			r.TLS = true
		case found:
			host, path, hasPath := strings.Cut(rest, "/")
			if host != "" {
				r.Host = authz.Known(host)
			}
			if hasPath {
				r.Path = authz.Known("/" + path)
			}
			if r.TLS = r.TLS || scheme == "https"; scheme == "https" && host != "" {
				r.SNI = authz.Known(host)
			}
		case name == "sni":
			r.SNI = authz.Known(v)
		case name == "nosni":
			r.SNI = authz.Absent[string]()
		case name == "unseen":
			r.Host = authz.UnseenBecause[string](v)
		case header:
			if r.Headers.Values == nil {
				r.Headers = authz.Headers{Values: map[string][]string{}, Closed: true}
			}
			r.Headers.Values[name] = []string{v}
		default:
			r.Method = authz.Known(word)
		}
	}
	if r.Headers.Values == nil {
		r.Headers.Closed = true
	}
	return r
}

// gwShow renders branches, one a line, with what follows each indented.
func gwShow(r Request, branches []Branch) string {
	var out strings.Builder
	for _, b := range branches {
		var parts []string
		for _, a := range b.Given {
			parts = append(parts, a.Words)
		}
		for _, m := range b.Missing {
			parts = append(parts, "?"+m)
		}
		line := strings.Join(parts, ", ")
		if line != "" {
			line += ": "
		}
		if b.Object != "" {
			line += b.Object + " " + b.Field + " "
		}
		if b.Answer != nil {
			line += strings.TrimSpace(fmt.Sprintf("%d %s %s", b.Answer.Status, b.Answer.Why, b.Answer.Location))
		}
		line += strings.TrimPrefix(gwChange(r, b.Change), " ")
		for i, d := range b.Destinations {
			if i > 0 {
				line += ", "
			}
			line += fmt.Sprintf("-> %s:%d", d.Host, d.Port)
			if d.Weight != 100 {
				line += fmt.Sprintf(" %d%%", d.Weight)
			}
			line += gwChange(r, d.Change)
		}
		for _, n := range b.Notes {
			line += "; " + n
		}
		fmt.Fprintln(&out, strings.TrimSpace(line))
	}
	return out.String()
}

func gwChange(r Request, c Change) string {
	out := ""
	if c.Host != "" {
		out += " host=" + c.Host
	}
	if path, ok := r.Path.Get(); ok && c.Path != nil {
		out += " path=" + c.Path(path)
	}
	for _, n := range slices.Sorted(maps.Keys(c.SetHeaders)) {
		out += " " + n + "=" + c.SetHeaders[n]
	}
	for _, n := range slices.Sorted(maps.Keys(c.AddHeaders)) {
		out += " " + n + "+=" + c.AddHeaders[n]
	}
	for _, n := range c.RemoveHeaders {
		out += " -" + n
	}
	if out != "" {
		out += " "
	}
	return out
}

// gwAsk asks the gateway and renders the answer.
func gwAsk(t *testing.T, w gwWorld, port uint16, request string) string {
	t.Helper()
	q := w.GatewayAPIQuery
	q.Request = gwRequest(t, port, request)
	_, branches := GatewayAPI(q)
	return strings.TrimSuffix(gwShow(q.Request, branches), "\n")
}

// gwBrief leaves the conditions away, whose words are the engine's affair.
func gwBrief(t *testing.T, w gwWorld, port uint16, request string) string {
	t.Helper()
	q := w.GatewayAPIQuery
	q.Request = gwRequest(t, port, request)
	_, branches := GatewayAPI(q)
	for i := range branches {
		branches[i].Given = nil
	}
	return "\n" + gwShow(q.Request, branches)
}

// gwTable asks questions and compares the answers; those of several branches have
// several lines.
func gwTable(t *testing.T, w gwWorld, port uint16, table [][2]string) {
	t.Helper()
	for _, row := range table {
		if got := gwAsk(t, w, port, row[0]); got != strings.TrimSpace(row[1]) {
			t.Errorf("%s\n got %s\nwant %s", row[0], got, strings.TrimSpace(row[1]))
		}
	}
}
