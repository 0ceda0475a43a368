package report

import (
	"reflect"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// View is a Diagnosis in words, for the faces that bring a structure of their own:
// Markdown, HTML, the diagrams. It holds everything that the Diagnosis holds but the
// token of the request, which is a secret, and the words are those of the text. All
// strings are clean as the text's are; whoever writes them still has to escape what
// means something in the form that is written.
type View struct {
	Look
	Title, Summary, Symptom string
	Answers                 []AnswerView
	Findings                []FindingView
	Help                    []HelpView
	Missing                 []string
	Unread                  []UnreadView
	Notes                   []string
	Question                []Fact
	Origin                  string
}

// Look is how a verdict appears.
type Look struct {
	Word string // DENIED
	Key  string // denied
	Mark string // ×; what allows has none
}

// Decides says whether the verdict is one that keeps a request from passing for certain.
func (l Look) Decides() bool { return l.Mark != "" }

// Fact is a datum beside its name.
type Fact struct{ Name, Words string }

// Remark is a line beside what it is about. Kind says what kind of remark it is: note,
// dropped, ignored, likely a slip, selected by, admitted by, missing.
type Remark struct{ Kind, Words string }

// FindingView is a finding.
type FindingView struct {
	Code, Severity, Title, Message string
	Objects                        []string
	Field                          string
}

// HelpView is one thing that would help, with the finding that it is about.
type HelpView struct{ Letter, Words, Code string }

// UnreadView is what could not be read.
type UnreadView struct{ Resource, Namespace, Name, Reason, Message string }

// NewView puts d in words.
func NewView(d *diagnose.Diagnosis) View {
	s := d.Status
	v := View{
		Look: viewLook(s.Verdict), Title: s.Title, Summary: s.Summary, Symptom: s.Symptom,
		Missing: s.Missing, Notes: s.Notes, Question: questionFacts(d), Origin: s.Origin,
	}
	for _, a := range s.Answers {
		v.Answers = append(v.Answers, viewAnswer(a, s))
	}
	for _, f := range s.Findings {
		v.Findings = append(v.Findings, FindingView{f.Code, string(f.Severity), f.Title, f.Message, f.Objects, f.Field})
		for _, h := range f.Help {
			v.Help = append(v.Help, HelpView{letter(len(v.Help)), h, f.Code})
		}
	}
	for _, u := range s.Unread {
		v.Unread = append(v.Unread, UnreadView{join(".", u.Resource, u.Group), u.Namespace, u.Name, string(u.Reason), u.Message})
	}
	return cleanCopy(reflect.ValueOf(v)).Interface().(View)
}

func viewLook(v diagnose.Verdict) Look {
	l := lookOf(v)
	return Look{Word: l.word, Key: strings.ToLower(l.word), Mark: l.mark}
}

// cleanCopy copies v, every string in it clean.
func cleanCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(clean(v.String(), false))
	case reflect.Slice:
		if v.IsNil() {
			break
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(cleanCopy(v.Index(i)))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(cleanCopy(v.Field(i)))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(cleanCopy(v.Elem()))
		}
	default:
		out.Set(v)
	}
	return out
}

// facts are those of these that say something.
func facts(all ...Fact) []Fact {
	return slices.DeleteFunc(all, func(f Fact) bool { return f.Words == "" })
}
