package kmesh_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kmesh"
)

// apiServer has a daemon on node n2, which answers /authz, and forwards ports to it over
// SPDY as API servers did before they spoke WebSocket.
func apiServer(t *testing.T, forwards int, answer string) *rest.Config {
	t.Helper()
	status := func(w http.ResponseWriter, code int, reason metav1.StatusReason) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason, Message: map[bool]string{true: "pods is forbidden: no", false: "broken"}[code == http.StatusForbidden]})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/namespaces/kmesh-system/pods", func(w http.ResponseWriter, r *http.Request) {
		items := ""
		if strings.HasSuffix(r.URL.Query().Get("fieldSelector"), "=n2") && r.URL.Query().Get("labelSelector") == "app=kmesh" {
			items = `{"metadata":{"name":"kmesh-x","namespace":"kmesh-system"},"spec":{"nodeName":"n2"},"status":{"phase":"Running"}}`
		}
		_, _ = fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[%s]}`, items)
	})
	mux.HandleFunc("/api/v1/namespaces/kmesh-system/pods/kmesh-x/portforward", func(w http.ResponseWriter, r *http.Request) {
		if forwards == 0 {
			<-r.Context().Done()
			return
		}
		if forwards != http.StatusOK || r.Header.Get("Upgrade") == "websocket" {
			status(w, max(forwards, http.StatusBadRequest), metav1.StatusReasonForbidden)
			return
		}
		if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
			return
		}
		done := make(chan struct{})
		conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, replied <-chan struct{}) error {
			if s.Headers().Get("streamType") == "data" {
				go func() { <-replied; daemonAnswers(s, s.Headers().Get("port"), answer) }()
			}
			return nil
		})
		if conn == nil {
			close(done)
			return
		}
		<-conn.CloseChan()
	})
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return &rest.Config{Host: s.URL}
}

// daemonAnswers is what stands at the other end of the port.
func daemonAnswers(s httpstream.Stream, port, answer string) {
	defer func() { _ = s.Close() }()
	r, err := http.ReadRequest(bufio.NewReader(s))
	if err != nil || r.Method != http.MethodGet || r.URL.Path != "/authz" || port != "15200" {
		answer = "400 Bad Request"
	}
	line, body, _ := strings.Cut(answer, "\n")
	_, _ = io.WriteString(s, fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", line, len(body), body))
}

// TestAskDaemon: the daemon of the node tells whether its XDP program judges, and what
// cannot be had is named.
func TestAskDaemon(t *testing.T) {
	choose(t, kmesh.Ask)
	tests := []struct {
		name, node, answer string
		forwards           int
		want               string // the object, or the reason and a part of the message
	}{
		{"on", "n2", "200 OK\n{\"enabled\": true}", http.StatusOK, `{"enabled":true}`},
		{"off", "n2", "200 OK\n{\"enabled\": false}", http.StatusOK, `{"enabled":false}`},
		{"a daemon that does not tell yet", "n2", "405 Method Not Allowed", http.StatusOK, "Failed kmesh-system/kmesh-x is of a version that does not tell: it answers 405"},
		{"something else", "n2", "200 OK\nhello", http.StatusOK, "Failed something else than its state"},
		{"no state", "n2", "200 OK\n{}", http.StatusOK, "Failed something else than its state"},
		{"not permitted", "n2", "", http.StatusForbidden, "Forbidden create pods/portforward"},
		{"broken", "n2", "", http.StatusInternalServerError, "Failed no port-forward to the daemon kmesh-system/kmesh-x"},
		{"no daemon there", "n1", "", http.StatusOK, "Failed no running Pod of Kmesh's daemon on node n1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := cluster.NewLive(apiServer(t, tt.forwards, tt.answer), "test")
			if err != nil {
				t.Fatal(err)
			}
			got := r.Read(t.Context(), []cluster.Query{{Resource: kmesh.States, Name: tt.node}})[0]
			if u := got.Unread; u != nil {
				reason, part, _ := strings.Cut(tt.want, " ")
				if string(u.Reason) != reason || !strings.Contains(u.Message, part) || strings.Contains(u.Message, "\n") {
					t.Errorf("%+v, want %s", u, tt.want)
				}
				return
			}
			if len(got.Items) != 1 || !strings.Contains(string(got.Items[0].Raw), tt.want) || got.Items[0].Object.GetName() != tt.node {
				t.Errorf("%+v, want %s", got.Items, tt.want)
			}
		})
	}
}

// TestAskSilence: a server that does not answer keeps nobody waiting for longer than one
// is ready to wait.
func TestAskSilence(t *testing.T) {
	choose(t, kmesh.Ask)
	r, err := cluster.NewLive(apiServer(t, 0, ""), "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if u := r.Read(ctx, []cluster.Query{{Resource: kmesh.States, Name: "n2"}})[0].Unread; u == nil || u.Reason != cluster.TimedOut {
		t.Errorf("%+v", u)
	}
}

// TestAskNobody: unless it was chosen no daemon is asked, not even by what repairs look at.
func TestAskNobody(t *testing.T) {
	r, err := cluster.NewLive(&rest.Config{Host: "http://127.0.0.1:1"}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Read(t.Context(), []cluster.Query{{Resource: kmesh.States, Name: "n2"}})[0]; got.Unread != nil || got.Items != nil {
		t.Errorf("%+v", got)
	}
}

// choose has a way to know for one test.
func choose(t *testing.T, how kmesh.Authz) {
	t.Helper()
	t.Cleanup(func() { _ = kmesh.SetAuthz(string(kmesh.ByVersion)) })
	if err := kmesh.SetAuthz(string(how)); err != nil {
		t.Fatal(err)
	}
}
