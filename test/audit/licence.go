package main

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/google/licenseclassifier/v2/assets"
)

// permissive are the licences that ask for no more than to be handed on.
var permissive = []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Unlicense", "CC0-1.0", "Zlib"}

// known tells licences by their texts. It takes a moment to make.
var known = sync.OnceValues(assets.DefaultClassifier)

// judge finds the licences of each module. A module without one, or with one that is not
// permissive, is an error.
func judge(modules []*module) error {
	classifier, err := known()
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range modules {
		for _, name := range slices.Sorted(maps.Keys(m.files)) {
			text := []byte(m.files[name])
			for _, match := range classifier.Match(classifier.Normalize(text)).Matches {
				if match.MatchType == "License" && !slices.Contains(m.kinds, match.Name) {
					m.kinds = append(m.kinds, match.Name)
				}
			}
			if len(m.kinds) == 0 && !isNotice(name) {
				errs = append(errs, fmt.Errorf("%s: nobody knows the licence in %s", m.path, name))
			}
		}
		for _, kind := range m.kinds {
			if !slices.Contains(permissive, kind) {
				errs = append(errs, fmt.Errorf("%s: its licence is %s, which is not one of %s", m.path, kind, strings.Join(permissive, ", ")))
			}
		}
		if len(m.kinds) == 0 {
			errs = append(errs, fmt.Errorf("%s: no licence is found", m.path))
		}
	}
	return errors.Join(errs...)
}

func isNotice(name string) bool { return strings.HasPrefix(strings.ToLower(path.Base(name)), "notice") }

// notices is the text that goes with the plugin: which module has which licence, and each
// licence once.
func notices(modules []*module) string {
	var b strings.Builder
	b.WriteString("kubectl authz-doctor is licensed under the Apache License 2.0, see LICENSE. It contains:\n\n")
	users, order := map[string][]string{}, []string{}
	for _, m := range modules {
		fmt.Fprintf(&b, "  %s  (%s)\n", strings.TrimSpace(m.path+" "+m.version), strings.Join(m.kinds, ", "))
		for _, name := range slices.Sorted(maps.Keys(m.files)) {
			text := strings.TrimSpace(strings.ReplaceAll(m.files[name], "\r\n", "\n"))
			if users[text] == nil {
				order = append(order, text)
			}
			users[text] = append(users[text], m.path+": "+name)
		}
	}
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("-", 80), strings.Join(users[text], "\n"), text)
	}
	return b.String()
}
