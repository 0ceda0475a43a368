#!/bin/sh
# demo.sh PLUGIN asks the plugin about the bundled clusters: a denial explained,
# the same question from another source, a repair, and the answer as JSON. No cluster is
# needed. An exit status other than the expected one fails the demo.
set -eu
plugin=$1

# ask WANT ARGS… runs the plugin and compares its exit status with WANT.
ask() {
  want=$1
  shift
  printf '\n$ kubectl authz-doctor %s\n' "$*"
  got=0
  "$plugin" "$@" || got=$?
  printf '[exit status %d]\n' "$got"
  if [ "$got" -ne "$want" ]; then
    printf 'demo: that should have been exit status %d\n' "$want" >&2
    exit 1
  fi
}

say() { printf '\n# %s\n' "$1"; }

url=http://httpbin.default:8000/get

say 'sleep cannot reach httpbin. Why?'
ask 1 -f examples/no-sidecar sleep.foo "$url"

say 'The same question, asked for the frontend.'
ask 0 -f examples/no-sidecar frontend.default "$url"

say 'Kyma: an APIRule exposes httpbin to the world, and closes it to the cluster.'
kyma=examples/kyma-in-cluster
ask 1 -f $kyma/cluster.yaml test-internal.curl-test "$url"

say 'What would let this caller in, and what else would each way do? Proved, nothing written.'
ask 1 fix -f $kyma/cluster.yaml test-internal.curl-test "$url" --method GET

say 'The same question, after the policy that Kyma recommends.'
ask 0 -f $kyma/cluster.yaml -f $kyma/allow-internal.yaml test-internal.curl-test "$url"

say 'What that policy opens besides: the check of a pull request.'
ask 1 what-if --base $kyma/cluster.yaml -f $kyma/allow-internal.yaml --fail-on opens

say 'The first answer, for programs.'
ask 1 -f examples/no-sidecar sleep.foo "$url" -o json
