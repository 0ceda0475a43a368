package authz

import "fmt"

// Truth is the value of a condition. Its zero value is False.
type Truth uint8

const (
	False  Truth = iota // certainly not
	True                // certainly
	Open                // depends on a request attribute that the question left open
	Unseen              // depends on a fact that could not be seen
)

// String returns the value in words.
func (t Truth) String() string {
	switch t {
	case False:
		return "no"
	case True:
		return "yes"
	case Open:
		return "depends"
	case Unseen:
		return "unknown"
	}
	return "?"
}

// MarshalText makes a Truth readable in JSON and YAML.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Truth) UnmarshalText(b []byte) error {
	for _, c := range []Truth{False, True, Open, Unseen} {
		if c.String() == string(b) {
			*t = c
			return nil
		}
	}
	return fmt.Errorf("unknown truth value %q", b)
}

// Decided reports whether t is True or False.
func (t Truth) Decided() bool { return t <= True }

// Not negates t; what is not decided stays so.
func Not(t Truth) Truth {
	switch t {
	case False:
		return True
	case True:
		return False
	case Open, Unseen:
		return t
	}
	return t
}

// And is False if either side is, else the less decided side.
func And(a, b Truth) Truth {
	if a == False || b == False {
		return False
	}
	return max(a, b)
}

// Or is True if either side is, else the less decided side.
func Or(a, b Truth) Truth {
	if a == True || b == True {
		return True
	}
	return max(a, b)
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}
