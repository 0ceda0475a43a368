package apirule

// Strategy is how access to a path is decided, or the part of that which one policy has.
type Strategy uint8

// The strategies.
const (
	StrategyUnknown Strategy = iota
	NoAuth                   // whoever comes through the ingress gateway
	Tokens                   // jwt: with a token
	ExtAuth                  // what external authorizers agree to; of policies, the ALLOW after it
	ExtAuthAsk               // of policies: the CUSTOM that asks an authorizer
	InCluster                // of policies: everybody but the ingress gateway
)

// String is the word of the API where there is one.
func (s Strategy) String() string {
	switch s {
	case NoAuth:
		return "noAuth"
	case Tokens:
		return "jwt"
	case ExtAuth:
		return "extAuth"
	case ExtAuthAsk:
		return "extAuth (authorizer)"
	case InCluster:
		return "in-cluster"
	case StrategyUnknown:
		return "unknown"
	}
	return "unknown"
}

// Strategy is that of a v2 rule. Should it have several, it is the one that the controller
// takes.
func (r *Rule) Strategy() Strategy {
	switch {
	case r.JWT != nil:
		return Tokens
	case r.ExtAuth != nil:
		return ExtAuth
	case r.NoAuth:
		return NoAuth
	}
	return StrategyUnknown
}

// Tokens is what a v2 rule asks of tokens; nil if it asks for none.
func (r *Rule) Tokens() *JWT {
	switch {
	case r.JWT != nil:
		return r.JWT
	case r.ExtAuth != nil:
		return r.ExtAuth.Restrictions
	}
	return nil
}
