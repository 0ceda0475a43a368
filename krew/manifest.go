package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed authz-doctor.yaml
var manifestTemplate string

// manifestName is the file name that krew wants: the plugin's name in the index.
const manifestName = "authz-doctor.yaml"

// unknownSum stands for the sum of an archive that was not made: krew installs none that
// has another. Zeros would be a number to YAML.
var unknownSum = strings.Repeat("f", 64)

// manifest fills the template in. sums has the sums of the archives by their names.
func manifest(version string, sums map[string]string) ([]byte, error) {
	release := struct{ TagName string }{version}
	fill := func(text string, functions template.FuncMap) (string, error) {
		parsed, err := template.New(manifestName).Funcs(functions).Parse(text)
		if err != nil {
			return "", err
		}
		var b bytes.Buffer
		err = parsed.Execute(&b, release)
		return b.String(), err
	}
	// The name, what it is given and what it gives are those of krew-release-bot.
	addURIAndSha := func(address, _ string) (string, error) {
		uri, err := fill(address, nil)
		sum := sums[path.Base(uri)]
		if sum == "" {
			sum = unknownSum
		}
		return "uri: " + uri + "\n    sha256: " + sum, err
	}
	// What the template says of itself is not true of the manifest.
	_, text, found := strings.Cut(manifestTemplate, "\napiVersion:")
	if !found {
		return nil, fmt.Errorf("%s has no apiVersion", manifestName)
	}
	filled, err := fill("apiVersion:"+text, template.FuncMap{"addURIAndSha": addURIAndSha})
	return []byte(filled), err
}

// writeManifest writes the manifest into dir. One that lacks archives says so.
func writeManifest(log io.Writer, dir, version string, sums map[string]string) error {
	text, err := manifest(version, sums)
	if err != nil {
		return err
	}
	if len(sums) < len(platforms) {
		text = append([]byte("# Not to be published: where the sum is all f there is no archive.\n"), text...)
	}
	return write(log, filepath.Join(dir, manifestName), text)
}

// manifestOf writes the manifest of archives that are in dir, all of them.
func manifestOf(dir, version string, log io.Writer) error {
	sums := map[string]string{}
	for _, p := range platforms {
		name := p.archive(version)
		archive, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("the archive for %s: %w", p, err)
		}
		sums[name] = sumOf(archive)
	}
	return writeManifest(log, dir, version, sums)
}
