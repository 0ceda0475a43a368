package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// position is that of an operator in a source.
type position struct {
	name         string
	line, column int
}

// textSums returns where strings are put together.
func (s *survey) textSums(ctx context.Context) (map[position]bool, error) {
	cmd := s.command(ctx, "go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./"+pkg)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &complaint)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range s.sources {
		f, err := parser.ParseFile(set, filepath.Join(s.root, pkg, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	known := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	if _, err := config.Check(pkg, set, files, &known); err != nil {
		return nil, err
	}
	sums := map[position]bool{}
	for expr, t := range known.Types {
		sum, ok := expr.(*ast.BinaryExpr)
		if !ok || sum.Op != token.ADD {
			continue
		}
		if basic, ok := t.Type.Underlying().(*types.Basic); ok && basic.Info()&types.IsString != 0 {
			at := set.Position(sum.OpPos)
			sums[position{filepath.Base(at.Filename), at.Line, at.Column}] = true
		}
	}
	return sums, nil
}
