package routing

import (
	"strconv"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// fault is what an injected fault does: the answer that all requests get, or notes on
// what some of them get. An abort without a percentage, or without a status, is none
// (istio: core/route/route.go TranslateFault).
func fault(f *networkingapi.HTTPFaultInjection) (*Answer, []string) {
	var notes []string
	if d := f.GetDelay(); d.GetFixedDelay() != nil {
		share := float64(d.GetPercent()) //nolint:staticcheck // deprecated, and still read by Istio
		if d.GetPercentage() != nil {
			share = d.GetPercentage().GetValue()
		}
		if share > 0 {
			notes = append(notes, "a fault is injected: "+percent(share)+" of the requests are delayed by "+d.GetFixedDelay().AsDuration().String())
		}
	}
	a := f.GetAbort()
	share := a.GetPercentage().GetValue()
	status, words := abort(a)
	switch {
	case share <= 0 || status == 0:
		return nil, notes
	case share >= 100:
		return &Answer{Status: status, Why: "fault: abort" + words}, notes
	}
	return nil, append(notes, "a fault is injected: "+percent(share)+" of the requests are answered "+number(status)+words)
}

// abort returns the HTTP status of an aborted request that is not gRPC; 0 for none.
func abort(a *networkingapi.HTTPFaultInjection_Abort) (int, string) {
	switch e := a.GetErrorType().(type) {
	case *networkingapi.HTTPFaultInjection_Abort_HttpStatus:
		return int(e.HttpStatus), ""
	case *networkingapi.HTTPFaultInjection_Abort_GrpcStatus:
		return grpcStatus(e.GrpcStatus), " with gRPC status " + e.GrpcStatus
	}
	return 0, ""
}

// grpcStatus is what Envoy answers to a request that is not gRPC (envoy:
// source/common/grpc/status.cc grpcToHttpStatus). A name that is unknown is 0, OK.
func grpcStatus(name string) int {
	switch name {
	case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE":
		return 400
	case "UNAUTHENTICATED":
		return 401
	case "PERMISSION_DENIED":
		return 403
	case "NOT_FOUND":
		return 404
	case "ALREADY_EXISTS", "ABORTED":
		return 409
	case "RESOURCE_EXHAUSTED":
		return 429
	case "CANCELLED":
		return 499
	case "UNIMPLEMENTED":
		return 501
	case "UNAVAILABLE":
		return 503
	case "DEADLINE_EXCEEDED":
		return 504
	case "UNKNOWN", "INTERNAL", "DATA_LOSS":
		return 500
	}
	return 200
}

func percent(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + " %" }

func number(v int) string { return strconv.Itoa(v) }
