package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestManifestIsValid holds the manifest to what krew's validator demands of it
// (internal/index/validation and cmd/validate-krew-manifest of krew). `make e2e` asks the
// validator itself; this needs only Go.
func TestManifestIsValid(t *testing.T) {
	const version = "v1.2.3"
	sums := someSums(version)
	text, err := manifest(version, sums)
	if err != nil {
		t.Fatal(err)
	}
	m := readManifest(t, text)
	check(t, "apiVersion", m.APIVersion, "krew.googlecontainertools.github.com/v1alpha2")
	check(t, "kind", m.Kind, "Plugin")
	check(t, "name", m.Metadata.Name+".yaml", manifestName)
	check(t, "the file that krew makes of the name", "kubectl-"+strings.ReplaceAll(m.Metadata.Name, "-", "_"), plugin)
	check(t, "version", m.Spec.Version, version)
	check(t, "homepage", m.Spec.Homepage, "https://"+module)
	if len(m.Spec.Platforms) != len(platforms) {
		t.Fatalf("%d platforms, want %d", len(m.Spec.Platforms), len(platforms))
	}
	for i, p := range platforms {
		got, archive := m.Spec.Platforms[i], p.archive(version)
		if want := map[string]string{"os": p.os, "arch": p.arch}; !maps.Equal(got.Selector.MatchLabels, want) {
			t.Errorf("platform %d selects %v, want %v", i, got.Selector.MatchLabels, want)
		}
		check(t, p.String()+" uri", got.URI, "https://"+module+"/releases/download/"+version+"/"+archive)
		check(t, p.String()+" sha256", got.SHA256, sums[archive])
		check(t, p.String()+" bin", got.Bin, p.binary())
		if want := []fileOperation{{p.binary(), "."}, {licence, "."}}; !slices.Equal(got.Files, want) {
			t.Errorf("%s installs %v, want %v", p, got.Files, want)
		}
	}
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestManifestIsReviewable holds the manifest to what reviewers of krew's index ask for
// besides: https://krew.sigs.k8s.io/docs/developer-guide/release/submitting-to-krew/ and
// the naming guide.
func TestManifestIsReviewable(t *testing.T) {
	text, err := manifest("v1.2.3", someSums("v1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	m := readManifest(t, text)
	if short := m.Spec.ShortDescription; short == "" || len(short) > 50 || strings.ContainsAny(short, "\r\n") || strings.HasSuffix(short, ".") {
		t.Errorf("shortDescription %q: want one line of at most 50 characters without a full stop", short)
	}
	for what, prose := range map[string]string{"description": m.Spec.Description, "caveats": m.Spec.Caveats} {
		for line := range strings.Lines(prose) {
			if len(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("%s: a line of more than 80 characters: %s", what, line)
			}
		}
	}
	if usage := regexp.MustCompile(`kubectl |(^|\s)--?[a-z]`).FindString(m.Spec.Description); usage != "" {
		t.Errorf("description shows usage (%q), which belongs into help", usage)
	}
	if redundant := regexp.MustCompile(`(?i)kubectl|plugin|kubernetes`).FindString(m.Spec.ShortDescription); redundant != "" {
		t.Errorf("shortDescription says %q, which goes without saying", redundant)
	}
}

// TestManifestOfPart makes sure that a manifest without all archives installs none of
// those that are missing, and is not taken for a whole one.
func TestManifestOfPart(t *testing.T) {
	dir := t.TempDir()
	log := new(strings.Builder)
	sums := map[string]string{platforms[0].archive("v1.2.3"): sumOf(nil)}
	if err := writeManifest(log, dir, "v1.2.3", sums); err != nil {
		t.Fatal(err)
	}
	text := read(t, dir, manifestName)
	if !strings.HasPrefix(text, "# Not to be published") {
		t.Errorf("the manifest does not say that it is not whole:\n%s", text)
	}
	for i, p := range readManifest(t, []byte(text)).Spec.Platforms {
		want := unknownSum
		if i == 0 {
			want = sumOf(nil)
		}
		check(t, p.Bin, p.SHA256, want)
	}
	if err := manifestOf(dir, "v1.2.3", log); err == nil || !strings.Contains(err.Error(), "linux/amd64") {
		t.Errorf("the manifest of an empty directory: %v, want an error that names the archive", err)
	}
}
