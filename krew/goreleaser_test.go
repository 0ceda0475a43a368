package main

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// The parts of .goreleaser.yaml and .ko.yaml that say how the plugin is built, which are
// written alike in both.
type buildConfig struct {
	Env, Flags, Ldflags, Targets []string
	Main, Binary                 string
	ModTimestamp                 string `json:"mod_timestamp"`
}

type archiveConfig struct {
	NameTemplate string `json:"name_template"`
	Files        []struct {
		Src, Dst    string
		StripParent bool `json:"strip_parent"`
		Info        struct{ Owner, Group, Mtime string }
	}
}

type releaseConfig struct {
	ProjectName string `json:"project_name"`
	Builds      []buildConfig
	Archives    []archiveConfig
	Checksum    struct {
		NameTemplate string `json:"name_template"`
	}
}

func readConfig(t *testing.T, name string) releaseConfig {
	t.Helper()
	var c releaseConfig
	if err := yaml.Unmarshal([]byte(read(t, "..", name)), &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(c.Builds) != 1 {
		t.Fatalf("%s has %d builds, want one", name, len(c.Builds))
	}
	return c
}

// TestOthersBuildTheSame makes sure that goreleaser, ko and make are told to build what is
// built here. `make release-check` compares what comes out.
func TestOthersBuildTheSame(t *testing.T) {
	for name, version := range map[string]string{".goreleaser.yaml": "v{{ .Version }}", ".ko.yaml": "{{ .Env.VERSION }}"} {
		b := readConfig(t, name).Builds[0]
		got := append(slices.Clone(b.Flags), append([]string{"-ldflags"}, b.Ldflags...)...)
		if diff := cmp.Diff(buildFlags(version), got); diff != "" {
			t.Errorf("the flags in %s (-here +there):\n%s", name, diff)
		}
		if diff := cmp.Diff(everywhere, b.Env); diff != "" {
			t.Errorf("the environment in %s (-here +there):\n%s", name, diff)
		}
		check(t, "what is built by "+name, b.Main, ".")
	}
}

func TestMakeBuildsTheSame(t *testing.T) {
	program, err := exec.LookPath("make")
	if err != nil {
		t.Skip("there is no make here")
	}
	cmd := exec.CommandContext(t.Context(), program, "--no-print-directory", "-n", "build", "VERSION=v1.2.3", "GO=go")
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "MAKEFLAGS=") // make may be what runs this
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := buildFlags("v1.2.3")
	flags[len(flags)-1] = "'" + flags[len(flags)-1] + "'"
	if want := "CGO_ENABLED=0 go build " + strings.Join(flags, " ") + " -o"; !strings.HasPrefix(string(out), want) {
		t.Errorf("make build VERSION=v1.2.3 runs\n%swant\n%s …", out, want)
	}
}

// TestGoreleaserPackagesTheSame makes sure that what goreleaser is told of archives is what
// an archive is here.
func TestGoreleaserPackagesTheSame(t *testing.T) {
	c := readConfig(t, ".goreleaser.yaml")
	check(t, "project", c.ProjectName, plugin)
	check(t, "binary", c.Builds[0].Binary, plugin)
	check(t, "sums", c.Checksum.NameTemplate, "checksums.txt")
	var targets []string
	for _, p := range platforms {
		variant := map[string]string{"amd64": "v1", "arm64": "v8.0"}[p.arch]
		targets = append(targets, strings.Join([]string{p.os, p.arch, variant}, "_"))
	}
	if diff := cmp.Diff(targets, c.Builds[0].Targets); diff != "" {
		t.Errorf("the platforms (-here +there):\n%s", diff)
	}
	if len(c.Archives) != 1 || len(c.Archives[0].Files) != 3 {
		t.Fatalf("want one kind of archive with the licences and the man pages beside the plugin: %+v", c.Archives)
	}
	name := strings.NewReplacer("{{ .Binary }}", plugin, "{{ .Version }}", "1.2.3", "{{ .Os }}", "linux", "{{ .Arch }}", "amd64").Replace(c.Archives[0].NameTemplate)
	check(t, "archive", name+".tar.gz", platforms[0].archive("v1.2.3"))
	for _, f := range c.Archives[0].Files {
		check(t, "owner", f.Info.Owner+":"+f.Info.Group, owner+":"+owner)
		check(t, "time", f.Info.Mtime, made.Format("2006-01-02T15:04:05Z"))
	}
	pages := c.Archives[0].Files[2]
	check(t, "file", c.Archives[0].Files[0].Src, licence)
	check(t, "the licences of others", c.Archives[0].Files[1].Src, thirdParties)
	check(t, "pages", pages.Src, manPages)
	check(t, "folder of the pages", pages.Dst, "man")
	check(t, "only their names", strconv.FormatBool(pages.StripParent), "true")
	check(t, "time of the plugin", c.Builds[0].ModTimestamp, strconv.FormatInt(made.Unix(), 10))
}
