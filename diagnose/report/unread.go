package report

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"

// unread is a table of what could not be read.
func (t *text) unread(us []cluster.Unread) {
	if len(us) == 0 {
		return
	}
	t.heading(2, "Could not be read")
	rows := [][]string{{"RESOURCE", "NAMESPACE", "NAME", "REASON", "MESSAGE"}}
	for _, u := range us {
		res := u.Resource
		if u.Group != "" {
			res += "." + u.Group
		}
		rows = append(rows, []string{res, u.Namespace, u.Name, string(u.Reason), u.Message})
	}
	t.columnsOf(4, rows)
}

// columnsOf writes rows, the first of which is the heads, in aligned columns
// without those that are empty. The last cell wraps beside the others, or below
// them where little room is left; columns that do not fit at all become lines.
func (t *text) columnsOf(indent int, rows [][]string) {
	widths, hang := t.columnWidths(rows)
	hang += indent
	if hang-gap > t.width {
		t.records(indent, rows)
		return
	}
	last := len(rows[0]) - 1
	below := t.width-hang < minRoom+gap
	for n, r := range rows {
		var head []cell
		for i, w := range widths {
			if w > 0 {
				head = append(head, cell{text: r[i], width: w})
			}
		}
		if !below {
			t.item(indent, head, r[last], "")
			continue
		}
		t.item(indent, head, "", "")
		if n > 0 {
			t.para(indent+gap, r[last])
		}
	}
}

// columnWidths returns the widths of all columns but the last, and their sum.
// One without a value has none.
func (t *text) columnWidths(rows [][]string) (widths []int, sum int) {
	widths = make([]int, len(rows[0])-1)
	for i := range widths {
		filled := false
		for _, r := range rows[1:] {
			filled = filled || r[i] != ""
		}
		if !filled {
			continue
		}
		for _, r := range rows {
			widths[i] = max(widths[i], t.columns(r[i])+gap)
		}
		sum += widths[i]
	}
	return widths, sum
}

// records writes each row as lines of head and value.
func (t *text) records(indent int, rows [][]string) {
	for n, r := range rows[1:] {
		if n > 0 {
			t.blank()
		}
		for i, v := range r {
			t.fact(indent, rows[0][i], v)
		}
	}
}
