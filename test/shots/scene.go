package main

import "github.com/authz-doctor/kubectl-authz_doctor/test/tmux"

// scene is one picture and how one gets there.
type scene struct {
	name    string // of the files
	w, h    int
	light   bool   // the terminal's background
	command string // what follows the name of the plugin
	env     []string
	steps   []step
}

// step waits for what the screen has to show, then types.
type step struct {
	until string
	text  string   // typed as it stands
	keys  []string // then pressed
}

func (s step) play(t *tmux.Session) error {
	if s.until != "" {
		if _, err := t.Until(s.until); err != nil {
			return err
		}
	}
	if s.text != "" {
		if err := t.Type(s.text); err != nil {
			return err
		}
	}
	return t.Press(s.keys...)
}

const (
	noSidecar = "-f examples/no-sidecar/cluster.yaml -f examples/no-sidecar/policies.yaml"
	blocked   = "sleep.foo http://httpbin.default:8000/get " + noSidecar
	kyma      = "-f examples/kyma-in-cluster/cluster.yaml"
)

// scenes are all pictures.
var scenes = []scene{
	{name: "start", w: 80, h: 24, command: noSidecar, steps: []step{{until: "sleep"}}},
	{name: "start-typed", w: 80, h: 24, command: noSidecar, steps: []step{{until: "sleep", text: "sle"}}},
	{name: "way", w: 80, h: 24, command: blocked, steps: []step{{until: "DENIED"}}},
	{name: "way-wide", w: 200, h: 50, command: blocked, steps: []step{{until: "DENIED"}}},
	{name: "way-light", w: 100, h: 30, light: true, command: blocked, steps: []step{{until: "DENIED"}}},
	{name: "way-ascii", w: 80, h: 24, command: blocked, env: []string{"LC_ALL=C", "NO_COLOR=1"}, steps: []step{{until: "DENIED"}}},
	{name: "yaml", w: 100, h: 30, command: blocked, steps: []step{{until: "DENIED", keys: []string{"y"}}}},
	{name: "finding", w: 80, h: 24, command: blocked, steps: []step{{until: "DENIED", keys: []string{"e"}}}},
	{name: "change", w: 100, h: 30, command: blocked, steps: []step{{until: "DENIED", keys: []string{"i"}}}},
	{name: "fix", w: 100, h: 30, command: blocked, steps: []step{{until: "DENIED", keys: []string{"f"}}, {until: "opens"}}},
	{name: "fix-wide", w: 200, h: 50, command: blocked, steps: []step{{until: "DENIED", keys: []string{"f"}}, {until: "opens"}}},
	{name: "who", w: 80, h: 24, command: blocked, steps: []step{{until: "DENIED", keys: []string{"w"}}, {until: "frontend"}}},
	{name: "help", w: 80, h: 24, command: blocked, steps: []step{{until: "DENIED", keys: []string{"?"}}}},
	{name: "kyma", w: 100, h: 30, command: kyma, steps: []step{
		{until: "test-internal", text: "test-in", keys: []string{"Enter"}},
		{until: "httpbin.default:8000", text: "httpbin", keys: []string{"Enter"}},
		{until: "DENIED"},
	}},
}
