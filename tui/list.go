package tui

// list is a cursor over rows of which some are in sight. The zero value is a list of
// nothing. A row is one line, or as many as its screen draws for it.
type list struct {
	cursor, top int // of rows
	n           int // how many rows there are
}

// resize tells how many rows there are.
func (l *list) resize(n int) {
	l.n = n
	l.move(0)
}

// move goes down by n rows, up if n is negative, and stops at the ends.
func (l *list) move(n int) {
	l.cursor = max(0, min(l.cursor+n, l.n-1))
}

// to goes to a row.
func (l *list) to(row int) { l.cursor = max(0, min(row, l.n-1)) }

// window are the rows in sight, from and up to but not including, in h lines of one row
// each; the cursor is among them.
func (l *list) window(h int) (from, to int) {
	return l.windowOf(h, func(int) int { return 1 })
}

// windowOf is window for rows of several lines. It looks only at rows near the cursor.
func (l *list) windowOf(h int, lines func(row int) int) (from, to int) {
	if l.n == 0 || h <= 0 {
		return 0, 0
	}
	l.move(0)
	// The first row that may be on top so that the cursor's last line is in sight.
	first, used := l.cursor, lines(l.cursor)
	for first > 0 && used+lines(first-1) <= h {
		first--
		used += lines(first)
	}
	l.top = max(first, min(l.top, l.cursor))
	// No empty room below while there are rows above.
	used = 0
	for to = l.top; to < l.n && used+lines(to) <= h; to++ {
		used += lines(to)
	}
	if to == l.n {
		for l.top > 0 && used+lines(l.top-1) <= h {
			l.top--
			used += lines(l.top)
		}
	}
	return l.top, max(to, l.top+1)
}

// key moves the cursor as keys of movement do, by pages of h rows.
func (l *list) key(k string, h int) {
	switch k {
	case "up", "k":
		l.move(-1)
	case "down", "j":
		l.move(1)
	case "pgup", "ctrl+b":
		l.move(-max(1, h-1))
	case "pgdown", "ctrl+f", "space":
		l.move(max(1, h-1))
	case "ctrl+u":
		l.move(-max(1, h/2))
	case "ctrl+d":
		l.move(max(1, h/2))
	case "home", "g":
		l.to(0)
	case "end", "G":
		l.to(l.n - 1)
	}
}
