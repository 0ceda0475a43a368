package cluster

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
)

// watch is one call of Watch.
type watch struct {
	*live
	client   metadata.Interface
	snapshot *Snapshot
	line     *line

	mu   sync.Mutex
	seen map[key][]string // what was told of an object last: its version and the verb
}

// patience is how long is waited between tries: soon first, and never so long that one
// takes the server for gone that is back.
func patience() *wait.Backoff {
	return &wait.Backoff{Duration: 300 * time.Millisecond, Factor: 2, Jitter: 0.3, Steps: 8, Cap: 8 * time.Second}
}

// follow watches a place until ctx ends or the server refuses it.
func (w *watch) follow(ctx context.Context, p watchPlace) {
	following, cancel := context.WithCancel(ctx)
	defer cancel()
	f := &follower{watch: w, watchPlace: p, stop: cancel}
	f.known = f.baseline()
	options := cache.ReflectorOptions{Name: p.words(), Backoff: patience()}
	cache.NewReflectorWithOptions(f, &metav1.PartialObjectMetadata{}, f, options).RunWithContext(following)
	if f.forbidden && p.names != nil { // each alone may be allowed
		var wait sync.WaitGroup
		for _, one := range p.apart() {
			wait.Go(func() { w.follow(ctx, one) })
		}
		wait.Wait()
	}
}

// follower is what a reflector asks, and what it puts into.
type follower struct {
	*watch
	watchPlace
	known     map[key]metav1.Object
	forbidden bool
	told      bool // that it is not watched
	stop      func()
}

// resource is where the objects are, in the version that the server has.
func (f *follower) resource() metadata.ResourceInterface {
	r := f.Resource
	return f.client.Resource(schema.GroupVersionResource{Group: r.Group, Version: f.versionOf(r), Resource: r.Plural}).Namespace(f.Namespace)
}

func (f *follower) options(o metav1.ListOptions) metav1.ListOptions {
	o.LabelSelector, o.FieldSelector = f.Labels, f.Fields
	if f.Name != "" {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", f.Name).String()
	}
	return o
}

// IsWatchListSemanticsUnSupported keeps the reflector from asking for the list as a
// stream, which not every server has: the lists here are short.
func (f *follower) IsWatchListSemanticsUnSupported() bool { return true }

// List is for who has no context.
func (f *follower) List(o metav1.ListOptions) (runtime.Object, error) {
	return f.ListWithContext(context.Background(), o)
}

// Watch is for who has no context.
func (f *follower) Watch(o metav1.ListOptions) (apiwatch.Interface, error) {
	return f.WatchWithContext(context.Background(), o)
}

// ListWithContext lists what there is.
func (f *follower) ListWithContext(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	o = f.options(o)
	if o.ResourceVersion == "0" { // may be older than what was read
		o.ResourceVersion = ""
	}
	began := time.Now()
	asking, cancel := context.WithTimeout(ctx, f.server.timeout)
	defer cancel()
	list, err := f.resource().List(asking, o)
	if err == nil && list.ResourceVersion == "" { // every list has one: the client takes any JSON for a list
		err = errors.New("something else than a list was answered")
	}
	if err != nil {
		f.failed(ctx, asking, err, began)
		if apierrors.IsNotFound(err) { // nobody serves the resource any more
			_ = f.Replace(nil, "")
		}
		return nil, err
	}
	f.line.up()
	return list, nil
}

// WatchWithContext begins to watch. Once the connection was lost it is a list that finds
// out whether the server is back: a watch that ends at once looks like one that began.
func (f *follower) WatchWithContext(ctx context.Context, o metav1.ListOptions) (apiwatch.Interface, error) {
	if f.line.down() {
		return nil, apierrors.NewResourceExpired("the connection was lost")
	}
	began := time.Now()
	got, err := f.resource().Watch(ctx, f.options(o))
	if err != nil {
		f.failed(ctx, ctx, err, began)
	}
	return got, err
}

// failed takes note of a request that failed; ctx is the follower's, asking the request's.
func (f *follower) failed(ctx, asking context.Context, err error, began time.Time) {
	var status apierrors.APIStatus
	code := 0
	if errors.As(err, &status) {
		code = int(status.Status().Code)
	}
	switch {
	case ctx.Err() != nil:
	case code == http.StatusForbidden, code == http.StatusMethodNotAllowed:
		f.forbidden = true
		if f.names == nil {
			f.line.unwatched(f.words())
		}
		f.stop()
	case code == http.StatusNotFound, code == http.StatusGone, code == http.StatusTooManyRequests:
		// It is gone, or told to come again: the reflector does.
	case code == 0, code == http.StatusUnauthorized, code == http.StatusRequestTimeout,
		code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		f.line.lose(f.server.failure(asking, f.Query, err, nil).message, began)
	case !f.told: // of this resource alone
		f.told = true
		f.line.unwatched(f.words())
	}
}
