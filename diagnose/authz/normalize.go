package authz

import "strings"

// Normalization is meshConfig.pathNormalization. Its zero value is Istio's
// default, BASE.
type Normalization uint8

const (
	Base                  Normalization = iota // dot segments, backslashes, unreserved characters
	None                                       // the path as sent
	MergeSlashes                               // Base, then runs of slashes become one
	DecodeAndMergeSlashes                      // %2F and %5C are decoded first
)

// String returns the mesh config's word.
func (n Normalization) String() string {
	switch n {
	case Base:
		return "BASE"
	case None:
		return "NONE"
	case MergeSlashes:
		return "MERGE_SLASHES"
	case DecodeAndMergeSlashes:
		return "DECODE_AND_MERGE_SLASHES"
	}
	return "BASE"
}

// MarshalText renders the mesh config's word.
func (n Normalization) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// Path returns the request target as the RBAC filter sees it, the query as it
// was sent. It is not ok where Envoy refuses the request before any policy is
// asked: a target that is no path, a fragment, bytes that no target may hold. The
// steps and their order are those of Envoy's HTTP connection manager.
func (n Normalization) Path(raw string) (path string, ok bool) {
	if !strings.HasPrefix(raw, "/") || strings.ContainsFunc(raw, neverInTarget) {
		return "", false
	}
	if n == None {
		return raw, true
	}
	path, query := raw, ""
	if i := strings.IndexByte(raw, '?'); i >= 0 {
		path, query = raw[:i], raw[i:]
	}
	if n == DecodeAndMergeSlashes {
		path = decodeSlashes(path)
	}
	if path, ok = canonical(path); !ok {
		return "", false
	}
	if n == MergeSlashes || n == DecodeAndMergeSlashes {
		path = mergeSlashes(path)
	}
	return path + query, true
}

func neverInTarget(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }

// decodeSlashes decodes %2F and %5C, whatever their case.
var decodeSlashes = strings.NewReplacer("%2F", "/", "%2f", "/", "%5C", `\`, "%5c", `\`).Replace

// mergeSlashes makes one slash of each run. A path of nothing but slashes keeps
// two: its first and its last.
func mergeSlashes(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	out := "/" + strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
	if strings.HasSuffix(path, "/") {
		out += "/"
	}
	return out
}

// canonical resolves dot segments, makes slashes of backslashes, decodes the
// unreserved characters and encodes those that no path may hold. Other escapes
// stay as they are, but %00 and bytes beyond ASCII are refused.
func canonical(path string) (string, bool) {
	path = withoutDotParameters(path)
	var out []byte
	for i := 0; i < len(path); {
		if n := dotSegment(path[i:]); n > 0 && len(out) > 0 && out[len(out)-1] == '/' {
			if dots(path[i:i+n]) == 2 {
				out = up(out)
			}
			i += n
			continue
		}
		b, n := path[i], 1
		if decoded, ok := escape(path[i:]); ok {
			if decoded == 0 {
				return "", false
			}
			if n = 3; unreserved(decoded) {
				b = decoded
			} else {
				out = append(out, path[i:i+2]...)
				b = path[i+2]
			}
			out, i = append(out, b), i+n
			continue
		}
		if b >= 0x80 {
			return "", false
		}
		out, i = appendPath(out, b), i+n
	}
	return string(out), true
}

func appendPath(out []byte, b byte) []byte {
	const hex = "0123456789ABCDEF"
	switch {
	case b == '\\':
		return append(out, '/')
	case strings.IndexByte("|\"<>^`{}", b) >= 0:
		return append(out, '%', hex[b>>4], hex[b&15])
	}
	return append(out, b)
}

// withoutDotParameters takes the parameters from segments that are dots as
// written: /..;x/ is /../. Those with an escaped dot keep them.
func withoutDotParameters(path string) string {
	if !strings.Contains(path, ";") {
		return path
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if head, _, _ := strings.Cut(s, ";"); i > 0 && (head == "." || head == "..") {
			segments[i] = head
		}
	}
	return strings.Join(segments, "/")
}

// dotSegment returns the length of the dot segment that s starts with, with the
// slash after it; 0 if there is none.
func dotSegment(s string) int {
	n := dot1(s)
	if n == 0 {
		return 0
	}
	n += dot1(s[n:])
	switch {
	case n == len(s):
		return n
	case s[n] == '/' || s[n] == '\\':
		return n + 1
	}
	return 0
}

// dot1 returns the length of the dot that s starts with, escaped or not.
func dot1(s string) int {
	if strings.HasPrefix(s, ".") {
		return 1
	}
	if len(s) >= 3 && strings.EqualFold(s[:3], "%2e") {
		return 3
	}
	return 0
}

// dots counts the dots of a dot segment.
func dots(s string) int {
	if first := dot1(s); dot1(s[first:]) > 0 {
		return 2
	}
	return 1
}

// up removes the last segment of a path that ends in a slash. The root has none.
func up(out []byte) []byte {
	i := len(out) - 1
	for i > 0 {
		if i--; out[i] == '/' {
			break
		}
	}
	return out[:i+1]
}

func unreserved(b byte) bool {
	return alphanumeric(b) || b == '-' || b == '.' || b == '_' || b == '~'
}

// escape decodes the percent-encoded byte that s starts with.
func escape(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, ok1 := hexDigit(s[1])
	low, ok2 := hexDigit(s[2])
	return high<<4 | low, ok1 && ok2
}

func hexDigit(b byte) (byte, bool) {
	switch b = lower(b); {
	case '0' <= b && b <= '9':
		return b - '0', true
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10, true
	}
	return 0, false
}
