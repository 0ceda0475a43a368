package report

import (
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// chain tells how a denial comes about, a step a line; only the full form does, for
// the summary has the short of it.
func (t *text) chain(indent int, links []diagnose.Link) {
	if len(links) == 0 || !t.full {
		return
	}
	t.heading(indent, "How it comes about")
	for i, l := range links {
		n := strconv.Itoa(i+1) + "."
		t.item(indent+2, []cell{{text: n, width: 4}}, l.Says, l.Code)
		t.item(indent+6, nil, strings.TrimSpace(l.Object+"  "+l.Field), "")
	}
}
