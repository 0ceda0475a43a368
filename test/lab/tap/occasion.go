package tap

import (
	"net/http"
	"sync/atomic"
)

// First lets a fault happen to the first n requests that match; the others pass.
func First(n int64, match func(*http.Request) bool, fault Fault) Manner {
	var seen atomic.Int64
	return When(func(r *http.Request) bool { return match(r) && seen.Add(1) <= n }, fault)
}

// After lets a fault happen to the requests that match but for the first n.
func After(n int64, match func(*http.Request) bool, fault Fault) Manner {
	var seen atomic.Int64
	return When(func(r *http.Request) bool { return match(r) && seen.Add(1) > n }, fault)
}

// Done has the server do what is asked, and forgets its answer.
func Done(r *http.Request, next http.Handler) { record(r, next) }

// GoneOnce lets the first request that matches be done, and closes all connections before
// it is answered.
func GoneOnce(match func(*http.Request) bool) Manner {
	var seen atomic.Bool
	return func(t *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !match(r) || !seen.CompareAndSwap(false, true) {
				next.ServeHTTP(w, r)
				return
			}
			Done(r, next)
			t.breakOff(r)
		})
	}
}

// Once lets a fault happen to the requests that match from when another was answered.
func Once(answered, match func(*http.Request) bool, fault Fault) Manner {
	var begun atomic.Bool
	return func(_ *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if begun.Load() && match(r) {
				fault(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
			if answered(r) {
				begun.Store(true)
			}
		})
	}
}

// Hangup closes all connections before anything was answered, as a server that ends does.
func Hangup(match func(*http.Request) bool) Manner { return hangup(1<<62, match) }

// Restart is Hangup for once: the server is back at once.
func Restart(match func(*http.Request) bool) Manner { return hangup(1, match) }

func hangup(times int64, match func(*http.Request) bool) Manner {
	var seen atomic.Int64
	return func(t *Tap, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if match(r) && seen.Add(1) <= times {
				t.breakOff(r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// breakOff closes all connections, also that of the request, and ends its handler.
func (t *Tap) breakOff(r *http.Request) {
	go t.server.CloseClientConnections() // it waits until they are closed
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}
