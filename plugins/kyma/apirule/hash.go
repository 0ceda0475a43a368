package apirule

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// Labels by which the controller tells its policies apart: those with a hash and an index
// that it wants it overwrites, all others with its owner labels it deletes
// (kyma-project/api-gateway, internal/processing/hashbasedstate/changes.go, actual.go).
const (
	HashLabel  = "gateway.kyma-project.io/hash"
	IndexLabel = "gateway.kyma-project.io/index"
)

// Hash is the label of a policy: of its namespace, its selector and what its first rule is
// for. The order within lists does not count (kyma-project/api-gateway,
// internal/processing/hashbasedstate/authorization_policy.go, GetAuthorizationPolicyHash).
// Releases before 3.5.0 put the namespace as it is.
func Hash(namespace string, spec *securityv1beta1.AuthorizationPolicy, release Release) string {
	var to uint64
	if rules := spec.GetRules(); len(rules) > 0 && rules[0].GetTo() != nil {
		to = sumTo(rules[0].GetTo())
	}
	first := strconv.FormatUint(sumText(namespace), 36)
	if release < Since350 {
		first = namespace
	}
	return first + "." + strconv.FormatUint(sumSelector(spec.GetSelector().GetMatchLabels()), 32) + "." + strconv.FormatUint(to, 32)
}

// The sums are those of github.com/mitchellh/hashstructure/v2, format 2 with slices as
// sets, for the types at hand: FNV-1 of a text; the exclusive or over a list; of a map and
// of a struct that over the pairs, and a hash of it. A struct's name counts as well, and
// its hash is taken anew after each of its fields.

func sumText(s string) uint64 {
	h := fnv.New64()
	h.Write([]byte(s))
	return h.Sum64()
}

func sumNumbers(n ...uint64) uint64 {
	h := fnv.New64()
	for _, v := range n {
		h.Write(binary.LittleEndian.AppendUint64(nil, v))
	}
	return h.Sum64()
}

func sumTexts(list []string) uint64 {
	var sum uint64
	for _, s := range list {
		sum ^= sumText(s)
	}
	return sum
}

func sumMap(m map[string]string) uint64 {
	var sum uint64
	for k, v := range m {
		sum ^= sumNumbers(sumText(k), sumText(v))
	}
	return sumNumbers(sum)
}

// field is one of a struct and the sum of its value.
type field struct {
	name string
	sum  uint64
}

func sumStruct(name string, fields ...field) uint64 {
	sum := sumText(name)
	for _, f := range fields {
		sum = sumNumbers(sum ^ sumNumbers(sumText(f.name), f.sum))
	}
	return sum
}

func sumSelector(labels map[string]string) uint64 {
	return sumStruct("WorkloadSelector", field{"MatchLabels", sumMap(labels)})
}

// sumZero is of the number that stands for nothing.
func sumZero() uint64 { return sumNumbers(0) }

func sumTo(list []*securityv1beta1.Rule_To) uint64 {
	var sum uint64
	for _, t := range list {
		one := sumZero()
		if t != nil {
			one = sumStruct("Rule_To", field{"Operation", sumOperation(t.GetOperation())})
		}
		sum ^= one
	}
	return sum
}

func sumOperation(o *securityv1beta1.Operation) uint64 {
	if o == nil {
		return sumZero()
	}
	return sumStruct("Operation",
		field{"Hosts", sumTexts(o.GetHosts())}, field{"NotHosts", sumTexts(o.GetNotHosts())},
		field{"Ports", sumTexts(o.GetPorts())}, field{"NotPorts", sumTexts(o.GetNotPorts())},
		field{"Methods", sumTexts(o.GetMethods())}, field{"NotMethods", sumTexts(o.GetNotMethods())},
		field{"Paths", sumTexts(o.GetPaths())}, field{"NotPaths", sumTexts(o.GetNotPaths())})
}
