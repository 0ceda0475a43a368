// Package traffic runs TrafficTests: files of questions and of the verdicts that
// must come out.
//
// A file may hold several TrafficTests, and objects of the cluster beside them.
// Each test is asked of the objects of its file, of what its spec.cluster names and
// of what the whole run was given; with none of these, of the live cluster. Tests
// that ask the same objects share one [diagnose.Session].
//
// # What fails and what is an error
//
// A case that was asked and got another answer has failed. What cannot be asked is
// an error: a field that does not exist, a misspelt verdict, a source that nobody
// bears the name of. A mistake in a case spoils that case, one outside the cases
// its document, a file that is not YAML that file; the rest still runs.
package traffic
