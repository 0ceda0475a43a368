package tap

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Manner is a way to treat requests before, or instead of, the API server.
type Manner func(*Tap, http.Handler) http.Handler

// Slow holds every request back for d, so that those which wait for the answer
// of another stand apart in time.
func Slow(d time.Duration) Manner {
	return func(_ *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(d)
			next.ServeHTTP(w, r)
		})
	}
}

// CutAfter serves n requests; with the next one the server is gone, its
// connections broken and its port closed.
func CutAfter(n int64) Manner {
	return func(t *Tap, next http.Handler) http.Handler {
		var served atomic.Int64
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if served.Add(1) > n {
				_ = t.server.Listener.Close() // a second one finds it closed already
				go t.server.CloseClientConnections()
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Silent never answers: the request waits until the client gives up.
func Silent() Manner {
	return func(*Tap, http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		})
	}
}

// Without answers 404 for the API groups, in the way of an API server that
// never heard of them.
func Without(groups ...string) Manner {
	return func(_ *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, g := range groups {
				if r.URL.Path == "/apis/"+g || strings.HasPrefix(r.URL.Path, "/apis/"+g+"/") {
					http.Error(w, "404 page not found", http.StatusNotFound)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}
