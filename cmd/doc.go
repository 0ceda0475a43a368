// Package cmd is the command line: what was typed becomes flags, flags become
// options, options run. It is the only package that knows flags, terminals and
// exit statuses, and [Main] is the only way out.
package cmd
