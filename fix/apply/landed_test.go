package apply

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	cart = Target{APIVersion: "security.istio.io/v1", Plural: "authorizationpolicies", Kind: "AuthorizationPolicy", Namespace: "shop", Name: "cart"}
	// The steps of which the outcome is asked.
	creates = Step{Target: cart, Verb: Creates, Object: []byte(`{"metadata":{"name":"cart"},"spec":{"action":"DENY"}}`)}
	changes = Step{Target: cart, Verb: Changes, UID: "u", ResourceVersion: "1", Fields: []Field{
		{Path: []string{"spec", "action"}, Before: []byte(`"ALLOW"`), After: []byte(`"DENY"`), Stood: 1},
	}}
	removes = Step{Target: cart, Verb: Changes, UID: "u", ResourceVersion: "1", Fields: []Field{
		{Path: []string{"spec", "action"}, Before: []byte(`"ALLOW"`), Stood: 1},
	}}
	deletes = Step{Target: cart, Verb: Deletes, UID: "u", ResourceVersion: "1", Object: []byte(`{"metadata":{"name":"cart"},"spec":{"action":"DENY"}}`)}
)

// policy is an object with managers of spec.action.
func policy(uid, version, spec string, managers ...string) string {
	var entries []string
	for _, m := range managers {
		operation := "Apply"
		if strings.HasSuffix(m, "*") {
			operation = "Update"
		}
		entries = append(entries, `{"manager":"`+strings.TrimSuffix(m, "*")+`","operation":"`+operation+`","time":"2026-11-26T10:00:00Z","fieldsV1":{"f:spec":{"f:action":{}}}}`)
	}
	return `{"metadata":{"name":"cart","uid":"` + uid + `","resourceVersion":"` + version + `","managedFields":[` + strings.Join(entries, ",") + `]},"spec":{` + spec + `}}`
}

func TestLandedAndInverse(t *testing.T) {
	const allow, deny, audit = `"action":"ALLOW"`, `"action":"DENY"`, `"action":"AUDIT"`
	const other = "it has changed since (spec.action), by joe at 2026-11-26 10:00:00 UTC"
	for name, tt := range map[string]struct {
		step    Step
		live    string // empty is none
		claimed string // UID that another fix has made
		landed  string // and why
		inverse string // what is done, why nothing is, or the error
	}{
		"made":                          {creates, policy("n", "9", deny, "kubectl-authz-doctor*"), "", "written", "delete"},
		"made by another fix":           {creates, policy("n", "9", deny, "kubectl-authz-doctor*"), "n", "unwritten", "delete"},
		"made by somebody else":         {creates, policy("n", "9", deny, "joe*"), "", "unwritten", "delete"},
		"made and changed":              {creates, policy("n", "9", audit, "kubectl-authz-doctor*", "joe*"), "", "intended: there is one of that name that differs (spec.action)", "Conflict"},
		"not made":                      {creates, "", "", "unwritten", "AuthorizationPolicy shop/cart is not there any more"},
		"changed":                       {changes, policy("u", "2", deny, "kubectl-authz-doctor"), "", "written", "change ALLOW"},
		"not changed":                   {changes, policy("u", "1", allow, "joe"), "", "unwritten", "AuthorizationPolicy shop/cart is as it was before already"},
		"changed and put back":          {changes, policy("u", "3", allow, "joe"), "", "unwritten", "AuthorizationPolicy shop/cart is as it was before already"},
		"changed by others too":         {changes, policy("u", "3", deny, "kubectl-authz-doctor", "joe"), "", "written", "change ALLOW"},
		"changed alike by others":       {changes, policy("u", "3", deny, "joe"), "", "unwritten", "change ALLOW"},
		"changed, and then otherwise":   {changes, policy("u", "3", audit, "joe"), "", "intended: " + other, "Conflict"},
		"changed by admission":          {changes, policy("u", "3", audit, "kubectl-authz-doctor"), "", "written", "Conflict"},
		"changed, of another object":    {changes, policy("v", "3", deny, "kubectl-authz-doctor"), "", "unwritten", "Conflict"},
		"changed, and gone":             {changes, "", "", "unwritten", "AuthorizationPolicy shop/cart is not there any more"},
		"a field that was taken away":   {removes, policy("u", "2", ``), "", "written", "change ALLOW"},
		"a field that is there":         {removes, policy("u", "1", allow, "joe"), "", "unwritten", "AuthorizationPolicy shop/cart is as it was before already"},
		"deleted":                       {deletes, "", "", "written", "create DENY"},
		"not deleted":                   {deletes, policy("u", "1", deny, "joe"), "", "unwritten", "AuthorizationPolicy shop/cart is there again"},
		"deleted, and there is another": {deletes, policy("v", "3", allow, "joe"), "", "written", "Conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
				if tt.live == "" {
					failed(404, "NotFound", "not found", `"name":"cart"`)(rw, r)
					return
				}
				status(200, tt.live)(rw, r)
			})
			l, err := w.Landed(t.Context(), tt.step, func(uid string) bool { return uid == tt.claimed })
			if err != nil {
				t.Fatal(err)
			}
			got := string(l.State)
			if l.Why != "" {
				got += ": " + l.Why
			}
			if diff := cmp.Diff(tt.landed, got); diff != "" {
				t.Errorf("landed (-want +got):\n%s", diff)
			}
			step := tt.step
			if step.Verb == Creates {
				step.UID = "n"
			}
			if diff := cmp.Diff(tt.inverse, inverse(t, w, step)); diff != "" {
				t.Errorf("inverse (-want +got):\n%s", diff)
			}
		})
	}
}

// inverse is the inverse of a step in a word or two.
func inverse(t *testing.T, w *Writer, s Step) string {
	t.Helper()
	c, why, err := w.Inverse(t.Context(), s)
	var e *Error
	switch {
	case errors.As(err, &e):
		return string(e.Reason)
	case err != nil:
		t.Fatal(err)
	case c == nil:
		return why
	}
	out := c.Verb()
	if len(c.After) > 0 {
		out += " " + at(parse(t, string(c.After)), []string{"spec", "action"}).(string)
	}
	return out
}
