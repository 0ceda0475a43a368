package draw

import "fmt"

func (s Source) principal() string {
	id := of(s, identities...)
	switch s.Weighted(57, 8, 8, 6, 6, 6, 6, 3) {
	case 1:
		return "*/ns/" + id.Namespace + "/sa/" + id.ServiceAccount
	case 2:
		return id.TrustDomain + "/ns/" + id.Namespace + "/*"
	case 3:
		return id.TrustDomain + "/ns/*/sa/" + id.ServiceAccount
	case 4:
		return "spiffe://" + id.String()
	case 5:
		return "*://" + id.String()
	case 6:
		return "*/sa/" + id.ServiceAccount
	case 7:
		return ""
	}
	return s.shape(id.String())
}

func (s Source) namespace() string { return s.shape(of(s, namespaces...)) }

func (s Source) account() string {
	id := of(s, identities...)
	switch s.Weighted(38, 38, 5, 4, 4, 4, 7) {
	case 1:
		return id.Namespace + "/" + id.ServiceAccount
	case 2:
		return id.Namespace + "/" + id.ServiceAccount + "/x"
	case 3:
		return id.Namespace + "/*"
	case 4:
		return "*"
	case 5:
		return "/" + id.ServiceAccount
	case 6:
		return ""
	}
	return id.ServiceAccount
}

func (s Source) block() string {
	if s.Chance(8) {
		return of(s, badBlocks...)
	}
	return of(s, blocks...)
}

func (s Source) port() string {
	switch s.Weighted(85, 8, 7) {
	case 1:
		return of(s, badPorts...)
	case 2:
		return of(s, "080", "08080", "15001", "1")
	}
	return fmt.Sprint(of(s, ports...))
}

func (s Source) domain() string { return s.shape(of(s, domains...)) }

// text is of an attribute that connections do not have.
func (s Source) text() string { return s.shape(of(s, texts...)) }
