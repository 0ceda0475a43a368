package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sections are what every page has, in this order and nothing else.
var sections = []string{"What you see", "Why", "How to check by hand", "What fixes it", "A minimal example"}

// istioctl are the commands of istioctl that the pages may name: those of Istio 1.31,
// istioctl/cmd/root.go and istioctl/pkg.
var istioctl = regexp.MustCompile(`^(analyze|validate|proxy-status|tag list|waypoint (list|status)|` +
	`x (authz check|check-inject|describe pod)|` +
	`proxy-config (bootstrap|cluster|ecds|endpoint|listeners?|log|routes?|secret)|` +
	`ztunnel-config (certificates|connections|policies|service|workload))( |$)`)

// TestFindingPages: a page has its five sections, how to check by hand is said for both
// kubectl and istioctl, and what is to be copied fits a terminal. That the examples are
// true is tested where the plugin is built, at the root.
func TestFindingPages(t *testing.T) {
	for _, code := range Findings() {
		page, _ := Finding(code)
		parts := strings.Split(page, "\n## ")
		var titles []string
		for _, part := range parts[1:] {
			title, text, _ := strings.Cut(part, "\n")
			titles = append(titles, title)
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %q says nothing", code, title)
			}
		}
		if !slices.Equal(titles, sections) {
			t.Errorf("%s has the sections %q, want %q", code, titles, sections)
			continue
		}
		byHand(t, code, parts[3])
		for _, line := range wide(page) {
			t.Errorf("%s: %q is wider than %d columns", code, line, columns)
		}
		for _, block := range strings.Split(parts[5], "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			if n := strings.Count(block, "\n"); n > 60 {
				t.Errorf("%s: the example has %d lines, want 60 at most", code, n)
			}
		}
	}
}

// byHand looks at the commands of a section.
func byHand(t *testing.T, code, section string) {
	t.Helper()
	_, commands, found := strings.Cut(section, "\n```\n")
	commands, _, _ = strings.Cut(commands, "\n```\n")
	if !found || !strings.Contains("\n"+commands, "\nkubectl ") {
		t.Errorf("%s: nothing is checked by hand with kubectl", code)
	}
	if !strings.Contains(section, "istioctl") {
		t.Errorf("%s: it is not said what istioctl shows, not even that it shows nothing", code)
	}
	for line := range strings.Lines(commands) {
		if _, command, found := strings.Cut(line, "istioctl "); found && !istioctl.MatchString(strings.TrimSpace(command)) {
			t.Errorf("%s: istioctl has no such command: %s", code, line)
		}
	}
}

// columns are those of a terminal.
const columns = 80

// wide are the lines of a page that are to be copied and need more columns than there
// are. `explain` indents commands by four columns, and YAML not at all. What a command
// prints is as wide as it was made.
func wide(page string) []string {
	var out []string
	fence, room := "", 0
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```") && fence == "":
			fence, room = line, columns-4
			if fence == "```yaml" {
				room = columns
			}
		case strings.HasPrefix(line, "```"):
			fence = ""
		case fence != "" && fence != "```text" && len([]rune(line)) > room:
			out = append(out, line)
		}
	}
	return out
}
