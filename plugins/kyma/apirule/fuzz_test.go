package apirule

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// FuzzParse: whatever an object holds, nothing panics; and what is generated of what can
// be read is no drift.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(old))
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, u := range documents(f, file, text) {
			text, err := u.MarshalJSON() // easier to change than YAML
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	w := world{map[string]string{"app": "a"}, true, "example.com"}
	f.Fuzz(func(t *testing.T, text []byte) {
		u := &unstructured.Unstructured{}
		if yaml.Unmarshal(text, &u.Object) != nil || u.Object == nil {
			return
		}
		r, err := Parse(u)
		if err != nil {
			return
		}
		_, _ = Migrate(r, r)
		for _, release := range []Release{Before310, Internal, Since310, Since350} {
			policies, authentications, err := GenerateAs(r, w, release)
			if err != nil {
				continue
			}
			got, err := Compare(r, w, policies, authentications)
			if err != nil {
				t.Fatal(err)
			}
			if got.Compared && got.Release == release && len(got.Differences) > 0 {
				t.Errorf("%s: %+v", release, got.Differences)
			}
		}
	})
}
