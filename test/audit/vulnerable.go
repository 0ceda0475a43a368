package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// vulnerabilities asks the database about what the plugin calls.
func vulnerabilities(ctx context.Context, root, db string) error {
	if err := reachable(ctx, db); err != nil {
		err = fmt.Errorf("vulnerabilities: %s cannot be asked: %w", db, err)
		if os.Getenv("GITHUB_ACTIONS") == "true" {
			return err
		}
		fmt.Println(err)
		return nil
	}
	govulncheck, err := lab.BuildGovulncheck(ctx, os.Stderr)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, govulncheck, "-db", db, "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	var failed *exec.ExitError
	if err := cmd.Run(); errors.As(err, &failed) && failed.ExitCode() == 3 {
		return errors.New("vulnerabilities: the plugin reaches what is named above")
	} else if err != nil {
		return fmt.Errorf("govulncheck: %w", err)
	}
	return nil
}

// reachable looks for the first file that govulncheck will ask for.
func reachable(ctx context.Context, db string) error {
	const first = "index/db.json"
	if dir, ok := strings.CutPrefix(db, "file://"); ok {
		_, err := os.Stat(filepath.Join(dir, first))
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(db, "/")+"/"+first, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	var why *url.Error
	if errors.As(err, &why) {
		return why.Err
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}
