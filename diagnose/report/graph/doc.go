// Package graph draws the way of a Diagnosis as a diagram: in the language of Graphviz,
// and in that of Mermaid, which GitHub and others show in Markdown.
//
// Hops are nodes, the connections between them edges. Ways that begin alike share
// their beginning, and each ends in its answer. A verdict shows by its word and its
// mark, and by a colour beside them.
//
// Names and values of a cluster are quoted so that they mean nothing in either language.
package graph
