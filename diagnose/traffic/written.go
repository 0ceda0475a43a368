package traffic

import (
	"cmp"
	"maps"
	"math"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// written is a TrafficTest with its fields in the order in which people write them.
type written struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata,flow"`
	Spec       struct {
		Cluster []string      `yaml:"cluster,flow,omitempty"`
		Cases   []writtenCase `yaml:"cases"`
	} `yaml:"spec"`
}

type writtenCase struct {
	Name     string          `yaml:"name,omitempty"`
	Source   string          `yaml:"source"`
	Target   string          `yaml:"target"`
	Request  *writtenRequest `yaml:"request,omitempty"`
	Expect   string          `yaml:"expect"`
	Reason   *writtenReason  `yaml:"reason,flow,omitempty"`
	Findings []string        `yaml:"findings,flow,omitempty"`
}

type writtenRequest struct {
	Method   string              `yaml:"method,omitempty"`
	Host     string              `yaml:"host,omitempty"`
	Headers  map[string][]string `yaml:"headers,omitempty"`
	Claims   any                 `yaml:"claims,omitempty"` // {} is a token without any
	SourceIP string              `yaml:"sourceIP,omitempty"`
	SNI      string              `yaml:"sni,omitempty"`
	Exact    bool                `yaml:"exact,omitempty"`
}

type writtenReason struct {
	Hop    *string `yaml:"hop,omitempty"`
	Stage  *string `yaml:"stage,omitempty"`
	Policy *string `yaml:"policy,omitempty"`
	Rule   *int    `yaml:"rule,omitempty"`
}

func writeRequest(r diagnose.Request) *writtenRequest {
	said := cmp.Or(r.Method, r.Host, r.SourceIP, r.SNI) != "" || len(r.Headers) > 0 || r.Claims != nil || r.Exact
	if !said {
		return nil
	}
	out := &writtenRequest{Method: r.Method, Host: r.Host, SourceIP: r.SourceIP, SNI: r.SNI, Exact: r.Exact, Headers: maps.Clone(r.Headers)}
	for name, values := range out.Headers {
		if values == nil { // null would take back what defaults give
			out.Headers[name] = []string{}
		}
	}
	if r.Claims != nil {
		out.Claims = integral(r.Claims)
	}
	return out
}

func writeReason(r *ReasonExpectation) *writtenReason {
	if r == nil {
		return nil
	}
	out := writtenReason(*r)
	return &out
}

// integral makes whole numbers of what JSON has as floats, so that they are not written with
// an exponent.
func integral(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = integral(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name := range v {
			out[name] = integral(v[name])
		}
		return out
	}
	return v
}
