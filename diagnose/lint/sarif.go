package lint

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// What of SARIF 2.1.0 is written. The names are the standard's.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		Results    []sarifResult `json:"results"`
		ColumnKind string        `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string      `json:"id"`
		Short   sarifText   `json:"shortDescription"`
		Help    sarifText   `json:"help"`
		Default sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF writes the results as SARIF 2.1.0. page returns the page of a code.
func (r *Report) SARIF(w io.Writer, version string, page func(code string) (string, bool)) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "authz-doctor", Version: version, Rules: []sarifRule{}}
	var codes []string
	for _, one := range r.Results {
		if !slices.Contains(codes, one.Code) {
			codes = append(codes, one.Code)
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(kinds()[code], page))
	}
	for _, one := range r.Results {
		run.Results = append(run.Results, one.sarif(slices.Index(codes, one.Code)))
	}
	return encode(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifRuleOf(k diagnose.FindingKind, page func(string) (string, bool)) sarifRule {
	markdown, _ := page(k.Code)
	return sarifRule{
		ID: k.Code, Short: sarifText{Text: k.Title}, Default: sarifConfig{sarifLevel(k.Severity)},
		Help: sarifText{Text: strings.Join(k.Help, "; "), Markdown: markdown},
	}
}

func sarifLevel(s diagnose.Severity) string {
	if s == diagnose.SeverityInfo {
		return "note"
	}
	return string(s)
}

func (r Result) sarif(rule int) sarifResult {
	out := sarifResult{
		RuleID: r.Code, RuleIndex: rule, Level: sarifLevel(r.Severity),
		Message: sarifText{Text: r.Object() + ", " + r.Field + ": " + r.Message + "."},
	}
	where := sarifLocation{Logical: []sarifLogical{{Name: r.Object() + " " + r.Field, Kind: "object"}}}
	if r.File != "" {
		where.Physical = &sarifPhysical{Artifact: sarifArtifact{fileURI(r.File)}}
		if r.Line > 0 {
			where.Physical.Region = &sarifRegion{r.Line}
		}
	}
	out.Locations = []sarifLocation{where}
	if r.Suppressed != "" {
		out.Suppressions = []sarifSuppression{{Kind: "inSource", Justification: r.Suppressed}}
	}
	return out
}

// fileURI is a path as a reference that is relative to the root of a repository.
func fileURI(path string) string {
	u := url.URL{Path: strings.TrimPrefix(filepath.ToSlash(filepath.Clean(path)), "./")}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}
