package tui

import (
	"context"
	"errors"
	"io"

	tea "charm.land/bubbletea/v2"
)

// Run shows the interface until the user leaves it, and returns the last answer, nil if
// there was none. Whatever ends it, the terminal is as it was before.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer) (*Answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(ctx, o)
	// Signals are the caller's, who ends ctx.
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler()).Run()
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return m.answer, errors.New("a bug: please report it with what is said above")
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return m.answer, context.Canceled
	}
	return m.answer, err
}
