package redact

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// phrase keeps a name that text is not cut at, such as a URL or one with spaces.
func (n *names) phrase(s string) {
	at, _ := slices.BinarySearchFunc(n.phrases, s, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	n.phrases = slices.Insert(n.phrases, at, s)
}

// user is how an API server names who is not permitted something.
var user = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`User "([^"]*)"`) })

// text returns s without names.
func (n *names) text(s string) string {
	if m := user().FindStringSubmatch(s); m != nil && m[1] != "" {
		n.keep(userName, m[1])
		s = strings.ReplaceAll(s, `"`+m[1]+`"`, `"`+n.replacement(m[1])+`"`)
	}
	for _, p := range n.phrases {
		if strings.Contains(s, p) {
			s = strings.ReplaceAll(s, p, n.replacement(p))
		}
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if !inWord(s[i]) && s[i] != ':' {
			out.WriteByte(s[i])
			i++
			continue
		}
		end := i
		for end < len(s) && (inWord(s[end]) || s[end] == '.' || s[end] == ':') {
			end++
		}
		out.WriteString(n.run(s, i, end))
		i = end
	}
	return out.String()
}

// run replaces what is in a run of words, dots and colons: an address as a whole, else
// from each word on the longest name.
func (n *names) run(s string, from, end int) string {
	whole := strings.TrimRight(s[from:end], ".:")
	for _, candidate := range []string{whole, withoutPort(whole)} {
		if ip, err := netip.ParseAddr(candidate); err == nil {
			if n.known[ip.String()] != addressName {
				break
			}
			return n.replacement(ip.String()) + s[from+len(candidate):end]
		}
	}
	var out strings.Builder
	for i := from; i < end; {
		if !inWord(s[i]) {
			out.WriteByte(s[i])
			i++
			continue
		}
		name := n.longest(s[:end], i)
		if name == "" || ordinary[name] && !n.standsAlone(s, i, i+len(name)) {
			word := i
			for i < end && inWord(s[i]) {
				i++
			}
			out.WriteString(n.segment(s[:word], s[word:i]))
			continue
		}
		out.WriteString(n.replacement(name))
		i += len(name)
	}
	return out.String()
}

// segment replaces the names that a segment of a path is made of, such as cart in
// /cart-admin; before is the text before it. Short names and ordinary words are left.
func (n *names) segment(before, word string) string {
	if !strings.HasSuffix(before, "/") || strings.HasSuffix(before, ".io/") || n.known[word] != 0 { // .io/ has the keys of labels
		return word
	}
	for from := 0; from < len(word); from++ {
		if from > 0 && word[from-1] != '-' && word[from-1] != '_' {
			continue
		}
		for end := len(word); end-from > 3; end-- {
			name := word[from:end]
			if end == len(word) || word[end] == '-' || word[end] == '_' {
				if n.known[name] != 0 && !ordinary[name] && !public[name] {
					return word[:from] + n.replacement(name) + n.segment("/", word[end:])
				}
			}
		}
	}
	return word
}

// longest is the longest known name that begins at i and ends where a word does.
func (n *names) longest(s string, i int) string {
	found := ""
	for j := i; j < len(s); {
		for j < len(s) && inWord(s[j]) {
			j++
		}
		if n.known[s[i:j]] != 0 {
			found = s[i:j]
		}
		if j+1 >= len(s) || s[j] != '.' || !inWord(s[j+1]) {
			break
		}
		j++
	}
	return found
}

// ordinary are words that the plugin's own sentences are made of. They count as names
// only where a name stands.
var ordinary = words(`a admits ago all allow allowed and any app at audit authorization base body both by call called caller case
change claim client cluster code common condition connection container control cause count data decides denied deny destination
different direct does endpoint entry event ever every external field file first for form from gateway get got group has header
help hop host http https identity in inbound is it its job key kind know label later lacks layer list load log look mesh method mode
name namespace nearest new node no nobody none not nothing object of old on only open or other outside own path peer plain plaintext
pod policy policies port principal probe protocol proxy question read reads reason refused rejected request revision role root
route rule rules same scope see seen selector send sends server service services session set shows sidecar single source stage
state status strict subset summary system target tcp template test that the then there this tls token traffic trust type
unknown use user user-agent valid value verdict version wants way what when which who with without workload`)

func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// standsAlone reports whether s[i:j] is where a name stands: beside a slash, a name or a
// namespace, after an equals sign, in quotes, after the kind of an object, or all there is.
func (n *names) standsAlone(s string, i, j int) bool {
	if i == 0 && j == len(s) {
		return true
	}
	if i > 0 && strings.IndexByte(`/="`, s[i-1]) >= 0 || j < len(s) && strings.IndexByte(`/"`, s[j]) >= 0 {
		return true
	}
	if j+1 < len(s) && s[j] == '.' && n.isNamespace(s[j+1:]) || i > 1 && s[i-1] == '.' && inWord(s[i-2]) && n.isNamespace(s[i:j]) {
		return true
	}
	before := strings.Fields(s[:i])
	return len(before) > 0 && i > 0 && s[i-1] == ' ' && afterKind[strings.TrimLeft(before[len(before)-1], "([{")]
}

// isNamespace reports whether s begins with the name of a namespace.
func (n *names) isNamespace(s string) bool {
	end := 0
	for end < len(s) && inWord(s[end]) {
		end++
	}
	return n.known[s[:end]] == namespaceName
}

// afterKind are words after which a name comes.
var afterKind = words(`namespace Namespace Pod Service Deployment StatefulSet DaemonSet AuthorizationPolicy RequestAuthentication
PeerAuthentication NetworkPolicy DestinationRule VirtualService Gateway HTTPRoute GRPCRoute ServiceEntry Sidecar EnvoyFilter APIRule
subset container provider`)
