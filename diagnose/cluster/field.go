package cluster

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// fieldPath is the way to a field: names, which are strings, and indexes.
type fieldPath []any

// plainName is a name that needs no quotes in a path.
var plainName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`) })

func (p fieldPath) plus(step any) fieldPath { return append(slices.Clip(p), step) }

// String is the path as people write it: spec.rules[0].from, metadata.labels["a/b"].
func (p fieldPath) String() string {
	var out strings.Builder
	for _, step := range p {
		name, isName := step.(string)
		switch {
		case !isName:
			fmt.Fprintf(&out, "[%v]", step)
		case !plainName().MatchString(name):
			fmt.Fprintf(&out, "[%s]", strconv.Quote(name))
		case out.Len() > 0:
			out.WriteString("." + name)
		default:
			out.WriteString(name)
		}
	}
	return out.String()
}

// wrong is a field whose value its type cannot hold.
type wrong struct {
	path    fieldPath
	message string
}

func (w wrong) String() string {
	if len(w.path) == 0 {
		return w.message
	}
	return w.path.String() + ": " + w.message
}

// describe says what a JSON value is.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case bool:
		return strconv.FormatBool(v)
	case json.Number, int64, float64:
		return fmt.Sprintf("the number %v", v)
	case string:
		return "the text " + strconv.Quote(shorten(v))
	case []any:
		return "a list"
	}
	return "an object"
}

const wantsText = "text"

// quoteHint is for those who wrote text that YAML takes for something else.
func quoteHint(v any) string {
	switch v.(type) {
	case bool:
		return ", which must be quoted: YAML takes y, yes, on, n, no, off for true or false"
	case json.Number, int64, float64:
		return ", which must be quoted"
	}
	return ""
}

func shorten(s string) string {
	const longest = 40
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

// integer says whether v is a whole number that fits in the bits.
func integer(v any, bits int, signed bool) bool {
	number, ok := v.(json.Number)
	if !ok {
		return false
	}
	return integerText(number.String(), bits, signed)
}

func integerText(s string, bits int, signed bool) bool {
	var err error
	if signed {
		_, err = strconv.ParseInt(s, 10, bits)
	} else {
		_, err = strconv.ParseUint(s, 10, bits)
	}
	return err == nil
}
