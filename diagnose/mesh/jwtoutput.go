package mesh

import (
	"math"
	"strconv"
	"strings"
)

// output returns the headers made of the claims: strings, numbers and booleans;
// others are left out.
func output(s status) map[string]string {
	var out map[string]string
	for _, h := range s.rule.GetOutputClaimToHeaders() {
		text, ok := claimText(s.claims, h.GetClaim())
		if !ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[strings.ToLower(h.GetHeader())] = text
	}
	return out
}

// claimText returns a claim as Envoy writes it to a header; dots lead into objects.
func claimText(claims map[string]any, path string) (string, bool) {
	name, rest, nested := strings.Cut(path, ".")
	if inner, ok := claims[name].(map[string]any); ok && nested {
		return claimText(inner, rest)
	}
	switch v := claims[path].(type) {
	case string:
		return v, v != ""
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		if v >= 0 && v == math.Trunc(v) && v < math.MaxUint64 {
			return strconv.FormatUint(uint64(v), 10), true
		}
		return strconv.FormatFloat(v, 'f', 6, 64), true
	}
	return "", false
}
