package sarif

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

func written(t *testing.T, d *diagnose.Diagnosis) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Diagnosis(&b, d, "v1.2.3", docs.Finding); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestValidates: what is written is what the standard's own schema asks for.
func TestValidates(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../lint/testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*diagnose.Diagnosis{"empty": reporttest.Asked(diagnose.Undetermined, "", ""), "whole": reporttest.Whole(2)}
	for _, c := range reporttest.Cases {
		all[c.Name] = c.Make()
	}
	for _, evil := range reporttest.Evil {
		all[evil] = reporttest.Poisoned(evil)
	}
	for name, d := range all {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(written(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestDiagnosis(t *testing.T) {
	kinds := map[string][]string{
		"allowed": {"pass"}, "denied": {"fail", "", ""}, "conditional": {"review"}, "undetermined": {"open"}, "differing": {"fail", "pass", "", ""},
	}
	for _, c := range reporttest.Cases {
		want, ok := kinds[c.Name]
		if !ok {
			continue
		}
		var log Log
		if err := json.Unmarshal(written(t, c.Make()), &log); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range log.Runs[0].Results {
			got = append(got, r.Kind)
			if rule := log.Runs[0].Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID {
				t.Errorf("%s: rule %d is %s, want %s", c.Name, r.RuleIndex, rule.ID, r.RuleID)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: kinds (-want +got):\n%s", c.Name, diff)
		}
	}
	text := string(written(t, reporttest.Denial()))
	for _, want := range []string{`"fullyQualifiedName": "Pod foo/sleep-7d9c metadata.labels"`, "What would help: inject a sidecar", `"fullyQualifiedName": "default/httpbin-5c8b ALLOW"`} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
}
