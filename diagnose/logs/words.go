package logs

import (
	"net"
	"strconv"
	"strings"
)

func number(n uint16) string { return strconv.Itoa(int(n)) }

// caller names who called, as well as the line does.
func (s Source) caller() string {
	name := s.Identity
	switch {
	case s.Pod != "":
		name = slashed(s.Namespace, s.Pod)
	case name == "" && s.Address.IsValid():
		name = s.Address.String()
	case name == "":
		return "somebody"
	}
	if s.Forwarded {
		name += " (behind a gateway)"
	}
	return name
}

// name is where the request went, as well as the line says.
func (t Target) name(r Request) string {
	port := ""
	switch {
	case t.Host != "" && t.Port != 0:
		return net.JoinHostPort(t.Host, number(t.Port))
	case t.Host != "":
		return t.Host
	case t.PodPort != 0:
		port = ":" + number(t.PodPort)
	}
	switch {
	case t.Pod != "":
		return slashed(t.Namespace, t.Pod) + port
	case t.Address.IsValid() && t.PodPort != 0:
		return net.JoinHostPort(t.Address.String(), number(t.PodPort))
	case t.Address.IsValid():
		return t.Address.String()
	case r.Host != "":
		return r.Host
	}
	return "somewhere"
}

// Title is the traffic in a line: 10.244.2.12 → httpbin.default:8000  GET /get.
func (e Event) Title() string {
	title := e.Source.caller() + " → " + e.Target.name(e.Request)
	if request := strings.TrimSpace(e.Request.Method + " " + e.Request.Path); request != "" {
		title += "  " + request
	}
	return title
}

// Words are what the line says, in a sentence without a full stop.
func (e Event) Words() string {
	policy := "a policy"
	if e.Policy != "" {
		policy = "policy " + e.Policy
		if e.Rule >= 0 {
			policy += " rule " + number(uint16(e.Rule))
		}
	}
	if e.Says == twoWays {
		return "seems to have been denied, but " + twoWays + ", so that the reason is not sure"
	}
	switch e.Reason {
	case NoneAllowed:
		return e.past() + ": there are ALLOW policies, and none matched"
	case PolicyMatched, Rejected, PolicyChange, Plaintext:
		return e.past() + ": " + e.byPolicy(policy)
	case Authorizer:
		if strings.HasPrefix(e.Says, "ext_authz_error") {
			return "was denied: the external authorizer could not be asked"
		}
		return "was denied by the external authorizer"
	case BadToken:
		return "was denied for its token: " + e.Says
	case NoDestination:
		return "was denied: Kmesh does not know the destination"
	case Closed, Failed, TimedOut:
		return e.failure()
	}
	return e.past()
}

// byPolicy words a denial by what the line calls a policy.
func (e Event) byPolicy(policy string) string {
	switch {
	case e.Reason == PolicyMatched && strings.Contains(e.Says, "bad-CUSTOM-action"):
		return policy + " is CUSTOM and its provider is not configured"
	case e.Reason == PolicyMatched:
		return policy + " matched"
	case e.Reason == PolicyChange:
		return "the connection was open, and a policy that came later does not allow it"
	case e.Reason == Rejected && strings.Contains(e.Says, "401"):
		return "the other side's ztunnel refused it"
	case e.Reason == Rejected:
		return "by a policy that the line does not name"
	case e.Policy != "":
		return "PeerAuthentication " + e.Policy + " wants mTLS, and the client has none"
	case e.Format == Ztunnel:
		return "mTLS is STRICT, and the client has none"
	}
	return "the proxy has no way to take in such a connection, as plaintext where mTLS is STRICT"
}

func (e Event) past() string {
	if e.Effect == DryRun {
		return "was let through, a dry run would have denied it"
	}
	return "was denied"
}

func (e Event) failure() string {
	why := ""
	if e.Says != "" {
		why = " (" + e.Says + ")"
	}
	switch e.Reason {
	case Closed:
		return "failed: the other side closed the connection" + why
	case TimedOut:
		return "timed out, which a NetworkPolicy that blocks port 15008 does too"
	default:
		return "failed: there was no connection to the other side" + why
	}
}

// slashed is namespace/name, or the one that there is.
func slashed(namespace, name string) string {
	if namespace == "" || name == "" {
		return namespace + name
	}
	return namespace + "/" + name
}
