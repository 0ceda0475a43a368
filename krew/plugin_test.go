package main

import (
	"testing"

	"sigs.k8s.io/yaml"
)

// What krew reads of a manifest (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/).
type pluginManifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string           `json:"version"`
		ShortDescription string           `json:"shortDescription"`
		Description      string           `json:"description"`
		Caveats          string           `json:"caveats"`
		Homepage         string           `json:"homepage"`
		Platforms        []pluginPlatform `json:"platforms"`
	} `json:"spec"`
}

type pluginPlatform struct {
	URI      string `json:"uri"`
	SHA256   string `json:"sha256"`
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	Files []fileOperation `json:"files"`
	Bin   string          `json:"bin"`
}

type fileOperation struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func readManifest(t *testing.T, text []byte) pluginManifest {
	t.Helper()
	var m pluginManifest
	if err := yaml.UnmarshalStrict(text, &m); err != nil {
		t.Fatalf("the manifest is no manifest: %v\n%s", err, text)
	}
	return m
}

// someSums has a sum for each archive of version, each another one.
func someSums(version string) map[string]string {
	sums := map[string]string{}
	for _, p := range platforms {
		sums[p.archive(version)] = sumOf([]byte(p.String()))
	}
	return sums
}
