package cluster

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// APIGroup is a group of APIs that the cluster serves, and named after it:
// cilium.io. The core group has no name and is not among them. No server has such
// objects; they stand for its discovery document.
type APIGroup struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	// Versions are those that are served, in the order of the server.
	Versions []string `json:"versions,omitempty"`
}

// DeepCopyObject copies the group.
func (g *APIGroup) DeepCopyObject() runtime.Object {
	out := &APIGroup{TypeMeta: g.TypeMeta, Versions: slices.Clone(g.Versions)}
	g.DeepCopyInto(&out.ObjectMeta)
	return out
}

// groupItem makes the item of a group.
func groupItem(name string, versions []string) Item {
	object := &APIGroup{
		TypeMeta:   metav1.TypeMeta{APIVersion: APIGroups.apiVersion(), Kind: APIGroups.Kind},
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Versions:   versions,
	}
	raw := map[string]any{"apiVersion": object.APIVersion, "kind": object.Kind, "metadata": map[string]any{"name": name}}
	if len(versions) > 0 {
		raw["versions"] = versions
	}
	return Item{APIGroups, object, encode(raw)}
}

// discovery is what counts of a server's list of groups: the plain form has
// groups, the aggregated one has items.
type discovery struct {
	Kind   string `json:"kind"`
	Groups []struct {
		Name     string    `json:"name"`
		Versions []version `json:"versions"`
	} `json:"groups"`
	Items []struct {
		Metadata struct{ Name string } `json:"metadata"`
		Versions []version             `json:"versions"`
	} `json:"items"`
}

type version struct {
	Version string `json:"version"`
}

func versionsOf(versions []version) []string {
	var out []string
	for _, v := range versions {
		out = append(out, v.Version)
	}
	return out
}

// groupsOf reads the groups of a discovery document, sorted; false if it is none.
func groupsOf(body []byte) ([]Item, bool) {
	var d discovery
	if json.Unmarshal(body, &d) != nil || d.Kind != "APIGroupList" && d.Kind != "APIGroupDiscoveryList" {
		return nil, false
	}
	items := []Item{}
	for _, g := range d.Groups {
		items = append(items, groupItem(g.Name, versionsOf(g.Versions)))
	}
	for _, g := range d.Items {
		items = append(items, groupItem(g.Metadata.Name, versionsOf(g.Versions)))
	}
	slices.SortFunc(items, compareItems)
	return items, true
}

// groups answers a query for groups. The plain document is asked for: it is the
// smaller one, and says nothing of the resources.
func (l *live) groups(ctx context.Context, q Query) Result {
	match, err := q.matcher()
	if err != nil {
		return Result{Query: q, Unread: q.unread(Failed, oneLine(err.Error()))}
	}
	body, err := l.client.Get().MaxRetries(1).AbsPath("/apis").SetHeader("Accept", acceptJSON).DoRaw(ctx)
	if err != nil {
		failure := l.server.failure(ctx, q, err, body)
		return Result{Query: q, Unread: q.unread(failure.reason, failure.message)}
	}
	items, ok := groupsOf(body)
	if !ok {
		return Result{Query: q, Unread: q.unread(Failed, l.server.name+" answered /apis with something else than a list of groups")}
	}
	l.learn(items)
	return Result{Query: q, Items: slices.DeleteFunc(items, func(item Item) bool { return !match(item) })}
}

// namesOf are the names of what was read; nil if it was not.
func namesOf(r Result) []string {
	if r.Unread != nil {
		return nil
	}
	out := []string{}
	for _, item := range r.Items {
		out = append(out, item.Object.GetName())
	}
	return out[:min(len(out), maxNames)]
}

// sees takes note of the group of an object of a manifest, and of the group that a
// CustomResourceDefinition brings. Objects of snapshots say nothing of it: those
// hold the groups themselves, or do not know them.
func (l *loader) sees(p place, gvk schema.GroupVersionKind, raw json.RawMessage) {
	if p.saved || gvk.Group == snapshotKind.Group {
		return
	}
	l.serves(gvk.Group, gvk.Version)
	if gvk.Group != "apiextensions.k8s.io" || gvk.Kind != "CustomResourceDefinition" {
		return
	}
	var crd struct {
		Spec struct {
			Group    string
			Versions []struct {
				Name   string
				Served bool
			}
		}
	}
	if json.Unmarshal(raw, &crd) != nil {
		return
	}
	for _, v := range crd.Spec.Versions {
		if v.Served {
			l.serves(crd.Spec.Group, v.Name)
		}
	}
}

func (l *loader) serves(group, version string) {
	if group == "" {
		return
	}
	if l.groups[group] == nil {
		l.groups[group] = map[string]bool{}
	}
	l.groups[group][version] = true
}

// addGroups adds the groups of the manifests to those that are declared.
func (f *Files) addGroups(l *loader) {
	for _, name := range slices.Sorted(maps.Keys(l.groups)) {
		if _, declared := l.own[key{APIGroups, "", name}]; declared {
			continue
		}
		versions := l.groups[name]
		if item, ok := l.saved[key{APIGroups, "", name}]; ok {
			for _, v := range item.Object.(*APIGroup).Versions {
				versions[v] = true
			}
		}
		f.add(groupItem(name, slices.Sorted(maps.Keys(versions))))
	}
}
