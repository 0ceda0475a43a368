package diagnose

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// SourceType is a TYPE of a SOURCE whose names the cluster knows.
type SourceType struct {
	Word     string // the shortest that is taken
	Resource cluster.Resource
	Creates  bool // creates Pods
}

// SourceTypes are all of them, Pods first.
func SourceTypes() []SourceType {
	out := []SourceType{{"pod", cluster.Pods, false}}
	for _, c := range creators() {
		out = append(out, SourceType{c.words[0], c.resource, true})
	}
	return append(out, SourceType{"sa", cluster.ServiceAccounts, false}, SourceType{"gateway", cluster.Gateways, false})
}

// SourceTypeOf finds a type by any of its words.
func SourceTypeOf(word string) (SourceType, bool) {
	var ref sourceRef
	if ref.setKind(word) != nil {
		return SourceType{}, false
	}
	all := SourceTypes()
	i := slices.IndexFunc(all, func(t SourceType) bool { return strings.EqualFold(t.Word, ref.word) })
	if i < 0 {
		return SourceType{}, false
	}
	return all[i], true
}
