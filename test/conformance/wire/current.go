package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
)

// current is the request under way: there is one at a time, so that what a relay sees
// belongs to it.
type current struct {
	mu    *sync.Mutex
	id    uint16 // as which port its connections come
	to    netip.AddrPort
	ended string // the last that a relay led to
}

func newCurrent() current { return current{mu: &sync.Mutex{}, id: 1024} }

// begin starts a request to an address, which arrives at a Pod first.
func (b *Batch) begin(to netip.AddrPort, first string) (id uint16) {
	b.now.mu.Lock()
	defer b.now.mu.Unlock()
	b.now.id++
	b.now.to, b.now.ended = to, first
	return b.now.id
}

func (b *Batch) trace(at string) {
	b.now.mu.Lock()
	defer b.now.mu.Unlock()
	b.now.ended = at
}

func (b *Batch) port() uint16 {
	b.now.mu.Lock()
	defer b.now.mu.Unlock()
	return b.now.id
}

func (b *Batch) dialled() netip.AddrPort {
	b.now.mu.Lock()
	defer b.now.mu.Unlock()
	return b.now.to
}

func (b *Batch) last() string {
	b.now.mu.Lock()
	defer b.now.mu.Unlock()
	return b.now.ended
}

// lines are those of the log by the port that a connection came from.
func (b *Batch) lines() (map[uint16][]envoy.LogLine, error) {
	file, err := os.Open(b.log)
	if errors.Is(err, fs.ErrNotExist) { // nothing was asked
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	out := map[uint16][]envoy.LogLine{}
	for in := bufio.NewScanner(file); in.Scan(); {
		var line envoy.LogLine
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			return nil, err
		}
		if from, err := netip.ParseAddrPort(line.From); err == nil {
			out[from.Port()] = append(out[from.Port()], line)
		}
	}
	return out, nil
}
