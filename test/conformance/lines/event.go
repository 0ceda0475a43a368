package lines

import (
	"net/netip"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// event is what a line tells, as far as it is compared. The unit tests of
// diagnose/logs read it as JSON.
type event struct {
	Line   int         `json:"line,omitempty"` // the first of its record; 0: not compared
	Format logs.Format `json:"format"`
	Effect logs.Effect `json:"effect"`
	Reason logs.Reason `json:"reason"`
	Policy string      `json:"policy,omitempty"`
	Rule   int         `json:"rule"`

	Source    string `json:"source"` // an address
	Forwarded bool   `json:"forwarded,omitempty"`
	MutualTLS bool   `json:"mutualTLS,omitempty"`
	Identity  string `json:"identity,omitempty"`
	// At is where the connection arrived, Dialled where the client meant to go.
	At      string `json:"at"`
	Dialled string `json:"dialled,omitempty"`

	Connection bool   `json:"connection,omitempty"`
	Method     string `json:"method,omitempty"`
	Path       string `json:"path,omitempty"`
	Host       string `json:"host,omitempty"`
}

// told is what diagnose/logs has read.
func told(e logs.Event) event {
	out := event{
		Line: e.Line, Format: e.Format, Effect: e.Effect, Reason: e.Reason, Policy: e.Policy, Rule: e.Rule,
		Source: e.Source.Address.String(), Forwarded: e.Source.Forwarded, MutualTLS: e.Source.MutualTLS, Identity: e.Source.Identity,
		At:         netip.AddrPortFrom(e.Target.Address, e.Target.PodPort).String(),
		Connection: e.Request.Connection, Method: e.Request.Method, Path: e.Request.Path, Host: e.Request.Host,
	}
	if e.Target.Host != "" {
		out.Dialled = hostPort(e.Target.Host, e.Target.Port)
	}
	return out
}

// mark stands where diagnose/logs has cut a value.
const mark = "…"

// clean is what diagnose/logs keeps of a value; what it cuts is cut here where it
// cuts it.
func clean(want, got string) string {
	want = report.Clean(want, false)
	if short, cut := strings.CutSuffix(got, mark); cut && len(short) >= 200 && strings.HasPrefix(want, short) {
		return got
	}
	return want
}
