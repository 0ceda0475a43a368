package tui_test

import (
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// The largest example: the one whose cluster has most in it.
const (
	largest       = "kyma-in-cluster"
	largestSource = "test-internal.curl-test"
	largestTarget = "http://httpbin.default.svc.cluster.local:8000/get"
)

// A key and the screen that comes of it have to be there in 2 ms.
func BenchmarkUpdateView(b *testing.B) {
	s := scene(b, largest, largestSource, largestTarget)
	s.resize(200, 50)
	for _, keys := range [][]string{{"j", "k"}, {"h", "l"}, {"enter", "esc"}} {
		b.Run(keys[0], func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				s.press(keys[i%2])
				if len(s.frame()) == 0 {
					b.Fatal("nothing is shown")
				}
			}
		})
	}
}

// Another path is another verdict, in 16 ms with all that is drawn.
func BenchmarkChange(b *testing.B) {
	o := reading(b, largest, diagnose.Question{Source: largestSource, Target: largestTarget})
	b.Run("Ask", func(b *testing.B) {
		q := o.Question
		for i := 0; b.Loop(); i++ {
			q.Path = []string{"/a", "/b"}[i%2]
			if _, err := o.Asker.Ask(b.Context(), q); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Key", func(b *testing.B) {
		s := begin(b, o, 200, 50).press("i").field("Path").types("/")
		for i := 0; b.Loop(); i++ {
			s.press([]string{"a", "backspace"}[i%2])
			if len(s.frame()) == 0 {
				b.Fatal("nothing is shown")
			}
		}
	})
}
