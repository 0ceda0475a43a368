package cmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// jws is a JWT with the payload {"sub":"me"}; its signature is none.
const jws = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"

// curlRequest is what curl sends of its own accord, with changes.
func curlRequest(method string, changes ...func(*diagnose.Request)) diagnose.Request {
	r := diagnose.Request{Method: method, Exact: true, Headers: map[string][]string{"accept": {"*/*"}, "user-agent": {"curl/?"}}}
	for _, change := range changes {
		change(&r)
	}
	return r
}

// with sets a header, or removes it if there are no values.
func with(name string, values ...string) func(*diagnose.Request) {
	return func(r *diagnose.Request) {
		if len(values) == 0 {
			delete(r.Headers, name)
		} else {
			r.Headers[name] = values
		}
	}
}

func host(h string) func(*diagnose.Request)  { return func(r *diagnose.Request) { r.Host = h } }
func path(p string) func(*diagnose.Request)  { return func(r *diagnose.Request) { r.Path = p } }
func sni(n string) func(*diagnose.Request)   { return func(r *diagnose.Request) { r.SNI = n } }
func token(s string) func(*diagnose.Request) { return func(r *diagnose.Request) { r.Token = s } }

func TestParseCurl(t *testing.T) {
	form := with("content-type", formBody)
	tests := []struct {
		name, line, target string
		want               diagnose.Request
	}{
		{"the least", "curl http://a.b:8000/get", "http://a.b:8000/get", curlRequest("GET")},
		{"no scheme", "curl a:8000", "http://a:8000/", curlRequest("GET")},
		{"no path", "curl http://a?x=1#top", "http://a/?x=1", curlRequest("GET")},
		{"scheme in capitals", "curl HTTP://a/B", "http://a/B", curlRequest("GET")},
		{"IPv6", "curl -g http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/", curlRequest("GET")},
		{"IPv6 without -g", "curl 'http://[2001:db8::1]/'", "http://[2001:db8::1]/", curlRequest("GET")},
		{"a URL by option", "curl --url http://a/", "http://a/", curlRequest("GET")},
		{"a program with its path", "/usr/bin/curl http://a/", "http://a/", curlRequest("GET")},
		{"a copied prompt", "$ curl http://a/", "http://a/", curlRequest("GET")},
		{"a method", "curl -X DELETE http://a/", "http://a/", curlRequest("DELETE")},
		{"a method attached", "curl -XPATCH http://a/", "http://a/", curlRequest("PATCH")},
		{"a long method", "curl --request OPTIONS http://a/", "http://a/", curlRequest("OPTIONS")},
		{"combined letters", "curl -sSkvX PUT http://a/", "http://a/", curlRequest("PUT")},
		{"head", "curl -I http://a/", "http://a/", curlRequest("HEAD")},
		{"idle options", `curl -s -o /dev/null -w "%{http_code}\n" -m 5 --retry 3 -kL --http2 --no-buffer --cacert ca.pem http://a/`, "http://a/", curlRequest("GET")},
		{"a header", "curl -H 'X-A: 1' -HX-B:2 http://a/", "http://a/", curlRequest("GET", with("x-a", "1"), with("x-b", "2"))},
		{"a header twice", "curl -H 'X-A: 1' -H 'x-a: 2' http://a/", "http://a/", curlRequest("GET", with("x-a", "1", "2"))},
		{"a header removed", "curl -H Accept: http://a/", "http://a/", curlRequest("GET", with("accept"))},
		{"a header replaced", "curl -H 'accept: text/html' http://a/", "http://a/", curlRequest("GET", with("accept", "text/html"))},
		{"an empty header", "curl -H 'X-A;' http://a/", "http://a/", curlRequest("GET", with("x-a", ""))},
		{"a header that is none", "curl -H nothing http://a/", "http://a/", curlRequest("GET")},
		{"host", "curl -H 'Host: b.example' http://a/", "http://a/", curlRequest("GET", host("b.example"))},
		{"data", "curl -d a=b http://a/", "http://a/", curlRequest("POST", form)},
		{"data with a method", "curl -X PUT --data-raw @x http://a/", "http://a/", curlRequest("PUT", form)},
		{"data of a file", "curl --data-binary @f http://a/", "http://a/", curlRequest("POST", form)},
		{"data of a type", "curl -d '{}' -H 'Content-Type: application/json' http://a/", "http://a/", curlRequest("POST", with("content-type", "application/json"))},
		{"json", "curl --json '{}' http://a/", "http://a/", curlRequest("POST", with("content-type", jsonBody), with("accept", jsonBody))},
		{"a form", "curl -F a=@f http://a/", "http://a/", curlRequest("POST", with("content-type", multipartBody))},
		{"an upload", "curl -T f http://a/", "http://a/", curlRequest("PUT")},
		{"data as the query", "curl -G -d a=1 --data-urlencode 'b=x y' http://a/p", "http://a/p?a=1&b=x%20y", curlRequest("GET")},
		{"data as more of the query", "curl -Gd a=1 http://a/?z=0", "http://a/?z=0&a=1", curlRequest("GET")},
		{"a query by option", "curl --url-query 'a=x y' http://a/", "http://a/?a=x%20y", curlRequest("GET")},
		{"user and password", "curl -u me:secret http://a/", "http://a/", curlRequest("GET", with("authorization", "Basic bWU6c2VjcmV0"))},
		{"user in the URL", "curl http://me:s%65cret@a/", "http://a/", curlRequest("GET", with("authorization", "Basic bWU6c2VjcmV0"))},
		{"a JWT", "curl -H 'Authorization: Bearer " + jws + "' http://a/", "http://a/", curlRequest("GET", token(jws))},
		{"a JWT by option", "curl --oauth2-bearer " + jws + " http://a/", "http://a/", curlRequest("GET", token(jws))},
		{"a token that is no JWT", "curl --oauth2-bearer opaque http://a/", "http://a/", curlRequest("GET", with("authorization", "Bearer opaque"))},
		{"cookies", "curl -b a=1 --cookie b=2 http://a/", "http://a/", curlRequest("GET", with("cookie", "a=1; b=2"))},
		{"user agent", "curl -A Mozilla/5.0 http://a/", "http://a/", curlRequest("GET", with("user-agent", "Mozilla/5.0"))},
		{"no user agent", "curl -A '' http://a/", "http://a/", curlRequest("GET", with("user-agent"))},
		{"referer", "curl -e 'http://b/;auto' http://a/", "http://a/", curlRequest("GET", with("referer", "http://b/"))},
		{"range", "curl -r 0-9 http://a/", "http://a/", curlRequest("GET", with("range", "bytes=0-9"))},
		{"compressed", "curl --compressed http://a/", "http://a/", curlRequest("GET", with("accept-encoding", "deflate, gzip, br, zstd"))},
		{"dots", "curl http://a/x/../y/./z/..", "http://a/y/", curlRequest("GET")},
		{"too many dots", "curl http://a/../../y//z", "http://a/y//z", curlRequest("GET")},
		{"dots as they are", "curl --path-as-is http://a/x/../y", "http://a/x/../y", curlRequest("GET")},
		{"another target", "curl --request-target '*' -X OPTIONS http://a/", "http://a/", curlRequest("OPTIONS", path("*"))},
		{"resolve", "curl --resolve h.example:80:203.0.113.7 http://h.example/", "http://203.0.113.7:80/", curlRequest("GET", host("h.example"))},
		{"resolve another", "curl --resolve h.example:80:203.0.113.7 http://a/", "http://a/", curlRequest("GET")},
		{"resolve with TLS", "curl -k --resolve h:443:2001:db8::7 https://h/", "https://[2001:db8::7]:443/", curlRequest("GET", host("h"), sni("h"))},
		{"connect to", "curl --connect-to ::gw.istio-system:8080 http://h:81/x", "http://gw.istio-system:8080/x", curlRequest("GET", host("h:81"))},
		{"within a shell", `sh -c "curl -X PUT http://a/"`, "http://a/", curlRequest("PUT")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseCurl(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if got.target != tt.target {
				t.Errorf("target is %s, want %s", got.target, tt.target)
			}
			if diff := cmp.Diff(tt.want, got.request); diff != "" {
				t.Errorf("request of %s (-want +got):\n%s", tt.line, diff)
			}
		})
	}
}

