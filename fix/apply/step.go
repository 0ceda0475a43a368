package apply

import "encoding/json"

// What a step does to its object.
const (
	Creates = "create"
	Changes = "change"
	Deletes = "delete"
)

// Step is what happens to one object, with as much of it as undo needs and no secrets.
type Step struct {
	Target
	Verb string `json:"verb"`
	// UID and ResourceVersion are of the object as it was read, and once it is written of
	// what was stored.
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// Fields are those that are changed: After is what was asked for, and once it is
	// written what was stored.
	Fields []Field `json:"fields,omitempty"`
	// Object is one that is created, as it was asked for and then as it was stored; or one
	// that is deleted, as it was.
	Object json.RawMessage `json:"object,omitempty"`
}

// Journal keeps what is done, so that it can be undone.
type Journal interface {
	// Begin is told what is about to be written. If it fails nothing is.
	Begin(steps []Step) error
	// Wrote is told that a step was done. It has the same index as in Begin.
	Wrote(i int, s Step) error
	// Stopped is told that a step was not done, nor those after it. With an error that is
	// Uncertain it may have been.
	Stopped(i int, err error) error
}

// stored is the step once its object is as it is now.
func (s Step) stored(o object) Step {
	s.UID, s.ResourceVersion = metadataString(o, "uid"), metadataString(o, "resourceVersion")
	switch s.Verb {
	case Creates:
		s.Object = encode(content(o))
	case Changes:
		fields := make([]Field, len(s.Fields))
		for i, f := range s.Fields {
			f.After = encode(at(o, f.Path))
			fields[i] = f
		}
		s.Fields = fields
	}
	return s
}

func metadataString(o object, name string) string {
	metadata, _ := o["metadata"].(object)
	s, _ := metadata[name].(string)
	return s
}
