package envoy

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

const matched = "rbac_access_denied_matched_policy["

// read tells what an HTTP answer means. rule is what the last RBAC filter named.
func read(status int, details, rule string) trial.Answer {
	out := trial.Answer{Rule: -1, Words: details}
	switch {
	case details == "direct_response" && status == 200:
		out.Verdict = authz.Allowed
		if id, ok := identify(rule); ok && id.stage == authz.ActionDeny {
			out.Stage, out.Policy, out.Rule = authz.ActionAllow, id.policy, id.rule
		}
	case strings.HasPrefix(details, matched), strings.HasPrefix(details, "ext_authz_denied"):
		return denied(details)
	case strings.HasPrefix(details, "jwt_authn_access_denied"):
		out.Refusal = strconv.Itoa(status) + " JWT"
	case details == "":
		out.Refusal = strconv.Itoa(status)
	default:
		out.Refusal = strconv.Itoa(status) + " " + strings.SplitN(details, "{", 2)[0]
	}
	return out
}

// denied reads the words of a denial.
func denied(details string) trial.Answer {
	out := trial.Answer{Verdict: authz.Denied, Stage: authz.ActionAllow, Rule: -1, Words: details}
	if strings.HasPrefix(details, "ext_authz_denied") {
		out.Stage = authz.ActionCustom
		return out
	}
	if id, ok := identify(details); ok {
		out.Stage, out.Policy, out.Rule = id.stage, id.policy, id.rule
	}
	return out
}

type identified struct {
	stage  authz.Action
	policy authz.Ref
	rule   int
}

var ruleID = regexp.MustCompile(`(istio-ext-authz-)?(?:[^\[\]]*-)?ns\[([^\]]*)\]-policy\[([^\]]*)\]-rule\[(\d+)\]`)

// identify finds the name under which istiod generated a rule. It does not say
// whether the rule denies or allows: the stage is CUSTOM or DENY.
func identify(s string) (identified, bool) {
	m := ruleID.FindStringSubmatch(s)
	if m == nil {
		return identified{}, false
	}
	rule, err := strconv.Atoi(m[4])
	out := identified{stage: authz.ActionDeny, policy: authz.Ref{Namespace: m[2], Name: m[3]}, rule: rule}
	if m[1] != "" {
		out.stage = authz.ActionCustom
	}
	return out, err == nil
}

// readLog settles the connections that were closed without an answer.
func readLog(path string, pending []*answered) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := map[[2]string]LogLine{}
	for in := bufio.NewScanner(file); in.Scan(); {
		var line LogLine
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			return err
		}
		lines[[2]string{line.Remote, line.Local}] = line
	}
	for _, a := range pending {
		line, ok := lines[[2]string{a.Remote, a.Local}]
		switch {
		case !ok:
			a.Refusal = "closed, and not in the log"
		case strings.HasPrefix(line.Details, matched), strings.HasPrefix(line.Details, "ext_authz_denied"):
			a.Answer = denied(line.Details)
		case strings.Contains(line.Flags, "ext_authz_denied"):
			a.Answer = denied("ext_authz_denied")
			continue
		case a.tls && strings.HasPrefix(line.Failure, "TLS_error"):
			a.Refusal = "TLS"
		case line.Details != "" && line.Details != "-":
			a.Refusal = "closed: " + line.Details
		default:
			a.Refusal = strings.TrimSpace("closed: " + line.Flags)
		}
		a.Words = line.Details
	}
	return nil
}
