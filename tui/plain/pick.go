package plain

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// most is how many things are listed to choose from.
const most = 20

// entries are what can be picked, as they come.
type entries struct {
	mu   sync.Mutex
	all  []tui.Entry
	seen map[string]bool
	err  error
	done chan struct{}
}

// list begins to list what can be picked, once.
func (d *dialogue) list(ctx context.Context) *entries {
	if d.entries != nil || d.Lister == nil {
		return d.entries
	}
	e := &entries{seen: map[string]bool{}, done: make(chan struct{})}
	d.entries = e
	lister := d.Lister
	go func() {
		defer close(e.done)
		err := lister.List(ctx, "", func(page []tui.Entry) {
			e.mu.Lock()
			defer e.mu.Unlock()
			for _, entry := range page {
				if entry.Text != "" && !e.seen[entry.Text] {
					e.seen[entry.Text] = true
					e.all = append(e.all, entry)
				}
			}
		})
		e.mu.Lock()
		e.err = err
		e.mu.Unlock()
	}()
	return e
}

// matching are the entries that hold all words of what was typed; exact is the one that is
// just that.
func (e *entries) matching(typed string, target bool) (found []tui.Entry, exact bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	words := strings.Fields(strings.ToLower(typed))
	for _, entry := range e.all {
		if isTarget := entry.Kind == tui.ServiceEntry; isTarget != target || entry.Kind == tui.NamespaceEntry {
			continue
		}
		if entry.Text == typed {
			return []tui.Entry{entry}, true
		}
		text := strings.ToLower(entry.Text)
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			found = append(found, entry)
		}
	}
	return found, false
}

// pick asks for a source or a target, until one is chosen.
func (d *dialogue) pick(ctx context.Context, question string, target bool) (string, error) {
	e := d.list(ctx)
	how := " Type a name or a part of one"
	if e == nil {
		how = " Type a name"
	}
	if d.answer != nil {
		how += ", or back"
	}
	how += ": "
	var offered []tui.Entry
	for prompt := question + how; ; {
		typed, err := d.read(ctx, prompt)
		switch {
		case err != nil:
			return "", err
		case typed == "quit":
			return "", errQuit
		case typed == "back" && d.answer != nil:
			return "", errBack
		case typed == "" && e == nil:
			continue
		case e == nil:
			return typed, nil
		}
		if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(offered) {
			d.say("%s", offered[n-1].Text)
			return offered[n-1].Text, nil
		}
		select { // what is there by now is enough where it is much
		case <-e.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		found, exact := e.matching(typed, target)
		switch {
		case exact:
			return typed, nil
		case len(found) == 0 && typed != "":
			d.unlisted(e)
			return typed, nil // it may be something that no list has
		case len(found) == 1:
			d.say("%s", found[0].Text)
			return found[0].Text, nil
		}
		offered = d.offer(found)
		prompt = "Which one? A number, or more of the name: "
	}
}

// offer lists entries with numbers, and returns those that it lists.
func (d *dialogue) offer(found []tui.Entry) []tui.Entry {
	if len(found) == 0 {
		d.say("There is nothing to choose from.")
		d.unlisted(d.entries)
		return nil
	}
	d.say("%d match.", len(found))
	shown := found[:min(most, len(found))]
	for i, entry := range shown {
		d.say("%d  %s", i+1, strings.TrimSpace(entry.Text+"  "+entry.Says))
	}
	if more := len(found) - len(shown); more > 0 {
		d.say("and %d more.", more)
	}
	return shown
}

// unlisted says what could not be listed.
func (d *dialogue) unlisted(e *entries) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		d.say("Not everything could be listed: %s", e.err)
	}
}

// choose is the number that was given, of n things.
func choose(arg string, n int) (int, error) {
	i, err := strconv.Atoi(arg)
	if err != nil || i < 1 || i > n {
		return 0, fmt.Errorf("%q: want a number from 1 to %d", arg, n)
	}
	return i - 1, nil
}
