package tui

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// Question is a question as it stands on the screen: each field is what one would type
// on the command line.
type Question struct {
	Source, Target string
	// Namespace is where names without one are; empty: where those of Base are.
	Namespace string
	typed.Request
	// HasToken says that the request carries the token of Base, which nobody typed here.
	HasToken bool
	// Base holds what no field does: the namespaces, and a token that is no file's.
	Base diagnose.Question
}

// QuestionOf puts a question in fields.
func QuestionOf(q diagnose.Question) Question {
	out := Question{Source: q.Source, Target: q.Target, Base: q, HasToken: q.Request.Token != ""}
	r := q.Request
	out.Request = typed.Request{Method: r.Method, Path: r.Path, Host: r.Host, SourceIP: r.SourceIP, SNI: r.SNI, Exact: r.Exact, AnyPath: q.AnyPath}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		for _, v := range r.Headers[name] {
			out.Headers = append(out.Headers, name+"="+v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Claims)) {
		if v, err := json.Marshal(r.Claims[name]); err == nil {
			out.Claims = append(out.Claims, claimName(name)+"="+string(v))
		}
	}
	return out
}

// claimName is a name that stands for one claim and not for one within another.
func claimName(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	return strings.ReplaceAll(name, ".", `\.`)
}

// Parse makes a question of the fields. It reads the file of a token. The error is one
// line and says which field is wrong.
func (q Question) Parse() (diagnose.Question, error) {
	out := q.Base
	if q.Token == "-" {
		return out, errors.New("a token cannot be read from the keyboard: name a file")
	}
	out.Source, out.Target = strings.TrimSpace(q.Source), strings.TrimSpace(q.Target)
	if q.Namespace != "" {
		out.Namespace = q.Namespace
	}
	fields := q.Request
	fields.AnyPath = q.openPath()
	r, _, err := fields.Read(nil)
	if err != nil {
		return out, err
	}
	if q.HasToken && r.Token == "" && r.Claims == nil {
		r.Token = q.Base.Request.Token
	}
	if r.Host != "" {
		out.AnyHost = false
	}
	out.AnyPath = fields.AnyPath
	out.Request = r
	return out, nil
}

// openPath reports whether the path is not known, not even the one that the target, a URL
// without one, implies.
func (q Question) openPath() bool {
	u, err := url.Parse(q.Target)
	return q.AnyPath && q.Path == "" && !q.Exact && err == nil && u.Host != "" && u.Path == "" && u.RawQuery == ""
}

// Args are the arguments and flags that ask the same on the command line. A token that is
// no file's is left out: nobody should see it.
func (q Question) Args() []string {
	out := []string{q.Source, q.Target}
	flag := func(name, value string) {
		if value != "" {
			out = append(out, "--"+name, value)
		}
	}
	flag("namespace", q.Namespace)
	flag("method", q.Method)
	flag("path", q.Path)
	if q.openPath() {
		out = append(out, "--any-path")
	}
	flag("host", q.Host)
	for _, h := range q.Headers {
		flag("header", h)
	}
	flag("token", q.Token)
	for _, c := range q.Claims {
		flag("claim", c)
	}
	flag("source-ip", q.SourceIP)
	flag("sni", q.SNI)
	if q.Exact {
		out = append(out, "--exact")
	}
	return out
}

// Equal reports whether both ask the same.
func (q Question) Equal(other Question) bool {
	return slices.Equal(q.Args(), other.Args()) && q.HasToken == other.HasToken && q.Base.Namespace == other.Base.Namespace
}
