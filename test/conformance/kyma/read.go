package kyma

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// example is a file of the examples: what the controller made, and the questions.
type example struct {
	name            string
	policies        []*securityv1.AuthorizationPolicy
	authentications []*securityv1.RequestAuthentication
	cases           []question
}

// question is one case of a TrafficTest, as far as it matters here.
type question struct {
	Name, Source, Target, Expect string
	Request                      struct {
		Method, Host string
		Claims       map[string]any
	}
}

func read(file string) (*example, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	e := &example{name: strings.TrimSuffix(filepath.Base(file), ".yaml")}
	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return e, nil
		}
		if err == nil {
			err = e.take(doc)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
}

func (e *example) take(doc []byte) error {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(doc, &kind); err != nil {
		return err
	}
	switch kind.Kind {
	case "AuthorizationPolicy":
		o := &securityv1.AuthorizationPolicy{}
		e.policies = append(e.policies, o)
		return yaml.Unmarshal(doc, o)
	case "RequestAuthentication":
		o := &securityv1.RequestAuthentication{}
		e.authentications = append(e.authentications, o)
		return yaml.Unmarshal(doc, o)
	case "TrafficTest":
		var test struct{ Spec struct{ Cases []question } }
		err := yaml.Unmarshal(doc, &test)
		e.cases = append(e.cases, test.Spec.Cases...)
		return err
	}
	return nil
}
