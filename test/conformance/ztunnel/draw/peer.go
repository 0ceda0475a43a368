package draw

import (
	"fmt"
	"time"

	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// Peers draws PeerAuthentications. No two are of the same age: which of those
// istiod takes is chance.
func (s Source) Peers() []*securityv1.PeerAuthentication {
	var out []*securityv1.PeerAuthentication
	ages := s.Perm(6)
	for i := range s.Weighted(5, 30, 35, 20, 10) {
		pa := &securityv1.PeerAuthentication{ObjectMeta: metav1.ObjectMeta{
			Namespace: []string{Namespace, Root, "bar"}[s.Weighted(64, 32, 4)],
			Name:      fmt.Sprintf("%c%d", 'a'+s.IntN(4), i),
		}}
		pa.CreationTimestamp = metav1.NewTime(time.Date(2026, 1, 1, 0, ages[i], 0, 0, time.UTC))
		switch s.Weighted(48, 4, 4, 38, 6) {
		case 1:
			pa.Spec.Selector = &typev1beta1.WorkloadSelector{}
		case 2:
			pa.Spec.Selector = &typev1beta1.WorkloadSelector{MatchLabels: map[string]string{}}
		case 3:
			pa.Spec.Selector = &typev1beta1.WorkloadSelector{MatchLabels: map[string]string{"app": "web"}}
		case 4:
			pa.Spec.Selector = &typev1beta1.WorkloadSelector{MatchLabels: map[string]string{"app": "other"}}
		}
		pa.Spec.Mtls = s.mtls()
		if pa.Spec.GetSelector() != nil || s.Chance(10) {
			s.portLevel(&pa.Spec)
		}
		out = append(out, pa)
	}
	return out
}

func (s Source) mtls() *securityv1beta1.PeerAuthentication_MutualTLS {
	mode := securityv1beta1.PeerAuthentication_MutualTLS_Mode(s.Weighted(22, 12, 24, 34, 8))
	if mode > securityv1beta1.PeerAuthentication_MutualTLS_STRICT {
		return nil
	}
	return &securityv1beta1.PeerAuthentication_MutualTLS{Mode: mode}
}

func (s Source) portLevel(spec *securityv1beta1.PeerAuthentication) {
	for range s.Weighted(30, 35, 25, 10) {
		if spec.PortLevelMtls == nil {
			spec.PortLevelMtls = map[uint32]*securityv1beta1.PeerAuthentication_MutualTLS{}
		}
		mode := securityv1beta1.PeerAuthentication_MutualTLS_Mode(s.Weighted(8, 22, 32, 38))
		spec.PortLevelMtls[uint32(of(s, ports[:3]...))] = &securityv1beta1.PeerAuthentication_MutualTLS{Mode: mode}
	}
}
