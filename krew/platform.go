package main

import (
	"fmt"
	"slices"
	"strings"
)

// plugin is the file name by which kubectl knows the plugin.
const plugin = "kubectl-authz_doctor"

// A platform is what one archive is for.
type platform struct{ os, arch string }

// platforms are all of them, in the order of the manifest.
var platforms = []platform{
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"windows", "amd64"},
	{"windows", "arm64"},
}

func (p platform) String() string { return p.os + "/" + p.arch }

// binary is the file name of the plugin.
func (p platform) binary() string {
	if p.os == "windows" {
		return plugin + ".exe"
	}
	return plugin
}

// archive is the file name of the archive.
func (p platform) archive(version string) string {
	name := strings.Join([]string{plugin, version, p.os, p.arch}, "_")
	if p.os == "windows" {
		return name + ".zip"
	}
	return name + ".tar.gz"
}

// parsePlatforms reads OS/ARCH,…; no word is all platforms.
func parsePlatforms(words string) ([]platform, error) {
	if words == "" {
		return platforms, nil
	}
	var wanted []platform
	for word := range strings.SplitSeq(words, ",") {
		i := slices.IndexFunc(platforms, func(p platform) bool { return p.String() == word })
		if i < 0 {
			return nil, fmt.Errorf("-platform %q: want some of %v", word, platforms)
		}
		if !slices.Contains(wanted, platforms[i]) {
			wanted = append(wanted, platforms[i])
		}
	}
	return wanted, nil
}
