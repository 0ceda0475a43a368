package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want, ascii string }{
		{"plain", `default/allow ~[a-z]+\.x`, `default/allow ~[a-z]+\.x`, `default/allow ~[a-z]+\.x`},
		{"escape", "a\x1b[31mb", `a\x1b[31mb`, `a\x1b[31mb`},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`, `a\r\nb\tc`},
		{"delete, C1", "\x7f\u009b", `\x7f\u009b`, `\x7f\u009b`},
		{"bidi", "a\u202eb\u2066c\u200fd", `a\u202eb\u2066c\u200fd`, `a\u202eb\u2066c\u200fd`},
		{"no shape", "a\u200bb\ufe0fc\u3164d\u00ade", `a\u200bb\ufe0fc\u3164d\u00ade`, `a\u200bb\ufe0fc\u3164d\u00ade`},
		{"spaces", "a\u00a0b\u2028c", `a\u00a0b\u2028c`, `a\u00a0b\u2028c`},
		{"tags", "\U000e0041", `\U000e0041`, `\U000e0041`},
		{"no UTF-8", "a\xffb\xc3", `a\xffb\xc3`, `a\xffb\xc3`},
		{"replacement", "\ufffd", "\ufffd", `\ufffd`},
		{"letters", "é日本→", "é日本→", `\u00e9\u65e5\u672c->`},
		{"signs", "× ~ … “a”", "× ~ … “a”", `x ~ ... "a"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := clean(c.in, false); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := clean(c.in, true); got != c.ascii {
				t.Errorf("ASCII: got %q, want %q", got, c.ascii)
			}
			if again := clean(clean(c.in, false), false); again != c.want {
				t.Errorf("cleaning twice gives %q, want %q", again, c.want)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "×→": 2, "ｗ": 2, "😀": 2} {
		if got := columns(s); got != want {
			t.Errorf("columns(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  []string
	}{
		{"", 10, nil},
		{"   ", 10, nil},
		{"one", 10, []string{"one"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"a  b   c", 10, []string{"a  b   c"}},
		{"aaa  bbb", 6, []string{"aaa", "bbb"}},
		{"a unbreakable b", 5, []string{"a", "unbreakable", "b"}},
		{"日本 日本", 5, []string{"日本", "日本"}},
		{" lead", 10, []string{"lead"}},
		{"trail   ", 10, []string{"trail"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.in, c.limit)); diff != "" {
			t.Errorf("wrap(%q, %d) (-want +got):\n%s", c.in, c.limit, diff)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[2J\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, ascii := range []bool{false, true} {
			for _, l := range wrap(clean(s, ascii), 20) {
				checkLine(t, "fuzzed", l, 1<<20, ascii)
			}
		}
	})
}
