package matrix

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Digest tells whether two processes have seen the same cluster: for each kind, how many
// objects there are and a hash of what can decide of them. A resourceVersion, a condition's
// time or the load of a node change nothing, so they are not in it. What could not be read
// is in it, too.
type Digest map[string]string

// digestOf makes the digest of what was read. The objects of one kind are hashed in their
// order, each for itself and by several processors.
func digestOf(snap *cluster.Snapshot) Digest {
	items := snap.Items()
	sums := make([][sha256.Size]byte, len(items))
	cluster.Parallel(len(items), func(i int) { sums[i] = sumOf(items[i]) })
	all := map[string][]byte{}
	for i, item := range items {
		all[item.Resource.String()] = append(all[item.Resource.String()], sums[i][:]...)
	}
	out := Digest{}
	for kind, sums := range all {
		whole := sha256.Sum256(sums)
		out[kind] = fmt.Sprintf("%d %s", len(sums)/sha256.Size, hex.EncodeToString(whole[:8]))
	}
	for _, u := range snap.Unread() {
		if u.Reason != cluster.NotInstalled {
			key := cluster.Resource{Group: u.Group, Plural: u.Resource}.String()
			out[key] += strings.Join([]string{" unread", u.Namespace, u.Name, string(u.Reason)}, " ")
		}
	}
	return out
}

func sumOf(item cluster.Item) [sha256.Size]byte {
	raw := []byte(item.Raw)
	var err error
	if len(raw) == 0 {
		raw, err = cluster.RawOf(item.Resource, item.Object)
	}
	var object map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &object)
	}
	if err != nil {
		return sha256.Sum256(raw)
	}
	settle(item.Resource, object)
	text, err := json.Marshal(object) // keys are sorted
	if err != nil {
		return sha256.Sum256(raw)
	}
	return sha256.Sum256(text)
}

// passing are fields that change without anything having changed.
var passing = []string{"lastTransitionTime", "lastProbeTime", "lastHeartbeatTime", "lastUpdateTime", "observedGeneration", "resourceVersion", "managedFields", "generation", "selfLink"}

// settle takes out of an object what changes by itself. Of a Pod's status only what
// decides stays.
func settle(r cluster.Resource, object map[string]any) {
	if status, ok := object["status"].(map[string]any); ok && r == cluster.Pods {
		kept := map[string]any{"phase": status["phase"], "podIP": status["podIP"], "podIPs": status["podIPs"]}
		conditions, _ := status["conditions"].([]any)
		for _, c := range conditions {
			if c, ok := c.(map[string]any); ok && c["type"] == "Ready" {
				kept["ready"] = c["status"]
			}
		}
		object["status"] = kept
	}
	if metadata, ok := object["metadata"].(map[string]any); ok {
		if annotations, ok := metadata["annotations"].(map[string]any); ok {
			delete(annotations, "endpoints.kubernetes.io/last-change-trigger-time")
		}
	}
	forget(object)
}

func forget(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, field := range passing {
			delete(value, field)
		}
		for _, v := range value {
			forget(v)
		}
	case []any:
		for _, v := range value {
			forget(v)
		}
	}
}

// differs lists the kinds that two digests differ in, sorted.
func (d Digest) differs(other Digest) []string {
	var out []string
	for kind := range d {
		if d[kind] != other[kind] {
			out = append(out, kind)
		}
	}
	for kind := range maps.Keys(other) {
		if _, ok := d[kind]; !ok {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}
