// Package recent keeps the questions that were asked, for the first screen of [tui] to
// offer again.
//
// They stand in one file of the user, mode 0600, the latest first, each once, and apart by
// where the objects came from: a name of one cluster means nothing in another. Nothing
// that lets in whoever holds it is written: a header that may be secret is left out, a
// question that is secret elsewhere is not kept at all.
//
// The file is a convenience, so no error is told: one that cannot be read is as good as
// empty, and one that cannot be written stays as it was.
package recent

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// How many questions are kept, of one origin and of all.
const (
	maxOfOrigin = 50
	maxOfAll    = 500
)

// File is a [tui.Recent]: the questions of one origin in a file.
type File struct {
	path, origin string
	base         diagnose.Question
	turn         sync.Mutex
}

// Path is where the file is: recent.json in [history.StateDir].
func Path() (string, error) {
	dir, err := history.StateDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "recent.json"), nil
}

// Open returns the questions of an origin. Neither the file nor its directory need exist.
// Base is what every question has that is not kept: where the mesh is.
func Open(path, origin string, base diagnose.Question) *File {
	return &File{path: path, origin: origin, base: base}
}

// kept is a question in the file.
type kept struct {
	Origin    string   `json:"origin"`
	Namespace string   `json:"namespace,omitempty"`
	Source    string   `json:"source"`
	Target    string   `json:"target"`
	Method    string   `json:"method,omitempty"`
	Path      string   `json:"path,omitempty"`
	Host      string   `json:"host,omitempty"`
	Headers   []string `json:"headers,omitempty"`
	TokenFile string   `json:"tokenFile,omitempty"`
	Claims    []string `json:"claims,omitempty"`
	SourceIP  string   `json:"sourceIP,omitempty"`
	SNI       string   `json:"sni,omitempty"`
	Exact     bool     `json:"exact,omitempty"`
}

// document is the file.
type document struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Questions  []kept `json:"questions"`
}

const kind = "RecentQuestions"

// List are the questions, the latest first.
func (f *File) List() []tui.Question {
	f.turn.Lock()
	defer f.turn.Unlock()
	var out []tui.Question
	for _, k := range f.read() {
		if k.Origin == f.origin {
			out = append(out, k.question(f.base))
		}
	}
	return out
}

// Add puts a question first.
func (f *File) Add(q tui.Question) {
	k, ok := keep(f.origin, q)
	if !ok {
		return
	}
	f.turn.Lock()
	defer f.turn.Unlock()
	all := slices.DeleteFunc(f.read(), func(had kept) bool { return reflect.DeepEqual(had, k) })
	_ = f.write(bounded(append([]kept{k}, all...))) // see the package
}

// bounded leaves out the oldest questions of an origin, and of all.
func bounded(all []kept) []kept {
	var out []kept
	of := map[string]int{}
	for _, k := range all {
		if of[k.Origin]++; of[k.Origin] <= maxOfOrigin && len(out) < maxOfAll {
			out = append(out, k)
		}
	}
	return out
}

// keep makes a question of what may be written of it; ok is false if it makes no sense
// without what may not.
func keep(origin string, q tui.Question) (k kept, ok bool) {
	headers := q.Headers
	q.Headers, q.HasToken = nil, false
	for _, h := range headers {
		if plain("--header", h) {
			q.Headers = append(q.Headers, h)
		}
	}
	return kept{
		Origin: origin, Namespace: cmp.Or(q.Namespace, q.Base.Namespace), Source: q.Source, Target: q.Target, Method: q.Method, Path: q.Path, Host: q.Host,
		Headers: q.Headers, TokenFile: q.Token, Claims: q.Claims, SourceIP: q.SourceIP, SNI: q.SNI, Exact: q.Exact,
	}, q.Source != "" && q.Target != "" && plain(q.Args()...)
}

// plain reports whether words hold nothing that is secret.
func plain(words ...string) bool { return slices.Equal(history.Words(words), words) }

func (k kept) question(base diagnose.Question) tui.Question {
	namespace := k.Namespace
	if namespace == base.Namespace {
		namespace = "" // the command line need not say it
	}
	base.Source, base.Target, base.Namespace, base.Request = k.Source, k.Target, k.Namespace, diagnose.Request{}
	return tui.Question{Source: k.Source, Target: k.Target, Namespace: namespace, Base: base, Request: typed.Request{
		Method: k.Method, Path: k.Path, Host: k.Host, Headers: k.Headers, Token: k.TokenFile, Claims: k.Claims,
		SourceIP: k.SourceIP, SNI: k.SNI, Exact: k.Exact,
	}}
}

// read is what the file holds; nothing if it is none of ours.
func (f *File) read() []kept {
	data, err := os.ReadFile(f.path)
	if err != nil {
		return nil
	}
	var d document
	if json.Unmarshal(data, &d) != nil || d.APIVersion != diagnose.APIVersion || d.Kind != kind {
		return nil
	}
	return slices.DeleteFunc(d.Questions, func(k kept) bool { return k.Source == "" || k.Target == "" })
}

// write writes the file as a whole or not at all.
func (f *File) write(all []kept) (err error) {
	data, err := json.MarshalIndent(document{diagnose.APIVersion, kind, all}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.path), ".recent-*.tmp") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // the first error is the one that counts
		}
	}()
	_, err = tmp.Write(append(data, '\n'))
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), f.path)
}
