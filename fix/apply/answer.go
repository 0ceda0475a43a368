package apply

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// errStale is the server's word that the object has another resourceVersion or UID than
// the request wants.
var errStale = errors.New("the object is another one than was asked to change")

// failure puts an answer that is no success in words. Verb is the verb of RBAC that the
// request needs.
func (w *Writer) failure(ctx context.Context, t Target, verb string, err error, body []byte) error {
	var answered apierrors.APIStatus
	if !errors.As(err, &answered) {
		return w.silent(ctx, t, verb, err)
	}
	code := int(answered.Status().Code)
	var status metav1.Status
	if json.Unmarshal(body, &status) != nil || status.Kind != "Status" {
		status = metav1.Status{Message: strings.TrimSpace(string(body))}
	}
	if status.Message == "" {
		status.Message = http.StatusText(code)
	}
	e := &Error{Object: t.String(), Reason: Failed, Message: w.server.Server() + ": " + status.Message}
	switch {
	case refusal(status.Message):
		e.Reason, e.Answer, e.Message = Refused, status.Message, "admission refused it: "+status.Message
		if strings.Contains(status.Message, "failed calling webhook") {
			e.Message = "the server could not ask an admission webhook: " + status.Message
		}
	case code == http.StatusConflict && status.Reason == metav1.StatusReasonAlreadyExists:
		e.Reason, e.Message = AlreadyExists, "there is one of that name already"
		e.Help = "nothing was changed: ask again, for it is part of the answer now"
	case code == http.StatusConflict:
		if by := fieldConflicts(status); len(by) > 0 {
			return managed(t.String(), by)
		}
		return errStale
	case code == http.StatusForbidden && strings.Contains(status.Message, " cannot "+verb+" resource "):
		return forbidden(t, verb, status.Message)
	case code == http.StatusForbidden: // by what the server has built in: quotas, Pod Security
		e.Reason, e.Answer, e.Message = Refused, status.Message, "admission refused it: "+status.Message
	case code == http.StatusNotFound:
		return missing(t, status, e)
	case code == http.StatusUnprocessableEntity, code == http.StatusBadRequest:
		e.Reason, e.Message = Invalid, "the server does not accept it: "+status.Message
	case code == http.StatusUnauthorized:
		e.Reason, e.Message = Unauthorized, w.server.Server()+" does not accept the credentials"
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		e.Reason, e.Help = Unreachable, "try again"
	case code == http.StatusRequestTimeout, code == http.StatusGatewayTimeout:
		e.Reason, e.Uncertain = TimedOut, writes(verb)
	case code >= http.StatusInternalServerError:
		e.Uncertain = writes(verb)
	}
	return e
}

// refusal tells the words of admission (k8s.io/apiserver, plugin/webhook/errors and
// plugin/policy/validating) from those of RBAC.
func refusal(message string) bool {
	return strings.Contains(message, "admission webhook ") || strings.Contains(message, "failed calling webhook ") ||
		strings.Contains(message, "ValidatingAdmissionPolicy ") && strings.Contains(message, " denied request")
}

func missing(t Target, status metav1.Status, e *Error) *Error {
	switch {
	case status.Details == nil || status.Details.Name == "":
		e.Reason, e.Message = NotInstalled, "the server has no "+t.resource()+" in "+t.APIVersion
	case status.Details.Kind == "namespaces" && t.Plural != "namespaces":
		e.Reason, e.Message = NotFound, "there is no namespace "+t.Namespace
	default:
		e.Reason, e.Message = NotFound, "it is not there"
		e.Help = "nothing was changed: ask again"
	}
	return e
}

// forbidden names the right that is missing.
func forbidden(t Target, verb, message string) *Error {
	where := "in all namespaces"
	if t.Namespace != "" {
		where = "in namespace " + t.Namespace
	}
	if _, why, ok := strings.Cut(message, " is forbidden: "); ok {
		message = why
	}
	return &Error{
		Reason: Forbidden, Object: t.String(), Message: message,
		Help: "it needs the verb " + verb + " on " + t.resource() + " " + where + "; the ClusterRole authz-doctor-fixer in docs/rbac.yaml has what most fixes need",
	}
}

// silent is about a request without an answer, or without a whole one.
func (w *Writer) silent(ctx context.Context, t Target, verb string, err error) error {
	reason, message := w.server.Silent(ctx, err)
	e := &Error{Object: t.String(), Reason: Unreachable, Message: message, Uncertain: writes(verb) && !never(message)}
	switch reason {
	case cluster.TimedOut:
		e.Reason = TimedOut
	case cluster.Unauthorized:
		e.Reason, e.Uncertain = Unauthorized, false
	case cluster.Failed:
		e.Reason = Failed
	default:
	}
	return e
}

// never tells the failures before anything was sent.
func never(message string) bool {
	return strings.HasSuffix(message, "refuses the connection") || strings.HasSuffix(message, "cannot be resolved") ||
		strings.HasSuffix(message, "does not speak TLS") || strings.Contains(message, "certificate is not trusted")
}

func writes(verb string) bool { return verb != "get" }

// fieldConflicts are the causes of a conflict of server-side apply:
// conflict with "kubectl" using v1 (k8s.io/apimachinery, managedfields/internal/conflict.go).
func fieldConflicts(status metav1.Status) []Managed {
	if status.Details == nil {
		return nil
	}
	var out []Managed
	for _, c := range status.Details.Causes {
		if c.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		_, name, _ := strings.Cut(c.Message, `conflict with "`)
		name, _, _ = strings.Cut(name, `"`)
		i := slices.IndexFunc(out, func(m Managed) bool { return m.Manager.Name == name })
		if i < 0 {
			i, out = len(out), append(out, Managed{Manager: Manager{Name: name}})
		}
		out[i].Fields = append(out[i].Fields, strings.TrimPrefix(c.Field, "."))
	}
	return out
}
