package cmd

import (
	"fmt"
	"strings"
)

// unseenError says why there is no answer: what it is about could not be read.
func unseenError(what string, unseen []string) error {
	return fmt.Errorf("%s; not read: %s", what, strings.Join(gathered(unseen), "; "))
}

// gathered puts what was not read for the same reason into one sentence: there may be as
// many sentences as there are kinds and namespaces.
func gathered(unread []string) []string {
	const most = 4
	var reasons []string
	names := map[string][]string{}
	for _, u := range unread {
		name, reason, _ := strings.Cut(u, ": ")
		if names[reason] == nil {
			reasons = append(reasons, reason)
		}
		names[reason] = append(names[reason], name)
	}
	for i, reason := range reasons {
		all := names[reason]
		words := strings.Join(all[:min(len(all), most)], ", ")
		if len(all) > most {
			words = fmt.Sprintf("%s and %d more", words, len(all)-most)
		}
		reasons[i] = words + ": " + reason
	}
	return reasons
}
