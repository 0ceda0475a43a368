package cluster

import "sync"

// prepare makes ready to decode what almost every question reads, once. What the decoder
// finds out about a type takes it longer than a few objects of that type, and there is
// time for it until the first server answers.
var prepare = sync.OnceFunc(func() {
	for _, r := range []Resource{Pods, EndpointSlices, Services, AuthorizationPolicies} {
		_, _ = decode(r, []byte(`{"spec":{}}`)) // which has no meaning, and goes nowhere
	}
})
