# Sourced by the install and start scripts of the servers beside it.
# Everything they download or copy lives below the cache folder, which git ignores.

# cache_of NAME: where NAME is installed.
cache_of() {
  local servers
  servers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  printf '%s/%s\n' "${TROUPE_CACHE:-$servers/../../build/servers}" "$1"
}

# install_once NAME FINGERPRINT COMMAND...: runs COMMAND unless NAME is installed with this fingerprint already. Several
# at once wait for each other.
install_once() {
  local name=$1 fingerprint=$2 cache
  shift 2
  cache=$(cache_of "$name")
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  if [[ -e $cache/.installed && $(<"$cache/.installed") == "$fingerprint" ]]; then
    exec 9>&-
    return
  fi
  rm -f "$cache/.installed"
  "$@" "$cache" >&2
  printf '%s' "$fingerprint" >"$cache/.installed"
  exec 9>&-
}

# npm_install FOLDER CACHE: what FOLDER/package-lock.json names, built here where there is something to build.
npm_install() {
  local from=$1 cache=$2
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$cache/"
  local headers
  headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  if [[ -e $headers/include/node/node.h ]]; then export npm_config_nodedir=$headers; fi
  (cd "$cache" && npm_config_build_from_source=true npm ci --no-audit --no-fund --no-progress </dev/null)
}
