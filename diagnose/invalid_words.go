package diagnose

import (
	"fmt"
	"strings"
)

// offenders are objects, each with its problems.
type offenders struct {
	names    []string
	problems map[string][]problem
}

func (o *offenders) add(name string, found ...problem) {
	if len(found) == 0 {
		return
	}
	if o.problems == nil {
		o.problems = map[string][]problem{}
	}
	if o.problems[name] == nil {
		o.names = append(o.names, name)
	}
	o.problems[name] = append(o.problems[name], found...)
}

// shownProblems bounds what a message lists of one object.
const shownProblems = 3

// words lists the objects with their problems.
func (o *offenders) words() string {
	var all []string
	for _, name := range o.names {
		var parts []string
		for i, p := range o.problems[name] {
			if i == shownProblems {
				parts = append(parts, fmt.Sprintf("and %d more", len(o.problems[name])-i))
				break
			}
			words := p.field + ": " + p.what
			if p.effect != "" {
				words += ", so " + p.effect
			}
			parts = append(parts, words)
		}
		all = append(all, name+" ("+strings.Join(parts, "; ")+")")
	}
	return strings.Join(all, ", ")
}

// report makes one finding of the offenders; the message has their words in it.
func (w *walk) report(k findingKind, o offenders, message string) {
	if len(o.names) == 0 {
		return
	}
	first := o.problems[o.names[0]][0]
	w.tell(k, upper(fmt.Sprintf(message, o.words()))+".", first.field, o.names)
}
