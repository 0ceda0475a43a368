package fix

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Print writes what programs read: the objects of the first candidate, as one would
// apply them, or the whole proposal. format is yaml or json.
func Print(w io.Writer, p *Proposal, format string, objects bool) error {
	var v any = tree{"apiVersion": "authz-doctor.dev/v1alpha1", "kind": "FixProposal", "proposal": p}
	if objects {
		list := tree{"apiVersion": "v1", "kind": "List", "items": []any{}}
		for _, c := range p.Candidates {
			var items []any
			for _, change := range c.Changes {
				if change.Verb() == "delete" {
					return fmt.Errorf("candidate %s deletes %s, which no manifest can say", c.ID, change.Object())
				}
				items = append(items, parse(json.RawMessage(mustJSON(YAML(change.After)))))
			}
			list["items"] = items
			if format == "yaml" {
				return documents(w, items)
			}
		}
		v = list
	}
	return printAs(w, v, format)
}

// printAs writes what JSON has, as yaml or json.
func printAs(w io.Writer, v any, format string) error {
	b, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		return err
	}
	if format == "yaml" {
		if b, err = yaml.JSONToYAML(b); err != nil {
			return err
		}
	}
	if format != "yaml" {
		w = report.PlainJSON(w)
	}
	_, err = fmt.Fprintln(w, strings.TrimSuffix(string(b), "\n"))
	return err
}

// documents writes objects as a file of manifests.
func documents(w io.Writer, items []any) error {
	for i, item := range items {
		if i > 0 {
			if _, err := io.WriteString(w, "---\n"); err != nil {
				return err
			}
		}
		b, err := yaml.Marshal(item)
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func mustJSON(text string) []byte {
	b, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil // of what this package has written
	}
	return b
}

// Kustomize writes an overlay to a folder that is made: a file for each new object, a
// patch for each that changes, and the kustomization that names them. The error says
// that the folder is there already, or what cannot be written.
func Kustomize(dir string, c Candidate) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder %s exists: name one that does not", dir)
	}
	files := map[string]string{}
	overlay := tree{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
	var resources, patches []any
	for _, change := range c.Changes {
		name := strings.ToLower(change.Kind) + "-" + strings.ReplaceAll(change.Name, ":", "-") + ".yaml"
		switch change.Verb() {
		case "create":
			files[name] = YAML(change.After)
			resources = append(resources, name)
		case "change":
			files[name] = YAML(patchOf(change))
			patches = append(patches, tree{"path": name, "target": tree{
				"group": change.Resource.Group, "version": change.Resource.Version, "kind": change.Kind, "name": change.Name, "namespace": change.Namespace,
			}})
		case "delete":
			files[name] = YAML(json.RawMessage(fmt.Sprintf(`{"$patch":"delete","apiVersion":%q,"kind":%q,"metadata":{"name":%q,"namespace":%q}}`,
				at(parse(change.Before), "apiVersion"), change.Kind, change.Name, change.Namespace)))
			patches = append(patches, tree{"path": name})
		}
	}
	if len(resources) > 0 {
		overlay["resources"] = resources
	}
	if len(patches) > 0 {
		overlay["patches"] = patches
	}
	b, err := yaml.Marshal(overlay)
	if err != nil {
		return err
	}
	files["kustomization.yaml"] = "# " + report.Clean(c.Title, true) + "\n" + string(b)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// patchOf is a strategic merge patch: what differs, lists whole, null for what goes.
func patchOf(c Change) json.RawMessage {
	before, after := parse(mustJSON(YAML(c.Before))), parse(mustJSON(YAML(c.After)))
	patch := difference(before, after)
	patch["apiVersion"], patch["kind"] = after["apiVersion"], after["kind"]
	metadata, _ := patch["metadata"].(tree)
	if metadata == nil {
		metadata = tree{}
		patch["metadata"] = metadata
	}
	metadata["name"] = c.Name
	if c.Namespace != "" {
		metadata["namespace"] = c.Namespace
	}
	b, err := json.Marshal(patch)
	if err != nil {
		return c.After
	}
	return b
}

// difference is a merge patch (RFC 7386) that makes after of before.
func difference(before, after tree) tree {
	out := tree{}
	for key, v := range after {
		was, had := before[key]
		a, isTree := v.(tree)
		b, wasTree := was.(tree)
		switch {
		case isTree && wasTree:
			if d := difference(b, a); len(d) > 0 {
				out[key] = d
			}
		case !had || fmt.Sprint(was) != fmt.Sprint(v):
			out[key] = v
		}
	}
	for key := range before {
		if _, has := after[key]; !has {
			out[key] = nil
		}
	}
	return out
}
