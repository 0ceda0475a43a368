package tui

import (
	"encoding/json"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// conditions are what the last answer that depended on something depends on.
type conditions struct {
	of  Question
	all []authz.Condition
}

// take takes those of the answer, if it has any. Those of another caller or target are gone.
func (c *conditions) take(m *Model) {
	if m.answer == nil {
		return
	}
	var all []authz.Condition
	for _, a := range m.answer.Diagnosis.Status.Answers {
		if a.Verdict == diagnose.Conditional {
			for _, cond := range a.Conditions {
				if len(cond.All) > 0 && !slices.ContainsFunc(all, func(o authz.Condition) bool { return o.Words() == cond.Words() }) {
					all = append(all, cond)
				}
			}
		}
	}
	if q := m.answer.Question; len(all) > 0 || q.Source != c.of.Source || q.Target != c.of.Target {
		c.of, c.all = q, all
	}
}

// pick sets what a condition asks for, in the question that it is of.
func (c *change) pick(m *Model, i int) tea.Cmd {
	if i >= len(c.picks.all) {
		return nil
	}
	q := c.picks.of
	var not []string
	for _, a := range c.picks.all[i].All {
		if why := setAtom(&q, a); why != "" {
			not = append(not, atomWords(a)+": "+why)
		}
	}
	at := c.rows.cursor - len(c.fields)
	c.load(m, q)
	c.rows.to(at + len(c.fields))
	cmd := c.changed(m)
	if len(not) > 0 {
		m.say("not set: " + strings.Join(not, "; "))
	}
	return cmd
}

// atomWords are an atom in words.
func atomWords(a authz.Atom) string {
	if a.Words != "" {
		return a.Words
	}
	return a.Attribute
}

// setAtom sets an attribute so that the atom holds, or says why it cannot be set.
func setAtom(q *Question, a authz.Atom) (why string) {
	absent := a.Not && slices.Equal(a.OneOf, []string{"*"})
	v, ok := a.Example()
	kind, name, _ := strings.Cut(a.Attribute, " ")
	switch {
	case a.Attribute == "request principal":
		return setPrincipal(q, v, absent)
	case kind == "claim" && (q.HasToken || q.Token != ""):
		return "the token has the claims that it has"
	case absent && (kind == "claim" || kind == "header" && name != ":path"):
		// What a request does not hold cannot be typed.
		q.Exact = true
		q.Headers, q.Claims = without(q.Headers, kind == "header", name), without(q.Claims, kind == "claim", name)
		return ""
	case !fixedElsewhere(a) && !ok:
		return "no example comes to mind"
	}
	switch {
	case a.Attribute == "method":
		q.Method = v
	case a.Attribute == "path", a.Attribute == "header :path":
		q.Path = v
	case a.Attribute == "host":
		q.Host = v
	case a.Attribute == "SNI":
		q.SNI = v
	case a.Attribute == "source IP":
		q.SourceIP = v
	case a.Attribute == "port":
		q.Target = withPort(q.Target, v)
	case kind == "header":
		q.Headers = append(without(q.Headers, true, name), name+"="+v)
	case kind == "claim":
		q.Claims = append(without(q.Claims, true, name), name+"="+claimText(v))
	default:
		return elsewhere(a)
	}
	return ""
}

// fixedElsewhere reports whether the request does not hold the attribute.
func fixedElsewhere(a authz.Atom) bool { return elsewhere(a) != "" }

// elsewhere says what an attribute hangs on that is not part of the request.
func elsewhere(a authz.Atom) string {
	switch a.Attribute {
	case "principal", "source namespace", "service account", "trust domain":
		return "it is the caller's, change the source"
	case "remote IP":
		return "the gateway makes it of the source IP and of the header x-forwarded-for"
	case "destination IP":
		return "it is the target's"
	}
	if strings.HasPrefix(a.Attribute, "the ") {
		return "nobody knows before it is asked"
	}
	if kind, _, ok := strings.Cut(a.Attribute, " "); ok && (kind == "header" || kind == "claim" || kind == "source" || kind == "request") ||
		slices.Contains([]string{"method", "path", "host", "port", "SNI"}, a.Attribute) {
		return ""
	}
	return "no request holds it"
}

// setPrincipal gives the request a token with an issuer and a subject, or none.
func setPrincipal(q *Question, v string, absent bool) string {
	switch {
	case absent:
		q.Token, q.HasToken, q.Claims, q.Exact = "", false, nil, true
		return ""
	case q.HasToken || q.Token != "":
		return "the token has the issuer that it has"
	}
	iss, sub := v, "x"
	if i := strings.LastIndexByte(v, '/'); i >= 0 {
		iss, sub = v[:i], v[i+1:]
	}
	q.Claims = append(without(without(q.Claims, true, "iss"), true, "sub"), "iss="+iss, "sub="+sub)
	return ""
}

// without are the words NAME=VALUE of other names.
func without(words []string, do bool, name string) []string {
	if !do {
		return words
	}
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		n, _, _ := strings.Cut(strings.Replace(w, ":", "=", 1), "=")
		return strings.EqualFold(strings.TrimSpace(n), name)
	})
}

// claimText is text as one types it: what would be read as JSON is quoted.
func claimText(v string) string {
	if !json.Valid([]byte(v)) {
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return v
	}
	return string(b)
}
