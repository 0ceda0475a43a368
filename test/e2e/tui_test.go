package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/tmux"
)

// terminal is a shell in a real terminal, in which somebody uses the installed plugin.
type terminal struct {
	*tmux.Session
	t *testing.T
}

// openTerminal opens one of 80 columns and 24 lines.
func openTerminal(t *testing.T, kubeconfig string, env ...string) *terminal {
	t.Helper()
	if !tmux.Found() {
		t.Skip("NOT TESTED: there is no tmux, so the interface was not tried in a real terminal")
	}
	path := strings.Join([]string{filepath.Dir(doctor.Binary), filepath.Dir(cluster.Tools["kubectl"]), os.Getenv("PATH")}, string(filepath.ListSeparator))
	env = append([]string{"KUBECONFIG=" + kubeconfig, "HOME=" + t.TempDir(), "LANG=C.UTF-8"}, env...)
	dir, err := os.MkdirTemp("", "tui-") // a socket has a short name
	if err != nil {
		t.Fatal(err)
	}
	s, err := tmux.Start(t.Context(), dir, 80, 24, env, "PS1='$ ' PATH='"+path+"' exec bash --norc --noprofile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		os.RemoveAll(dir)
	})
	u := &terminal{s, t}
	u.sees("$")
	return u
}

func (u *terminal) must(err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatal(err)
	}
}

// runs types a command, and enter.
func (u *terminal) runs(command string) {
	u.t.Helper()
	u.types(command)
	u.presses("Enter")
}

func (u *terminal) types(text string) {
	u.t.Helper()
	u.must(u.Type(text))
}

func (u *terminal) presses(keys ...string) {
	u.t.Helper()
	u.must(u.Press(keys...))
}

// sees waits until the screen has all of these.
func (u *terminal) sees(want ...string) string {
	u.t.Helper()
	screen, err := u.Until(want...)
	u.must(err)
	return screen
}

// state is what of the terminal has to be as before: how keys are read, the main screen,
// the cursor, the mouse.
func (u *terminal) state() string {
	u.t.Helper()
	file := filepath.Join(u.t.TempDir(), "stty")
	u.runs("clear; stty -a >" + file + "; echo stty is read")
	u.sees("stty is read\n$")
	stty, err := os.ReadFile(file)
	u.must(err)
	out := string(stty)
	for _, name := range []string{"alternate_on", "cursor_flag", "mouse_any_flag", "keypad_flag"} {
		value, err := u.Query(name)
		u.must(err)
		out += name + " " + value + "\n"
	}
	u.runs("clear")
	return out
}

// restored fails if the terminal is not as it was before.
func (u *terminal) restored(before string) {
	u.t.Helper()
	if after := u.state(); after != before {
		u.t.Errorf("the terminal was left otherwise:\nbefore\n%s\nafter\n%s", before, after)
	}
}

// TestTUIStory: picked by typing, blocked, the question edited, a repair applied, allowed,
// taken back, blocked, left.
func TestTUIStory(t *testing.T) {
	sc := setScene(t, "tui", "allow-frontend")
	u := openTerminal(t, cluster.Kubeconfig)
	before := u.state()

	u.runs("kubectl authz-doctor; echo left with $?")
	u.sees("Source: workloads and Pods")
	u.types("deploy/httpbin." + sc.Near)
	u.sees("▸ deploy/httpbin." + sc.Near)
	u.presses("Enter")
	u.sees("Target: Services and Pods")
	u.types("httpbin." + sc.Near)
	u.sees("▸ http://httpbin." + sc.Near + ":8000")
	u.presses("Enter")
	u.sees("× DENIED", "allow-frontend", "● live")

	u.presses("i") // the form begins in the field of the source
	u.sees("Method     unknown")
	toField(u, "Method")
	u.types("GET")
	toField(u, "Path")
	u.types("/get")
	u.sees("DENIED", "GET /get")
	u.presses("Enter")

	u.presses("f")
	u.sees("opens nothing else", "a apply")
	u.presses("a")
	u.sees("Apply a", "Cancel")
	u.presses("y")
	u.sees("It is allowed now", "√ ALLOWED")
	u.presses("u")
	u.sees("Cancel")
	u.presses("y")
	u.sees("× DENIED")
	u.presses("q")
	u.sees("left with 0")
	u.restored(before)
}

// toField moves the cursor of the form to a field.
func toField(u *terminal, name string) {
	u.t.Helper()
	for range 12 {
		screen, err := u.Settled()
		u.must(err)
		for l := range strings.Lines(screen) {
			if strings.HasPrefix(strings.TrimSpace(l), "▸ "+name) {
				return
			}
		}
		u.presses("Tab")
	}
	u.t.Fatalf("no field %s", name)
}

