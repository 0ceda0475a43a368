package lines

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// happened is a request with what came of it.
type happened struct {
	ask
	id    string
	world *trial.World
	reply envoy.Reply
	lost  bool // there is no answer
}

// became reads the outcome from the answer.
func became(r envoy.Reply) outcome {
	out := outcome{rule: -1}
	words := r.Words + " " + r.Refusal
	switch {
	case strings.Contains(words, "ext_authz_"):
		out.reason = logs.Authorizer
	case strings.HasSuffix(r.Refusal, " JWT"):
		out.reason = logs.BadToken
	case strings.Contains(words, "filter_chain_not_found"):
		out.reason = logs.Plaintext
	case r.Verdict == authz.Denied && r.Policy == (authz.Ref{}):
		out.reason = logs.NoneAllowed
	case r.Verdict == authz.Denied:
		out.reason, out.policy, out.rule = logs.PolicyMatched, r.Policy.String(), r.Rule
	}
	return out
}

// inText is access, in Istio's text format.
func (x *happened) inText() []event {
	out := x.access()
	for i := range out {
		if x.ambiguous {
			out[i].Reason, out[i].Policy, out[i].Rule = logs.Rejected, "", -1
		}
	}
	return out
}

// access is what the access log should tell of it; nil: nothing.
func (x *happened) access() []event {
	if x.reason == "" {
		return nil
	}
	e := x.event(logs.EnvoyAccess, logs.Denied, x.outcome)
	if from, err := netip.ParseAddrPort(x.reply.From); err == nil {
		e.Source, e.Forwarded = from.Addr().Unmap().String(), from.Port() == 0
	}
	return []event{e}
}

// debug is what the RBAC filters should tell of it.
func (x *happened) debug() []event {
	var out []event
	for _, s := range x.shadows {
		out = append(out, x.event(logs.EnvoyRBAC, logs.DryRun, s))
	}
	if x.reason == logs.PolicyMatched || x.reason == logs.NoneAllowed {
		out = append(out, x.event(logs.EnvoyRBAC, logs.Denied, x.outcome))
	}
	for i := range out {
		if x.reply.Secured {
			out[i].Identity, out[i].MutualTLS = x.Identity, true
		}
	}
	return out
}

// event is what both logs know of it.
func (x *happened) event(f logs.Format, effect logs.Effect, o outcome) event {
	e := event{
		Format: f, Effect: effect, Reason: o.reason, Policy: o.policy, Rule: o.rule,
		Source: hostOf(x.reply.Remote), At: x.reply.Local, Connection: true,
	}
	if parts := strings.Split(x.SNI, "_."); len(parts) == 4 && (x.reply.Secured || o.reason == logs.Plaintext) {
		e.Dialled, e.MutualTLS = hostPort(parts[3], parts[1]), true
	}
	if path := x.reply.Path; path != "" {
		e.Connection, e.Method, e.Host = false, x.Method, x.reply.Host
		e.Path, _, _ = strings.Cut(path, "?")
	} else if !x.Opaque && len(x.shadows) > 0 { // the application answered
		e.Connection, e.Method, e.Host, e.Path = false, x.Method, x.Host, x.Target
	}
	return e
}

func hostOf(address string) string {
	host, _, _ := net.SplitHostPort(address)
	return host
}

func hostPort(host string, port any) string { return net.JoinHostPort(host, fmt.Sprint(port)) }
