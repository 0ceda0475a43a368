package tap

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Fault is what happens to a request in place of a good answer; next is the server.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// When lets a fault happen to the requests that match; the others pass.
func When(match func(*http.Request) bool, fault Fault) Manner {
	return func(_ *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if match(r) {
				fault(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Paged makes pages of lists of n objects, whatever the client asks for, so that a few
// objects are several pages.
func Paged(n int) Manner {
	return func(_ *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); q.Has("limit") {
				q.Set("limit", strconv.Itoa(n))
				r.URL.RawQuery = q.Encode()
			}
			next.ServeHTTP(w, r)
		})
	}
}

// FirstPage answers every page of a list with the first one.
func FirstPage() Manner {
	return func(_ *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			q.Del("continue")
			r.URL.RawQuery = q.Encode()
			next.ServeHTTP(w, r)
		})
	}
}

// Refuse answers with a code as an API server does. The headers are name, value, and so on.
func Refuse(code int32, reason metav1.StatusReason, message string, headers ...string) Fault {
	status := metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: code, Reason: reason, Message: message,
	}
	body, err := json.Marshal(status)
	if err != nil {
		panic(err) // a Status can always be written
	}
	return Say(int(code), "application/json", string(body), headers...)
}

// Say answers with whatever body.
func Say(code int, contentType, body string, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body)) // a client that is gone is no concern
	}
}

// Late answers after d.
func Late(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		select {
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-time.After(d):
		}
		next.ServeHTTP(w, r)
	}
}

// Drip sends the beginning of the answer, and then nothing any more.
func Drip() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		half(w, r, next, true)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// Cut breaks the connection in the middle of the body, of which the length was said; with
// chunked it was not, and it ends in the middle of a chunk.
func Cut(chunked bool) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		half(w, r, next, chunked)
		panic(http.ErrAbortHandler)
	}
}

// half sends the head and half of the body of what the server answers.
func half(w http.ResponseWriter, r *http.Request, next http.Handler, chunked bool) {
	whole := record(r, next)
	copyHeader(w.Header(), whole.Header())
	w.Header().Del("Content-Length")
	if !chunked {
		w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
	}
	w.WriteHeader(whole.Code)
	_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	_ = http.NewResponseController(w).Flush()
}

// Truncate answers with half of the body as if it were all of it.
func Truncate() Fault {
	return Edit(func(body []byte) []byte { return body[:len(body)/2] })
}

// Edit changes the body of a good answer.
func Edit(change func(body []byte) []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := record(r, next)
		body := whole.Body.Bytes()
		if whole.Code == http.StatusOK {
			body = change(bytes.Clone(body))
		}
		copyHeader(w.Header(), whole.Header())
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(body)
	}
}

// Header sets headers of a good answer.
func Header(headers ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := record(r, next)
		copyHeader(w.Header(), whole.Header())
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(whole.Code)
		_, _ = w.Write(whole.Body.Bytes())
	}
}

// record gets the whole answer of the server, not compressed.
func record(r *http.Request, next http.Handler) *httptest.ResponseRecorder {
	whole := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.Header.Set("Accept-Encoding", "identity")
	next.ServeHTTP(whole, r)
	return whole
}

func copyHeader(to, from http.Header) {
	for name, values := range from {
		to[name] = values
	}
}

// Everything matches every request.
func Everything(*http.Request) bool { return true }

// Lists matches the lists of a resource, by its plural.
func Lists(plural string) func(*http.Request) bool {
	return func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+plural) }
}

// Continued matches the second page of a list and the later ones.
func Continued(r *http.Request) bool { return r.URL.Query().Has("continue") }
