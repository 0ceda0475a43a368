package history

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for words, want := range map[string]string{
		"fix a b --pick a":                                "fix a b --pick a",
		"fix a b --api-token abc --context prod":          "fix a b --api-token (left out) --context prod",
		"fix a b --api-token=abc":                         "fix a b --api-token=(left out)",
		"fix a b --api-token":                             "fix a b --api-token",
		"fix a b --header Authorization=abc":              "fix a b --header Authorization=(left out)",
		"fix a b --header=x-key:abc --header host=y":      "fix a b --header=x-key:(left out) --header host=y",
		"fix a --curl curl-H-Authorization:x":             "fix a --curl (left out)",
		"fix a http://jane:pw@b.c:80/get?access_token=xy": "fix a http://b.c:80/get?(left out)",
		"fix a http://b.c:80/@x --token file":             "fix a http://b.c:80/@x --token file",
		"fix a http://b.c:80/eyJhbGciOi.eyJpc3Mi.c2ln/x":  "fix a http://b.c:80/(left out)/x",
		"fix a b --proxy-url http://u:p@proxy":            "fix a b --proxy-url (left out)",
	} {
		// One word each, so the replaced ones are joined again.
		got := strings.Join(Words(strings.Fields(words)), " ")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", words, diff)
		}
	}
}
