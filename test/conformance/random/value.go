package random

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// attribute is what a list of values is about.
type attribute struct {
	// value draws one configured value.
	value func(s Source, w *trial.World) string
	// meet makes the request fit a value, as well as can be.
	meet func(s Source, d *draft, v string)
}

func shaped(pool []string) func(Source, *trial.World) string {
	return func(s Source, _ *trial.World) string { return s.shape(of(s, pool...)) }
}

func plain(pool []string) func(Source, *trial.World) string {
	return func(s Source, _ *trial.World) string { return of(s, pool...) }
}

var (
	principal        = attribute{principalValue, meetIdentity}
	namespace        = attribute{namespaceValue, meetNamespace}
	serviceAccount   = attribute{accountValue, meetAccount}
	trustDomain      = attribute{domainValue, meetDomain}
	requestPrincipal = attribute{requestPrincipalValue, meetRequestPrincipal}
	sourceIP         = attribute{addressValue(sourceBlocks), meetSource}
	remoteIP         = attribute{addressValue(remoteBlocks), meetRemote}
	destinationIP    = attribute{destinationValue, func(Source, *draft, string) {}}
	host             = attribute{shaped(hosts), func(s Source, d *draft, v string) { d.Host = s.fill(v) }}
	method           = attribute{shaped(methods[:9]), meetMethod}
	path             = attribute{pathValue, meetPath}
	port             = attribute{portValue, meetPort}
	sni              = attribute{shaped(names), meetSNI}
	audience         = attribute{shaped(audiences), func(s Source, d *draft, v string) { d.claim(s, "[aud]", s.fill(v)) }}
	presenter        = attribute{shaped(audiences), func(s Source, d *draft, v string) { d.claim(s, "[azp]", s.fill(v)) }}
	anyMetadata      = attribute{plain(metadata), func(Source, *draft, string) {}}
)

func header(name string) attribute {
	a := attribute{value: shaped(texts), meet: func(s Source, d *draft, v string) { d.header(name, s.fill(v)) }}
	switch strings.ToLower(name) {
	case ":path":
		a.value, a.meet = shaped(append([]string{"/admin?x=1"}, paths...)), meetPath
	case ":method":
		a = method
	case ":authority", "host":
		a = host
	case ":scheme", "x-forwarded-proto":
		a = attribute{shaped([]string{"http", "https"}), func(s Source, d *draft, _ string) { d.encrypt(s) }}
	case "x-request-id", "x-forwarded-client-cert":
		a = attribute{plain([]string{"*"}), func(s Source, d *draft, _ string) { d.encrypt(s) }}
	case "authorization":
		a.value = shaped([]string{"Basic eA==", "Bearer x", "bearer x"})
	}
	return a
}

func claim(path string) attribute {
	return attribute{shaped(append(append([]string{}, groups...), people...)), func(s Source, d *draft, v string) {
		d.claim(s, path, s.fill(v))
	}}
}

func principalValue(s Source, w *trial.World) string {
	id := s.identity(w)
	parts := strings.Split(id, "/")
	switch s.Weighted(50, 8, 6, 6, 6, 6, 6, 4, 2, 6) {
	case 1:
		return "*/ns/" + parts[2] + "/sa/" + parts[4]
	case 2:
		return parts[0] + "/ns/" + parts[2] + "/sa/*"
	case 3:
		return parts[0] + "/ns/" + parts[2] + "/*"
	case 4:
		return parts[0] + "/*"
	case 5:
		return "*/sa/" + parts[4]
	case 6:
		return parts[0] + "/ns/*/sa/" + parts[4]
	case 7:
		return of(s, "td*", "*.local", "*1") + "/ns/" + parts[2] + "/sa/" + parts[4]
	case 8:
		return "spiffe://" + id
	case 9:
		return "*"
	}
	return s.shape(id)
}

func namespaceValue(s Source, _ *trial.World) string {
	return s.shape(of(s, append([]string{"a", "b.r", "bar/sa"}, namespaces...)...))
}

func accountValue(s Source, _ *trial.World) string {
	if s.Chance(50) {
		return of(s, accounts...)
	}
	return of(s, namespaces...) + "/" + of(s, accounts...)
}

func domainValue(s Source, w *trial.World) string {
	if s.Chance(60) {
		return s.shape(w.Config.TrustDomain)
	}
	return s.shape(of(s, domains...))
}

func requestPrincipalValue(s Source, _ *trial.World) string {
	iss, sub := of(s, issuers...), of(s, people...)
	switch s.Weighted(30, 10, 10, 8, 8, 8, 8, 8, 6, 4) {
	case 1:
		return "*"
	case 2:
		return iss + "/*"
	case 3:
		return "*/" + sub
	case 4:
		return iss + "/" + sub[:1] + "*"
	case 5:
		return "*" + sub[len(sub)-1:]
	case 6:
		return iss[:len(iss)-2] + "*"
	case 7:
		return "*" + iss[len(iss)-3:] + "/" + sub
	case 8:
		return iss
	case 9:
		return "*/*"
	}
	return iss + "/" + sub
}

func addressValue(pool []string) func(Source, *trial.World) string {
	return func(s Source, _ *trial.World) string {
		if s.Chance(2) {
			return of(s, "127.2.0.0/33", "localhost", "127.2")
		}
		return of(s, pool...)
	}
}

func destinationValue(s Source, w *trial.World) string {
	a := w.Address.String()
	if w.Address.Is6() {
		return of(s, a, a+"/128", "::/0", "::/64", "2001:db8::/32", "0.0.0.0/0")
	}
	return of(s, a, a+"/32", a+"/31", a+"/24", "127.1.0.0/16", "127.2.0.0/16", "0.0.0.0/0", "10.0.0.1", "::/0", "::1")
}

func pathValue(s Source, _ *trial.World) string {
	if s.Chance(35) {
		return of(s, templates...)
	}
	return s.shape(of(s, paths...))
}

func portValue(s Source, w *trial.World) string {
	if s.Chance(3) {
		return of(s, "http", "65536", "-1", "80-90")
	}
	if s.Chance(80) {
		return fmt.Sprint(of(s, w.Ports()...).Number)
	}
	return of(s, "80", "81", "0", "65535", "08000", "15006")
}
