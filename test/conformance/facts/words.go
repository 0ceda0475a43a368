package facts

import (
	"fmt"
	"strings"
)

// Words are ways for a reader, a line for each and for each of their stations.
func Words(ways []Way) string {
	var b strings.Builder
	for _, w := range ways {
		fmt.Fprintf(&b, "  %.0f%% to %s", w.Weight, w.End)
		if w.Cluster.Host != "" {
			fmt.Fprintf(&b, " by %s|%d|%s|%s", w.Cluster.Direction, w.Cluster.Port, w.Cluster.Subset, w.Cluster.Host)
		}
		if w.Message.Path != "" {
			fmt.Fprintf(&b, " as %s %s%s", w.Message.Method, w.Message.Authority, w.Message.Path)
		}
		b.WriteString("\n")
		for _, s := range w.Stations {
			fmt.Fprintf(&b, "    %s %s:%d %s %s %s", s.Role, s.Pod, s.Port, s.Protocol, s.Mode, s.Transport)
			if s.Principal != "" {
				b.WriteString(" from " + s.Principal)
			}
			if s.Refused {
				b.WriteString(" REFUSED")
			}
			if s.JWT {
				b.WriteString(" JWT")
			}
			for _, p := range s.Policies {
				fmt.Fprintf(&b, ", %s %s", p.Action, p.Ref)
				if p.DryRun {
					b.WriteString(" (dry run)")
				}
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