// TestTUILive: what somebody else changes is asked about, and told.
func TestTUILive(t *testing.T) {
	sc := setScene(t, "tuilive", "allow-frontend")
	u := openTerminal(t, cluster.Kubeconfig)
	u.runs("kubectl authz-doctor deploy/httpbin." + sc.Near + " http://httpbin." + sc.Near + ":8000/get --method GET")
	u.sees("× DENIED", "● live")
	policy := "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: everybody, namespace: " + sc.Near + "}\nspec: {rules: [{}]}\n"
	if err := cluster.Apply(t.Context(), policy); err != nil {
		t.Fatal(err)
	}
	u.sees("√ ALLOWED", "AuthorizationPolicy "+sc.Near, ": DENIED → ALLOWED")
	if _, err := cluster.Kubectl(t.Context(), "", "delete", "authorizationpolicy", "everybody", "-n", sc.Near); err != nil {
		t.Fatal(err)
	}
	u.sees("× DENIED", ": ALLOWED → DENIED")
	u.presses("p")
	u.sees("paused, as of")
	u.presses("p")
	u.sees("● live")
	u.presses("q")
}

// TestTUIConnection: the server goes and comes back; the answer stays, and says how old it is.
func TestTUIConnection(t *testing.T) {
	sc := setScene(t, "tuiconn", "allow-frontend")
	wire, kubeconfig := openWire(t)
	u := openTerminal(t, kubeconfig)
	u.runs("kubectl authz-doctor deploy/httpbin." + sc.Near + " http://httpbin." + sc.Near + ":8000/get")
	u.sees("× DENIED", "● live")
	wire.cut()
	u.sees("× DENIED", "no connection, as of", "refuses the connection")
	u.presses("r")
	u.sees("× DENIED", "refuses the connection: this is the answer as of")
	wire.mend()
	u.sees("● live", "the server is there again: still DENIED")
	u.presses("q")
}

// TestTUIEnds: whatever ends it, the terminal is as it was before.
func TestTUIEnds(t *testing.T) {
	sc := setScene(t, "tuiends", "allow-frontend")
	u := openTerminal(t, cluster.Kubeconfig)
	before := u.state()
	begins := func() {
		t.Helper()
		u.runs("kubectl authz-doctor deploy/httpbin." + sc.Near + " http://httpbin." + sc.Near + ":8000/get; echo left with $?")
		u.sees("× DENIED")
	}
	for _, signal := range []string{"TERM", "INT", "HUP"} {
		begins()
		id, err := u.Query("pane_pid") // the shell's; the plugin is its child
		u.must(err)
		u.must(signalChildren(id, signal))
		u.sees("left with 130")
		u.restored(before)
	}
	begins()
	u.presses("C-c")
	u.sees("left with 0")
	u.restored(before)

	begins()
	u.presses("C-z")
	u.sees("Stopped", "$")
	u.restored(before)
	u.runs("fg; echo back again")
	u.sees("× DENIED", "? help")
	u.presses("q")
	u.sees("\nback again")
	u.restored(before)
}

// TestTUIDialogue: the dialogue, typed in a terminal and piped in.
func TestTUIDialogue(t *testing.T) {
	sc := setScene(t, "tuiplain", "allow-frontend")
	u := openTerminal(t, cluster.Kubeconfig, "ACCESSIBLE=1")
	before := u.state()
	u.runs("kubectl authz-doctor; echo left with $?")
	u.sees("Who calls?")
	u.runs("deploy/httpbin." + sc.Near)
	u.sees("What is called?")
	u.runs("http://httpbin." + sc.Near + ":8000/get")
	u.sees("What next?")
	if on, err := u.Query("alternate_on"); err != nil || on != "0" {
		t.Errorf("there is another screen: %s %v", on, err)
	}
	u.runs("clear")
	u.sees("there is no \"clear\"")
	u.runs("method=GET")
	u.sees("DENIED  deploy/httpbin." + sc.Near)
	u.runs("apply a")
	u.sees("Type y to do it:")
	u.runs("y")
	u.sees("undo takes it back", "ALLOWED  deploy/httpbin."+sc.Near)
	u.runs("undo")
	u.sees("Take it back? Type y to do it:")
	u.runs("y")
	u.sees("DENIED  deploy/httpbin." + sc.Near)
	u.runs("quit")
	u.sees("left with 0")
	u.restored(before)
	u.runs("printf 'command\\n' | kubectl authz-doctor --plain deploy/httpbin." + sc.Near + " http://httpbin." + sc.Near + ":8000/get | tail -2")
	u.sees("kubectl authz-doctor deploy/httpbin." + sc.Near + " http://httpbin.")
}

// TestTUINoCluster: without a cluster it says so, and what to do.
func TestTUINoCluster(t *testing.T) {
	u := openTerminal(t, filepath.Join(t.TempDir(), "none"))
	u.runs("kubectl authz-doctor; echo left with $?")
	u.sees("error: no cluster to ask", "-f", "left with 2")
}
