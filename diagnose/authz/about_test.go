package authz

import "testing"

// TestAbout: what the fields of rules and the keys of conditions are about.
func TestAbout(t *testing.T) {
	const source, operation = "spec.rules[0].from[0].source.", "spec.rules[0].to[0].operation."
	for _, tt := range []struct {
		f              FieldTrace
		identity, http bool
	}{
		{FieldTrace{Field: source + "principals"}, true, false},
		{FieldTrace{Field: source + "notPrincipals"}, true, false},
		{FieldTrace{Field: source + "namespaces"}, true, false},
		{FieldTrace{Field: source + "notServiceAccounts"}, true, false},
		{FieldTrace{Field: source + "trustDomains"}, true, false},
		{FieldTrace{Field: source + "requestPrincipals"}, false, true},
		{FieldTrace{Field: source + "notRequestPrincipals"}, false, true},
		{FieldTrace{Field: source + "ipBlocks"}, false, false},
		{FieldTrace{Field: source + "remoteIpBlocks"}, false, true},
		{FieldTrace{Field: operation + "methods"}, false, true},
		{FieldTrace{Field: operation + "notHosts"}, false, true},
		{FieldTrace{Field: operation + "ports"}, false, false},
		{FieldTrace{Field: "spec.rules[0].when[0].values", Key: "source.principal"}, true, false},
		{FieldTrace{Field: "spec.rules[0].when[0].values", Key: "source.serviceAccount"}, true, true},
		{FieldTrace{Field: "spec.rules[0].when[0].values", Key: "request.headers[x-a]"}, false, true},
		{FieldTrace{Field: "spec.rules[0].when[0].notValues", Key: "destination.port"}, false, false},
	} {
		if tt.f.IsIdentity() != tt.identity || tt.f.IsHTTP() != tt.http {
			t.Errorf("%s %s: %v, %v", tt.f.Field, tt.f.Key, tt.f.IsIdentity(), tt.f.IsHTTP())
		}
	}
	p := PolicyTrace{Rules: []RuleTrace{{}, {Fields: []FieldTrace{{Field: source + "ipBlocks"}, {Field: operation + "paths"}}}}}
	if field, ok := p.Field(FieldTrace.IsHTTP); !ok || field != operation+"paths" {
		t.Errorf("%q, %v", field, ok)
	}
	if field, ok := p.Field(FieldTrace.IsIdentity); ok {
		t.Errorf("%q", field)
	}
}
