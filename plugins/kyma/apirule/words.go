package apirule

import (
	"fmt"
	"strings"
)

// words name the part of an APIRule that a policy stands for.
func (p part) words(r *APIRule) string {
	at := fmt.Sprintf("spec.rules[%d]", p.rule)
	switch {
	case p.strategy == InCluster:
		return "the traffic inside the cluster to the workload of " + at
	case p.strategy == ExtAuthAsk:
		return fmt.Sprintf("%s.extAuth.authorizers[%d] (%s)", at, p.item, r.Rules[p.rule].ExtAuth.Authorizers[p.item])
	case p.item >= 0:
		return fmt.Sprintf("%s.authorizations[%d]", r.tokens(p.rule), p.item)
	}
	rule := &r.Rules[p.rule]
	return fmt.Sprintf("%s (%s, %s %s)", at, rule.Strategy(), strings.Join(rule.Methods, " "), rule.Path)
}

// tokens is where a rule says which tokens it wants.
func (r *APIRule) tokens(rule int) string {
	at := fmt.Sprintf("spec.rules[%d].", rule)
	if rule >= 0 && r.Rules[rule].Strategy() == ExtAuth {
		return at + "extAuth.restrictions"
	}
	return at + "jwt"
}

func (r *APIRule) tokensAt(rule int) string { return r.tokens(rule) + ".authentications" }

// say puts a change of a policy into sentences, one for each value.
func say(r *APIRule, w World, p part, c change) []string {
	at := fmt.Sprintf("spec.rules[%d]", p.rule)
	field := c.path[strings.LastIndexByte(c.path, '.')+1:]
	switch {
	case c.whole:
		return []string{wholeWords(r, p, c)}
	case strings.HasPrefix(c.path, "spec.selector."):
		return []string{selectorWords(r, w, p.rule, c)}
	case c.path == "spec.action":
		return []string{fmt.Sprintf("%s is made into a policy with the action %s, the generated policy has %s", p.words(r), action(c.wanted), action(c.got))}
	case c.path == "spec.provider.name":
		return []string{fmt.Sprintf("%s.extAuth.authorizers[%d] is %s, the generated policy asks %s", at, p.item, list(c.wanted), list(c.got))}
	case strings.HasSuffix(c.path, ".when"):
		return conditionWords(fmt.Sprintf("%s.authorizations", r.tokens(p.rule)), p.item, c)
	case !strings.Contains(c.path, ".to[0].") && !strings.Contains(c.path, ".from["):
		return each(c, "every APIRule's policy has "+c.path+" %s, the generated policy does not", "the generated policy has "+c.path+" %s, which no APIRule makes")
	}
	switch field {
	case "methods":
		return has(at+".methods", c)
	case "paths":
		return []string{fmt.Sprintf("%s.path is %s, the generated policy has %s", at, r.Rules[p.rule].Path, list(c.got))}
	case "hosts":
		return each(c, "spec.hosts comes to %s, the generated policy does not have it", "the generated policy has %s, spec.hosts does not")
	case "notPaths":
		return each(c, at+" leaves %s to a rule before it, the generated policy does not", "the generated policy leaves %s out, and no rule before "+at+" asks for that")
	case "requestPrincipals":
		return has(r.tokensAt(p.rule), issuers(c))
	case "principals":
		return each(c, "an APIRule admits %s, the generated policy does not", "the generated policy admits %s, "+at+" does not")
	}
	return each(c, at+" comes to "+field+" %s, the generated policy does not have it", "the generated policy has "+field+" %s, which no APIRule makes")
}

// each makes a sentence of every value that is missing and of every one in excess.
func each(c change, missing, excess string) []string {
	var out []string
	for _, v := range c.missing {
		out = append(out, fmt.Sprintf(missing, v))
	}
	for _, v := range c.excess {
		out = append(out, fmt.Sprintf(excess, v))
	}
	return out
}

// wholeWords are about a rule, or a part of one, that is not there or not wanted.
func wholeWords(r *APIRule, p part, c change) string {
	if len(c.got) > 0 {
		return fmt.Sprintf("the generated policy has %s (%s), which %s does not come to", c.path, list(c.got), p.words(r))
	}
	return fmt.Sprintf("%s comes to %s (%s), the generated policy does not have it", p.words(r), c.path, list(c.wanted))
}

// has is each for a list that an APIRule has.
func has(field string, c change) []string {
	return each(c, field+" has %s, the generated policy does not", "the generated policy has %s, "+field+" does not")
}

func list(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, ", ")
}

func action(values []string) string {
	if len(values) == 0 {
		return "ALLOW"
	}
	return values[0]
}

func selectorWords(r *APIRule, w World, rule int, c change) string {
	service, _, err := target(r, w, rule)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("Service %s selects %s, the generated policy selects %s", service, list(c.wanted), list(c.got))
}

// RuleWords name a rule with what it is for: "spec.rules[0] (noAuth, GET /get)".
func (r *APIRule) RuleWords(rule int) string {
	return part{rule: rule, strategy: r.Rules[rule].Strategy(), item: -1}.words(r)
}

// TokenField is where a rule says which tokens it wants: spec.rules[0].jwt.
func (r *APIRule) TokenField(rule int) string { return r.tokens(rule) }
