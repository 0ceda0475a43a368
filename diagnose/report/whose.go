package report

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// whose tells which part of the sources and endpoints an answer is for:
// "2 of 3 endpoints deny: default/a, default/b".
func whose(a diagnose.Answer, all []diagnose.Answer, shown int) string {
	sources, ends := distinct(all, sourcesOf), distinct(all, endsOf)
	mine := func(of func(diagnose.Answer) []string) int { return len(distinct([]diagnose.Answer{a}, of)) }
	ns, ne := mine(sourcesOf), mine(endsOf)
	if ne == 0 && len(ends) > 0 {
		return "on the way of " + names(a.Sources, shown) + ", before any endpoint"
	}
	if ns == len(sources) && ne > 0 {
		return part(ne, len(ends), "endpoint") + " " + verb(a.Verdict, ne) + ": " + names(endpoints(a.Destinations), shown)
	}
	out := part(ns, len(sources), "source") + " " + passive(a.Verdict, ns)
	if ne == len(ends) {
		return out + ": " + names(a.Sources, shown)
	}
	return out + " at " + part(ne, len(ends), "endpoint") + ": " +
		names(a.Sources, shown) + " → " + names(endpoints(a.Destinations), shown)
}

func sourcesOf(a diagnose.Answer) []string { return a.Sources }
func endsOf(a diagnose.Answer) []string {
	var out []string
	for _, d := range a.Destinations {
		out = append(out, endpointName(d)+" "+address(d))
	}
	return out
}

// distinct returns the names that the answers have, sorted.
func distinct(all []diagnose.Answer, of func(diagnose.Answer) []string) []string {
	var out []string
	for _, a := range all {
		out = append(out, of(a)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func part(n, of int, noun string) string {
	return strconv.Itoa(n) + " of " + count(of, noun, noun+"s")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// verb is what n endpoints do.
func verb(v diagnose.Verdict, n int) string {
	one := n == 1
	switch {
	case v == diagnose.Allowed && one:
		return "allows"
	case v == diagnose.Allowed:
		return "allow"
	case v == diagnose.Denied && one:
		return "denies"
	case v == diagnose.Denied:
		return "deny"
	}
	return passive(v, n)
}

// passive is what becomes of n sources.
func passive(v diagnose.Verdict, n int) string {
	be, s := "are ", ""
	if n == 1 {
		be, s = "is ", "s"
	}
	switch v {
	case diagnose.Allowed:
		return be + "allowed"
	case diagnose.Denied:
		return be + "denied"
	case diagnose.Conditional:
		return "depend" + s + " on the request"
	case diagnose.Undetermined:
	}
	return be + "undetermined"
}

// names joins a list; of a long one, the first shown. A negative shown is all.
func names(list []string, shown int) string {
	if shown < 0 || len(list) <= shown+1 {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:shown], ", ") + " and " + strconv.Itoa(len(list)-shown) + " more"
}

func endpoints(ds []diagnose.Destination) []string {
	var out []string
	for _, d := range ds {
		s := endpointName(d)
		if d.Name != "" && !d.Ready {
			s += " (not ready)"
		}
		out = append(out, s)
	}
	return out
}

func endpointName(d diagnose.Destination) string {
	if d.Name == "" {
		return address(d)
	}
	return path(d.Namespace, d.Name)
}

// endpointWords tells everything of an endpoint.
func endpointWords(d diagnose.Destination) string {
	if d.Name == "" {
		return strings.TrimSpace(path(d.Namespace, "") + " " + of(address(d), d.Workload))
	}
	ready := "not ready"
	if d.Ready {
		ready = "ready"
	}
	return strings.TrimSpace(path(d.Namespace, d.Name)+"  "+address(d)) + "  " + of(ready, d.Workload)
}

func of(s, workload string) string {
	if workload == "" {
		return s
	}
	return s + ", of " + workload
}

func address(d diagnose.Destination) string {
	if d.Port == 0 {
		return d.Address
	}
	return net.JoinHostPort(d.Address, strconv.Itoa(int(d.Port)))
}

// path is namespace/name, or the one that there is.
func path(namespace, name string) string {
	if namespace == "" || name == "" {
		return namespace + name
	}
	return namespace + "/" + name
}
