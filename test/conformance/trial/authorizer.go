package trial

import "strings"

// AuthorizerHost is the Service of the external authorizers.
const AuthorizerHost = "authorizer.foo.svc.cluster.local"

// Authorizer is one of the four external authorizers that run.
type Authorizer struct {
	Port     uint32
	GRPC, OK bool
}

// Authorizers lists them: each gives everybody the same answer.
func Authorizers() []Authorizer {
	return []Authorizer{{9000, true, true}, {9001, true, false}, {9002, false, true}, {9003, false, false}}
}

// NobodyPort is the port of the Service behind which there is no authorizer.
const NobodyPort = 9004

// AuthorizerOf is the one behind an extension provider: a provider whose name
// starts with yes is one that agrees.
func AuthorizerOf(provider string, grpc bool) Authorizer {
	for _, a := range Authorizers() {
		if a.GRPC == grpc && a.OK == strings.HasPrefix(provider, "yes") {
			return a
		}
	}
	return Authorizer{}
}

// answers are what the world's providers say.
func (w *World) answers() map[string]bool {
	out := map[string]bool{}
	for name, grpc := range w.Config.Providers {
		out[name] = AuthorizerOf(name, grpc).OK
	}
	return out
}
