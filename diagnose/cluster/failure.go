package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// failure is why a request has no answer.
type failure struct {
	// absent says that the server is sure that the object does not exist.
	absent  bool
	reason  Reason
	message string
	code    int // of HTTP; 0 where there was no answer
}

// server is who answers, as messages name it.
type server struct {
	name    string // https://host:port
	timeout time.Duration
}

// failure puts an error of the client in words. The body may be empty.
func (s server) failure(ctx context.Context, q Query, err error, body []byte) *failure {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		f := s.answered(q, int(status.Status().Code), body)
		f.message = oneLine(f.message)
		return f
	}
	reason, message := s.silent(ctx, err)
	return &failure{reason: reason, message: oneLine(message)}
}

// answered is about a server that answered, but not with what was asked for.
func (s server) answered(q Query, code int, body []byte) *failure {
	var status metav1.Status
	if json.Unmarshal(body, &status) != nil || status.Kind != "Status" {
		status = metav1.Status{Message: string(body)}
		if strings.HasPrefix(strings.TrimSpace(status.Message), "<") { // a page, of whatever stands between
			status.Message = fmt.Sprintf("%d %s, with a page instead of a reason", code, http.StatusText(code))
		}
	}
	f := &failure{code: code}
	switch code {
	case http.StatusNotFound:
		// Only a server that knows the resource names the object that it lacks.
		f.absent = q.Name != "" && status.Reason == metav1.StatusReasonNotFound && status.Details != nil && status.Details.Name != ""
		f.reason, f.message = NotInstalled, s.name+" has no "+q.Resource.String()
		if slices.Contains(builtIn, q.Resource.Group) {
			f.reason, f.message = Failed, f.message+": it does not look like a Kubernetes API server"
		}
	case http.StatusForbidden:
		_, why, found := strings.Cut(status.Message, " is forbidden: ")
		if !found {
			why = status.Message
		}
		f.reason, f.message = Forbidden, s.name+": "+or(why, "access is forbidden")
	case http.StatusUnauthorized:
		f.reason, f.message = Unauthorized, s.name+" does not accept the credentials"
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		f.reason, f.message = TimedOut, s.name+": "+or(status.Message, "the request timed out")
	default:
		f.reason, f.message = Failed, s.name+": "+or(status.Message, http.StatusText(code))
	}
	return f
}

// builtIn are the groups that no cluster is without.
var builtIn = []string{"", "apps", "batch", "discovery.k8s.io", "networking.k8s.io"}

// silent is about a server that did not answer, or not to the end.
func (s server) silent(ctx context.Context, err error) (Reason, string) {
	var (
		timeout interface{ Timeout() bool }
		dns     *net.DNSError
		record  tls.RecordHeaderError
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		stream  http2.StreamError
		away    http2.GoAwayError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Failed, "cancelled before " + s.name + " answered"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return TimedOut, s.name + " did not answer in time"
	case errors.As(err, &dns):
		return Unreachable, s.name + ": the name " + dns.Name + " cannot be resolved"
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut, s.name + " did not answer within " + s.timeout.String()
	case errors.Is(err, syscall.ECONNREFUSED):
		return Unreachable, s.name + " refuses the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &stream), errors.As(err, &away), broken(err):
		return Unreachable, s.name + " closed the connection before the answer was complete"
	case errors.As(err, &record):
		return Unreachable, s.name + " does not speak TLS"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Unreachable, s.name + ": its certificate is not trusted: " + cause(err) + "; if the certificate is good, a clock is wrong"
	case errors.As(err, &verify), errors.As(err, &unknown):
		return Unreachable, s.name + ": its certificate is not trusted: " + cause(err)
	case strings.Contains(err.Error(), "getting credentials"):
		return Unauthorized, "no credentials for " + s.name + ": " + cause(err)
	}
	return Unreachable, s.name + " cannot be reached: " + cause(err)
}

// broken tells the errors of HTTP/2 about a connection that ended, which have no type.
func broken(err error) bool {
	return strings.Contains(err.Error(), "http2: client connection lost") || strings.Contains(err.Error(), "http2: client connection force closed")
}

// cause is the text of an error without the request that it is about, and
// without the layers of the program that saw it.
func cause(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	var operation *net.OpError
	if errors.As(err, &operation) {
		err = operation.Err
	}
	text := err.Error()
	for _, layer := range []string{"tls: ", "x509: ", "failed to verify certificate: ", "http2: ", "net/http: ", "http: "} {
		text = strings.ReplaceAll(text, layer, "")
	}
	return text
}

// oneLine is text in one line of bearable length.
func oneLine(text string) string {
	const longest = 300
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// or returns s, or other if s is blank.
func or(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}
