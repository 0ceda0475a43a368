package tui

import (
	"strings"
)

// follow keeps target and port in step: the one is part of the other.
func (c *change) follow(_ *Model, typed *formField) {
	var target, port *formField
	for i := range c.fields {
		switch c.fields[i].kind {
		case targetField:
			target = &c.fields[i]
		case portField:
			port = &c.fields[i]
		default:
		}
	}
	switch typed.kind {
	case targetField:
		port.input.SetValue(portOf(target.input.Value()))
	case portField:
		target.input.SetValue(withPort(target.input.Value(), port.input.Value()))
	default:
	}
}

// parts cuts a target in what stands before its port, the port, and what stands behind.
func parts(target string) (head, port, tail string) {
	from := 0
	if i := strings.Index(target, "://"); i >= 0 {
		from = i + len("://")
	} else if kind, _, ok := strings.Cut(target, "/"); ok && !strings.ContainsAny(kind, ".:") {
		from = len(kind) + 1 // svc/NAME, pod/NAME
	}
	to := len(target)
	if i := strings.IndexAny(target[from:], "/?#"); i >= 0 {
		to = from + i
	}
	at := strings.LastIndexByte(target[from:to], ':') + from
	if at < from || strings.ContainsRune(target[at:to], ']') || strings.Count(target[from:to], ":") > 1 && !strings.ContainsRune(target[from:to], ']') {
		return target[:to], "", target[to:] // none, or an address of IPv6
	}
	return target[:at], target[at+1 : to], target[to:]
}

func portOf(target string) string {
	_, port, _ := parts(target)
	return port
}

func withPort(target, port string) string {
	head, _, tail := parts(target)
	if port == "" {
		return head + tail
	}
	return head + ":" + strings.TrimSpace(port) + tail
}
