package diagnose

import (
	"fmt"
	"slices"
	"strings"
)

// sum makes the status out of the answers: the worst verdict, and a summary that
// says how many of whom it concerns where the answers differ. What holds only for
// some requests makes it Conditional where others fare otherwise.
func (in *inquiry) sum(d *Diagnosis) {
	all := d.Status.Answers
	same := allAre(all, all[0].Verdict)
	worst, verdict := all[0], weight(all[0], same)
	for _, a := range all {
		if v := weight(a, same); rank(v) < rank(verdict) {
			worst, verdict = a, v
		}
		d.addFindings(a.findings)
		d.Status.Missing = inOrder(append(d.Status.Missing, a.Missing...))
	}
	d.Status.Verdict, d.Status.Summary, d.Status.Symptom = verdict, worst.Summary, worst.Symptom
	switch {
	case verdict == Conditional && worst.Verdict != Conditional:
		d.Status.Summary, d.Status.Symptom = byRoute(all), ""
	case len(all) > 1:
		d.Status.Summary = strings.TrimSpace(in.share(all, worst.Verdict) + " " + worst.Summary)
	}
	if verdict != Undetermined {
		d.Status.Missing = nil
	}
}

// weight is what an answer makes of the whole: one for some requests only leaves it
// to the request, unless all fare alike.
func weight(a Answer, same bool) Verdict {
	if len(a.Given) > 0 && !same && (a.Verdict == Denied || a.Verdict == Allowed) {
		return Conditional
	}
	return a.Verdict
}

// byRoute words answers that depend on which route the request takes.
func byRoute(all []Answer) string {
	var words []string
	for _, a := range all {
		var given []string
		for _, atom := range a.Given {
			given = append(given, atom.Words)
		}
		w := adjective(a.Verdict)
		if len(given) > 0 {
			w += " if " + strings.Join(given, " and ")
		}
		if len(words) < 3 && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	cause := ""
	for _, a := range all {
		if a.Verdict == Denied {
			cause = " Where it is denied: " + a.Summary
			break
		}
	}
	return "It depends on which route the request takes: " + strings.Join(words, "; ") + "." + cause
}

func (d *Diagnosis) addFindings(all []Finding) {
	for _, f := range all {
		known := false
		for _, o := range d.Status.Findings {
			known = known || o.Code == f.Code
		}
		if !known {
			d.Status.Findings = append(d.Status.Findings, f)
		}
	}
}

// share words how many of the endpoints, or of the sources, get a verdict.
func (in *inquiry) share(all []Answer, v Verdict) string {
	ends, endsWith := map[string]bool{}, map[string]bool{}
	srcs, srcsWith := map[string]bool{}, map[string]bool{}
	for _, a := range all {
		for _, s := range a.Sources {
			srcs[s] = true
			srcsWith[s] = srcsWith[s] || a.Verdict == v
		}
		for _, e := range a.Destinations {
			ends[e.key()] = true
			endsWith[e.key()] = endsWith[e.key()] || a.Verdict == v
		}
	}
	switch {
	case allAre(all, v):
		return fmt.Sprintf("It is %s on each of %d ways, the first:", adjective(v), len(all))
	case count(endsWith) == 0 && len(srcs) == 1: // it ends before any endpoint
		return ""
	case count(endsWith) < len(ends) && len(srcs) == 1:
		return fmt.Sprintf("%d of %d endpoints %s.", count(endsWith), len(ends), verb(v, count(endsWith)))
	case count(srcsWith) < len(srcs):
		return fmt.Sprintf("%d of %d sources %s %s.", count(srcsWith), len(srcs), are(count(srcsWith)), adjective(v))
	}
	return fmt.Sprintf("There are %d different answers, the worst:", len(all))
}

func allAre(all []Answer, v Verdict) bool {
	for _, a := range all {
		if a.Verdict != v {
			return false
		}
	}
	return true
}

func (d Destination) key() string { return d.Namespace + "/" + d.Name + "/" + d.Address }

func count(set map[string]bool) int {
	n := 0
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func verb(v Verdict, n int) string {
	word := map[Verdict]string{Denied: "deny", Allowed: "allow"}[v]
	switch {
	case word == "":
		return are(n) + " " + adjective(v)
	case n != 1:
		return word
	case v == Denied:
		return "denies"
	}
	return word + "s"
}

func adjective(v Verdict) string { return strings.ToLower(v.String()) }

// remark notes what the answer takes for granted.
func (in *inquiry) remark(d *Diagnosis) {
	d.Status.Notes = append(d.Status.Notes, in.failed...)
	if domain := in.target.domain(); domain != usualDomain {
		d.Status.Notes = append(d.Status.Notes, domain+" is taken for the cluster's domain")
	}
	for _, ns := range unique(append(in.targetNamespaces(), in.config(in.revision()).RootNamespace)) {
		if in.ignored(ns) {
			d.Status.Notes = append(d.Status.Notes, "istiod does not look at namespace "+ns+" (meshConfig.discoverySelectors): mesh objects there have no effect")
		}
	}
	var kinds []string
	namespaces := map[string][]string{}
	for _, q := range in.overlooked() { // none where reading costs nothing
		kind := q.Resource.Kind + "s"
		if namespaces[kind] == nil {
			kinds = append(kinds, kind)
		}
		namespaces[kind] = append(namespaces[kind], q.Namespace)
	}
	for i, kind := range kinds {
		kinds[i] += " of " + strings.Join(unique(namespaces[kind]), " and ")
	}
	if len(kinds) > 0 {
		d.Status.Notes = append(d.Status.Notes, "not looked at, for one question reads little: "+strings.Join(kinds, ", "))
	}
}

// assumed notes where the mesh's settings were assumed.
func (in *inquiry) assumed(d *Diagnosis) {
	if a := in.config(in.revision()).Assumed; a != "" {
		d.Status.Notes = append(d.Status.Notes, "Istio's default mesh configuration is assumed, for the real one could not be read: "+a)
	}
}
