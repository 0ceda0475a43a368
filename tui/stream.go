package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// offer puts a message where a command waits for it, unless ctx ends before.
func offer[T any](ctx context.Context, to chan<- T, msg T) {
	select {
	case to <- msg:
	case <-ctx.Done():
	}
}

// await waits for the next of several messages; after the last one there is none.
func await[T any](from <-chan T) tea.Cmd {
	return func() tea.Msg {
		if msg, ok := <-from; ok {
			return msg
		}
		return nil
	}
}
