package netpol

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
	"sigs.k8s.io/yaml"
)

// adminCase is a case of testdata/matrix/admin.yaml.
type adminCase struct {
	Name     string                                             `json:"name"`
	Cluster  map[string]policyv1alpha2.ClusterNetworkPolicySpec `json:"cluster"`
	Policies map[string]networkingv1.NetworkPolicySpec          `json:"policies"`
	Expect   map[string][]string                                `json:"expect"`
}

var (
	housePods  = []string{"g/0", "g/1", "h/0", "h/1", "r/0", "r/1", "s/0", "s/1"}
	housePorts = []string{"TCP/80", "TCP/8080", "UDP/53", "UDP/5353", "SCTP/9003", "SCTP/9005"}
)

func housePod(name string) Endpoint {
	ns, _, _ := strings.Cut(name, "/")
	labels := map[string]string{"conformance-house": ns}
	return Endpoint{
		Pod: true, Namespace: ns, Name: name[2:], IP: netip.MustParseAddr(matrixAddress(name)),
		Labels: labels, NamespaceLabels: labels, NamespaceKnown: true,
		ContainerPorts: []corev1.ContainerPort{{Name: "web", ContainerPort: 80}, {Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP}},
	}
}

// clusterPolicies are the policies of a case as they stand there.
func (c adminCase) clusterPolicies() Policies {
	var p Policies
	for name, spec := range c.Cluster {
		p.Cluster = append(p.Cluster, &policyv1alpha2.ClusterNetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
	}
	for name, spec := range c.Policies {
		p.Namespaced = append(p.Namespaced, matrixPolicy(name, spec))
	}
	return p
}

var (
	numbered = regexp.MustCompile(`\{"(tcp|udp|sctp)":\{"destinationPort":\{"number":(\d+)\}\}\}`)
	ranged   = regexp.MustCompile(`\{"(tcp|udp|sctp)":\{"destinationPort":\{"range":\{"start":(\d+),"end":(\d+)\}\}\}\}`)
	upper    = strings.NewReplacer(`"tcp"`, `"TCP"`, `"udp"`, `"UDP"`, `"sctp"`, `"SCTP"`)
)

// adminPolicies are the same in the kinds that were before.
func (c adminCase) adminPolicies(t *testing.T) Policies {
	t.Helper()
	p := c.clusterPolicies()
	for _, former := range p.Cluster {
		tier := former.Spec.Tier
		spec := former.Spec
		spec.Tier = ""
		raw, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(`"tier":"",`, "", `"Accept"`, `"Allow"`, `"protocols"`, `"ports"`, `"destinationNamedPort"`, `"namedPort"`).Replace(string(raw))
		text = upper.Replace(ranged.ReplaceAllString(numbered.ReplaceAllString(text, `{"portNumber":{"protocol":"$1","port":$2}}`), `{"portRange":{"protocol":"$1","start":$2,"end":$3}}`))
		if tier == policyv1alpha2.AdminTier {
			a := &policyv1alpha1.AdminNetworkPolicy{ObjectMeta: former.ObjectMeta}
			err = yaml.UnmarshalStrict([]byte(text), &a.Spec)
			p.Admin = append(p.Admin, a)
		} else {
			b := &policyv1alpha1.BaselineAdminNetworkPolicy{ObjectMeta: former.ObjectMeta}
			err = yaml.UnmarshalStrict([]byte(strings.Replace(text, `"priority":10,`, "", 1)), &b.Spec)
			p.Baseline = append(p.Baseline, b)
		}
		if err != nil {
			t.Fatalf("%s: %v in %s", c.Name, err, text)
		}
	}
	p.Cluster = nil
	return p
}

func TestMatrixAdmin(t *testing.T) {
	var file struct {
		Houses, Pods, Ports, Rules, Policies []any
		Cases                                []adminCase `json:"cases"`
	}
	readMatrix(t, "admin.yaml", &file)
	var n tally
	for _, c := range file.Cases {
		for kind, p := range map[string]Policies{"ClusterNetworkPolicy": c.clusterPolicies(), "AdminNetworkPolicy": c.adminPolicies(t)} {
			n.cases++
			for _, port := range housePorts {
				lines, ok := c.Expect[port]
				if !ok {
					lines = c.Expect["all"]
				}
				protocol, number := matrixPort(port)
				for _, from := range housePods {
					for _, to := range housePods {
						if from == to {
							continue
						}
						n.pairs++
						got := p.both(Connection{From: housePod(from), To: housePod(to), Port: number, Protocol: protocol})
						if want := expected(t, lines, from, to); got != want {
							t.Errorf("%s, %s: %s > %s %s: got %v, want %v", kind, c.Name, from, to, port, got, want)
						}
					}
				}
			}
		}
	}
	if fmt.Sprint(n) != "{34 11424}" {
		t.Errorf("%+v", n)
	}
}
