package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// settingsVariable names another configuration file; empty is none.
const settingsVariable = "AUTHZ_DOCTOR_CONFIG"

// settingsFile is the configuration file, or empty if there is none. One that is named
// must exist: reading it fails otherwise.
func settingsFile(env lookup) string {
	if file, named := env(settingsVariable); named {
		return file
	}
	base, err := configHome(env)
	if err != nil {
		return "" // who has no home has written none
	}
	file := filepath.Join(base, "kubectl-authz-doctor", "config.yaml")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return file
}

// configHome is $XDG_CONFIG_HOME, which is ~/.config if it is not set, or %AppData%.
func configHome(env lookup) (string, error) {
	if base, _ := env("XDG_CONFIG_HOME"); filepath.IsAbs(base) { // others are to be ignored (XDG Base Directory Specification)
		return base, nil
	}
	if runtime.GOOS == "windows" {
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".config"), nil
}
