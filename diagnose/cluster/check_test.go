package cluster

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestCheckObject(t *testing.T) {
	for name, tt := range map[string]struct {
		resource Resource
		text     string
		wrong    string // the first
	}{
		"durations": {
			VirtualServices, `{spec: {http: [{timeout: 5s, retries: {perTryTimeout: "1", attempts: 3}}]}}`,
			`spec.http[0].retries.perTryTimeout: wants a duration such as 5s, got the text "1"`,
		},
		"wrapped flags":          {DestinationRules, `{spec: {trafficPolicy: {outlierDetection: {consecutive5xxErrors: -1}}}}`, `spec.trafficPolicy.outlierDetection.consecutive5xxErrors: wants a whole number from 0, got the number -1`},
		"wrapped flags, good":    {VirtualServices, `{spec: {http: [{corsPolicy: {allowCredentials: true}, mirrorPercentage: {value: 0.5}}]}}`, ""},
		"a wrapped flag, bad":    {VirtualServices, `{spec: {http: [{corsPolicy: {allowCredentials: "true"}}]}}`, `spec.http[0].corsPolicy.allowCredentials: wants true or false, got the text "true"`},
		"a number":               {VirtualServices, `{spec: {http: [{mirrorPercentage: {value: half}}]}}`, `spec.http[0].mirrorPercentage.value: wants a number, got the text "half"`},
		"a map's name":           {PeerAuthentications, `{spec: {portLevelMtls: {http: {mode: STRICT}}}}`, `spec.portLevelMtls.http: wants a whole number as the name`},
		"a map":                  {PeerAuthentications, `{spec: {portLevelMtls: {8080: {mode: STRICT}}, selector: {matchLabels: [a]}}}`, `spec.selector.matchLabels: wants an object, got a list`},
		"a message":              {PeerAuthentications, `{spec: {mtls: STRICT}}`, `spec.mtls: wants an object, got the text "STRICT"`},
		"a flag":                 {RequestAuthentications, `{spec: {jwtRules: [{issuer: 1, forwardOriginalToken: false}]}}`, `spec.jwtRules[0].issuer: wants text, got the number 1, which must be quoted`},
		"a port":                 {ServiceEntries, `{spec: {ports: [{number: 4294967296}]}}`, `spec.ports[0].number: wants a whole number from 0, got the number 4294967296`},
		"a bad flag":             {RequestAuthentications, `{spec: {jwtRules: [{forwardOriginalToken: 1}]}}`, `spec.jwtRules[0].forwardOriginalToken: wants true or false, got the number 1`},
		"generation as text":     {AuthorizationPolicies, `{status: {observedGeneration: "3", conditions: [{lastTransitionTime: "2024-01-02T03:04:05Z"}]}}`, ""},
		"a bad generation":       {AuthorizationPolicies, `{status: {observedGeneration: x}}`, `status.observedGeneration: wants a whole number, got the text "x"`},
		"a bad time":             {AuthorizationPolicies, `{status: {conditions: [{lastTransitionTime: noon}]}}`, `status.conditions[0].lastTransitionTime: wants a time such as 2006-01-02T15:04:05Z, got the text "noon"`},
		"nothing everywhere":     {AuthorizationPolicies, `{metadata: {labels: null}, spec: {selector: null, rules: [null, {from: null}]}}`, ""},
		"a whole number or text": {NetworkPolicies, `{spec: {ingress: [{ports: [{port: http}, {port: 80}, {port: [80]}]}]}}`, `spec.ingress[0].ports[2].port: wants a IntOrString, got a list`},
		"a Go flag":              {Pods, `{spec: {hostNetwork: "on", containers: []}}`, `spec.hostNetwork: wants true or false, got the text "on"`},
		"a Go object":            {Pods, `{spec: []}`, `spec: wants an object, got a list`},
		"a Go map":               {Pods, `{metadata: {labels: x}}`, `metadata.labels: wants an object, got the text "x"`},
		"bytes":                  {ConfigMaps, `{binaryData: {a: 1}, data: {b: c}}`, `binaryData.a: wants base64 text, got the number 1`},
		"long text":              {ConfigMaps, `{data: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}`, `data: wants an object, got the text "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"`},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := yaml.YAMLToJSON([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			c, _ := checkObject(tt.resource, raw, false)
			got := ""
			if len(c.wrong) > 0 {
				got = c.wrong[0].String()
			}
			if got != tt.wrong {
				t.Errorf("got  %s\nwant %s", got, tt.wrong)
			}
			if len(c.unknown) > 0 {
				t.Errorf("unknown: %v", c.unknown)
			}
			if _, err := decode(tt.resource, raw); err != nil && tt.wrong == "" {
				t.Errorf("the check lets pass what cannot be decoded: %v", err)
			}
		})
	}
}

// What the check does not understand is explained by the decoder.
func TestExplain(t *testing.T) {
	raw := json.RawMessage(`{"spec":`)
	_, err := decode(Pods, raw)
	if got := explain(Pods, raw, err); got != "unexpected end of JSON input" {
		t.Error(got)
	}
}

func TestFieldPath(t *testing.T) {
	p := fieldPath{}.plus("spec").plus("rules").plus(1).plus("a/b").plus("c")
	if diff := cmp.Diff(`spec.rules[1]["a/b"].c`, p.String()); diff != "" {
		t.Error(diff)
	}
	if got := (wrong{nil, "wants an object"}).String(); got != "wants an object" {
		t.Error(got)
	}
}

func TestOneLine(t *testing.T) {
	long := oneLine("a\n\tb" + string(make([]byte, 400)))
	if len(long) != 303 || long[:4] != "a b\x00" {
		t.Errorf("%d %q", len(long), long[:4])
	}
}