func TestParseCurlInAPod(t *testing.T) {
	tests := []struct {
		line, source string
		kubectl      []kubectlFlag
	}{
		{"kubectl exec deploy/sleep -- curl http://a/", "deploy/sleep", nil},
		{"kubectl exec sleep-7d9c -n foo -c sleep -- curl http://a/", "pod/sleep-7d9c.foo", nil},
		{"kubectl -n=foo exec -it deploy/sleep -- curl http://a/", "deploy/sleep.foo", nil},
		{"kubectl --context=dev exec -nfoo sleep -- sh -c 'curl -s http://a/'", "pod/sleep.foo", []kubectlFlag{{"context", "dev"}}},
		{"kubectl exec --as me -s https://api -n foo sleep -- curl http://a/", "pod/sleep.foo", []kubectlFlag{{"as", "me"}, {"server", "https://api"}}},
		{"oc exec sts/db -q -- curl -- http://a/", "sts/db", nil},
	}
	for _, tt := range tests {
		got, err := parseCurl(tt.line)
		if err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if got.source != tt.source || got.target != "http://a/" {
			t.Errorf("%s: %s to %s, want %s to http://a/", tt.line, got.source, got.target, tt.source)
		}
		if diff := cmp.Diff(tt.kubectl, got.kubectl, cmp.AllowUnexported(kubectlFlag{})); diff != "" {
			t.Errorf("%s: kubectl's flags (-want +got):\n%s", tt.line, diff)
		}
	}
}

func TestParseCurlErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"", "there is no command"},
		{"curl", "there is no URL"},
		{"curl -s", "there is no URL"},
		{"curl http://a/ http://b/", "several URLs"},
		{"curl http://a/{x,y}", "several URLs"},
		{"curl http://a/[1-3]", "several URLs"},
		{"curl 'http://a/x y'", "has a space"},
		{"curl http://:80/", "there is no host"},
		{"wget http://a/", `the command is "wget"`},
		{"curl --sielnt http://a/", "no option --sielnt, did you mean --silent?"},
		{"curl -s~ http://a/", "no option -~"},
		{"curl http://a/ -X", "-X has no argument"},
		{"curl -x http://proxy:3128 http://a/", "-x sends the request through a proxy"},
		{"curl --unix-socket /run/x http://a/", "sends the request to a socket"},
		{"curl -K file http://a/", "-K reads options from a file"},
		{"curl http://a/ --next http://b/", "--next makes it several requests"},
		{"curl -b jar.txt http://a/", "-b: cookies of a file"},
		{"curl -H @file http://a/", "-H: headers of a file"},
		{"curl -H 'a b: c' http://a/", "-H: want 'NAME: VALUE'"},
		{"curl -G -d @file http://a/", "-G takes the query from a file"},
		{"kubectl get pods", "only exec runs curl"},
		{"kubectl exec sleep curl http://a/", "with -- before curl"},
		{"kubectl exec -- curl http://a/", "want kubectl exec POD"},
		{"kubectl exec sleep -n", "-n has no argument"},
		{"kubectl exec sleep -- wget http://a/", `the command is "wget"`},
	}
	for _, tt := range tests {
		_, err := parseCurl(tt.line)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.line, err, tt.want)
		}
	}
}
