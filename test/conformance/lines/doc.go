// Package lines has the real Envoy write logs, and compares what diagnose/logs reads in
// them with what happened.
//
// The listeners are those that istiod makes for worlds of its own (worlds.go) and for
// some of the package random. Istio's code configures their access logs: its default
// text format, its default JSON format, and Kyma's. Envoy's own log is in the two
// formats that Istio's agent gives it, with the filters rbac and jwt at the level debug.
// Behind each listener there is an application.
//
// What happened is known from elsewhere: from what the client sent and from where, from
// the headers of the answer, of a closed connection from a log of its own format
// (package envoy), and, of the hand-written requests, from what they were written for. A
// line belongs to a request by the id that the client sent, or by the two ends of the
// connection; both are found without diagnose/logs.
package lines
