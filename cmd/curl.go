package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// curlCommand is what a command line for curl says.
type curlCommand struct {
	source  string        // whom kubectl exec runs it in; empty was not said
	kubectl []kubectlFlag // how kubectl was told to reach the cluster
	target  string
	request diagnose.Request
}

// kubectlFlag is a flag of kubectl that is also ours.
type kubectlFlag struct{ name, value string }

// parseCurl reads a command line for curl, perhaps behind kubectl exec.
func parseCurl(line string) (curlCommand, error) {
	words, err := shellWords(line)
	if err != nil {
		return curlCommand{}, err
	}
	words = dropPrompt(words)
	var c curlCommand
	if len(words) > 0 && isProgram(words[0], "kubectl", "oc", "k") {
		if words, err = c.readExec(words[1:]); err != nil {
			return c, err
		}
	}
	if len(words) > 2 && isProgram(words[0], "sh", "bash", "ash") && strings.HasSuffix(words[1], "c") {
		if words, err = shellWords(words[2]); err != nil {
			return c, err
		}
	}
	switch {
	case len(words) == 0:
		return c, errors.New("there is no command in it: want curl with a URL")
	case !isProgram(words[0], "curl"):
		return c, fmt.Errorf("the command is %q: want curl with a URL, perhaps behind kubectl exec", words[0])
	}
	var b curlBuilder
	if err := b.read(words[1:]); err != nil {
		return c, err
	}
	if c.target, c.request, err = b.build(); err == nil {
		err = sendable(c.request)
	}
	return c, err
}

// sendable makes sure that a request can be one: curl would send what servers refuse.
func sendable(r diagnose.Request) error {
	if r.Method != "" && !typed.IsToken(r.Method) {
		return fmt.Errorf("-X %q is no HTTP method: want one word such as GET", r.Method)
	}
	if strings.ContainsAny(r.Path, " \t\r\n\x00") {
		return fmt.Errorf("the path %q has a space: write it as %%20", r.Path)
	}
	for name, values := range r.Headers {
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n\x00") {
				return fmt.Errorf("the header %s has a line break", name)
			}
		}
	}
	return nil
}

// dropPrompt drops what stands before a command in a document or a history.
func dropPrompt(words []string) []string {
	for len(words) > 0 {
		switch words[0] {
		case "$", "%", "sudo", "time":
			words = words[1:]
		default:
			return words
		}
	}
	return words
}

func isProgram(word string, names ...string) bool {
	base := strings.TrimSuffix(filepath.Base(word), ".exe")
	for _, n := range names {
		if base == n {
			return true
		}
	}
	return false
}

// read takes the options and URLs apart.
func (b *curlBuilder) read(words []string) error {
	onlyURLs := false
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		var err error
		switch {
		case onlyURLs || !strings.HasPrefix(word, "-") || word == "-":
			b.urls = append(b.urls, word)
		case word == "--":
			onlyURLs = true
		case strings.HasPrefix(word, "--"):
			words, err = b.long(word[2:], words)
		default:
			words, err = b.short(word[1:], words)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// long reads --name, with its argument among the words that follow.
func (b *curlBuilder) long(name string, words []string) (rest []string, err error) {
	option, ok := curlOptions[name]
	if !ok && isNegated(name) {
		return words, nil // a thing not done changes nothing
	}
	if !ok {
		return nil, fmt.Errorf("curl has no option --%s%s", name, didYouMean("--"+name, curlOptionNames()))
	}
	return b.apply("--"+name, option, words)
}

// isNegated reports whether it is --no-SWITCH.
func isNegated(name string) bool {
	positive, ok := strings.CutPrefix(name, "no-")
	option, known := curlOptions[positive]
	return ok && known && !option.argument
}

// short reads letters, of which the last may have its argument attached.
func (b *curlBuilder) short(letters string, words []string) (rest []string, err error) {
	for i := range len(letters) {
		name, ok := curlLetters[letters[i]]
		if !ok {
			return nil, fmt.Errorf("curl has no option -%c", letters[i])
		}
		option := curlOptions[name]
		if attached := letters[i+1:]; option.argument && attached != "" {
			words = append([]string{attached}, words...)
		}
		words, err = b.apply("-"+letters[i:i+1], option, words)
		if err != nil || option.argument {
			return words, err
		}
	}
	return words, nil
}

func (b *curlBuilder) apply(name string, o curlOption, words []string) (rest []string, err error) {
	argument := ""
	if o.argument {
		if len(words) == 0 {
			return nil, fmt.Errorf("%s has no argument", name)
		}
		argument, words = words[0], words[1:]
	}
	if o.refused != "" {
		return nil, fmt.Errorf("%s %s", name, o.refused)
	}
	if o.apply == nil {
		return words, nil
	}
	if err := o.apply(b, argument); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return words, nil
}
