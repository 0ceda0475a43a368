package logs

import (
	"strconv"
	"strings"
)

// deniedBy is how Envoy's response code details and connection termination details
// begin when an RBAC filter refuses (source/extensions/filters/common/rbac/utility.cc).
const deniedBy = "rbac_access_denied_matched_policy["

// setRule reads the id under which istiod generated a rule, as a proxy reports it:
// ns[NS]-policy[NAME]-rule[0], or none (pilot/pkg/security/authz/builder).
func (e *Event) setRule(id string) {
	e.Rule, e.Reason, e.Says = -1, PolicyMatched, id
	if id == "none" || id == "" {
		e.Reason = NoneAllowed
		return
	}
	ns, rest, ok := bracketed(id, "ns[")
	name, rest, ok2 := bracketed(rest, "-policy[")
	if !ok || !ok2 {
		return
	}
	e.Policy = ns + "/" + name
	if rule, _, ok := bracketed(rest, "-rule["); ok {
		if n, err := strconv.ParseUint(rule, 10, 16); err == nil {
			e.Rule = int(n)
		}
	}
}

// bracketed returns what stands between open and the next bracket, and what follows.
func bracketed(s, open string) (inside, rest string, ok bool) {
	_, after, ok := strings.Cut(s, open)
	if !ok {
		return "", "", false
	}
	return strings.Cut(after, "]")
}

// setDetails reads the details of a denial by an RBAC filter; ok is false where they
// tell of none. The line may be cut anywhere.
func (e *Event) setDetails(details string) (ok bool) {
	_, id, ok := strings.Cut(details, deniedBy)
	if !ok {
		return false
	}
	e.Effect = Denied
	e.setRule(strings.TrimSuffix(id, "]"))
	if strings.HasSuffix(id, "]]") { // the last bracket but one closes rule[
		e.Says = id[:len(id)-1]
	}
	return true
}

// namespaced splits the identity TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT.
func namespaced(identity string) (namespace, account string, ok bool) {
	_, rest, ok := strings.Cut(identity, "/ns/")
	if !ok {
		return "", "", false
	}
	namespace, account, ok = strings.Cut(rest, "/sa/")
	return namespace, account, ok && namespace != "" && account != ""
}
