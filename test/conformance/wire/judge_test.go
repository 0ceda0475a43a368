package wire

import (
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
)

func TestEnd(t *testing.T) {
	const deny = "rbac_access_denied_matched_policy[none]"
	for _, tt := range []struct {
		name  string
		got   answer
		lines []envoy.LogLine
		want  end
	}{
		{"arrived", answer{status: 200, why: arrived, hop: "b/server"}, nil, end{reached, "b/server"}},
		{"echo", answer{echo: true, hop: "b/server"}, nil, end{reached, "b/server"}},
		{"policy", answer{status: 403, why: deny, hop: "g/edge"}, nil, end{policy, "g/edge"}},
		{"policy of TCP", answer{failed: "closed", hop: "b/server"}, []envoy.LogLine{{Hop: "b/server", Details: deny}}, end{policy, "b/server"}},
		{"policy of TCP behind HTTP", answer{status: 503, why: "upstream_reset_before_response_started{}", hop: "g/edge"}, []envoy.LogLine{{Hop: "g/edge"}, {Hop: "b/server", Details: deny}}, end{policy, "b/server"}},
		{"token", answer{status: 401, why: "jwt_authn_access_denied{Jwt_is_missing}", hop: "b/server"}, nil, end{token, "b/server"}},
		{"refused", answer{failed: "closed", hop: "b/server"}, []envoy.LogLine{{Hop: "b/server", Flags: "NR"}}, end{refused, "b/server"}},
		{"no route", answer{status: 404, why: "route_not_found", hop: "g/edge"}, nil, end{route, "g/edge"}},
	} {
		if got := tt.got.end(tt.lines); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		want, got end
		match     bool
	}{
		{end{reached, "b/server"}, end{reached, "b/server"}, true},
		{end{reached, "b/server"}, end{reached, "b/second"}, false},
		{end{reached, outside}, end{reached, "203.0.113.7:80"}, true},
		{end{reached, outside}, end{reached, "b/server"}, false},
		{end{policy, "g/edge"}, end{policy, "b/server"}, false},
		{end{refused, "b/server"}, end{refused, "g/edge"}, true},
		{end{refused, "b/server"}, end{policy, "b/server"}, false},
		{end{route, "g/edge"}, end{refused, "b/server"}, false},
	} {
		if got := tt.want.matches(tt.got); got != tt.match {
			t.Errorf("%s against %s: got %v", tt.got, tt.want, got)
		}
	}
}
