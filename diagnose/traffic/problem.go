package traffic

import (
	"fmt"
	"strings"
)

// Problem is why something could not be asked, and where it stands.
type Problem struct {
	File     string `json:"file"`
	Document int    `json:"document,omitempty"` // from 1; 0 is the file as a whole
	Line     int    `json:"line,omitempty"`     // from 1
	Case     string `json:"case,omitempty"`
	Message  string `json:"message"`
}

// Error names file, document, line and case.
func (p *Problem) Error() string {
	var where []string
	if p.Document > 0 {
		where = append(where, fmt.Sprintf("document %d", p.Document))
	}
	if p.Line > 0 {
		where = append(where, fmt.Sprintf("line %d", p.Line))
	}
	if p.Case != "" {
		where = append(where, fmt.Sprintf("case %q", p.Case))
	}
	if len(where) == 0 {
		if strings.HasPrefix(p.Message, p.File+":") {
			return p.Message // it says itself where
		}
		return p.File + ": " + p.Message
	}
	return p.File + ": " + strings.Join(where, ", ") + ": " + p.Message
}
