package report

// Leg is the connection from one hop to the next, by their places in the list of hops.
type Leg struct {
	From, To int
	Network  int // the hop that is the network between them; -1 if there is none
}

// Legs are the connections of a way. A network that leads to no further hop, because
// the way ends there, has itself as To.
func Legs(hops []HopView) []Leg {
	var out []Leg
	from, network := -1, -1
	for i, h := range hops {
		switch {
		case h.Network:
			network = i
		default:
			if from >= 0 {
				out = append(out, Leg{from, i, network})
			}
			from, network = i, -1
		}
	}
	if from >= 0 && network >= 0 {
		out = append(out, Leg{from, network, network})
	}
	return out
}
