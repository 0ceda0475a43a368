package lint

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/sarif"
)

// SARIF writes the results as SARIF 2.1.0. page returns the page of a code.
func (r *Report) SARIF(w io.Writer, version string, page sarif.Page) error {
	var codes []string
	for _, one := range r.Results {
		codes = append(codes, one.Code)
	}
	rules := sarif.Rules(codes, page)
	out := sarif.New(version, rules)
	for _, one := range r.Results {
		at := slices.IndexFunc(rules, func(k sarif.Rule) bool { return k.ID == one.Code })
		out.Runs[0].Results = append(out.Runs[0].Results, one.sarif(at))
	}
	return out.Write(w)
}

func (r Result) sarif(rule int) sarif.Result {
	out := sarif.Result{
		RuleID: r.Code, RuleIndex: rule, Level: sarif.Level(r.Severity),
		Message: sarif.Text{Text: r.Object() + ", " + r.Field + ": " + r.Message + "."},
	}
	where := sarif.Location{Logical: []sarif.Logical{{Name: r.Object() + " " + r.Field, Kind: "object"}}}
	if r.File != "" {
		where.Physical = &sarif.Physical{Artifact: sarif.Artifact{URI: fileURI(r.File)}}
		if r.Line > 0 {
			where.Physical.Region = &sarif.Region{StartLine: r.Line}
		}
	}
	out.Locations = []sarif.Location{where}
	if r.Suppressed != "" {
		out.Suppressions = []sarif.Suppression{{Kind: "inSource", Justification: r.Suppressed}}
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
