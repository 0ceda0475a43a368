// Package sarif writes SARIF 2.1.0, the format of results that code scanning reads:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/. The names are the standard's.
package sarif

import (
	"io"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// What of the standard is written.
type (
	// Log is the document.
	Log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []Run  `json:"runs"`
	}
	// Run is one run of the tool.
	Run struct {
		Tool       Tool              `json:"tool"`
		Results    []Result          `json:"results"`
		ColumnKind string            `json:"columnKind"`
		Properties map[string]string `json:"properties,omitempty"`
	}
	// Tool holds the driver.
	Tool struct {
		Driver Driver `json:"driver"`
	}
	// Driver is the program.
	Driver struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Rules   []Rule `json:"rules"`
	}
	// Rule is a kind of result.
	Rule struct {
		ID      string `json:"id"`
		Short   Text   `json:"shortDescription"`
		Help    Text   `json:"help"`
		Default Config `json:"defaultConfiguration"`
	}
	// Config is how grave a result of a rule is if it does not say itself.
	Config struct {
		Level string `json:"level"`
	}
	// Text is a message.
	Text struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	// Result is one thing that was found. Kind is fail if it is empty.
	Result struct {
		RuleID       string        `json:"ruleId"`
		RuleIndex    int           `json:"ruleIndex"`
		Kind         string        `json:"kind,omitempty"`
		Level        string        `json:"level"`
		Message      Text          `json:"message"`
		Locations    []Location    `json:"locations,omitempty"`
		CodeFlows    []CodeFlow    `json:"codeFlows,omitempty"`
		Suppressions []Suppression `json:"suppressions,omitempty"`
	}
	// Location is an object, and where it stands in a file.
	Location struct {
		Physical *Physical `json:"physicalLocation,omitempty"`
		Logical  []Logical `json:"logicalLocations,omitempty"`
		Message  *Text     `json:"message,omitempty"`
	}
	// Physical is a place in a file.
	Physical struct {
		Artifact Artifact `json:"artifactLocation"`
		Region   *Region  `json:"region,omitempty"`
	}
	// Artifact is a file.
	Artifact struct {
		URI string `json:"uri"`
	}
	// Region is a line.
	Region struct {
		StartLine int `json:"startLine"`
	}
	// Logical names an object.
	Logical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	// CodeFlow is a way that leads to a result.
	CodeFlow struct {
		Message *Text        `json:"message,omitempty"`
		Threads []ThreadFlow `json:"threadFlows"`
	}
	// ThreadFlow is a way, step by step.
	ThreadFlow struct {
		Locations []Step `json:"locations"`
	}
	// Step is one of them.
	Step struct {
		Location Location `json:"location"`
	}
	// Suppression says that a result is not to be reported, and why.
	Suppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

// schema is that of the standard's first correction.
const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// Page returns the page of a finding, in Markdown.
type Page func(code string) (string, bool)

// New is a document of one run with these rules and no results.
func New(version string, rules []Rule) *Log {
	run := Run{ColumnKind: "unicodeCodePoints", Results: []Result{}}
	run.Tool.Driver = Driver{Name: "authz-doctor", Version: version, Rules: append([]Rule{}, rules...)}
	return &Log{Schema: schema, Version: "2.1.0", Runs: []Run{run}}
}

// Rules are the rules of these codes, each once and sorted. A code that is not in the
// catalogue has a rule without words.
func Rules(codes []string, page Page) []Rule {
	codes = slices.Clone(codes)
	slices.Sort(codes)
	catalogue := diagnose.Catalogue()
	var out []Rule
	for _, code := range slices.Compact(codes) {
		k := diagnose.FindingKind{Code: code, Title: code, Severity: diagnose.SeverityWarning}
		if i := slices.IndexFunc(catalogue, func(k diagnose.FindingKind) bool { return k.Code == code }); i >= 0 {
			k = catalogue[i]
		}
		markdown, _ := page(code)
		out = append(out, Rule{
			ID: code, Short: Text{Text: k.Title}, Default: Config{Level(k.Severity)},
			Help: Text{Text: strings.Join(k.Help, "; "), Markdown: markdown},
		})
	}
	return out
}

// Level is the standard's word for a severity.
func Level(s diagnose.Severity) string {
	switch s {
	case diagnose.SeverityError, diagnose.SeverityWarning:
		return string(s)
	case diagnose.SeverityInfo:
	}
	return "note"
}

// Write writes the document.
func (l *Log) Write(w io.Writer) error { return report.JSON(w, l) }
