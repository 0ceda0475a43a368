package lint

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

// everyFault is a report of all faults, one of them suppressed.
func everyFault(t *testing.T) *Report {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "faults", "method-case.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a b.yaml")
	ignored := strings.Replace(string(text), "spec:", "  annotations: {authz-doctor.dev/ignore: \"ad0423: as <meant>\"}\nspec:", 1)
	ignored = strings.Replace(ignored, "name: p", "name: q", 1)
	if err := os.WriteFile(file, []byte(ignored), 0o600); err != nil {
		t.Fatal(err)
	}
	results := lintFiles(t, file)
	faults, err := filepath.Glob(filepath.Join("testdata", "faults", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		results = append(results, lintFiles(t, filepath.Join("testdata", "cluster.yaml"), f)...)
	}
	return NewReport(results, len(faults)+1, true)
}

// TestSARIF: what is written is what the standard's own schema asks for. The schema is
// that of OASIS.
func TestSARIF(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Report{"empty": NewReport(nil, 0, false), "faults": everyFault(t)} {
		var b bytes.Buffer
		if err := r.SARIF(&b, "v1.2.3", docs.Finding); err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range []string{`"ruleId": "AD0405"`, `"uri": "testdata/faults/method-case.yaml"`, `"kind": "inSource"`, `a%20b.yaml"`, `"startLine": 9`} {
			if name == "faults" && !strings.Contains(b.String(), want) {
				t.Errorf("there is no %s", want)
			}
		}
	}
}

func TestJUnit(t *testing.T) {
	r := everyFault(t)
	var b bytes.Buffer
	if err := r.JUnit(&b, func(s diagnose.Severity) bool { return s == diagnose.SeverityError }); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	s := r.Summary
	if got.Tests != len(r.Results) || got.Failures != s.Errors || got.Skipped != s.Warnings+s.Infos+s.Suppressed || s.Errors == 0 || s.Suppressed != 1 {
		t.Errorf("got %+v of %+v", got, s)
	}
	b.Reset()
	if err := NewReport(nil, 3, false).JUnit(&b, func(diagnose.Severity) bool { return true }); err != nil || !strings.Contains(b.String(), `name="3 policies: 0 errors, 0 warnings"`) {
		t.Error(err, b.String())
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := everyFault(t).JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Summary.Errors == 0 || got.Results[0].Suppressed != "as <meant>" {
		t.Errorf("%v, %+v", err, got.Summary)
	}
	b.Reset()
	if err := NewReport(nil, 0, false).JSON(&b); err != nil || !strings.Contains(b.String(), `"results": []`) {
		t.Error(err, b.String())
	}
}

// TestSuppressed: a reason is needed, and what is suppressed is counted.
func TestSuppressed(t *testing.T) {
	for _, tt := range []struct {
		ignore               string
		reported, suppressed int
		bad                  int // AD0901
	}{
		{"AD0423: x", 0, 1, 0},
		{"ad0423 : x; AD0405: y;", 0, 1, 0},
		{"AD0405, AD0423: both", 0, 1, 0},
		{"AD0423", 1, 0, 1},
		{"AD0423:  ", 1, 0, 1},
		{"AD042: x; AD0423: x", 0, 1, 1},
		{"AD0901: x", 1, 0, 1},
		{"", 1, 0, 1},
		{"AD0405: x", 1, 0, 0},
	} {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		text := "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: p\n  annotations: {authz-doctor.dev/ignore: \"" + tt.ignore + "\"}\nspec: {rules: [{to: [{operation: {methods: [get]}}]}]}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		reported, suppressed, bad := 0, 0, 0
		for _, r := range lintFiles(t, file) {
			switch {
			case r.Code == codeSuppression:
				bad++
			case r.Suppressed != "":
				suppressed++
			default:
				reported++
			}
		}
		if reported != tt.reported || suppressed != tt.suppressed || bad != tt.bad {
			t.Errorf("%q: %d reported, %d suppressed, %d bad, want %+v", tt.ignore, reported, suppressed, bad, tt)
		}
	}
}

// TestSentence: a question needs no full stop.
func TestSentence(t *testing.T) {
	for message, want := range map[string]string{"it is gone": "it is gone.", "did you mean a?": "did you mean a?"} {
		if got := sentence(message); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
