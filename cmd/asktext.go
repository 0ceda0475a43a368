package cmd

const askLong = `Explain why traffic in a service mesh is blocked, or what lets it through.

SOURCE is who calls: [TYPE/]NAME[.NAMESPACE], where TYPE is pod, deploy, sts, ds,
rs, job, cronjob, sa or gateway, or ip/ADDRESS for somebody outside, kubelet for
a probe, apiserver for a webhook. Without a type it is a Pod of that name, else
what creates Pods. A Pod that is called like one of these, or like one of the
commands below, needs its type: pod/version.

TARGET is what one would give curl: http://httpbin.default:8000/get,
httpbin.default:8000, tcp://redis:6379; or svc/NAME, pod/NAME, a Pod's address,
or a host that a gateway of the mesh listens for. Gateways, waypoints and routes
on the way are followed; --host says what the request names at a gateway.

What the question leaves out is unknown: where it matters, the answer says which
values are let through. --exact says that there is nothing else, --curl gives a
whole request as the command that failed.

On a terminal the answer is a screen to walk through: to change the question, see
who else is let in, and repair what blocks. Without SOURCE and TARGET it asks for
them. A flag of the answer, such as --explain or --output, prints it instead, and
so does a pipe.

Only objects are read, and no Secrets; nothing is sent to the target, and nothing
is changed unless a repair is applied and confirmed.`

const askExample = `  # On a terminal: pick who calls and what is called
  kubectl authz-doctor

  # Can sleep in namespace foo reach httpbin in namespace default?
  kubectl authz-doctor deploy/sleep.foo http://httpbin.default:8000/get

  # Every policy, rule and field on the way
  kubectl authz-doctor sleep.foo http://httpbin.default:8000/get --method GET --explain

  # The request as the command that failed
  kubectl authz-doctor --curl 'kubectl exec deploy/sleep -n foo -- curl -s -X POST -d a=b http://httpbin.default:8000/post'

  # Through a gateway, from outside
  kubectl authz-doctor ip/203.0.113.7 https://shop.example.com/cart --method GET

  # With a token that holds a claim, from outside
  kubectl authz-doctor ip/203.0.113.7 svc/httpbin --claim iss=https://issuer.example --claim 'groups=["admin"]'

  # From manifests, without a cluster; one word for a script
  kubectl kustomize . | kubectl authz-doctor sleep.foo httpbin.default:8000 -f - -o jsonpath='{.status.verdict}'

  # Save what the question needs, and ask again elsewhere
  kubectl authz-doctor snapshot sleep.foo httpbin.default:8000 -O snapshot.yaml
  kubectl authz-doctor sleep.foo httpbin.default:8000 -f snapshot.yaml`
