package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		want string // of the error
	}{
		{nil, "usage: krew package"},
		{[]string{"publish"}, "usage: krew package"},
		{[]string{"package", "dist"}, "usage: krew package"},
		{[]string{"package", "-platform", "plan9/amd64"}, `-platform "plan9/amd64": want some of [linux/amd64 linux/arm64 darwin`},
		{[]string{"package", "-version", "1.2.3"}, `-version "1.2.3": want one like v1.2.3`},
		{[]string{"package", "-version", "v1.2"}, "want one like v1.2.3"},
		{[]string{"package", "-version", "v01.2.3"}, "want one like v1.2.3"},
		{[]string{"package", "-version", "v1.2.3/../x"}, "want one like v1.2.3"},
		{[]string{"manifest"}, `-version "": want one like v1.2.3`},
		{[]string{"manifest", "-version", "v1.2.3-rc.1", "-dir", t.TempDir()}, "the archive for linux/amd64"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			if err := run(t.Context(), tt.args, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestPlatforms(t *testing.T) {
	for words, want := range map[string]string{
		"":                                    fmt.Sprint(platforms),
		"darwin/arm64":                        "[darwin/arm64]",
		"windows/amd64,linux/arm64":           "[windows/amd64 linux/arm64]",
		"linux/arm64,linux/amd64,linux/arm64": "[linux/arm64 linux/amd64]",
	} {
		if got, err := parsePlatforms(words); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v, want %s", words, got, err, want)
		}
	}
}

func TestChecksums(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(checksums(someSums("v1.2.3")))), "\n")
	if len(lines) != len(platforms) || !slices.IsSortedFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) }) {
		t.Errorf("want a line for each platform, sorted by name:\n%s", strings.Join(lines, "\n"))
	}
	if want := sumOf([]byte("linux/arm64")) + "  kubectl-authz_doctor_v1.2.3_linux_arm64.tar.gz"; !slices.Contains(lines, want) {
		t.Errorf("no line %q", want)
	}
}
