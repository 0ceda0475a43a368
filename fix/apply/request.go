package apply

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"time"
)

// tries is how often a change is made to the newer object when the server alone
// keeps changing it.
const tries = 4

// write sends an operation until it is done or cannot be.
func (w *Writer) write(ctx context.Context, op *operation, dry bool) (Result, error) {
	for range tries {
		r, err := w.send(ctx, op, dry)
		if err == nil {
			return r, nil
		}
		if !errors.Is(err, errStale) {
			return w.doubt(ctx, op, dry, err)
		}
		if op, err = w.prepare(ctx, op.change, op.force); err != nil {
			return Result{}, err
		}
	}
	return Result{}, &Error{
		Reason: Conflict, Object: op.String(), Message: "it is being changed all the time", Help: "nothing was overwritten: try again",
	}
}

// doubt looks whether an object was written whose answer got lost.
func (w *Writer) doubt(ctx context.Context, op *operation, dry bool, err error) (Result, error) {
	var e *Error
	if !errors.As(err, &e) || !e.Uncertain {
		return Result{}, err
	}
	if dry {
		e.Uncertain = false
		return Result{}, e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	landed, err := w.Landed(ctx, op.Step, nil)
	if err != nil || landed.State != Written {
		return Result{}, e // it may still be on its way
	}
	return Result{Step: landed.Step, Object: landed.live, Notes: []string{"the answer of the server got lost (" + e.Message + "), but it is there"}}, nil
}

// send makes one request.
func (w *Writer) send(ctx context.Context, op *operation, dry bool) (Result, error) {
	req := w.server.Client.Verb(op.method).AbsPath(op.root()).NamespaceIfScoped(op.Namespace, op.Namespace != "").Resource(op.Plural)
	if op.Verb != Creates {
		req = req.Name(op.Name)
	}
	if op.Verb != Deletes {
		req = req.Param("fieldManager", FieldManager).Param("fieldValidation", "Strict")
	}
	if op.contentType == applyPatch && op.force {
		req = req.Param("force", "true")
	}
	body := op.body
	switch {
	case dry && op.Verb == Deletes:
		body = op.deleteOptions(true) // the server looks at no parameters if there is a body
	case dry:
		req = req.Param("dryRun", "All")
	}
	// A write is never sent twice: the first may have been done.
	answer := req.SetHeader("Accept", plainJSON).SetHeader("Content-Type", op.contentType).MaxRetries(0).Body(body).Do(ctx)
	raw, err := answer.Raw()
	if err != nil {
		return Result{}, w.failure(ctx, op.Target, op.verb, err, raw)
	}
	r := Result{Step: op.Step}
	for _, warning := range answer.Warnings() {
		r.Notes = append(r.Notes, "the server warns: "+warning.Text)
	}
	o, err := decode(raw)
	if err != nil {
		return Result{}, &Error{Reason: Failed, Object: op.String(), Message: w.Server() + " answered something else than JSON", Uncertain: !dry}
	}
	if !op.answeredBy(o) {
		return Result{}, &Error{Reason: Failed, Object: op.String(), Message: w.Server() + " answered something else than the object", Uncertain: !dry}
	}
	if op.Verb == Deletes {
		if metadataString(o, "deletionTimestamp") != "" && !dry {
			r.Notes = append(r.Notes, op.String()+" is being deleted: it waits for its finalizers")
		}
		return r, nil
	}
	r.Step, r.Object = op.stored(o), encode(withoutManagers(o))
	r.Altered = altered(op.Step, o)
	return r, nil
}

// altered are the fields that were stored otherwise than asked for. Of a created object these
// are the fields that were given: the server may add others.
func altered(s Step, o object) []Field {
	var out []Field
	if s.Verb == Creates {
		asked, _ := decode(s.Object)
		for _, f := range differences(asked, o) {
			if f.Before != nil {
				out = append(out, f)
			}
		}
		return out
	}
	return s.since(o)
}

// get reads an object.
func (w *Writer) get(ctx context.Context, t Target) (object, error) {
	raw, err := w.server.Client.Verb(http.MethodGet).AbsPath(t.root()).NamespaceIfScoped(t.Namespace, t.Namespace != "").
		Resource(t.Plural).Name(t.Name).SetHeader("Accept", plainJSON).MaxRetries(1).DoRaw(ctx)
	if err != nil {
		return nil, w.failure(ctx, t, "get", err, raw)
	}
	o, err := decode(raw)
	if err != nil {
		return nil, &Error{Reason: Failed, Object: t.String(), Message: w.Server() + " answered something else than JSON"}
	}
	if metadataString(o, "name") != t.Name {
		return nil, &Error{Reason: Failed, Object: t.String(), Message: w.Server() + " answered something else than the object"}
	}
	return o, nil
}

// answeredBy reports whether an answer can be one to the operation: the object, or of a
// deletion that it was successful.
func (op *operation) answeredBy(o object) bool {
	return metadataString(o, "name") == op.Name || op.Verb == Deletes && o["kind"] == "Status" && o["status"] == "Success"
}

// Get reads an object without metadata.managedFields; nil if there is none.
func (w *Writer) Get(ctx context.Context, t Target) (json.RawMessage, error) {
	o, err := w.get(ctx, t)
	var e *Error
	if errors.As(err, &e) && e.Reason == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return encode(withoutManagers(o)), nil
}

func withoutManagers(o object) object {
	out := maps.Clone(o)
	if metadata, ok := o["metadata"].(object); ok {
		metadata = maps.Clone(metadata)
		delete(metadata, "managedFields")
		out["metadata"] = metadata
	}
	return out
}
