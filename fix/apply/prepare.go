package apply

import (
	"context"
	"errors"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// operation is a request that is ready to be sent.
type operation struct {
	Step
	change fix.Change
	force  bool // take fields over that others manage

	method, verb, contentType string
	body                      []byte
}

const (
	applyPatch = "application/apply-patch+yaml"
	mergePatch = "application/merge-patch+json"
	plainJSON  = "application/json"
)

// prepare looks at the object as it is now and decides what to send.
func (w *Writer) prepare(ctx context.Context, c fix.Change, force bool) (*operation, error) {
	op := &operation{change: c, force: force}
	var before, after object
	var err error
	if len(c.Before) > 0 {
		before, err = decode(c.Before)
	}
	if err == nil && len(c.After) > 0 {
		after, err = decode(c.After)
	}
	if err != nil {
		return nil, errors.New(c.Object() + ": " + err.Error())
	}
	for _, o := range []object{before, after} {
		if o != nil && err == nil {
			op.Target, err = targetOf(c, o)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case before == nil && after == nil:
		return nil, errors.New(c.Object() + ": neither before nor after")
	case before == nil:
		return op, op.create(after)
	}
	live, err := w.unchanged(ctx, op.Target, before)
	if err != nil {
		return nil, err
	}
	op.UID, op.ResourceVersion = metadataString(live, "uid"), metadataString(live, "resourceVersion")
	if after == nil {
		return op, op.remove(live)
	}
	return op, op.edit(live, before, after)
}

// unchanged reads the object, and makes sure that it still is the one that was read.
func (w *Writer) unchanged(ctx context.Context, t Target, before object) (object, error) {
	live, err := w.get(ctx, t)
	if err != nil {
		return nil, err
	}
	was, is := metadataString(before, "uid"), metadataString(live, "uid")
	if was != "" && was != is {
		return nil, &Error{
			Reason: Conflict, Object: t.String(), Message: "it was deleted since it was read, and another one of that name was made",
			Help: "nothing was changed: ask again",
		}
	}
	since := differences(before, live)
	if len(since) == 0 {
		return live, nil
	}
	return nil, changed(t.String(), since, who(live, since))
}

func (op *operation) create(after object) error {
	op.Verb, op.method, op.verb, op.contentType = Creates, http.MethodPost, "create", plainJSON
	if e := guard(op.Target, op.Verb, nil); e != nil {
		return e
	}
	op.Object = encode(content(after))
	op.body = op.Object
	return nil
}

func (op *operation) remove(live object) error {
	op.Verb, op.method, op.verb, op.contentType = Deletes, http.MethodDelete, "delete", plainJSON
	if e := guard(op.Target, op.Verb, nil); e != nil {
		return e
	}
	op.Object = encode(content(live))
	op.body = op.deleteOptions(false)
	return nil
}

func (op *operation) deleteOptions(dry bool) []byte {
	options := object{
		"apiVersion": "v1", "kind": "DeleteOptions",
		"preconditions": object{"uid": op.UID, "resourceVersion": op.ResourceVersion},
	}
	if dry {
		options["dryRun"] = []string{"All"}
	}
	return encode(options)
}

func (op *operation) edit(live, before, after object) error {
	op.Verb, op.method, op.verb = Changes, http.MethodPatch, "patch"
	op.Fields = differences(before, after)
	if len(op.Fields) == 0 {
		return &Error{Reason: Unsupported, Object: op.String(), Message: "nothing of it would change"}
	}
	if e := guard(op.Target, op.Verb, op.Fields); e != nil {
		return e
	}
	before, after = content(before), content(after)
	all := managers(live)
	own, plain := applied(all)
	if plain && op.canApply(all) {
		op.contentType = applyPatch
		config := extract(own, after)
		merge(config, patch(before, after))
		op.body = encode(op.identify(config, true))
		return nil
	}
	op.contentType = mergePatch
	if by := others(all, before, after); len(by) > 0 && !op.force {
		return managed(op.String(), by)
	}
	op.body = encode(op.identify(patch(before, after), false))
	return nil
}

// canApply reports whether server-side apply can say the change (see the package).
func (op *operation) canApply(all []manager) bool {
	for _, f := range op.Fields {
		if f.After == nil {
			return false
		}
		for _, m := range all {
			if node, ok := m.node(f.Path); ok && keyed(node) {
				return false
			}
		}
	}
	return true
}

// applied is what was applied before in the plugin's name; plain says that it holds no items
// of lists.
func applied(all []manager) (fields object, plain bool) {
	for _, m := range all {
		if m.Name == FieldManager && m.operation == metav1.ManagedFieldsOperationApply && !m.sub {
			return m.fields, !keyed(m.fields)
		}
	}
	return nil, true
}

// others are those who manage what a change changes.
func others(all []manager, before, after object) []Managed {
	var out []Managed
	for _, m := range all {
		if m.Name == FieldManager {
			continue
		}
		if fields := m.touched(before, after); len(fields) > 0 {
			out = append(out, Managed{m.Manager, fields})
		}
	}
	return out
}
