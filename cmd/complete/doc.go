// Package complete finds what a word on a command line can become: sources, targets and
// namespaces of a cluster. It asks for as little as it can, tells what it has when the time
// is over, and has no errors: a shell has no place for them.
package complete
