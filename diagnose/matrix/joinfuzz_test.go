package matrix_test

import (
	"io"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// FuzzJoin reads results of shards: what is none is refused in one clean line, and what is
// joined can be printed in every form.
func FuzzJoin(f *testing.F) {
	f.Add("")
	f.Add("{}")
	f.Add(`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"MatrixShard","shard":{"index":0,"count":1}}`)
	f.Add(`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"MatrixShard","version":"v","shard":{"index":0,"count":1},"classes":1,"sources":[{"name":"pod/a.b","workload":"deploy/a.b","namespace":"b"}],"targets":[{"name":"svc/x.c:80","namespace":"c","port":"80 (http)"}],
 "columns": [
  {"class":0,"targets":[0],"answers":[{"verdict":"Denied","connection":"Denied","by":"Route","sources":"0"}]}
]}`)
	f.Add(`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"MatrixShard","shard":{"index":7,"count":-1},"classes":99999999,"columns":[{"class":5,"targets":[9],"answers":[{"sources":"3-1,x"}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, _, err := matrix.Join(t.Context(), []matrix.Input{input("a.json", text)}, func(int, int) {})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\n\r\x00") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		for _, write := range []func(io.Writer) error{
			m.CSV, m.DOT, m.Mermaid,
			func(w io.Writer) error { return m.JSON(w, nil) }, func(w io.Writer) error { return m.HTML(w, nil) },
			func(w io.Writer) error { return m.Text(w, matrix.TextOptions{}) },
		} {
			var out strings.Builder
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(out.String(), "\x1b\x00") {
				t.Errorf("it prints %q", out.String())
			}
		}
	})
}
