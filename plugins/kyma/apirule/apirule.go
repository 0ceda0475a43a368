package apirule

import (
	"slices"
	"strings"
	"time"
)

// The versions of the API that are served. Those of v2 have one shape; v2alpha1 is the
// one that is stored.
const (
	Group    = "gateway.kyma-project.io"
	Kind     = "APIRule"
	V2       = "v2"
	V2Alpha1 = "v2alpha1"
	V1Beta1  = "v1beta1"
)

// Annotations that the controller keeps on an APIRule (kyma-project/api-gateway,
// apis/gateway/v2/apirule_conversion.go and
// internal/processing/processors/migration/annotation.go).
const (
	OriginalVersionAnnotation = "gateway.kyma-project.io/original-version"
	V1Beta1SpecAnnotation     = "gateway.kyma-project.io/v1beta1-spec"
	MigrationStepAnnotation   = "gateway.kyma-project.io/migration-step"
)

// Ref names an object: namespace/name.
type Ref struct{ Namespace, Name string }

// String returns namespace/name.
func (r Ref) String() string { return r.Namespace + "/" + r.Name }

// APIRule is one as it stands in the cluster.
type APIRule struct {
	Ref
	// Version is the one that it was read in, Original the one that its annotation
	// says it was written in, if it has one.
	Version, Original string
	// V1Beta1Spec is the annotation that keeps the spec of a v1beta1 APIRule: JSON.
	V1Beta1Spec   string
	MigrationStep string

	Hosts   []string // a v1beta1 APIRule has one at most
	Service *Service // nil if each rule has its own
	// Gateway is namespace/name of an Istio Gateway, and ExternalGateway of an
	// ExternalGateway; one of them is empty.
	Gateway, ExternalGateway string
	Rules                    []Rule
	CORS                     *CORS
	Timeout                  int64 // of requests, in seconds; 0: none is set
	Status                   Status
}

// Service is the Service that is exposed. An empty Namespace is the APIRule's.
type Service struct {
	Ref
	Port     int64
	External bool
}

// Rule is one of spec.rules. Of a v2 rule one of NoAuth, JWT and ExtAuth is set; a
// v1beta1 rule has Handlers.
type Rule struct {
	Path    string
	Methods []string
	Service *Service // in place of the APIRule's
	NoAuth  bool
	JWT     *JWT
	ExtAuth *External

	Timeout int64 // in place of the APIRule's
	// Headers and Cookies are what a v2 rule adds to requests.
	Headers, Cookies map[string]string

	Handlers []Handler
	Mutators []string
}

// JWT says which tokens are wanted. Without Authorizations any valid one will do, with
// them one that fits one of these.
type JWT struct {
	Authentications []Authentication
	Authorizations  []Authorization
}

// Authentication is an issuer of tokens.
type Authentication struct {
	Issuer, JwksURI string
	FromHeaders     []Header
	FromParams      []string
}

// Header is where a token may be.
type Header struct{ Name, Prefix string }

// Authorization is what a token must have, all of it.
type Authorization struct{ RequiredScopes, Audiences []string }

// External asks external authorizers, all of them. Restrictions is about tokens besides.
type External struct {
	Authorizers  []string
	Restrictions *JWT
}

// Handler is one of a v1beta1 rule's accessStrategies. JWT is what the handler jwt says
// in Istio's form, Ory what it says in Oathkeeper's.
type Handler struct {
	Name string
	JWT  *JWT
	Ory  *Ory
}

// Ory is the configuration of Oathkeeper's handler jwt.
type Ory struct{ TrustedIssuers, JWKSURLs, RequiredScopes, Audiences []string }

// CORS is what browsers are told.
type CORS struct {
	AllowOrigins     []Origins
	AllowMethods     []string
	AllowHeaders     []string
	ExposeHeaders    []string
	AllowCredentials *bool
	MaxAge           *time.Duration
}

// Origins is a match for an origin: Type is exact, prefix or regex.
type Origins struct{ Type, Value string }

// Status is what the controller says. State is the word of v2, whatever the version.
type Status struct{ State, Description string }

// Written is the version that an APIRule was written in. One without the annotation
// counts as v2 unless it was read as v1beta1 (kyma-project/api-gateway,
// internal/controller/gateway/apirule_controller.go, isAPIRuleV2).
func (r *APIRule) Written() string {
	switch {
	case r.Original != "":
		return r.Original
	case r.Version == V1Beta1:
		return V1Beta1
	}
	return V2
}

// Migrating reports whether the controller is between two steps of a migration from
// v1beta1, in which Oathkeeper still stands before the workload.
func (r *APIRule) Migrating() bool {
	return slices.Contains([]string{"apply-istio-authorization", "vs-switch-to-service"}, r.MigrationStep)
}

// ServiceOf is the Service that a rule leads to, with its namespace: the rule's, or that
// of the APIRule (kyma-project/api-gateway, apis/gateway/v2alpha1/service.go,
// FindServiceNamespace). False if neither has one.
func (r *APIRule) ServiceOf(rule *Rule) (Ref, bool) {
	s := rule.Service
	if s == nil {
		s = r.Service
	}
	if s == nil || s.Name == "" {
		return Ref{}, false
	}
	out := s.Ref
	if out.Namespace == "" && r.Service != nil {
		out.Namespace = r.Service.Namespace
	}
	if out.Namespace == "" {
		out.Namespace = r.Namespace
	}
	return out, true
}

// GatewayRef is the Istio Gateway that an APIRule names; false if it names none.
func (r *APIRule) GatewayRef() (Ref, bool) {
	namespace, name, ok := strings.Cut(r.Gateway, "/")
	return Ref{Namespace: namespace, Name: name}, ok && namespace != "" && name != ""
}
