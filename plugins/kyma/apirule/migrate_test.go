package apirule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMigrate: the steps of one APIRule, without those that all have.
func TestMigrate(t *testing.T) {
	const head = "apiVersion: gateway.kyma-project.io/v1beta1\nkind: APIRule\nmetadata: {name: cart, namespace: shop}\nspec:\n" +
		"  host: a.b\n  gateway: GATEWAY\n  service: {name: cart, port: 80}\n  corsPolicy: {allowMethods: [GET]}\n"
	for _, tt := range []struct {
		name, gateway, rules string
		want                 []string
	}{
		{"as in v2", "kyma-system/kyma-gateway", "[{path: /a, methods: [OPTIONS], accessStrategies: [{handler: no_auth}]}]", []string{
			"handler spec.rules[0].accessStrategies[0] [noAuth: true] false",
		}},
		{"the gateway's name", "kyma-gateway.kyma-system.svc.cluster.local", "[]", []string{
			"gateway spec.gateway [kyma-system/kyma-gateway] false",
		}},
		{"no preflight", "a/b", "[{path: /a, methods: [GET]}]", []string{
			"preflight spec.rules[0].methods [OPTIONS] false",
		}},
		{"regular expressions", "a/b", `[
			{path: /.*, methods: [OPTIONS]}, {path: /a/.*, methods: [OPTIONS]}, {path: '/a(.*)', methods: [OPTIONS]},
			{path: '/a/[^/]+/b', methods: [OPTIONS]}, {path: '/(a|b)', methods: [OPTIONS]}]`, []string{
			"path spec.rules[0].path [/{**}] true",
			"path spec.rules[1].path [/a/{**}] true", "rule order spec.rules[1].path [] false",
			"path spec.rules[2].path [/a /a/{**}] true", "rule order spec.rules[2].path [] false", "rule order spec.rules[2].path [] false",
			"path spec.rules[3].path [/a/{*}/b] true", "rule order spec.rules[3].path [] false", "rule order spec.rules[3].path [] false", "rule order spec.rules[3].path [] false",
			"path spec.rules[4].path [] true", "rule order spec.rules[4].path [] false", "rule order spec.rules[4].path [] false", "rule order spec.rules[4].path [] false", "rule order spec.rules[4].path [] false",
		}},
		{"every method", "a/b", "[{path: /a, methods: [OPTIONS], accessStrategies: [{handler: allow}]}]", []string{
			"methods spec.rules[0].methods [OPTIONS] false", "handler spec.rules[0].accessStrategies[0] [noAuth: true] true",
		}},
		{"one path twice", "a/b", "[{path: /a, methods: [OPTIONS]}, {path: /b, methods: [OPTIONS]}, {path: /a, methods: [OPTIONS]}]", []string{
			"rule order spec.rules[1].path [] false", "rule order spec.rules[2].path [] false", "rule order spec.rules[2].path [] false",
			"same path spec.rules[2].path [/a] false",
		}},
		{"a path that is both", "a/b", "[{path: '/(a)', methods: [OPTIONS]}]", []string{"path spec.rules[0].path [/(a)] false"}},
		{"Oathkeeper", "a/b", `[{path: /a, methods: [OPTIONS], accessStrategies: [{handler: oauth2_introspection}, {handler: noop}],
			mutators: [{handler: header}, {handler: cookie}, {handler: noop}, {handler: id_token}]}]`, []string{
			"handler spec.rules[0].accessStrategies[0] [extAuth] true", "handler spec.rules[0].accessStrategies[1] [noAuth: true] true",
			"mutator spec.rules[0].mutators[0] [request.headers] false", "mutator spec.rules[0].mutators[1] [request.cookies] false",
			"mutator spec.rules[0].mutators[3] [] false",
		}},
		{"tokens", "a/b", `[{path: /a, methods: [OPTIONS], accessStrategies: [
			{handler: jwt},
			{handler: jwt, config: {jwks_urls: [u]}},
			{handler: jwt, config: {trusted_issuers: [i], jwks_urls: [u]}},
			{handler: jwt, config: {authentications: [{issuer: i, jwksUri: u}, {jwksUri: u}]}}]}]`, []string{
			"issuer spec.rules[0].accessStrategies[0].config [] true", "issuer spec.rules[0].accessStrategies[1].config [] true",
			"issuer spec.rules[0].accessStrategies[2].config [issuer: i jwksUri: u] false",
			"issuer spec.rules[0].accessStrategies[3].config.authentications[1].issuer [] false",
		}},
	} {
		r := parsed(t, strings.Replace(head, "GATEWAY", tt.gateway, 1)+"  rules: "+tt.rules)
		steps, err := Migrate(r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range steps {
			if s.Words == "" {
				t.Errorf("%s: %s without words", tt.name, s.Topic)
			}
			if s.Topic != TopicInCluster && s.Topic != TopicMesh {
				got = append(got, fmt.Sprintf("%s %s %v %v", s.Topic, s.Field, s.To, s.Blocks))
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", tt.name, diff)
		}
	}
}

// TestMigrateShared: an APIRule of the same workload is named, and so is its own form in
// the annotation; one that is v2 by now is not.
func TestMigrateShared(t *testing.T) {
	r := parsed(t, old)
	same := parsed(t, strings.Replace(old, "name: cart,", "name: second,", 1))
	kept := &APIRule{Ref: Ref{"shop", "third"}, Version: V2, Original: V1Beta1, V1Beta1Spec: `{"service":{"name":"cart"},"rules":[{"path":"/"}]}`}
	elsewhere := parsed(t, strings.Replace(old, "namespace: shop", "namespace: store", 1))
	steps, err := Migrate(r, r, same, kept, elsewhere, &APIRule{Ref: Ref{"shop", "new"}, Version: V2})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Topic == TopicSharing })
	if i < 0 || !strings.Contains(steps[i].Words, "(shop/second, shop/third)") {
		t.Errorf("got %+v", steps)
	}
	if topics := []Topic{steps[0].Topic, steps[1].Topic}; !slices.Equal(topics, []Topic{TopicInCluster, TopicMesh}) || !strings.Contains(steps[0].Words, "Service shop/cart") {
		t.Errorf("got %+v first", steps[:2])
	}
	if !slices.ContainsFunc(steps, func(s Step) bool { return s.Topic == TopicCORS && len(s.To) == 3 }) {
		t.Error("nothing about CORS")
	}
	if _, err := Migrate(&APIRule{Ref: Ref{"shop", "new"}, Version: V2}); err == nil {
		t.Error("a v2 APIRule migrates")
	}
}
