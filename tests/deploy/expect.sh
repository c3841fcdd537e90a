# Sourced: a test is a sentence and what follows it until the next. Needs deploy/lib/common.sh.
# shellcheck shell=bash

sentence=''
it() {
  [[ -z $sentence ]] || say "ok   $sentence"
  sentence=$1
}
# expect COMMAND...: must succeed.
expect() {
  "$@" && return
  say "FAIL $sentence: $*"
  exit 1
}
# expect_not COMMAND...: must fail.
expect_not() {
  ! "$@" && return
  say "FAIL $sentence: not $*"
  exit 1
}
# expect_soon SECONDS COMMAND...: must succeed within them.
expect_soon() {
  wait_until "$@" && return
  say "FAIL $sentence: within $1 s: ${*:2}"
  exit 1
}
has() { grep -q -- "$2" "$1"; }
