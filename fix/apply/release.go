package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// Release gives up the fields of steps that have put something back: they are nobody's
// until their owner applies them again, which then is no conflict with the plugin. Nothing
// but metadata.managedFields changes. Steps that create or delete have nothing to give up.
func (w *Writer) Release(ctx context.Context, results []Result) error {
	var errs []error
	for _, r := range results {
		if r.Verb != Changes {
			continue
		}
		for range tries {
			err := w.release(ctx, r.Step)
			if !errors.Is(err, errStale) {
				errs = append(errs, err)
				break
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("what was put back is still managed by %s: %w", FieldManager, err)
	}
	return nil
}

func (w *Writer) release(ctx context.Context, s Step) error {
	live, err := w.get(ctx, s.Target)
	if err != nil {
		return err
	}
	metadata, _ := live["metadata"].(object)
	all, _ := metadata["managedFields"].([]any)
	left := withoutOurs(all, s.Fields)
	// A list without entries would not be heeded (apimachinery, managedfields/internal/fieldmanager.go).
	if len(left) == 0 || string(encode(left)) == string(encode(all)) {
		return nil
	}
	op := &operation{Step: s, method: http.MethodPatch, verb: "patch", contentType: mergePatch}
	op.UID, op.ResourceVersion = metadataString(live, "uid"), metadataString(live, "resourceVersion")
	op.body = encode(op.identify(object{"metadata": object{"managedFields": left}}, false))
	_, err = w.send(ctx, op, false)
	return err
}

// withoutOurs takes fields out of the plugin's entries, and entries out that have none left.
func withoutOurs(all []any, fields []Field) []any {
	var out []any
	for _, entry := range all {
		m, _ := entry.(object)
		tree, _ := m["fieldsV1"].(object)
		if m["manager"] == FieldManager {
			for _, f := range fields {
				tree = without(tree, f.Path)
			}
			if len(tree) == 0 {
				continue
			}
			m = maps.Clone(m)
			m["fieldsV1"] = tree
		}
		out = append(out, m)
	}
	return out
}

// without takes a path, and what is below, out of a tree of fields, and nodes that are left
// without any.
func without(tree object, path []string) object {
	name := "f:" + path[0]
	inner, ok := tree[name].(object)
	if !ok {
		return tree
	}
	out := maps.Clone(tree)
	if len(path) > 1 {
		inner = without(inner, path[1:])
	}
	if len(path) == 1 || len(inner) == 0 || slices.Equal(slices.Collect(maps.Keys(inner)), []string{"."}) {
		delete(out, name)
		return out
	}
	out[name] = inner
	return out
}
