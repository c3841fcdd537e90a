# Sourced, in the checkout: the web app of clients/, which the node serves. Needs common.sh.
# shellcheck shell=bash

readonly web_root=clients/web/dist

# What the app is made of, in one line that changes with it.
web_sources() {
  find clients net/api/openapi.yaml -type d \( -name node_modules -o -name dist -o -name '.*' \) -prune -o \
    -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum
}

# prepare_web OWNER: builds it as that user, when there is one to build and anything of it has changed since. With
# Debian's npm unless there is another.
prepare_web() {
  local owner=$1
  if [[ ! -e clients/web/package.json ]]; then
    say "there is no clients/web in this checkout: the node serves its API without a page"
    return
  fi
  local log=build/quickstart-web.log stamp=build/web.stamp
  if [[ -e $web_root/index.html && -e $stamp && $(<"$stamp") == "$(web_sources)" ]]; then return; fi
  command -v npm >/dev/null || deploy/install-packages deploy/npm-packages.txt
  as_user "$owner" mkdir -p build
  say "building the web app (details in $log)"
  # shellcheck disable=SC2016
  as_user "$owner" bash -euo pipefail -c '
    cd clients
    { npm ci --no-audit --no-fund --no-progress && npm run build; } >"../$1" 2>&1' - "$log" || {
    tail -n 30 "$log" >&2
    fail "the web app could not be built; all of the output is in $log"
  }
  [[ -e $web_root/index.html ]] || fail "the build of the web app made no $web_root/index.html"
  web_sources | as_user "$owner" tee "$stamp" >/dev/null
}

# The settings of the page, when there is one.
web_section() {
  [[ ! -e $web_root/index.html ]] || printf '\n[web]\nroot = "%s"\n' "$web_root"
}
