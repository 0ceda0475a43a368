package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// TestEscapers writes a byte at a time: what is read from JSON and XML is what was written,
// and nothing on the way could command a terminal.
func TestEscapers(t *testing.T) {
	const text = "a é 日本 \u009b \u202e \u200b \x7f \U000e0041 \u2028 z"
	byByte := func(escaping func(io.Writer) io.Writer, in []byte) string {
		var b bytes.Buffer
		w := escaping(&b)
		for _, c := range in {
			if n, err := w.Write([]byte{c}); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
		}
		for _, r := range b.String() {
			if r != '\n' && !shown(r) {
				t.Errorf("%q is in %q", r, b.String())
			}
		}
		return b.String()
	}
	in, _ := json.Marshal(map[string]string{text: text})
	var got map[string]string
	if err := json.Unmarshal([]byte(byByte(PlainJSON, in)), &got); err != nil || got[text] != text {
		t.Errorf("JSON: %q, %v", got, err)
	}
	type element struct {
		A string `xml:",attr"`
		T string `xml:",chardata"`
	}
	in, _ = xml.Marshal(element{text, text})
	var e element
	if err := xml.Unmarshal([]byte(byByte(PlainXML, in)), &e); err != nil || e.A != text || e.T != text {
		t.Errorf("XML: %q, %v", e, err)
	}
	if got := byByte(Printable, []byte("é\x1b[2J\n\xff\u202e")); got != "é\\x1b[2J\n\\xff\\u202e" || strings.Contains(got, "\x1b") {
		t.Errorf("text: %q", got)
	}
}
