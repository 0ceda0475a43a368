package lint

import (
	"fmt"
	"strconv"
	"strings"
)

// IgnoreAnnotation names the codes that are not to be reported of an object, each with
// a reason: "AD0405: the port speaks HTTP; AD0302: all of the mesh is STRICT".
const IgnoreAnnotation = "authz-doctor.dev/ignore"

const codeSuppression = "AD0901"

// readSuppressions reads the annotation. What is not understood in it suppresses
// nothing and is reported.
func (rep *reporter) readSuppressions() {
	text, ok := rep.object.GetAnnotations()[IgnoreAnnotation]
	if !ok {
		return
	}
	rep.ignore = map[string]string{}
	field := "metadata.annotations[" + IgnoreAnnotation + "]"
	some := false
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		some = true
		codes, reason, _ := strings.Cut(part, ":")
		reason = strings.TrimSpace(reason)
		for code := range strings.SplitSeq(codes, ",") {
			code = strings.ToUpper(strings.TrimSpace(code))
			_, known := kinds()[code]
			switch {
			case !known:
				rep.add(codeSuppression, field, fmt.Sprintf("there is no finding with the code %s", strconv.Quote(code)))
			case code == codeSuppression:
				rep.add(codeSuppression, field, code+" cannot be suppressed")
			case reason == "":
				rep.add(codeSuppression, field, code+" has no reason after a colon, and without one it is not suppressed")
			default:
				rep.ignore[code] = reason
			}
		}
	}
	if !some {
		rep.add(codeSuppression, field, "it names no code")
	}
}
