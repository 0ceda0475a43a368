package authz

import "strings"

// kind is what of a request a field looks at.
type kind uint8

const (
	kindPrincipal kind = iota
	kindSourceIP
	kindRemoteIP
	kindDestinationIP
	kindDestinationPort
	kindSNI
	kindMethod
	kindHost
	kindPath
	kindHeader           // name is the header, in lower case
	kindClaim            // name is the joined path, claim the path
	kindRequestPrincipal // the claims iss and sub together
	kindMetadata         // name is the key of the condition
	kindAuthorizer       // name is the provider: whether it lets the request pass
	kindProvider         // name is the provider: of which type it is, if it exists
	kindIdentity         // the client as Kmesh looks it up by its address; name is the trust domain that it gives
	kindOffload          // name is what its sources do not tell of Kmesh's XDP program
)

// subject names one attribute of a request.
type subject struct {
	kind  kind
	name  string
	claim []string
}

// key identifies the attribute within a request.
type key struct {
	kind kind
	name string
}

func (s *subject) key() key { return key{s.kind, s.name} }

func claimSubject(path ...string) subject {
	return subject{kind: kindClaim, name: strings.Join(path, "]["), claim: path}
}
