package authz

import "fmt"

// custom is a filter of the action CUSTOM.
type custom struct {
	stage
	provider string
	mode     customMode
	dry      bool   // its policies are dry runs
	bad      bool   // its provider is not to be had
	why      string // names the missing fact of mode customUnknown
}

// customMode tells what happens to a request that matches.
type customMode uint8

const (
	customAsk     customMode = iota // the authorizer decides
	customDeny                      // denied: the provider is bad, or the policy is a dry run
	customUnknown                   // it is not known whether the provider exists
)

const (
	customPrefix    = "istio-ext-authz-"
	customBadSuffix = "-deny-due-to-bad-CUSTOM-action"
)

// customStages makes the filters of each provider, by name (builder.go,
// buildHTTP and buildTCP). A dry run counts as using its provider.
func (p *Program) customStages(m Mesh) {
	enforced, dry := map[string][]*rule{}, map[string][]*rule{}
	for i := range p.policies {
		c := &p.policies[i]
		if c.action != ActionCustom {
			continue
		}
		if c.dryRun {
			dry[c.provider] = append(dry[c.provider], c.enforced()...)
			enforced[c.provider] = append(enforced[c.provider], []*rule{}...)
		} else {
			enforced[c.provider] = append(enforced[c.provider], c.enforced()...)
		}
	}
	for _, name := range sortedKeys(enforced) {
		p.customStage(m, name, len(enforced) > 1, enforced[name], dry[name])
	}
	for i := range p.customs {
		sortRules(p.customs[i].rules)
	}
}

// customStage: with several providers, or one that is not valid, what matches
// an enforced rule is denied. A dry run of a good provider lands in the rules
// that the filter enforces, and denies.
func (p *Program) customStage(m Mesh, name string, several bool, enforced, dry []*rule) {
	provider, exists := m.Providers[name]
	exists = exists && validProvider(name)
	var note string
	switch {
	case several:
		note = p.severalNote()
		p.custom(custom{provider: name, mode: customDeny, bad: true}, enforced)
	case m.ProvidersUnknown != "" && validProvider(name):
		note = fmt.Sprintf("whether provider %q exists is not known: %s", name, m.ProvidersUnknown)
		p.custom(custom{provider: name, mode: customUnknown, why: m.ProvidersUnknown, dry: true}, dry)
		p.custom(custom{provider: name, mode: customUnknown, why: m.ProvidersUnknown}, enforced)
	case !exists:
		note = fmt.Sprintf("provider %q does not exist or is not valid, so istiod denies what the policy matches", name)
		p.custom(custom{provider: name, mode: customDeny, bad: true}, enforced)
	case p.dialect == EnvoyTCP && !provider.GRPC:
		note = fmt.Sprintf("provider %q speaks HTTP and has no effect on a connection that is not", name)
	default:
		p.custom(custom{provider: name, mode: customDeny, dry: true}, dry)
		p.custom(custom{provider: name, mode: customAsk}, enforced)
		if len(dry) > 0 {
			note = "a dry run of a CUSTOM policy denies what it matches"
		}
	}
	p.customNote(name, note)
}

// custom adds a filter, if it has rules.
func (p *Program) custom(c custom, rules []*rule) {
	if c.stage = (stage{exists: true, rules: rules}); len(rules) > 0 {
		p.customs = append(p.customs, c)
	}
}

func (p *Program) customNote(name, note string) {
	for i := range p.policies {
		if c := &p.policies[i]; note != "" && c.action == ActionCustom && c.provider == name {
			c.notes = append(c.notes, note)
		}
	}
}

// validProvider: lower-case letters, digits and inner hyphens (extauthz.go,
// validateProviderName).
func validProvider(name string) bool {
	for i := range len(name) {
		if b := name[i]; b != '-' && (!alphanumeric(b) || b != lower(b)) {
			return false
		}
	}
	return name != "" && len(name) <= 63 && name[0] != '-' && name[len(name)-1] != '-'
}

// denies gives whether a request that matches is denied.
func (c *custom) denies(e *env, d Dialect) Truth {
	if c.mode == customDeny {
		return True
	}
	refused := c.refused(e)
	if c.mode == customAsk {
		return refused
	}
	v, known := e.stands(key{kindProvider, c.provider})
	switch {
	case !known && !c.dry && d == EnvoyHTTP && refused == True:
		return True // if it does not exist, that denies as well
	case !known:
		return Unseen
	case v.text == providerNone:
		return truth(!c.dry)
	case v.text == providerHTTP && d == EnvoyTCP:
		return False
	case c.dry:
		return True
	}
	return refused
}

// The values of kindProvider.
const (
	providerNone = "none"
	providerHTTP = "http"
	providerGRPC = "grpc"
)

// refused gives whether the authorizer says no.
func (c *custom) refused(e *env) Truth { return Not(e.passes(c.provider)) }

// passes gives whether an authorizer says OK.
func (e *env) passes(provider string) Truth {
	if ok, told := e.r.Authorizers[provider]; told {
		return truth(ok)
	}
	if v, ok := e.stands(key{kindAuthorizer, provider}); ok {
		return truth(v.ok)
	}
	return Unseen
}

// id is what the filter reports for rule r.
func (c *custom) id(r *rule) string {
	id := customPrefix + r.key
	if c.provider != "" {
		id = customPrefix + c.provider + "-" + r.key
	}
	if c.bad {
		id += customBadSuffix
	}
	return id
}
