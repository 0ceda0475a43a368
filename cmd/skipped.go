package cmd

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// skippedNote says what of the files is of no use to a question, in a line, or
// is empty.
func skippedNote(skipped []cluster.SkippedKind) string {
	total := 0
	var kinds []string
	for _, s := range skipped {
		if s.APIVersion == diagnose.APIVersion {
			continue // a TrafficTest beside its cluster is where it belongs
		}
		total += s.Count
		kind := s.Kind
		if s.Count > 1 {
			kind = fmt.Sprintf("%s (%d)", s.Kind, s.Count)
		}
		kinds = append(kinds, kind)
	}
	objects, of := "objects", "kinds"
	if total == 1 {
		objects = "object"
	}
	if len(kinds) == 1 {
		of = "a kind"
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("skipped %d %s of %s it does not read: %s", total, objects, of, strings.Join(kinds, ", "))
}
