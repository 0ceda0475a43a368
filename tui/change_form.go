package tui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
)

// fieldKind is what a field of the form holds.
type fieldKind int

const (
	sourceField fieldKind = iota
	targetField
	portField
	methodField
	pathField
	hostField
	headerField
	claimField
	tokenField
	sourceIPField
	sniField
	exactField
)

// formField is a line of the form.
type formField struct {
	kind  fieldKind
	name  string
	flag  string // of the command line, which errors name
	input textinput.Model
	given bool // a token that nobody typed here
	yes   bool // of exact
}

// formFields are the fields in their order, with their flags.
var formFields = []struct {
	kind       fieldKind
	name, flag string
}{
	{sourceField, "Source", "source"},
	{targetField, "Target", "target"},
	{portField, "Port", "port"},
	{methodField, "Method", "method"},
	{pathField, "Path", "path"},
	{hostField, "Host", "host"},
	{headerField, "Header", "header"},
	{claimField, "Claim", "claim"},
	{tokenField, "Token", "token"},
	{sourceIPField, "Source IP", "source-ip"},
	{sniField, "SNI", "sni"},
	{exactField, "Exact", "exact"},
}

// load fills the form with a question.
func (c *change) load(m *Model, q Question) {
	c.fields = nil
	for _, n := range formFields {
		for _, v := range valuesOf(q, n.kind) {
			c.fields = append(c.fields, formField{
				kind: n.kind, name: n.name, flag: n.flag, input: newInput(m, "", v),
				given: n.kind == tokenField && q.HasToken, yes: n.kind == exactField && q.Exact,
			})
		}
	}
	c.rows.resize(len(c.fields) + len(c.picks.all))
}

// valuesOf are what a question has for a kind of fields: one, but for headers and claims,
// of which there is always room for one more.
func valuesOf(q Question, kind fieldKind) []string {
	one := ""
	switch kind {
	case sourceField:
		one = q.Source
	case targetField:
		one = q.Target
	case portField:
		one = portOf(q.Target)
	case methodField:
		one = q.Method
	case pathField:
		one = q.Path
	case hostField:
		one = q.Host
	case headerField:
		return append(append([]string{}, q.Headers...), "")
	case claimField:
		return append(append([]string{}, q.Claims...), "")
	case tokenField:
		one = q.Token
	case sourceIPField:
		one = q.SourceIP
	case sniField:
		one = q.SNI
	case exactField:
	}
	return []string{one}
}

// question is what the form says.
func (c *change) question(m *Model) Question {
	q := m.question
	q.Headers, q.Claims = nil, nil
	for _, f := range c.fields {
		v := f.input.Value()
		switch f.kind {
		case sourceField:
			q.Source = strings.TrimSpace(v)
		case targetField:
			q.Target = strings.TrimSpace(v)
		case portField: // part of the target
		case methodField:
			q.Method = v
		case pathField:
			q.Path = v
		case hostField:
			q.Host = v
		case headerField:
			q.Headers = append(q.Headers, nonEmpty(v)...)
		case claimField:
			q.Claims = append(q.Claims, nonEmpty(v)...)
		case tokenField:
			q.Token, q.HasToken = v, f.given
		case sourceIPField:
			q.SourceIP = v
		case sniField:
			q.SNI = v
		case exactField:
			q.Exact = f.yes
		}
	}
	return q
}

// more sees that there is room for another header and claim.
func (c *change) more(m *Model) {
	for _, kind := range []fieldKind{headerField, claimField} {
		last := -1
		for i, f := range c.fields {
			if f.kind == kind {
				last = i
			}
		}
		if f := c.fields[last]; f.input.Value() != "" {
			f.input = newInput(m, "", "")
			c.fields = append(c.fields[:last+1], append([]formField{f}, c.fields[last+1:]...)...)
		}
	}
	c.rows.resize(len(c.fields) + len(c.picks.all))
}
