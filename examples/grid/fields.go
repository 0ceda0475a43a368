package grid

import (
	"maps"
	"slices"
	"strconv"
)

// Fields are changes of every field of an object's labels and spec, and of all that is
// in them: each taken out, each text misspelt, each number raised by one. What it means
// is not looked at.
func Fields(o Object) []Edit {
	meta, _ := o["metadata"].(Object)
	return fields(fields(nil, "/metadata/labels", meta["labels"]), "/spec", o["spec"])
}

// fields adds the changes of a value and all that is in it.
func fields(out []Edit, at string, v any) []Edit {
	if at != "/spec" && at != "/metadata/labels" {
		out = append(out, Edit{At: at})
	}
	switch v := v.(type) {
	case Object:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = fields(out, at+"/"+escape.Replace(k), v[k])
		}
	case []any:
		for i, e := range v {
			out = fields(out, at+"/"+strconv.Itoa(i), e)
		}
	case string:
		out = append(out, Edit{At: at, To: v + "x"})
	case float64:
		out = append(out, Edit{At: at, To: v + 1})
	}
	return out
}
