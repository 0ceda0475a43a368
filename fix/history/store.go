package history

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Store is a directory of records.
type Store struct {
	dir string
	now func() time.Time
	// reached is told how far a writing has come; tests let the process die there.
	reached func(point string)
}

// StateDir is where the tool keeps what it keeps for its user: below $XDG_STATE_HOME, which
// is ~/.local/state if it is not set, or below %LocalAppData%.
func StateDir() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	switch {
	case filepath.IsAbs(base): // others are to be ignored (XDG Base Directory Specification)
	case runtime.GOOS == "windows":
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		base = dir
	default:
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("%w: set XDG_STATE_HOME", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "kubectl-authz-doctor"), nil
}

// Dir is where records are kept, in [StateDir].
func Dir() (string, error) {
	dir, err := StateDir()
	if err != nil {
		return "", fmt.Errorf("no place for records of fixes: %w", err)
	}
	return filepath.Join(dir, "fixes"), nil
}

// Open returns the store in a directory, which need not exist: it is made when the first
// record is written.
func Open(dir string) *Store {
	return &Store{dir: dir, now: time.Now, reached: func(string) {}}
}

// idPattern are the IDs: when, in UTC, and four digits, of which two are the part of the
// second, so that names sort as they were given, and two tell apart what is of the same.
var idPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{8}-\d{6}-[0-9a-f]{4}$`) })

func (s *Store) newID(now time.Time) (string, error) {
	for range 100 {
		var random [1]byte
		if _, err := rand.Read(random[:]); err != nil {
			return "", err
		}
		part := byte(now.Nanosecond() / 3_906_250) // 256 of them are a second
		id := now.UTC().Format("20060102-150405-") + hex.EncodeToString([]byte{part, random[0]})
		if _, err := os.Lstat(s.file(id)); errors.Is(err, fs.ErrNotExist) {
			return id, nil
		}
	}
	return "", errors.New("no free name for a record")
}

func (s *Store) file(id string) string { return filepath.Join(s.dir, id+".json") }

// Problem is a file that is no record.
type Problem struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// Error is one line.
func (p Problem) Error() string { return p.File + ": " + p.Message }

// List returns the records, the oldest first, and what cannot be read as one.
func (s *Store) List() ([]*Record, []Problem, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the records of fixes: %w", err)
	}
	var records []*Record
	var problems []Problem
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !idPattern().MatchString(id) {
			continue // not ours, or what a writing that was cut off has left
		}
		r, err := s.load(id)
		var p Problem
		if errors.As(err, &p) {
			problems = append(problems, p)
			continue
		}
		records = append(records, r)
	}
	slices.SortStableFunc(records, func(a, b *Record) int { return a.Time.Compare(b.Time) })
	return records, problems, nil
}

func (s *Store) load(id string) (*Record, error) {
	data, err := os.ReadFile(s.file(id))
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, Problem{s.file(id), "cannot be read: " + err.Error()}
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, Problem{s.file(id), "is no record of a fix: " + err.Error()}
	}
	if problem := r.problem(id); problem != "" {
		return nil, Problem{s.file(id), "is no record of a fix: " + problem}
	}
	return &r, nil
}

// save writes a record as a whole or not at all, and returns when it is on the disk.
func (s *Store) save(r *Record) (err error) {
	r.APIVersion, r.Kind = diagnose.APIVersion, kind
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "."+r.ID+"-*.tmp") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	s.reached("made")
	_, err = f.Write(append(data, '\n'))
	s.reached("filled")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	s.reached("synced")
	if err := os.Rename(f.Name(), s.file(r.ID)); err != nil {
		return err
	}
	s.reached("named")
	return syncDir(s.dir)
}

// syncDir makes a new name last; Windows has no such thing for directories.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// sweep removes what writings have left that were cut off a day ago or more.
func (s *Store) sweep() {
	left, _ := filepath.Glob(filepath.Join(s.dir, ".*.tmp"))
	for _, name := range slices.Compact(left) {
		if info, err := os.Lstat(name); err == nil && s.now().Sub(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(name) // it will be tried again
		}
	}
}
