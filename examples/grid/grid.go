// Package grid is the clusters of this folder: correct ones, each with a question that
// is allowed, and the ways to break each of them at one place. Tests ask what becomes of
// the answer then, and what repairs it. The program has nothing of it.
package grid

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"sigs.k8s.io/yaml"
)

//go:embed kinds.yaml */cluster.yaml */mutants.yaml
var files embed.FS

// Object is an object of a cluster as JSON has it.
type Object = map[string]any

// Kind is a kind of mutation, what must be named of each and what would repair it.
type Kind struct {
	Name  string   `json:"-"`
	Title string   `json:"title"`
	Names []string `json:"names"`
	// Repair are the kinds of repair of which a person would want one; empty: what was
	// meant cannot be told.
	Repair []string `json:"repair"`
}

// Cluster is a correct cluster, its question and its mutants.
type Cluster struct {
	Name     string   `json:"-"` // of its folder
	Title    string   `json:"title"`
	Question Object   `json:"question"`
	Mutants  []Mutant `json:"mutants"`
	Harmless []Mutant `json:"harmless"`
	Objects  []Object `json:"-"`
}

// Read reads the kinds, as kinds.yaml has them in order, and the clusters by name. An
// error names the file that is not as it should be.
func Read() ([]Kind, []Cluster, error) {
	kinds, err := readKinds()
	if err != nil {
		return nil, nil, err
	}
	found, err := files.ReadDir(".")
	if err != nil {
		return nil, nil, err
	}
	var clusters []Cluster
	for _, f := range found {
		if !f.IsDir() {
			continue
		}
		c, err := readCluster(f.Name())
		if err != nil {
			return nil, nil, err
		}
		clusters = append(clusters, c)
	}
	return kinds, clusters, nil
}

func readKinds() ([]Kind, error) {
	var index struct {
		Kinds map[string]Kind `json:"kinds"`
	}
	text, err := readYAML("kinds.yaml", &index)
	if err != nil {
		return nil, err
	}
	var kinds []Kind
	for name, k := range index.Kinds {
		k.Name = name
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b Kind) int {
		return bytes.Index(text, []byte("\n  "+a.Name+": ")) - bytes.Index(text, []byte("\n  "+b.Name+": "))
	})
	return kinds, nil
}

func readCluster(name string) (Cluster, error) {
	c := Cluster{Name: name}
	if _, err := readYAML(path.Join(name, "mutants.yaml"), &c); err != nil {
		return c, err
	}
	for i := range c.Harmless {
		c.Harmless[i].Harmless = true
	}
	manifest, err := files.ReadFile(path.Join(name, "cluster.yaml"))
	if err != nil {
		return c, err
	}
	for _, document := range bytes.Split(manifest, []byte("\n---\n")) {
		object := Object{}
		if err := yaml.Unmarshal(document, &object); err != nil {
			return c, fmt.Errorf("%s/cluster.yaml: %w", name, err)
		}
		c.Objects = append(c.Objects, object)
	}
	return c, nil
}

func readYAML(file string, into any) ([]byte, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return text, nil
}

// Manifest is objects as one List, which is read faster than YAML.
func Manifest(objects []Object) ([]byte, error) {
	return json.Marshal(Object{"apiVersion": "v1", "kind": "List", "items": objects})
}
