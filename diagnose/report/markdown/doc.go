// Package markdown writes a Diagnosis as GitHub-flavoured Markdown, for an issue, a
// merge request or a chat.
//
// Verdict and summary come first, then the way as a table, the findings, and what would
// help. Everything else is folded: every hop, policy, rule and field, the way as a
// diagram, and the question. Nothing of the Diagnosis is left out but the token of the
// request, which is a secret.
//
// # What a cluster says
//
// Names and values can hold anything, so they could begin a list, a link, a mention
// of somebody, a reference to an issue, or HTML. A word is therefore written as it is
// only if it is letters, or a short number; every other word becomes code, in which
// nothing has a meaning. See [prose].
package markdown
