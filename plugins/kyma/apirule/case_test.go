package apirule

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// story is a file of testdata: an APIRule, its Services and its Gateway, and what is made
// of it.
type story struct {
	name            string
	release         Release
	rule            *APIRule
	object          *unstructured.Unstructured
	selectors       map[Ref]map[string]string
	domains         map[string]string
	policies        []*securityv1.AuthorizationPolicy
	authentications []*securityv1.RequestAuthentication
	others          []*unstructured.Unstructured // of an example
}

// Selector is of the Services in the file.
func (s *story) Selector(service Ref) (map[string]string, bool) {
	labels, ok := s.selectors[service]
	return labels, ok
}

// Domain is of the Gateways in the file.
func (s *story) Domain(r *APIRule) (string, bool) {
	domain, ok := s.domains[r.Gateway]
	return domain, ok
}

// releases are the words of the comment "# release: WORD" in a file.
var releases = map[string]Release{"": Latest, "before-3.1.0": Before310, "internal": Internal, "since-3.1.0": Since310}

// stories are the files in folders of testdata.
func stories(t testing.TB, folders ...string) []*story {
	t.Helper()
	var out []*story
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s (%v)", folder, err)
		}
		for _, file := range files {
			out = append(out, readStory(t, file))
		}
	}
	return out
}

func readStory(t testing.TB, file string) *story {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	word := ""
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "# release: "); ok {
			word = strings.TrimSpace(v)
		}
	}
	s := &story{
		name: strings.TrimSuffix(filepath.Base(file), ".yaml"), release: releases[word],
		selectors: map[Ref]map[string]string{}, domains: map[string]string{},
	}
	if s.release == ReleaseUnknown {
		t.Fatalf("%s: release %s", file, word)
	}
	for _, u := range documents(t, file, text) {
		if !s.take(t, u) {
			t.Fatalf("%s: a %s", file, u.GetKind())
		}
	}
	if s.rule == nil {
		t.Fatalf("%s: no APIRule", file)
	}
	return s
}

// example is a story that has other objects too.
func example(t testing.TB, file string) *story {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{selectors: map[Ref]map[string]string{}, domains: map[string]string{}}
	for _, u := range documents(t, file, text) {
		if !s.take(t, u) {
			s.others = append(s.others, u)
		}
	}
	if s.rule == nil {
		t.Fatalf("%s: no APIRule", file)
	}
	return s
}

func documents(t testing.TB, file string, text []byte) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		object := map[string]any{}
		if err == nil {
			err = yaml.Unmarshal(doc, &object)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, &unstructured.Unstructured{Object: object})
	}
}

// take keeps an object; false if it is of a kind that does not matter.
func (s *story) take(t testing.TB, u *unstructured.Unstructured) bool {
	t.Helper()
	ref := Ref{Namespace: u.GetNamespace(), Name: u.GetName()}
	switch u.GetKind() {
	case Kind:
		r, err := Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		s.rule, s.object = r, u
	case "Service":
		s.selectors[ref] = typed(t, u, &corev1.Service{}).Spec.Selector
	case "Gateway":
		s.domains[ref.String()] = Domain(typed(t, u, &networkingv1.Gateway{}))
	case "AuthorizationPolicy":
		p := typed(t, u, &securityv1.AuthorizationPolicy{})
		p.APIVersion, p.Kind = "", ""
		s.policies = append(s.policies, p)
	case "RequestAuthentication":
		p := typed(t, u, &securityv1.RequestAuthentication{})
		p.APIVersion, p.Kind = "", ""
		s.authentications = append(s.authentications, p)
	default:
		return false
	}
	return true
}

func typed[T runtime.Object](t testing.TB, u *unstructured.Unstructured, into T) T {
	t.Helper()
	text, err := u.MarshalJSON()
	if err == nil {
		err = yaml.UnmarshalStrict(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
	return into
}
