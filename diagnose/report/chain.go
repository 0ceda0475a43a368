package report

// chain tells how a denial comes about, a step a line; the short form does not,
// for the summary has the short of it.
func (t *text) chain(indent int, links []LinkView) {
	if len(links) == 0 || !t.wide {
		return
	}
	t.heading(indent, "How it comes about")
	for _, l := range links {
		n := l.Number + "."
		t.item(indent+2, []cell{{text: n, width: 4}}, l.Says, l.Code)
		t.item(indent+6, nil, join("  ", l.Object, l.Field), "")
	}
}
