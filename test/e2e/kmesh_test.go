package e2e

import (
	"strings"
	"testing"
)

const kmeshExample = "kmesh-tcp"

// TestKmeshPage applies the policies of Kmesh's page to the API server, one after the
// other, and asks for each client what the page tries.
func TestKmeshPage(t *testing.T) {
	stage(t, kmeshExample)
	pages := readPages(t, kmeshExample)
	if len(pages) != 3 {
		t.Fatalf("%d parts of the page, want 3", len(pages))
	}
	kubeconfig := as(t, reader)
	for _, p := range pages {
		t.Run(p.Metadata.Name, func(t *testing.T) {
			give(t, kmeshExample, p.Spec.Cluster[1:]...)
			p.asks(t, kubeconfig)
			for _, r := range p.Spec.Cases {
				d, _ := ask(t, kubeconfig, r.Source, r.Target)
				if cut := strings.HasPrefix(d.Status.Symptom, "connection reset by peer after about a minute"); cut != (r.Expect == "Denied") {
					t.Errorf("%s: the client sees %q", r.Source, d.Status.Symptom)
				}
				for _, u := range d.Status.Unread {
					if u.Reason == "Forbidden" {
						t.Errorf("docs/rbac.yaml lacks %s in %q: %s", u.Resource, u.Namespace, u.Message)
					}
				}
			}
		})
	}
}

// TestKmeshFix repairs either half of the page, and takes it back.
func TestKmeshFix(t *testing.T) {
	stage(t, kmeshExample)
	const target = "http://httpbin:8000/headers"
	for _, tt := range []struct {
		name, policy, cut, other, pick string
		more                           []string
	}{
		{"an address is added", "allow-by-srcip", "sleep-78ff5975c6-phhll", "sleep-78ff5975c6-plh7r", "a", []string{"--force-conflicts"}},
		{"a policy is added", "allow-by-srcip", "sleep-78ff5975c6-phhll", "sleep-78ff5975c6-plh7r", "b", nil},
		{"an exception is made", "deny-by-srcip", "sleep-78ff5975c6-plh7r", "sleep-78ff5975c6-phhll", "a", []string{"--force-conflicts"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			give(t, kmeshExample, tt.policy+".yaml")
			s := story{t, t.TempDir(), as(t, reader)}
			fixing := []string{"fix", tt.cut, target}
			s.does(exitDenied, []string{"connection reset by peer", "default/" + tt.policy}, tt.cut, target)
			s.does(exitAllowed, nil, tt.other, target)
			s.does(exitDenied, []string{"closes   nothing", "--pick a"}, fixing...)
			s.does(exitDenied, nil, tt.cut, target)
			s.does(exitAllowed, []string{"applied (", "ALLOWED  " + tt.cut}, append(append(fixing, "--pick", tt.pick, "--apply", "--yes"), tt.more...)...)
			s.does(exitAllowed, nil, tt.cut, target)
			s.does(exitAllowed, nil, tt.other, target)
			s.does(exitAllowed, []string{"undone ("}, "fix", "undo", "--yes")
			s.does(exitDenied, nil, tt.cut, target)
			s.does(exitAllowed, nil, tt.other, target)
		})
	}
}
