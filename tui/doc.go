// Package tui is the face of the tool in a terminal: a Diagnosis that one can walk
// through, change the question of, and repair.
//
// It holds no policy logic: every word about a verdict comes from [diagnose] by way of
// [report.View], every repair from [fix]. It does no input or output in Update either:
// what takes time is a command, which asks one of the interfaces of [Options] and comes
// back as a message.
//
// # The parts
//
// [Model] is the only tea.Model. It holds the question, the last answer and a stack of
// screens, of which the topmost is seen; it draws the frame around it: the breadcrumb
// above, the message and the keys below. A screen is a struct with a pointer receiver that
// returns strings; it changes itself in update and in the functions of its actions.
//
// What one can do is a list of actions, each with its key, its name in the command
// palette, and, where it cannot be done now, the reason. Help, palette, the line of keys at
// the bottom and the keys themselves are four views of that one list, so they cannot differ.
//
// # What holds of every frame
//
// No frame is wider or higher than the terminal; strings of the cluster are clean before
// they are styled; what a colour says a word or a symbol says, too. Below 40 × 10 there is
// one line that asks for more room.
package tui
