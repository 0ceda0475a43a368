package kubectl

import (
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

// verbosity is kubectl's --v: the level of the one log that a program has.
type verbosity int32

// AddVerbosity defines kubectl's --v. The shorthand is empty where a command has another
// use for it.
func AddVerbosity(flags *pflag.FlagSet, shorthand string) {
	flags.VarP(new(verbosity), "v", shorthand, "number for the log level verbosity: 6 tells the requests to the server on stderr, 7 their headers too, 8 and 9 the bodies")
}

func (v *verbosity) String() string { return strconv.Itoa(int(*v)) }

func (v *verbosity) Type() string { return "Level" }

// Set sets the level.
func (v *verbosity) Set(s string) error {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("want a number from 0 to 10")
	}
	*v = verbosity(n)
	var level klog.Level
	return level.Set(s)
}
