package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/licenseclassifier/v2/assets"
)

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

const gpl = `This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.`

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"permissive":             {map[string]string{"LICENSE": "Copyright (c) 2026 Somebody\n\n" + mit}, ""},
		"a notice beside it":     {map[string]string{"LICENSE": mit, "NOTICE": "This is ours."}, ""},
		"none":                   {nil, "no licence is found"},
		"a notice alone":         {map[string]string{"NOTICE.txt": "This is ours."}, "no licence is found"},
		"not known":              {map[string]string{"LICENSE": "Do what you like."}, "nobody knows the licence"},
		"not permissive":         {map[string]string{"COPYING": gpl}, "nobody knows the licence"},
		"not permissive, inside": {map[string]string{"LICENSE": mit, "x/LICENSE": whole(t, "GPL-3.0")}, "GPL-3.0, which is not one of"},
		"copyleft for files":     {map[string]string{"LICENSE": whole(t, "MPL-2.0")}, "MPL-2.0, which is not one of"},
	} {
		t.Run(name, func(t *testing.T) {
			err := judge([]*module{{path: "example.com/m", version: "v1.0.0", files: c.files}})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// whole is the whole text of a licence that is not permissive, as the classifier has it.
func whole(t *testing.T, name string) string {
	t.Helper()
	text, err := assets.ReadLicenseFile("License/" + name + "/license.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNotices(t *testing.T) {
	got := notices([]*module{
		{path: "a", version: "v1.0.0", kinds: []string{"MIT"}, files: map[string]string{"LICENSE": mit}},
		{path: "b", version: "v2.0.0", kinds: []string{"MIT"}, files: map[string]string{"LICENSE": strings.ReplaceAll(mit, "\n", "\r\n"), "NOTICE": "ours"}},
	})
	for _, want := range []string{"  a v1.0.0  (MIT)\n  b v2.0.0  (MIT)\n", "\na: LICENSE\nb: LICENSE\n\nPermission", "\nb: NOTICE\n\nours\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "Permission is hereby"); n != 1 {
		t.Errorf("the licence is there %d times", n)
	}
}

// TestVulnerabilities asks a database of its own: of one that says something about what the
// plugin calls, and of none.
func TestVulnerabilities(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "")
	nowhere := "file://" + filepath.Join(t.TempDir(), "none")
	if err := vulnerabilities(t.Context(), "..", nowhere); err != nil {
		t.Errorf("a database that cannot be asked, at home: %v", err)
	}
	t.Setenv("GITHUB_ACTIONS", "true")
	if err := vulnerabilities(t.Context(), "..", nowhere); err == nil || !strings.Contains(err.Error(), "cannot be asked") {
		t.Errorf("a database that cannot be asked, in a workflow: %v", err)
	}
	if testing.Short() {
		t.Skip("govulncheck looks at the whole plugin")
	}
	db := t.TempDir()
	for file, text := range map[string]string{
		"index/db.json":      `{"modified":"2026-01-01T00:00:00Z"}`,
		"index/modules.json": `[{"path":"github.com/spf13/cobra","vulns":[{"id":"GO-0000-0001","modified":"2026-01-01T00:00:00Z"}]}]`,
		"index/vulns.json":   `[{"id":"GO-0000-0001","modified":"2026-01-01T00:00:00Z"}]`,
		"ID/GO-0000-0001.json": `{"schema_version":"1.3.1","id":"GO-0000-0001","modified":"2026-01-01T00:00:00Z","published":"2026-01-01T00:00:00Z","summary":"made up","database_specific":{"url":"https://pkg.go.dev/vuln/GO-0000-0001"},
			"affected":[{"package":{"name":"github.com/spf13/cobra","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],
			"ecosystem_specific":{"imports":[{"path":"github.com/spf13/cobra","symbols":["Command.ExecuteContext"]}]}}]}`,
	} {
		file = filepath.Join(db, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join("..", "..")
	if err := vulnerabilities(t.Context(), root, "file://"+db); err == nil || !strings.Contains(err.Error(), "the plugin reaches what is named above") {
		t.Errorf("a vulnerability of what the plugin calls: %v", err)
	}
}
