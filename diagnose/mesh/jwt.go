package mesh

import (
	"time"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// TokenState tells what is known of the request's token. The zero value is that
// the question left it open.
type TokenState uint8

const (
	TokenOpen TokenState = iota
	NoToken              // the request carries none
	HasClaims            // a token with these claims, which verifies by assumption
	Raw                  // the token itself; its signature and lifetime are not checked
)

// String returns the state in a word.
func (s TokenState) String() string {
	switch s {
	case TokenOpen:
		return "open"
	case NoToken:
		return "none"
	case HasClaims:
		return "claims"
	case Raw:
		return "raw"
	}
	return "?"
}

// MarshalText makes a TokenState readable in JSON and YAML.
func (s TokenState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Token is what the request carries.
type Token struct {
	State  TokenState     `json:"state"`
	Claims map[string]any `json:"claims,omitempty"`
	Raw    string         `json:"-"`
}

// JWT is what the JWT filter makes of a request.
type JWT struct {
	// Outcome is Refused where the filter answers itself, with Status and Text;
	// undecided where it depends on what the question leaves open.
	Outcome Outcome `json:"outcome"`
	Status  int     `json:"status,omitempty"`
	// Text is the body of the answer, in Envoy's words.
	Text string `json:"text,omitempty"`
	// Claims are what AuthorizationPolicies see; absent without a verified token.
	Claims authz.Attr[map[string]any] `json:"-"`
	// Policies are the RequestAuthentications that apply, namespace/name, sorted.
	Policies []string `json:"policies,omitempty"`
	Why      string   `json:"why,omitempty"`
	Missing  string   `json:"missing,omitempty"`
	// Applies says that a JWT filter runs at all.
	Applies bool `json:"applies,omitempty"`
	// OutputHeaders are the headers that the filter makes of claims.
	OutputHeaders map[string]string `json:"outputHeaders,omitempty"`
	// StrippedHeaders are all headers that the filter takes from the request, token
	// or not: what the client sent under these names is seen by nobody.
	StrippedHeaders []string `json:"strippedHeaders,omitempty"`
	// TokenHeaders and TokenParams are the headers, in lower case, and the parameters
	// of the query that a verified token stood in and was taken out of: neither
	// policies nor the next hop see them, and what remains of the query is written
	// anew. Empty where no token is verified or it is forwarded, and where a token that
	// is known by its claims only may stand in several places.
	TokenHeaders []string `json:"tokenHeaders,omitempty"`
	TokenParams  []string `json:"tokenParams,omitempty"`
}

// Authenticate returns what the JWT filter of a workload makes of a request. path
// is the request target with its query, empty if the question left it open. A
// waypoint's policies may target a Service: see [Workload.Authenticate].
//
// Not asked: whether the keys can be fetched. A CORS preflight is not looked at by
// the filter: see [Workload.Method].
func Authenticate(c Config, workloadNamespace string, labels map[string]string, presence Presence, ras []*securityv1.RequestAuthentication, tok Token, path string, headers authz.Headers) JWT {
	w := Workload{Namespace: workloadNamespace, Labels: labels, Presence: presence}
	return w.Authenticate(c, ras, tok, path, headers)
}

// Workload is whose proxy runs the JWT filter.
type Workload struct {
	Namespace string
	Labels    map[string]string
	Presence  Presence
	// Service is what a waypoint stands in for in this request, namespace/name;
	// empty if that is not known.
	Service string
	// ToPod says that the request is addressed to a Pod: no Service is stood in for.
	ToPod bool
	// Method of the request; open if the question left it so. With headers that make
	// OPTIONS a CORS preflight the filter lets it through and changes nothing.
	Method authz.Attr[string]
	// Now is when a token that is there in full is checked: its lifetime, and its
	// signature where the keys stand in the RequestAuthentication. Zero: neither is.
	Now time.Time
}

// Authenticate is [Authenticate] for a workload of which more is known.
func (w Workload) Authenticate(c Config, ras []*securityv1.RequestAuthentication, tok Token, path string, headers authz.Headers) JWT {
	absent := authz.Absent[map[string]any]()
	switch plane := w.Presence.Plane; {
	case plane == UnknownPlane:
		missing := first(w.Presence.Missing, "the data plane of the destination")
		return JWT{Missing: missing, Claims: authz.UnseenBecause[map[string]any](missing)}
	case plane == NoPlane:
		return JWT{Outcome: Established, Claims: absent, Why: "nothing looks at the token: the Pod has no data plane"}
	case plane.Node():
		return JWT{Outcome: Established, Claims: absent, Why: "nothing looks at the token: " + plane.String() + " enforces no RequestAuthentication"}
	}
	rules, policies, unsure := w.rules(c, ras)
	switch {
	case (unsure != "" || len(rules) > 0) && preflight(w.Method, headers):
		return JWT{
			Outcome: Established, Claims: absent, Policies: policies, Applies: len(rules) > 0,
			Why: "the JWT filter does not look at a CORS preflight (OPTIONS with Origin and Access-Control-Request-Method)",
		}
	case unsure != "":
		return JWT{
			Policies: policies, Applies: len(rules) > 0, StrippedHeaders: stripped(rules),
			Missing: unsure, Claims: authz.UnseenBecause[map[string]any](unsure),
		}
	case len(rules) == 0:
		return JWT{Outcome: Established, Claims: absent, Policies: policies, Why: "no RequestAuthentication applies, so nobody looks at the token"}
	}
	j := request{tok, path, headers, w.Now}.verify(rules)
	j.Applies, j.Policies, j.StrippedHeaders = true, policies, stripped(rules)
	return j
}
