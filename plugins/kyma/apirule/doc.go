// Package apirule knows what Kyma's API Gateway makes of an APIRule.
//
// The controller of the api-gateway module turns each APIRule into a VirtualService, and
// into AuthorizationPolicies and RequestAuthentications in the namespace of the Service
// that is exposed. Their ALLOW policies admit the ingress gateway only: one of them is
// enough to close a workload to everybody else in the cluster.
//
// [Parse] reads an APIRule in any version that is served. [Generate] makes the same
// policies of it as the controller does, to the letter but for their random names, and
// [GenerateAs] those of earlier releases. [Recognise] tells of a policy which APIRule it
// comes from, [Compare] in what the policies of a cluster differ from what the APIRule
// asks for, and [Migrate] what becomes of a v1beta1 APIRule in v2.
//
// # What it was written from
//
// The module's source, github.com/kyma-project/api-gateway, cannot be a dependency. It was
// read, and what is written here says where. Six APIRules were put before the controller's
// own code at release 3.10.0; what came out is in testdata/controller, restated, and is
// reproduced exactly. The cases in testdata/derived are from reading alone.
//
// Not certain are, of releases before 3.5.0, their labels besides that of the owner, and
// since when the namespace is a number in the hash; and of a migration, the sources for
// extAuth with restrictions.
//
// [Route] is the VirtualService, with CORS, timeouts and headers; [CompareRoutes] tells in
// what the one of a cluster differs, for v2 and for what the handlers of v1beta1 made, and
// what that does to a request. Both are from reading: no controller was run for them.
//
// It is not checked whether the controller would accept an APIRule; what it refuses has an
// error in its status.
//
// The package does no I/O and depends on nothing but the types of Istio and Kubernetes.
package apirule
