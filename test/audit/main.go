// Command audit looks at what is linked into the plugin: whether the licences of all modules
// are permissive, whether THIRD-PARTY-NOTICES holds them, as those who distribute it have to,
// and whether a vulnerability of a module is known that the plugin reaches.
//
//	audit            check
//	audit -write     write THIRD-PARTY-NOTICES first
//	audit -db URL    ask another database of vulnerabilities: file:///a/copy
//
// All but the database works without a network. If that cannot be asked, audit says so; in a
// workflow of GitHub, where it can, that is a failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	write := flag.Bool("write", false, "write THIRD-PARTY-NOTICES")
	db := flag.String("db", "https://vuln.go.dev", "the database of vulnerabilities")
	flag.Parse()
	err := run(ctx, *write, *db)
	if stop(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, write bool, db string) error {
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return err
	}
	root := filepath.Dir(here)
	return errors.Join(licences(ctx, root, write), vulnerabilities(ctx, root, db))
}

// licences checks the licences, and the file of them.
func licences(ctx context.Context, root string, write bool) error {
	modules, err := linked(ctx, root)
	if err != nil {
		return err
	}
	if err := judge(modules); err != nil {
		return err
	}
	file, text := filepath.Join(root, "THIRD-PARTY-NOTICES"), notices(modules)
	if write {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	is, err := os.ReadFile(file)
	if err != nil || string(is) != text {
		return errors.New("THIRD-PARTY-NOTICES is not what the modules say: write it anew with make notices")
	}
	fmt.Printf("licences: %d modules, all permissive\n", len(modules))
	return nil
}
