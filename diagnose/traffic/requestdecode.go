package traffic

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// request reads a request, of a case or of spec.defaults.
func (d *decoder) request(v value) request {
	r := request{}
	text := func(into **string) func(value) {
		return func(v value) { s := d.text(v); *into = &s }
	}
	d.object(v, map[string]func(value){
		"method":   func(v value) { r.method = d.method(v) },
		"host":     text(&r.host),
		"headers":  func(v value) { r.headers = d.headers(v) },
		"claims":   func(v value) { r.claims = d.claims(v) },
		"token":    text(&r.token),
		"sourceIP": func(v value) { r.sourceIP = d.address(v) },
		"sni":      text(&r.sni),
		"exact":    func(v value) { b := d.boolean(v); r.exact = &b },
	})
	if r.host != nil && strings.ContainsAny(*r.host, "/ \t\r\n") {
		d.fail(v.Node, "%s: %q is no HOST[:PORT]", v.field("host"), *r.host)
	}
	if r.token != nil && r.claims != nil {
		d.fail(v.Node, "%s: token and claims exclude each other: the claims are the token's", v.path)
	}
	return r
}

func (d *decoder) method(v value) *string {
	s := d.text(v)
	if s != "" && !isToken(s) {
		d.fail(v.Node, "%s: %q is no HTTP method: want one word such as GET", v.path, s)
	}
	return &s
}

func (d *decoder) address(v value) *string {
	s := d.text(v)
	if ip, err := netip.ParseAddr(s); s != "" && (err != nil || ip.Zone() != "") {
		d.fail(v.Node, "%s: %q is no IP address", v.path, s)
	}
	return &s
}

// headers reads texts and lists of texts. An empty list is a header that is known
// to be absent; null takes back what the defaults give.
func (d *decoder) headers(v value) map[string][]string {
	out := map[string][]string{}
	for pair := range slices.Chunk(d.pairs(v), 2) {
		name, at := strings.ToLower(pair[0].Value), value{pair[1], v.field(pair[0].Value)}
		if !isToken(name) {
			d.fail(pair[0], "%s: %q is no name of a header", v.path, pair[0].Value)
		}
		if _, twice := out[name]; twice {
			d.fail(pair[0], "%s: the header %s is given twice: give it a list", v.path, name)
		}
		switch {
		case isNull(at.Node):
			out[name] = nil
		case at.Kind == yamlnode.SequenceNode:
			out[name] = d.texts(at)
		default:
			out[name] = []string{d.text(at)}
		}
	}
	return out
}

// claims reads the payload of a token, as JSON has it.
func (d *decoder) claims(v value) map[string]any {
	if v.Kind != yamlnode.MappingNode {
		d.fail(v.Node, "%s: wants an object, got %s", v.path, describe(v.Node))
		return nil
	}
	var plain any
	if err := v.Decode(&plain); err != nil {
		d.fail(v.Node, "%s: %s", v.path, err)
		return nil
	}
	raw, err := json.Marshal(plain)
	out := map[string]any{}
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		d.fail(v.Node, "%s: is not what JSON can hold: %s", v.path, err)
	}
	return out
}

// isToken reports whether s is a word of HTTP, such as a method or header name.
func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}) < 0
}
