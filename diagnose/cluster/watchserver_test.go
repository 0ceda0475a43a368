package cluster

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// watchServer is an API server with lists and watches of metadata.
type watchServer struct {
	t       *testing.T
	address string
	http    *httptest.Server

	mu        sync.Mutex
	changed   chan struct{} // closed and made anew by whatever happens
	version   int
	oldest    int // the last version that no watch begins after any more
	objects   map[string]watchObject
	log       []watchEntry
	begun     int // watches
	cuts      int // how often all watches were ended
	gones     int
	held      chan struct{}
	code      int // what is answered to everything
	body      string
	forbidden map[string]string
	nameless  map[string]bool
	refused   int
	lists     int
	onList    func() // after the first list
}

type watchObject struct {
	Resource   string            `json:"-"`
	Namespace  string            `json:"namespace,omitempty"`
	Name       string            `json:"name"`
	UID        string            `json:"uid"`
	Version    string            `json:"resourceVersion"`
	Generation int               `json:"generation,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
}

type watchEntry struct {
	version int
	kind    string
	object  watchObject
}

func newWatchServer(t *testing.T) *watchServer {
	s := &watchServer{
		t: t, version: 10, changed: make(chan struct{}), objects: map[string]watchObject{},
		forbidden: map[string]string{}, nameless: map[string]bool{},
	}
	s.http = httptest.NewServer(s)
	s.address = s.http.Listener.Addr().String()
	t.Cleanup(s.close)
	return s
}

func (s *watchServer) url() string { return "http://" + s.address }

func (s *watchServer) close() {
	s.shutDown()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func (s *watchServer) happen() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// put makes or changes an object: its generation, its status alone, or its labels.
func (s *watchServer) put(resource, namespace, name, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := resource + "/" + namespace + "/" + name
	o, was := s.objects[id]
	s.version++
	kind := "MODIFIED"
	if !was {
		kind = "ADDED"
		o = watchObject{resource, namespace, name, strconv.Itoa(s.version), "", 1, map[string]string{"app": "x"}}
	}
	switch what {
	case "generation":
		o.Generation++
	case "label":
		o.Labels = map[string]string{"app": "x", "version": strconv.Itoa(s.version)}
	}
	o.Version = strconv.Itoa(s.version)
	s.objects[id] = o
	s.log = append(s.log, watchEntry{s.version, kind, o})
	s.happen()
}

func (s *watchServer) remove(resource, namespace, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := resource + "/" + namespace + "/" + name
	o := s.objects[id]
	delete(s.objects, id)
	s.version++
	o.Version = strconv.Itoa(s.version)
	s.log = append(s.log, watchEntry{s.version, "DELETED", o})
	s.happen()
}

// await waits until so many watches were begun in all.
func (s *watchServer) await(n int) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		begun, changed := s.begun, s.changed
		s.mu.Unlock()
		if begun >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("%d watches were begun, want %d", begun, n)
		}
	}
}

func (s *watchServer) watches() int { s.mu.Lock(); defer s.mu.Unlock(); return s.begun }

func (s *watchServer) refusals() int { s.mu.Lock(); defer s.mu.Unlock(); return s.refused }

// cut ends all watches.
func (s *watchServer) cut() { s.mu.Lock(); defer s.mu.Unlock(); s.cuts++; s.happen() }

// compact forgets what has happened: no watch may begin before now.
func (s *watchServer) compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.oldest = s.version
}

// tellGone tells all watches that they are too old.
func (s *watchServer) tellGone() { s.mu.Lock(); defer s.mu.Unlock(); s.gones++; s.happen() }

// hold lets all requests wait until release.
func (s *watchServer) hold() { s.mu.Lock(); defer s.mu.Unlock(); s.held = make(chan struct{}) }

func (s *watchServer) release() { s.mu.Lock(); defer s.mu.Unlock(); close(s.held); s.held = nil }

// answer lets every request be answered with the code; 0: as it should be.
func (s *watchServer) answer(code int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code, s.body = code, body
}

func (s *watchServer) forbid(path, verb string) { s.forbidden[path] = verb }

func (s *watchServer) forbidWithoutName(path string) { s.nameless[path] = true }

func (s *watchServer) shutDown() {
	if s.http == nil {
		return
	}
	s.http.CloseClientConnections()
	s.http.Listener.Close()
	s.cut()
	s.http.Close()
	s.http = nil
}

func (s *watchServer) startAgain() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.http = &httptest.Server{Listener: l, Config: &http.Server{Handler: s}}
	s.http.Start()
}

// ServeHTTP answers /api/v1/namespaces, /api/v1/namespaces/NS/RESOURCE and
// /apis/GROUP/VERSION/namespaces/NS/RESOURCE, and objects in them.
func (s *watchServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	held, code, body := s.held, s.code, s.body
	s.mu.Unlock()
	if held != nil {
		<-held
	}
	if code != 0 {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprint(w, body)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if parts[0] == "api" {
		parts = parts[2:]
	} else {
		parts = parts[3:]
	}
	namespace := ""
	if len(parts) > 2 {
		namespace, parts = parts[1], parts[2:]
	}
	matches := func(o watchObject) bool {
		name, named := strings.CutPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
		return o.Resource == parts[0] && (namespace == "" || o.Namespace == namespace) && (!named || o.Name == name)
	}
	watch := r.URL.Query().Get("watch") != ""
	metadata := strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadata")
	verb := "list"
	if watch {
		verb = "watch"
	}
	bare := r.URL.Query().Get("fieldSelector") == ""
	w.Header().Set("Content-Type", "application/json")
	switch {
	case len(parts) > 1:
		http.Error(w, fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"details":{"name":%q}}`, parts[1]), 404)
	case metadata && (s.forbidden[r.URL.Path] == verb || s.nameless[r.URL.Path] && bare):
		s.mu.Lock()
		s.refused++
		s.mu.Unlock()
		http.Error(w, forbidden, http.StatusForbidden)
	case watch:
		s.watch(w, r, matches)
	default:
		s.list(w, metadata, matches)
	}
}

