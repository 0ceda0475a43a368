package grid

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Edit changes one field: At is a JSON pointer (RFC 6901); without To the field is
// taken out.
type Edit struct {
	At string `json:"at"`
	To any    `json:"to"`
}

// Mutant is a cluster with one thing changed: a field, a whole object that is gone,
// or one that is added.
type Mutant struct {
	Kind string `json:"kind"`
	Of   string `json:"of"` // Kind namespace/name
	Edit `json:",inline"`
	Also []Edit `json:"also"` // what belongs to the one change
	Add  Object `json:"add"`
	// Verdict that has to come out; empty is Denied, Error that the question cannot be asked.
	Verdict string   `json:"verdict"`
	Names   []string `json:"names"` // beside those of the kind
	// Was, New, Field and Leaf stand for what the kind's names mean, where the change
	// itself does not say it.
	Was   string `json:"was"`
	New   string `json:"new"`
	Field string `json:"field"`
	Leaf  string `json:"leaf"`

	// Harmless says that nothing must come of it.
	Harmless bool `json:"-"`

	before string
}

// Title says in words what was changed.
func (m *Mutant) Title() string {
	switch {
	case m.Add != nil:
		return "+ " + Reference(m.Add)
	case m.At == "":
		return "− " + m.Of
	case m.To == nil:
		return m.Of + " " + m.field() + " is taken out"
	}
	to, err := json.Marshal(m.To)
	if err != nil {
		to = fmt.Append(nil, m.To)
	}
	if bytes.Contains(to, []byte(`\n`)) {
		to = []byte(m.New)
	}
	return m.Of + " " + m.field() + " = " + strings.Trim(string(to), `"`)
}

// Apply returns the objects with the change; those given stay as they are. It is an
// error if nothing changes.
func (m *Mutant) Apply(objects []Object) ([]Object, error) {
	if m.Add != nil {
		return append(slices.Clone(objects), m.Add), nil
	}
	i := slices.IndexFunc(objects, func(o Object) bool { return Reference(o) == m.Of })
	if i < 0 {
		return nil, fmt.Errorf("there is no %s", m.Of)
	}
	if m.At == "" {
		return slices.Delete(slices.Clone(objects), i, i+1), nil
	}
	changed, err := deepCopy(objects[i])
	if err != nil {
		return nil, err
	}
	for _, e := range append([]Edit{m.Edit}, m.Also...) {
		before, err := e.apply(changed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.At, err)
		}
		if e.At == m.At {
			m.before = fmt.Sprint(before)
		}
	}
	out := slices.Clone(objects)
	out[i] = changed
	return out, nil
}

func deepCopy(o Object) (Object, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var out Object
	return out, json.Unmarshal(text, &out)
}

// Reference names an object: Kind namespace/name.
func Reference(o Object) string {
	kind, _ := o["kind"].(string)
	return kind + " " + Name(o)
}

// Name is an object's namespace/name.
func Name(o Object) string {
	meta, _ := o["metadata"].(Object)
	name, _ := meta["name"].(string)
	if ns, _ := meta["namespace"].(string); ns != "" {
		return ns + "/" + name
	}
	return name
}

var (
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
)

func (e Edit) steps() []string {
	steps := strings.Split(strings.TrimPrefix(e.At, "/"), "/")
	for i := range steps {
		steps[i] = unescape.Replace(steps[i])
	}
	return steps
}

// apply changes the object and returns what stood there.
func (e Edit) apply(o Object) (before any, err error) {
	steps := e.steps()
	var at any = o
	put := func(any) {} // replaces at in what holds it
	for i, step := range steps {
		last := i == len(steps)-1
		switch in := at.(type) {
		case Object:
			before = in[step]
			switch {
			case last && e.To == nil && before == nil:
				return nil, fmt.Errorf("there is no %s", step)
			case last && e.To == nil:
				delete(in, step)
			case last:
				in[step] = e.To
			case before == nil:
				in[step] = Object{}
			}
			at, put = in[step], func(v any) { in[step] = v }
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(in) {
				return nil, fmt.Errorf("there is no item %s", step)
			}
			before = in[n]
			switch {
			case last && e.To == nil:
				put(slices.Delete(in, n, n+1))
			case last:
				in[n] = e.To
			default:
				at, put = in[n], func(v any) { in[n] = v }
			}
		default:
			return nil, fmt.Errorf("%s is in nothing", step)
		}
	}
	if fmt.Sprint(before) == fmt.Sprint(e.To) {
		return nil, fmt.Errorf("it is %v already", before)
	}
	return before, nil
}

var index = regexp.MustCompile(`\.(\d+)(\.|$)`)

// field is the path of what was changed as people write it, below spec: the value in
// a list of values is that of the list.
func (m *Mutant) field() string {
	steps := m.steps()
	if _, err := strconv.Atoi(steps[len(steps)-1]); err == nil {
		switch m.To.(type) {
		case Object, nil:
		default:
			steps = steps[:len(steps)-1]
		}
	}
	path := strings.Join(steps, ".")
	for index.MatchString(path) {
		path = index.ReplaceAllString(path, "[$1]$2")
	}
	return strings.TrimPrefix(path, "spec.")
}

// Wants are the words that the summary must hold, after the change was applied.
func (m *Mutant) Wants(k Kind) []string {
	object := strings.TrimPrefix(m.Of, strings.Split(m.Of, " ")[0]+" ")
	if m.Add != nil {
		object = Name(m.Add)
	}
	name := object[strings.LastIndexByte(object, '/')+1:]
	if m.At == "/metadata/namespace" {
		object = fmt.Sprint(m.To) + "/" + name
	}
	field := or(m.Field, m.field())
	steps := m.steps()
	key := steps[len(steps)-1]
	_, rest, _ := strings.Cut(field, "[")
	words := strings.NewReplacer(
		"{object}", object, "{name}", name, "{field}", field, "{rule}", strings.TrimSuffix(field, "["+rest)+"["+strings.Split(rest+"]", "]")[0]+"]",
		"{leaf}", or(m.Leaf, field[strings.LastIndexByte(field, '.')+1:]), "{key}", key, "{old}", or(m.Was, m.before), "{new}", or(m.New, fmt.Sprint(m.To)),
	)
	var out []string
	for _, n := range slices.Concat(k.Names, m.Names) {
		out = append(out, words.Replace(n))
	}
	return out
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
