package plain

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// command is something that can be said.
type command struct {
	word, arg string // change FIELD=VALUE
	does      string
	run       func(ctx context.Context, arg string) error
	writes    bool // to the cluster
}

// commands are all, in the order of help.
func (d *dialogue) commands() []command {
	all := []command{
		{word: "change", arg: "FIELD=VALUE", does: "change the question; without a value the field is cleared. The fields are " + fieldNames(), run: d.change},
		{word: "question", does: "say the question as it stands", run: d.sayQuestion},
		{word: "conditions", arg: "[NUMBER]", does: "what the answer depends on; with a number, set what it asks for", run: d.conditions},
		{word: "answer", does: "the answer and what decides it", run: d.sayAnswer},
		{word: "details", does: "the whole way: every policy, rule and field", run: d.details},
		{word: "explain", arg: "[CODE]", does: "the page of a finding", run: d.explain},
		{word: "yaml", arg: "[OBJECT or NUMBER]", does: "an object that was read", run: d.yaml},
		{word: "fix", arg: "[LETTER]", does: "what would let it through, proved; with a letter, the whole of it", run: d.fix},
		{word: "apply", arg: "LETTER", does: "apply a repair, after asking", run: d.apply, writes: true},
		{word: "undo", does: "take back what was applied last", run: d.undo, writes: true},
		{word: "who", does: "who can reach the target", run: d.who},
		{word: "what", does: "what the source can reach", run: d.what},
		{word: "ask", arg: "NUMBER", does: "the question of a line of who or what", run: d.askRow},
		{word: "test", arg: "[FILE]", does: "save the question and its answer as a TrafficTest", run: d.saveTest},
		{word: "save", arg: "FORMAT [FILE]", does: "save the answer: markdown, text, yaml or json", run: d.save},
		{word: "print", arg: "FORMAT", does: "print the answer in such a format", run: d.print},
		{word: "command", does: "the command line that asks the same", run: d.commandLine},
		{word: "changes", does: "what has changed since the answer", run: d.changes},
		{word: "live", arg: "on or off", does: "whether changes are watched for", run: d.setLive},
		{word: "again", does: "read everything anew, and answer", run: d.again},
		{word: "new", does: "another question", run: d.anew},
		{word: "recent", arg: "[NUMBER]", does: "the questions that were asked before; with a number, ask one of them", run: d.recent},
		{word: "help", does: "this list", run: d.help},
		{word: "quit", does: "leave", run: func(context.Context, string) error { return errQuit }},
	}
	if !d.ReadOnly {
		return all
	}
	var out []command
	for _, c := range all {
		if !c.writes {
			out = append(out, c)
		}
	}
	return out
}

// does does what a line says: a command's word, its number, or the beginning of the word. A
// q is what leaves everywhere else, so it leaves here.
func (d *dialogue) does(ctx context.Context, line string) error {
	word, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
	if word == "" {
		return nil
	}
	word, arg = strings.ToLower(word), strings.TrimSpace(arg)
	if word == "q" {
		return errQuit
	}
	all := d.commands()
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(all) {
		return all[n-1].run(ctx, arg)
	}
	var found []command
	for _, c := range all {
		if c.word == word {
			return c.run(ctx, arg)
		}
		if strings.HasPrefix(c.word, word) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].run(ctx, arg)
	case len(found) > 1:
		var words []string
		for _, c := range found {
			words = append(words, c.word)
		}
		return fmt.Errorf("%q may be %s", word, strings.Join(words, " or "))
	case strings.Contains(line, "=") && isField(strings.TrimSpace(line)):
		return d.change(ctx, line)
	}
	return fmt.Errorf("there is no %q: help lists what there is", word)
}

func (d *dialogue) help(context.Context, string) error {
	for i, c := range d.commands() {
		d.say("%d  %s: %s.", i+1, strings.TrimSpace(c.word+" "+c.arg), c.does)
	}
	d.say("The beginning of a word is enough, and so is its number.")
	return nil
}
