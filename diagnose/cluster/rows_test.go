package cluster

import (
	"net/http"
	"strings"
	"testing"
)

func TestAllNames(t *testing.T) {
	for name, tt := range map[string]struct {
		code int
		body string
		want string
		err  string
	}{
		"a table":        {200, `{"kind":"Table","columnDefinitions":[{"name":"Age"},{"name":"Name"}],"rows":[{"cells":["5d","a"]},{"cells":["6d","b"]}]}`, "a b", ""},
		"no tables":      {200, `{"kind":"PodList","items":[{"metadata":{"name":"a"}}]}`, "a", ""},
		"an empty table": {200, `{"kind":"Table","columnDefinitions":[{"name":"Name"}],"rows":[]}`, "", ""},
		"no such column": {200, `{"kind":"Table","columnDefinitions":[{"name":"Age"}],"rows":[{"cells":["5d"]}]}`, "", "something else than JSON"},
		"a short row":    {200, `{"kind":"Table","columnDefinitions":[{"name":"Name"}],"rows":[{"cells":[]}]}`, "", "something else than JSON"},
		"not JSON":       {200, `<html>`, "", "something else than JSON"},
		"forbidden":      {403, forbidden, "", "cannot list"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked *http.Request
			l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r
				says(tt.code, tt.body)(w, r)
			}), 0)
			names, u := l.(Namer).AllNames(t.Context(), Query{Resource: Pods, Namespace: "foo"}, 0)
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if (u != nil) != (tt.err != "") || u != nil && !strings.Contains(u.Message, tt.err) {
				t.Errorf("%v, want %s", u, tt.err)
			}
			if q := asked.URL.Query(); q.Get("includeObject") != "None" || q.Get("resourceVersion") != "0" || q.Get("limit") != "" || asked.Header.Get("Accept") != acceptTable {
				t.Errorf("asked for %s, %s", asked.URL, asked.Header.Get("Accept"))
			}
		})
	}
}
