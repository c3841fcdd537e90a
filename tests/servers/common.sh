# shellcheck shell=bash
# Sourced by the install and start scripts of the servers beside it.
# Everything they download or copy lives below the cache folder, which git ignores.

servers_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

stop_with() {
  printf 'tests/servers: %s\n' "$*" >&2
  exit 1
}

# cache_of NAME: where NAME is installed.
cache_of() { printf '%s/%s\n' "${TROUPE_CACHE:-$servers_folder/../../build/servers}" "$1"; }

# use_test_node: Debian 12's own node is too old; then tests/run has put a newer one below build/tools.
use_test_node() {
  local version newer
  for newer in '' "$servers_folder"/../../build/tools/node/node_modules/node-linux-*/bin; do
    [[ -z $newer || -x $newer/node ]] || continue
    [[ -z $newer ]] || PATH=$newer:$servers_folder/../../build/tools/node/node_modules/.bin:$PATH
    version=$(node --version 2>/dev/null) || continue
    version=${version#v}
    ((${version%%.*} < 20)) || return 0
  done
  stop_with "node 20 or newer is missing; tests/run installs it"
}

# npm_fingerprint FOLDER: what an installation of FOLDER/package-lock.json depends on.
npm_fingerprint() { printf '%s %s %s' "$(sha256sum <"$1/package-lock.json")" "$(node --version)" "$(uname -m)"; }

# install_once NAME FINGERPRINT COMMAND...: runs COMMAND unless NAME is installed with this fingerprint already. Several
# at once wait for each other.
install_once() {
  local name=$1 fingerprint=$2 cache
  shift 2
  cache=$(cache_of "$name")
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  if ! is_installed "$name" "$fingerprint"; then
    rm -f "$cache/.installed"
    "$@" "$cache" >&2
    printf '%s' "$fingerprint" >"$cache/.installed"
  fi
  exec 9>&-
}

is_installed() {
  local stamp
  stamp=$(cache_of "$1")/.installed
  [[ -e $stamp && $(<"$stamp") == "$2" ]]
}

# must_be_installed NAME FINGERPRINT: a test never downloads; without its server it fails at once and says why.
must_be_installed() {
  is_installed "$1" "$2" ||
    stop_with "$1 is not installed here, or in another version: run tests/servers/$1/install (tests/run does)"
}

# npm_install FOLDER CACHE PACKAGE...: what FOLDER/package-lock.json names. Only the PACKAGEs run their install scripts,
# after all downloads. A download that failed is tried again twice: npm keeps what has arrived.
npm_install() {
  local from=$1 cache=$2 headers try
  shift 2
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$cache/"
  cd "$cache" || return
  for try in 1 2 3; do
    if npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --no-progress --fetch-retries=2 \
      --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=20000 --fetch-timeout=600000 </dev/null; then
      break
    fi
    ((try < 3)) || stop_with "npm cannot download what $(basename "$from")/package-lock.json names; is a registry reachable?"
    printf 'tests/servers: npm failed, trying again (%d of 3)\n' $((try + 1)) >&2
  done
  (($#)) || return 0
  # Compiled here: ready-made binaries lie outside of the registry, and so do headers of node unless they are beside it.
  headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  [[ -e $headers/include/node/node.h ]] || stop_with "the headers of $(command -v node) are missing; needed to compile: $*"
  if command -v ccache >/dev/null; then export CC='ccache cc' CXX='ccache c++'; fi
  npm_config_nodedir=$headers npm_config_build_from_source=true npm rebuild --no-progress "$@" </dev/null ||
    stop_with "npm cannot compile: $*"
}

# quiet_port: a free port outside of the range from which the system takes ports by itself, so that nobody takes it
# between this look and its use.
quiet_port() {
  python3 - <<'PORT'
import random, socket
while True:
    port = random.randrange(20000, 32000)
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PORT
}

random_text() { od -An -v -tx1 -N 32 /dev/urandom | tr -d ' \n'; }

# until_answers PID URL: waits until URL answers; fails when the process ends before, or after two minutes.
until_answers() {
  local deadline=$((SECONDS + 120))
  until curl -fsS -o /dev/null -m 5 "$2" 2>/dev/null; do
    kill -0 "$1" 2>/dev/null && ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# keep_up PID_VARIABLE COMMAND: until `stopping` is set, COMMAND starts the process anew each time it ends. One that cannot
# stay up, five times within ten seconds, ends the script.
keep_up() {
  local -n its_pid=$1
  local begun=$SECONDS starts=0
  while [[ -z $stopping ]]; do
    wait "$its_pid" || true
    [[ -z $stopping ]] || return 0
    ((SECONDS - begun < 10)) || { begun=$SECONDS starts=0; }
    ((++starts < 5)) || stop_with "the server ends again and again"
    "$2"
  done
}
