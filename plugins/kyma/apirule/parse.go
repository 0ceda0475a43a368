package apirule

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Parse reads an APIRule. Fields that say nothing about who is admitted are left out, and
// so is what the API does not know; a field of another type than it has is an error.
func Parse(u *unstructured.Unstructured) (*APIRule, error) {
	kind := u.GroupVersionKind()
	if kind.Group != Group || kind.Kind != Kind {
		return nil, fmt.Errorf("%s %s/%s is no APIRule", u.GetKind(), u.GetNamespace(), u.GetName())
	}
	annotations := u.GetAnnotations()
	r := &APIRule{
		Ref:     Ref{Namespace: u.GetNamespace(), Name: u.GetName()},
		Version: kind.Version, Original: annotations[OriginalVersionAnnotation],
		V1Beta1Spec: annotations[V1Beta1SpecAnnotation], MigrationStep: annotations[MigrationStepAnnotation],
	}
	var problem error
	top := root(u.Object, &problem)
	switch kind.Version {
	case V2, V2Alpha1:
		r.readSpec(top.get("spec"))
		r.Status = Status{State: top.get("status").get("state").text(), Description: top.get("status").get("description").text()}
	case V1Beta1:
		r.readV1Beta1(top.get("spec"))
		r.readV1Beta1Status(top.get("status"))
	default:
		return nil, fmt.Errorf("apirule %q: version %s is not known", r.Ref, kind.Version)
	}
	if problem != nil {
		return nil, fmt.Errorf("apirule %q: %w", r.Ref, problem)
	}
	return r, nil
}

// AsV1Beta1 is the APIRule as it was written, if that was in v1beta1: itself, or what its
// annotation keeps of it. False if it was not, or if nothing was kept.
func (r *APIRule) AsV1Beta1() (*APIRule, bool, error) {
	switch {
	case r.Written() != V1Beta1:
		return nil, false, nil
	case r.Version == V1Beta1:
		return r, true, nil
	case r.V1Beta1Spec == "":
		return nil, false, nil
	}
	var spec map[string]any
	if err := json.Unmarshal([]byte(r.V1Beta1Spec), &spec); err != nil {
		return nil, false, fmt.Errorf("apirule %q: metadata.annotations[%s]: %w", r.Ref, V1Beta1SpecAnnotation, err)
	}
	out := &APIRule{Ref: r.Ref, Version: V1Beta1, Original: r.Original, MigrationStep: r.MigrationStep, Status: r.Status}
	var problem error
	out.readV1Beta1(root(map[string]any{"spec": spec}, &problem).get("spec"))
	if problem != nil {
		return nil, false, fmt.Errorf("apirule %q: metadata.annotations[%s]: %w", r.Ref, V1Beta1SpecAnnotation, problem)
	}
	return out, true, nil
}

func (r *APIRule) readSpec(spec node) {
	r.Hosts = spec.get("hosts").texts()
	r.Service = service(spec.get("service"))
	r.Gateway, r.ExternalGateway = spec.get("gateway").text(), spec.get("externalGateway").text()
	r.CORS = cors(spec.get("corsPolicy"))
	r.Timeout = spec.get("timeout").number()
	for _, n := range spec.get("rules").list() {
		r.Rules = append(r.Rules, rule(n))
	}
}

func rule(n node) Rule {
	out := plainRule(n)
	out.NoAuth = n.get("noAuth").boolean()
	out.JWT = jwt(n.get("jwt"))
	out.Headers, out.Cookies = n.get("request").get("headers").pairs(), n.get("request").get("cookies").pairs()
	if e := n.get("extAuth"); !e.absent() {
		out.ExtAuth = &External{Authorizers: e.get("authorizers").texts(), Restrictions: jwt(e.get("restrictions"))}
	}
	// The API asks for one of the three by a rule of its own, in CEL.
	if n.value != nil && out.strategies() != 1 && *n.err == nil {
		*n.err = fmt.Errorf("%s: want one of noAuth, jwt and extAuth, got %d of them", n.path, out.strategies())
	}
	return out
}

// plainRule is what rules have in every version.
func plainRule(n node) Rule {
	return Rule{Path: n.get("path").text(), Methods: n.get("methods").texts(), Service: service(n.get("service")), Timeout: n.get("timeout").number()}
}

func (r *Rule) strategies() int {
	n := 0
	for _, set := range []bool{r.NoAuth, r.JWT != nil, r.ExtAuth != nil} {
		if set {
			n++
		}
	}
	return n
}

func service(n node) *Service {
	if n.absent() {
		return nil
	}
	return &Service{
		Ref:  Ref{Namespace: n.get("namespace").text(), Name: n.get("name").text()},
		Port: n.get("port").number(), External: n.get("external").boolean(),
	}
}

func jwt(n node) *JWT {
	if n.absent() {
		return nil
	}
	out := &JWT{}
	for _, a := range n.get("authentications").list() {
		one := Authentication{Issuer: a.get("issuer").text(), JwksURI: a.get("jwksUri").text(), FromParams: a.get("fromParams").texts()}
		for _, h := range a.get("fromHeaders").list() {
			one.FromHeaders = append(one.FromHeaders, Header{Name: h.get("name").text(), Prefix: h.get("prefix").text()})
		}
		out.Authentications = append(out.Authentications, one)
	}
	for _, a := range n.get("authorizations").list() {
		out.Authorizations = append(out.Authorizations, Authorization{
			RequiredScopes: a.get("requiredScopes").texts(), Audiences: a.get("audiences").texts(),
		})
	}
	return out
}

func cors(n node) *CORS {
	if n.absent() {
		return nil
	}
	out := &CORS{
		AllowMethods: n.get("allowMethods").texts(), AllowHeaders: n.get("allowHeaders").texts(), ExposeHeaders: n.get("exposeHeaders").texts(),
		MaxAge: n.get("maxAge").duration(),
	}
	if c := n.get("allowCredentials"); !c.absent() {
		allow := c.boolean()
		out.AllowCredentials = &allow
	}
	for _, o := range n.get("allowOrigins").list() {
		for _, kind := range []string{"exact", "prefix", "regex"} {
			if v := o.get(kind); !v.absent() {
				out.AllowOrigins = append(out.AllowOrigins, Origins{Type: kind, Value: v.text()})
			}
		}
	}
	return out
}
