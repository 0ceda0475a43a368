package e2e

import (
	"bytes"
	"net/http"
	"regexp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// trouble is something that goes wrong between the plugin and the API server.
type trouble struct {
	name string
	// manners are made anew for each run, for some count.
	manners func() []tap.Manner
	flags   []string
	// harmless says that the answer must be the true one nevertheless.
	harmless bool
}

// hasty is for those whose answer never comes.
var hasty = []string{"--request-timeout=500ms"}

var policies = tap.Lists("authorizationpolicies")

type manners = func() []tap.Manner

// pages lets a fault happen to pages of lists, each of one object.
func pages(match func(*http.Request) bool, fault tap.Fault) manners {
	return func() []tap.Manner { return []tap.Manner{tap.Paged(1), tap.When(match, fault)} }
}

func all(fault tap.Fault) manners { return those(tap.Everything, fault) }

func those(match func(*http.Request) bool, fault tap.Fault) manners {
	return func() []tap.Manner { return []tap.Manner{tap.When(match, fault)} }
}

// middle lets a fault happen in the middle of lists.
func middle(fault tap.Fault) manners { return pages(tap.Continued, fault) }

// The refusals of an API server, in its words.
var (
	forbidden403 = tap.Refuse(403, metav1.StatusReasonForbidden, `authorizationpolicies.security.istio.io is forbidden: User "jane" cannot list resource "authorizationpolicies" in API group "security.istio.io" at the cluster scope`)
	unauthorized = tap.Refuse(401, metav1.StatusReasonUnauthorized, "Unauthorized")
	expired410   = tap.Refuse(410, metav1.StatusReasonExpired, "The provided continue parameter is too old to display a consistent list result.")
	internal500  = tap.Refuse(500, metav1.StatusReasonInternalError, "Internal error occurred: etcdserver: leader changed")
	unavailable  = tap.Refuse(503, metav1.StatusReasonServiceUnavailable, "the server is currently unable to handle the request")
	busy         = func(seconds string) tap.Fault {
		return tap.Refuse(429, metav1.StatusReasonTooManyRequests, "too many requests, please try again later", "Retry-After", seconds)
	}
	page502  = tap.Say(502, "text/html", "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n")
	portal   = tap.Say(200, "text/html", "<html><body>Please log in to use this network</body></html>")
	notfound = tap.Say(404, "text/plain; charset=utf-8", "404 page not found\n")
)

var token = regexp.MustCompile(`"continue":"[^"]*"`)

// endless is a list whose next page is always the same one.
func endless(body []byte) []byte {
	return token.ReplaceAll(body, []byte(`"continue":"again"`))
}

// troubles are all of them.
func troubles() []trouble {
	return []trouble{
		{name: "none", harmless: true},
		{name: "pages of one", manners: func() []tap.Manner { return []tap.Manner{tap.Paged(1)} }, harmless: true},
		{name: "403 for everything", manners: all(forbidden403)},
		{name: "403 for policies", manners: those(policies, forbidden403)},
		{name: "403 in the middle of a list", manners: middle(forbidden403)},
		{name: "404 for everything", manners: all(notfound)},
		{name: "404 for policies", manners: those(policies, notfound)},
		{name: "410 in the middle of a list", manners: middle(expired410), harmless: true},
		{name: "410 for every list", manners: those(policies, expired410)},
		{name: "410, and 500 for the list in one piece", manners: func() []tap.Manner {
			return []tap.Manner{
				tap.When(func(r *http.Request) bool { return policies(r) && !r.URL.Query().Has("limit") }, internal500),
				tap.Paged(1), tap.When(tap.Continued, expired410),
			}
		}},
		{name: "429 once", manners: func() []tap.Manner { return []tap.Manner{tap.First(1, policies, busy("1"))} }, harmless: true},
		{name: "429 for an hour", manners: all(busy("3600")), flags: hasty},
		{name: "429 without an end", manners: all(busy("1"))},
		{name: "429 for policies", manners: those(policies, tap.Refuse(429, metav1.StatusReasonTooManyRequests, "too many requests"))},
		{name: "500 for everything", manners: all(internal500)},
		{name: "500 for policies", manners: those(policies, internal500)},
		{name: "502 with a page", manners: all(page502)},
		{name: "503 for policies", manners: those(policies, unavailable)},
		{name: "503 in the middle of a list", manners: middle(unavailable)},
		{name: "slow", manners: all(tap.Late(300 * time.Millisecond)), harmless: true},
		{name: "slow, little patience", manners: all(tap.Late(5 * time.Second)), flags: hasty},
		{name: "slow policies, little patience", manners: those(policies, tap.Late(5*time.Second)), flags: hasty},
		{name: "half an answer and then nothing", manners: all(tap.Drip()), flags: hasty},
		{name: "half of the policies and then nothing", manners: those(policies, tap.Drip()), flags: hasty},
		{name: "cut", manners: all(tap.Cut(false))},
		{name: "cut in a chunk", manners: those(policies, tap.Cut(true))},
		{name: "cut in the middle of a list", manners: middle(tap.Cut(true))},
		{name: "hangs up", manners: func() []tap.Manner { return []tap.Manner{tap.Hangup(tap.Everything)} }},
		{name: "hangs up in the middle of a list", manners: func() []tap.Manner { return []tap.Manner{tap.Paged(1), tap.Hangup(tap.Continued)} }},
		{name: "starts anew in the middle of a list", manners: func() []tap.Manner { return []tap.Manner{tap.Paged(1), tap.Restart(tap.Continued)} }},
		{name: "half of the JSON", manners: those(policies, tap.Truncate())},
		{name: "half of the JSON in the middle of a list", manners: middle(tap.Truncate())},
		{name: "a page to log in", manners: all(portal)},
		{name: "an empty object", manners: all(tap.Say(200, "application/json", "{}"))},
		{name: "an empty object for policies", manners: those(policies, tap.Say(200, "application/json", "{}"))},
		{name: "null for policies", manners: those(policies, tap.Say(200, "application/json", "null"))},
		{name: "an error with 200 for policies", manners: those(policies, tap.Say(200, "application/json", `{"kind":"Status","apiVersion":"v1","status":"Failure","code":500,"message":"no"}`))},
		{name: "another list for policies", manners: those(policies, tap.Say(200, "application/json", `{"kind":"PodList","apiVersion":"v1","items":[]}`))},
		{name: "an empty object in the middle of a list", manners: middle(tap.Say(200, "application/json", "{}"))},
		{name: "a list without an end", manners: func() []tap.Manner {
			return []tap.Manner{tap.Paged(1), tap.When(policies, tap.Edit(endless)), tap.FirstPage()}
		}},
		{name: "policies that cannot be read", manners: those(policies, tap.Edit(func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte(`"rules":[`), []byte(`"rules":["what",`))
		}))},
		{name: "401 for everything", manners: all(unauthorized)},
		{name: "401 after some requests", manners: func() []tap.Manner { return []tap.Manner{tap.After(3, tap.Everything, unauthorized)} }},
		{name: "401 in the middle of a list", manners: middle(unauthorized)},
		{name: "a clock of yesterday", manners: all(tap.Header("Date", "Mon, 01 Jan 2001 00:00:00 GMT", "Warning", `299 - "the clock is wrong"`)), harmless: true},
		{name: "gone after one request", manners: func() []tap.Manner { return []tap.Manner{tap.CutAfter(1)} }},
	}
}
