// Package block finds the blocks in a page of Markdown and tells what becomes of each: who
// runs its commands, or why nobody does. A comment above a block says so where the block
// itself does not:
//
//	<!-- begin: COMMAND -->        what is shown is what the command prints; a test writes it
//	<!-- e2e: EXAMPLE -->          run by test/e2e on the cluster of examples/EXAMPLE
//	<!-- elsewhere: NAME: why -->  run by the test or the file NAME, or it cannot be, and why
//	<!-- shown: why -->            no commands, but a picture or a form
//
// Commands without a comment are run in a copy of the repository, without a cluster. One
// comment for a whole page, <!-- page: TEST -->, names the test that writes what it shows.
package block

import (
	"regexp"
	"slices"
	"strings"
)

// Kind is what becomes of a block.
type Kind string

// The kinds of blocks. Unknown is the zero value: nobody looks at the block.
const (
	Unknown   Kind = ""
	Written   Kind = "written"   // by a test, which runs the command
	Data      Kind = "data"      // YAML, JSON: no commands
	Run       Kind = "run"       // in a copy of the repository
	Cluster   Kind = "e2e"       // on the lab
	Elsewhere Kind = "elsewhere" // by another test
	Shown     Kind = "shown"     // no commands
	ByHand    Kind = "by hand"   // of a finding's page: with names to be put in
)

// Block is a block of a page, fenced or indented.
type Block struct {
	Line int    // of the page, from 1
	Lang string // behind the fence; empty of an indented block
	Text string
	Kind Kind
	// Name is the example, or the test, that the comment names; Why is what it says beside.
	Name, Why string
}

// comment is one that is for a block.
var comment = regexp.MustCompile(`^<!-- (begin|e2e|elsewhere|shown|page): (.*?) -->$`)

// data are the languages that hold no commands, shells those that hold nothing else.
var (
	data   = []string{"yaml", "json", "go", "diff", "mermaid", "markdown", "xml"}
	shells = []string{"sh", "bash", "shell", "console"}
)

// programs begin a line that is a command, in a block that does not say what it is.
var programs = []string{
	"$", "kubectl", "kubectl-authz_doctor", "istioctl", "kmeshctl", "helm", "make", "go", "git", "cd", "ln", "cat", "cp", "mv", "rm",
	"mkdir", "printf", "echo", "export", "source", "curl", "cosign", "sha256sum", "bash", "sh", "node", "docker", "sudo", "GOTOOLCHAIN=go1.26.8",
}

// Of returns the blocks of a page in their order. byHand says that the page is a finding's.
func Of(text string, byHand bool) []Block {
	var out []Block
	var last []string // the comment that the next block has
	section, page := "", ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if found := comment.FindStringSubmatch(line); found != nil {
			if last = found[1:]; last[0] == "page" {
				page, last = last[1], nil
			}
			continue
		}
		if strings.HasPrefix(line, "## ") {
			section = line[len("## "):]
		}
		b, end := fenced(lines, i)
		if end == i {
			b, end = indented(lines, i)
		}
		if end == i {
			if strings.TrimSpace(line) != "" {
				last = nil
			}
			continue
		}
		b.decide(last, page, byHand && section == "How to check by hand")
		out = append(out, b)
		last, i = nil, end-1
	}
	return out
}

// fenced is the block that begins at a line, and the line behind it; the same line if none
// does.
func fenced(lines []string, i int) (Block, int) {
	rest := strings.TrimLeft(lines[i], "`")
	fence := lines[i][:len(lines[i])-len(rest)]
	if len(fence) < 3 {
		return Block{}, i
	}
	b := Block{Line: i + 1, Lang: strings.TrimSpace(rest)}
	for j := i + 1; j < len(lines); j++ {
		if lines[j] == fence {
			b.Text = strings.Join(lines[i+1:j], "\n") + "\n"
			return b, j + 1
		}
	}
	return b, len(lines) // it does not end
}

// indented is the same of a block that four spaces make. It stands behind an empty line, and
// not in a list, whose paragraphs are indented as well.
func indented(lines []string, i int) (Block, int) {
	const indent = "    "
	if !strings.HasPrefix(lines[i], indent) || i == 0 || strings.TrimSpace(lines[i-1]) != "" && !strings.HasPrefix(lines[i-1], "<!-- ") {
		return Block{}, i
	}
	for above := i - 1; above >= 0; above-- {
		if l := lines[above]; l != "" && !strings.HasPrefix(l, " ") {
			if regexp.MustCompile(`^([-*]|[0-9]+\.) `).MatchString(l) {
				return Block{}, i
			}
			break
		}
	}
	b := Block{Line: i + 1}
	end := i
	for j := i; j < len(lines) && (strings.HasPrefix(lines[j], indent) || lines[j] == ""); j++ {
		if lines[j] != "" {
			end = j + 1
		}
	}
	for _, l := range lines[i:end] {
		b.Text += strings.TrimPrefix(l, indent) + "\n"
	}
	return b, end
}

// decide says what becomes of the block, by its comment, its page and itself.
func (b *Block) decide(comment []string, page string, byHand bool) {
	commands := slices.Contains(shells, b.Lang) || (b.Lang == "" || b.Lang == "text") && b.isCommands()
	switch {
	case comment != nil && comment[0] == "begin":
		b.Kind, b.Name = Written, comment[1]
	case comment != nil && comment[0] == "shown":
		b.Kind, b.Why = Shown, comment[1]
	case comment != nil:
		b.Kind, b.Name = Kind(comment[0]), comment[1]
		if b.Kind == Elsewhere {
			b.Name, b.Why, _ = strings.Cut(comment[1], ": ")
		}
	case byHand:
		b.Kind = ByHand
	case slices.Contains(data, b.Lang):
		b.Kind = Data
	case page != "" && b.Lang == "text":
		b.Kind, b.Name = Written, page
	case commands:
		b.Kind = Run
	}
}

// isCommands reports whether the block begins with a program.
func (b *Block) isCommands() bool {
	word, _, _ := strings.Cut(strings.TrimSpace(b.Text), " ")
	return slices.Contains(programs, word)
}
