#!/bin/sh
# demo.sh PLUGIN asks the plugin about the bundled clusters: a denial explained, the same
# question from another source, and the pages of Kyma and of Kmesh from the denial to the
# repair. No cluster is needed. An exit status other than the expected one fails the demo.
set -eu
plugin=$1
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# run WANT ARGS… runs the plugin and compares its exit status with WANT.
run() {
  want=$1
  shift
  got=0
  "$plugin" "$@" || got=$?
  if [ "$got" -ne "$want" ]; then
    printf 'demo: exit status %d, that should have been %d\n' "$got" "$want" >&2
    exit 1
  fi
}

# ask WANT ARGS… shows the command, the answer and the exit status.
ask() {
  printf '\n$ kubectl authz-doctor %s\n' "$(shift && printf %s "$*")"
  run "$@"
  printf '[exit status %d]\n' "$got"
}

# part PATHS WANT ARGS… shows parts of the answer, in one line.
part() {
  parts=$1
  shift
  printf "\n$ kubectl authz-doctor %s -o jsonpath='%s'\n" "$(shift && printf %s "$*")" "$parts"
  run "$@" -o "jsonpath=$parts"
  printf '\n[exit status %d]\n' "$got"
}

brief() { part '{.status.verdict}: {.status.summary}' "$@"; }

# keep FILE WANT ARGS… writes what the plugin prints to a file.
keep() {
  file=$1
  shift
  printf '\n$ kubectl authz-doctor %s > %s\n' "$(shift && printf %s "$*")" "$file"
  run "$@" > "$file"
  printf '[exit status %d]\n' "$got"
}

say() { printf '\n# %s\n' "$1"; }

url=http://httpbin.default:8000/get

say 'sleep cannot reach httpbin. Why?'
ask 1 -f examples/no-sidecar sleep.foo "$url"

say 'The same question, asked for the frontend.'
brief 0 -f examples/no-sidecar frontend.default "$url"

kyma=examples/kyma-in-cluster
say 'Kyma: an APIRule exposes httpbin to the world, and closes it to the cluster.'
ask 1 -f $kyma/cluster.yaml test-internal.curl-test "$url" --method GET

say 'What would let this caller in? Proved, with what it opens besides; nothing is written.'
ask 1 fix -f $kyma/cluster.yaml test-internal.curl-test "$url" --method GET --pick a

say 'The proposal as a file, and the same question with it.'
keep "$made/kyma.yaml" 1 fix -f $kyma/cluster.yaml test-internal.curl-test "$url" --method GET --pick a -o yaml
ask 0 -f $kyma/cluster.yaml -f "$made/kyma.yaml" test-internal.curl-test "$url" --method GET

say 'The policy that Kyma recommends does it, too. What it opens besides: the check of a pull request.'
brief 0 -f $kyma/cluster.yaml -f $kyma/allow-internal.yaml test-internal.curl-test "$url" --method GET
ask 1 what-if --base $kyma/cluster.yaml -f $kyma/allow-internal.yaml --fail-on opens

kmesh=examples/kmesh-tcp
url=http://httpbin:8000/headers
inside=sleep-78ff5975c6-plh7r
other=sleep-78ff5975c6-phhll
say 'Kmesh: without a policy, both replicas of sleep connect.'
brief 0 -f $kmesh/cluster.yaml $inside "$url"
brief 0 -f $kmesh/cluster.yaml $other "$url"

say 'deny-by-srcip: one of them is cut off, without a 403. telnet httpbin 8000 gets as far
# as "Connected to httpbin", finds no answer, and is reset after a minute.'
ask 1 -f $kmesh/cluster.yaml -f $kmesh/deny-by-srcip.yaml $inside "$url"
brief 0 -f $kmesh/cluster.yaml -f $kmesh/deny-by-srcip.yaml $other "$url"

say 'allow-by-srcip: now it is the other one.'
brief 0 -f $kmesh/cluster.yaml -f $kmesh/allow-by-srcip.yaml $inside "$url"
brief 1 -f $kmesh/cluster.yaml -f $kmesh/allow-by-srcip.yaml $other "$url"

say 'A repair for it, as a file, and the same question with the file in the place of the policy.'
ask 1 fix -f $kmesh/cluster.yaml -f $kmesh/allow-by-srcip.yaml $other "$url" --pick a
keep "$made/kmesh.yaml" 1 fix -f $kmesh/cluster.yaml -f $kmesh/allow-by-srcip.yaml $other "$url" --pick a -o yaml
brief 0 -f $kmesh/cluster.yaml -f "$made/kmesh.yaml" $other "$url"
brief 0 -f $kmesh/cluster.yaml -f "$made/kmesh.yaml" $inside "$url"

say 'All that the two pages state, as tests.'
ask 0 test $kyma $kmesh

say 'The first answer, for programs.'
part '{.status.answers[0].reason}' 1 -f examples/no-sidecar sleep.foo http://httpbin.default:8000/get
