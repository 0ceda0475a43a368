package diagnose

import (
	"context"
	"slices"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// A question waits at most maxRounds times for an answer to ask the next; where
// nobody has to wait, only a circle could need more than manyRounds.
const (
	maxRounds  = 3
	manyRounds = 10
)

// Session answers questions from one Reader. What it has read and compiled for
// one question serves the next. It is not safe for concurrent use.
type Session struct {
	reader   cluster.Reader
	snap     *cluster.Snapshot
	programs programs
	configs  map[*corev1.ConfigMap]mesh.Config
	idle     struct { // see idlePolicies
		of       *cluster.Snapshot
		policies map[*securityv1.AuthorizationPolicy]bool
	}
}

// NewSession starts a session; nothing is read before the first question.
func NewSession(r cluster.Reader) *Session {
	return &Session{reader: r, programs: programs{}, configs: map[*corev1.ConfigMap]mesh.Config{}}
}

// Snapshot is what was read so far; nil before the first question.
func (s *Session) Snapshot() *cluster.Snapshot { return s.snap }

// Ask answers q. An error means that the question makes no sense: a name that
// nobody bears, a port that the Service has not, a server that does not answer
// at all. It is one line and names the thing.
func (s *Session) Ask(ctx context.Context, q Question) (*Diagnosis, error) {
	in, err := newInquiry(s, q)
	if err != nil {
		return nil, err
	}
	if err := in.read(ctx); err != nil {
		return nil, err
	}
	return in.answer(ctx)
}

// Ask answers one question from what r reads, and returns beside the Diagnosis
// the Snapshot it rests on. Errors are those of [Session.Ask].
func Ask(ctx context.Context, r cluster.Reader, q Question) (*Diagnosis, *cluster.Snapshot, error) {
	s := NewSession(r)
	d, err := s.Ask(ctx, q)
	return d, s.snap, err
}

// inquiry is one question while it is being answered.
type inquiry struct {
	*Session
	q      Question
	source sourceRef
	target targetRef
	rev    *revisionOf     // as of the snapshot that it was read from
	round  int             // how often was asked
	asked  int             // queries
	wanted []cluster.Query // what a way needs that was not read yet
	liked  []cluster.Query // what may stand on it besides
	// declined are those that a snapshot does not hold.
	declined []cluster.Query
	passed   []string // the namespaces that ways lead through
	met      *meeting // who is met on the ways that are walked dry; nil: nobody asks
	failed   []string // platforms that did, in words
	broken   []string // data planes among the platforms that have failed, by name
}

func newInquiry(s *Session, q Question) (*inquiry, error) {
	source, err := parseSource(q.Source, q.namespace())
	if err != nil {
		return nil, err
	}
	from := source.namespace
	if source.outside() {
		from = q.namespace()
	}
	target, err := parseTarget(q.Target, from, q.namespace())
	if err != nil {
		return nil, err
	}
	return &inquiry{Session: s, q: q, source: source, target: target}, nil
}

// read asks in rounds; what one brings tells what the next has to ask for. What
// a further round would have to ask is as good as unread.
func (in *inquiry) read(ctx context.Context) error {
	if in.whole() {
		in.readWhole(ctx)
		return ctx.Err()
	}
	rounds := maxRounds
	if !in.reader.Live() {
		rounds = manyRounds
	}
	for round := range rounds {
		must := in.must(ctx)
		queries := in.within(must)
		optional := in.affordable(queries)
		queries = append(queries, optional...)
		switch {
		case len(must)+len(queries) == 0:
			return nil
		case len(queries) == 0:
			in.giveUp(must)
			return nil
		}
		results := in.reader.Read(ctx, queries)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := unusable(results, round == 0 && len(must) > 0); err != nil {
			return err
		}
		in.snap = in.snap.Plus(in.reader.Origin(), in.accept(results, optional))
		in.round, in.asked = round+1, in.asked+len(queries)
	}
	in.giveUp(in.must(ctx))
	return nil
}

// whole reports whether there is nothing beside what the reader has.
func (in *inquiry) whole() bool {
	r, ok := in.reader.(interface{ Whole() bool })
	return ok && r.Whole()
}

// readWhole takes in all that a reader has, if that is a whole cluster that lies there:
// no question after the first has to look for anything.
func (in *inquiry) readWhole(ctx context.Context) {
	if in.snap != nil {
		return
	}
	var all []cluster.Query
	for _, resource := range cluster.Resources() {
		all = append(all, list(resource, ""))
	}
	in.snap = in.snap.Plus(in.reader.Origin(), in.reader.Read(ctx, all))
}

// accept leaves out what was only worth a look and is not in the snapshot that is
// asked: who saved it did not look either.
func (in *inquiry) accept(results []cluster.Result, optional []cluster.Query) []cluster.Result {
	var out []cluster.Result
	for _, r := range results {
		if r.Unread != nil && r.Unread.Reason == cluster.NotInSnapshot && slices.Contains(optional, r.Query) {
			in.declined = append(in.declined, r.Query)
			continue
		}
		out = append(out, r)
	}
	return out
}

// must lists what the question cannot be answered for certain without.
func (in *inquiry) must(ctx context.Context) []cluster.Query {
	return in.fresh(append(in.needs(), in.wayNeeds(ctx)...))
}

// giveUp makes unread what the question may not ask for any more.
func (in *inquiry) giveUp(left []cluster.Query) {
	if len(left) > 0 {
		in.snap = in.snap.Plus(in.reader.Origin(), notAsked(left))
	}
}

// notAsked makes queries that were not made unread.
func notAsked(queries []cluster.Query) []cluster.Result {
	var out []cluster.Result
	for _, q := range queries {
		out = append(out, cluster.Result{Query: q, Unread: &cluster.Unread{
			Resource: q.Resource.Plural, Group: q.Resource.Group, Namespace: q.Namespace, Name: q.Name,
			Reason: cluster.NotAsked, Message: "one question asks at most 25 things in 3 rounds",
		}})
	}
	return out
}

// unusable returns an error where there is nobody to ask: no server from the
// first round on, or one that does not know who is asking.
func unusable(results []cluster.Result, first bool) error {
	down := 0
	for _, r := range results {
		if r.Unread == nil {
			continue
		}
		switch r.Unread.Reason {
		case cluster.Unauthorized:
			return r.Unread
		case cluster.Unreachable, cluster.TimedOut:
			down++
		case cluster.Forbidden, cluster.NotInstalled, cluster.NotInSnapshot, cluster.NotAsked, cluster.Failed:
		}
	}
	if first && down == len(results) {
		return results[0].Unread
	}
	return nil
}

// sourceNamespace is where the source is, or where its names are looked up.
func (in *inquiry) sourceNamespace() string {
	if in.source.outside() {
		return in.q.namespace()
	}
	return in.source.namespace
}

// namespace returns a Namespace, nil if it could not be read or is not there.
func (in *inquiry) namespace(name string) *corev1.Namespace {
	ns, _ := cluster.Get[*corev1.Namespace](in.snap, "", name)
	return ns
}

// missing words the fact that a query did not bring, or is empty. A kind of route
// that the cluster does not know is not missing: there are none of it.
func (in *inquiry) missing(r cluster.Resource, namespace, name string) string {
	u, ok := in.snap.Missing(r, namespace, name)
	if !ok || u.Reason == cluster.NotInstalled && routes(r) {
		return ""
	}
	return unreadWords(u)
}

// routes reports whether a kind of Istio's or of the Gateway API says where requests
// go and what becomes of them there, and not who may make them.
func routes(r cluster.Resource) bool {
	return r.Group == cluster.VirtualServices.Group || r.Group == cluster.Gateways.Group || r.Group == cluster.WasmPlugins.Group
}

// unreadWords names what could not be read: "pods in namespace foo (forbidden)".
func unreadWords(u cluster.Unread) string {
	what := u.Resource
	if u.Name != "" {
		what += " " + u.Name
	}
	if u.Namespace != "" {
		what += " in namespace " + u.Namespace
	}
	return what + " (" + reasonWords(u.Reason) + ")"
}

func reasonWords(r cluster.Reason) string {
	switch r {
	case cluster.Forbidden:
		return "forbidden"
	case cluster.NotInstalled:
		return "the cluster does not know the resource"
	case cluster.TimedOut:
		return "timed out"
	case cluster.Unreachable:
		return "the server went away"
	case cluster.Unauthorized:
		return "not logged in"
	case cluster.NotInSnapshot:
		return "not in the snapshot"
	case cluster.NotAsked:
		return "not asked: too many rounds"
	case cluster.Failed:
		return "failed"
	}
	return string(r)
}

// config returns the mesh's settings for a control plane revision. Where the
// ConfigMap is not there Istio's defaults hold; where it could not be read they
// are assumed, and Config.Assumed says so.
func (in *inquiry) config(revision string) mesh.Config {
	for _, name := range meshConfigNames(revision) {
		cm, ok := cluster.Get[*corev1.ConfigMap](in.snap, in.q.meshNamespace(), name)
		if !ok {
			continue
		}
		c := in.parsed(cm)
		c.Revision = or(revision, plainRevision)
		if c.RootNamespace == "" {
			c.RootNamespace = in.q.meshNamespace()
		}
		return c
	}
	c := mesh.DefaultConfig()
	c.Revision, c.RootNamespace = or(revision, plainRevision), in.q.meshNamespace()
	for _, name := range meshConfigNames(revision) {
		if m := in.missing(cluster.ConfigMaps, in.q.meshNamespace(), name); m != "" {
			c.Assumed = m
		}
	}
	return c
}

// parsed reads a mesh configuration, once. One that cannot be read as such is
// like one that could not be read at all.
func (s *Session) parsed(cm *corev1.ConfigMap) mesh.Config {
	if c, ok := s.configs[cm]; ok {
		return c
	}
	c, err := mesh.ParseConfig(cm)
	if err != nil {
		c = mesh.DefaultConfig()
		c.Assumed = err.Error()
	}
	s.configs[cm] = c
	return c
}

// meshConfigNames lists the ConfigMaps that may hold the mesh configuration of a
// revision, the first that exists wins.
func meshConfigNames(revision string) []string {
	if revision == "" || revision == plainRevision {
		return []string{"istio"}
	}
	return []string{"istio-" + revision, "istio"}
}
