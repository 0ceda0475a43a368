package traffic

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

func (d *decoder) verdict(v value) diagnose.Verdict {
	word := d.text(v)
	verdict, ok := verdicts[word]
	if !ok && word != "" {
		d.fail(v.Node, "%s: unknown verdict %q%s", v.path, word, didYouMean(word, slices.Sorted(maps.Keys(verdicts))))
	}
	return verdict
}

func (d *decoder) reason(v value) *ReasonExpectation {
	r := &ReasonExpectation{}
	text := func(into **string) func(value) {
		return func(v value) { s := d.text(v); *into = &s }
	}
	d.object(v, map[string]func(value){
		"hop":    text(&r.Hop),
		"policy": text(&r.Policy),
		"rule":   func(v value) { r.Rule = d.index(v) },
		"stage": func(v value) {
			s := d.text(v)
			if r.Stage = &s; s != "" && !slices.Contains(stages(), s) {
				d.fail(v.Node, "%s: unknown stage %q%s", v.path, s, didYouMean(s, stages()))
			}
		},
	})
	for _, named := range []struct {
		field string
		name  *string
	}{{"hop", r.Hop}, {"policy", r.Policy}} {
		if named.name != nil && *named.name != "" && strings.Count(*named.name, "/") != 1 {
			d.fail(v.Node, "%s: %q: want NAMESPACE/NAME", v.field(named.field), *named.name)
		}
	}
	return r
}

// index reads a whole number from 0 on.
func (d *decoder) index(v value) *int {
	n, err := strconv.Atoi(v.Value)
	if v.ShortTag() != "!!int" || err != nil || n < 0 {
		d.fail(v.Node, "%s: wants a number from 0 on, got %s", v.path, describe(v.Node))
	}
	return &n
}

// code is the form of a finding's code.
var code = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^AD\d{4}$`) })

func (d *decoder) codes(v value) []string {
	var out []string
	d.list(v, func(_ int, v value) {
		s := d.text(v)
		out = append(out, s)
		if s == "" || code().MatchString(s) {
			return
		}
		hint := ""
		if upper := strings.ToUpper(s); code().MatchString(upper) {
			hint = ", did you mean " + upper + "?"
		}
		d.fail(v.Node, "%s: %q is no code of a finding, such as AD0101%s", v.path, s, hint)
	})
	return out
}
