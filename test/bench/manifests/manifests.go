// Package manifests writes large clusters as files: what `kubectl get -o yaml` and a
// repository of policies hold, for measuring what reading them costs.
package manifests

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Size says how much is written.
type Size struct{ Namespaces, Pods, Policies int }

// Write writes the Pods and the policies of each namespace into a file each, as YAML in
// block style. Each namespace has a Service account for each workload, and two Pods for
// each; every policy selects a workload and admits two others. Some of the policies have
// something to find in them.
func Write(dir string, size Size) error {
	for i := range size.Namespaces {
		var out bytes.Buffer
		fmt.Fprintf(&out, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n  labels:\n    istio-injection: enabled\n", namespace(i))
		for k := i; k < size.Pods; k += size.Namespaces {
			pod(&out, i, k/size.Namespaces, k)
		}
		if err := os.WriteFile(filepath.Join(dir, namespace(i)+"-pods.yaml"), out.Bytes(), 0o600); err != nil {
			return err
		}
		out.Reset()
		for k := i; k < size.Policies; k += size.Namespaces {
			policy(&out, i, k/size.Namespaces, size.Pods/size.Namespaces)
		}
		if err := os.WriteFile(filepath.Join(dir, namespace(i)+"-policies.yaml"), out.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func namespace(i int) string { return fmt.Sprintf("team-%03d", i) }

func app(k int) string { return fmt.Sprintf("app-%03d", k/2) }

// pod writes the k-th Pod of a namespace, the n-th of all, as a server shows one.
func pod(out *bytes.Buffer, ns, k, n int) {
	fmt.Fprintf(out, podText, app(k), 'a'+k%2, namespace(ns), app(k), app(k), app(k), app(k), n, fmt.Sprintf("10.%d.%d.%d", n/62500, n/250%250, n%250+1))
}

const podText = `---
apiVersion: v1
kind: Pod
metadata:
  name: %s-%c
  namespace: %s
  labels:
    app: %s
    version: v1
    security.istio.io/tlsMode: istio
  annotations:
    kubectl.kubernetes.io/default-container: app
    sidecar.istio.io/status: '{"initContainers":["istio-init"],"containers":["istio-proxy"],"revision":"default"}'
spec:
  serviceAccountName: %s
  containers:
  - name: app
    image: registry.example.com/%s:1.4.2
    ports:
    - name: http
      containerPort: 8080
      protocol: TCP
    env:
    - name: NAME
      value: %s
    resources:
      requests:
        cpu: 100m
        memory: 128Mi
    readinessProbe:
      httpGet:
        path: /healthz
        port: 8080
  - name: istio-proxy
    image: docker.io/istio/proxyv2:1.31.1
    args:
    - proxy
    - sidecar
    - --domain
    - $(POD_NAMESPACE).svc.cluster.local
    ports:
    - name: http-envoy-prom
      containerPort: 15090
      protocol: TCP
    volumeMounts:
    - name: istio-envoy
      mountPath: /etc/istio/proxy
    - name: istio-token
      mountPath: /var/run/secrets/tokens
  nodeName: node-%d
  restartPolicy: Always
  terminationGracePeriodSeconds: 30
  dnsPolicy: ClusterFirst
  tolerations:
  - key: node.kubernetes.io/not-ready
    operator: Exists
    effect: NoExecute
    tolerationSeconds: 300
  volumes:
  - name: istio-envoy
    emptyDir:
      medium: Memory
  - name: istio-token
    projected:
      sources:
      - serviceAccountToken:
          audience: istio-ca
          expirationSeconds: 43200
          path: istio-token
status:
  phase: Running
  podIP: %s
  conditions:
  - type: Ready
    status: "True"
    lastTransitionTime: "2026-01-01T00:00:00Z"
  - type: ContainersReady
    status: "True"
    lastTransitionTime: "2026-01-01T00:00:00Z"
  containerStatuses:
  - name: app
    ready: true
    restartCount: 0
    image: registry.example.com/app:1.4.2
    imageID: ""
    state:
      running:
        startedAt: "2026-01-01T00:00:00Z"
`

// policy writes the k-th policy of a namespace, which has so many Pods.
func policy(out *bytes.Buffer, ns, k, pods int) {
	method := "GET"
	if k%25 == 0 { // as methods never are
		method = "get"
	}
	fmt.Fprintf(out, policyText, k, namespace(ns), app(k%pods), namespace(ns), app((k*7+3)%pods), namespace(ns), app((k*5+1)%pods), method, k)
}

const policyText = `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: allow-%03d
  namespace: %s
spec:
  selector:
    matchLabels:
      app: %s
  action: ALLOW
  rules:
  - from:
    - source:
        principals:
        - cluster.local/ns/%s/sa/%s
        - cluster.local/ns/%s/sa/%s
    to:
    - operation:
        methods:
        - %s
        - POST
        paths:
        - /api/%d/*
        ports:
        - "8080"
`
