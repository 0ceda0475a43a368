package complete

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// World is where the words come from.
type World struct {
	Reader    cluster.Reader
	Namespace string // of names that say none
}

// found collects what a word can become, from many reads at once.
type found struct {
	World
	word string // what is typed

	turn  sync.Mutex
	words map[string]bool
}

// put adds those of words that the typed one can become, and reports whether there is one.
func (f *found) put(words ...string) bool {
	f.turn.Lock()
	defer f.turn.Unlock()
	one := false
	for _, word := range words {
		if strings.HasPrefix(word, f.word) {
			f.words[word], one = true, true
		}
	}
	return one
}

// find lets look put words. It waits no longer than ctx for them, for a plugin that logs
// in to a cluster does not heed it.
func (w World) find(ctx context.Context, word string, look func(*found)) []string {
	f := &found{World: w, word: word, words: map[string]bool{}}
	done := make(chan struct{})
	go func() { look(f); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	f.turn.Lock()
	defer f.turn.Unlock()
	out := make([]string, 0, len(f.words))
	for word := range f.words {
		out = append(out, word)
	}
	slices.Sort(out)
	return shorten(out, word)
}

// bearable is how many words a shell may be given: bash takes one after the other.
const bearable = 300

// shorten cuts words, of which there are too many, behind their next part. What a shell
// makes of them is true all the same, which it would not be if some were left out.
func shorten(words []string, typed string) []string {
	if len(words) <= bearable {
		return words
	}
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = word
		if at := strings.IndexAny(word[len(typed):], "-./:"); at >= 0 {
			out[i] = word[:len(typed)+at+1]
		}
	}
	return slices.Compact(out)
}

// Unfinished reports whether a word goes on: there is to be no space behind it.
func Unfinished(word string) bool {
	return word != "" && strings.ContainsAny(word[len(word)-1:], "-./:")
}

// Namespaces are those that word can become.
func Namespaces(ctx context.Context, w World, word string) []string {
	return w.find(ctx, word, func(f *found) {
		if files, ok := f.Reader.(interface{ Namespaces() []string }); ok {
			f.put(files.Namespaces()...)
			return
		}
		f.put(f.all(ctx, cluster.Query{Resource: cluster.Namespaces}, 0)...)
	})
}