func (s *watchServer) list(w http.ResponseWriter, metadata bool, matches func(watchObject) bool) {
	s.mu.Lock()
	items := []map[string]any{}
	for _, o := range s.objects {
		if matches(o) {
			items = append(items, asObject(o, metadata))
		}
	}
	body := map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]string{"resourceVersion": strconv.Itoa(s.version)}, "items": items}
	if metadata {
		body["kind"], body["apiVersion"] = "PartialObjectMetadataList", "meta.k8s.io/v1"
	}
	s.lists++
	first := s.lists == 1
	s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(body)
	if first && s.onList != nil {
		s.onList()
	}
}

func asObject(o watchObject, metadata bool) map[string]any {
	out := map[string]any{"metadata": o}
	if metadata {
		out["kind"], out["apiVersion"] = "PartialObjectMetadata", "meta.k8s.io/v1"
	}
	return out
}

func (s *watchServer) watch(w http.ResponseWriter, r *http.Request, matches func(watchObject) bool) {
	from, _ := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	s.mu.Lock()
	old := from < s.oldest
	cuts, gones := s.cuts, s.gones
	if !old {
		s.begun++
		s.happen()
	}
	s.mu.Unlock()
	if old {
		http.Error(w, gone, http.StatusGone)
		return
	}
	w.WriteHeader(http.StatusOK)
	send := func(kind string, object any) {
		_ = json.NewEncoder(w).Encode(map[string]any{"type": kind, "object": object})
		w.(http.Flusher).Flush()
	}
	w.(http.Flusher).Flush()
	for {
		s.mu.Lock()
		log, cut, isGone, changed := slices.Clone(s.log), s.cuts != cuts, s.gones != gones, s.changed
		s.mu.Unlock()
		if isGone {
			send("ERROR", json.RawMessage(gone))
			return
		}
		if cut {
			return
		}
		for _, e := range log {
			if e.version > from && matches(e.object) {
				send(e.kind, asObject(e.object, true))
			}
			from = max(from, e.version)
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
