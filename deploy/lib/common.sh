# Sourced by the scripts of deploy/ and by tests/run. Needs bash and what every Debian has; no ps, no ss, no python.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# identity PID: "PID START BOOT", which no later process shares; fails when there is none (a zombie is none).
identity() {
  local stat fields
  read -r stat <"/proc/$1/stat" || return 1
  read -ra fields <<<"${stat##*) }" # the name before it may hold anything
  [[ ${fields[0]} != Z && ${fields[0]} != X ]] || return 1
  printf '%s %s %s\n' "$1" "${fields[19]}" "$(</proc/sys/kernel/random/boot_id)"
} 2>/dev/null

# alive FILE: prints the PID that FILE (written from `identity`) names, if that very process still runs.
alive() {
  local line pid
  read -r line <"$1" || return 1
  pid=${line%% *}
  [[ $pid =~ ^[0-9]+$ && $(identity "$pid") == "$line" ]] || return 1
  printf '%s\n' "$pid"
} 2>/dev/null

# wait_until SECONDS COMMAND...: polls; fails when the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

gone() { ! alive "$1" >/dev/null; }

# port_taken PORT: whether anything listens on it, on any address.
port_taken() {
  local hex tables=(/proc/net/tcp)
  printf -v hex ':%04X' "$1"
  [[ ! -e /proc/net/tcp6 ]] || tables+=(/proc/net/tcp6)
  awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
    "${tables[@]}"
}

# free_port FROM: the first port from there on that nobody listens on and that is not among the further arguments.
free_port() {
  local port=$1 limit=$(($1 + 500))
  shift
  for (( ; port < limit; ++port)); do
    [[ " $* " == *" $port "* ]] && continue
    port_taken "$port" || { printf '%s\n' "$port" && return; }
  done
  fail "no free port below $limit"
}

random_hex() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }

# group_of USER: its number; a user without an entry has the group of its own number.
group_of() { id -g "$1" 2>/dev/null || printf '%s\n' "$1"; }

# as_user USER COMMAND...: with a small environment of its own; USER is a name or a number.
as_user() {
  local user=$1 uid gid home
  shift
  uid=$(id -u "$user" 2>/dev/null) || uid=$user
  if [[ $uid == "$EUID" ]]; then
    "$@"
    return
  fi
  gid=$(group_of "$uid")
  home=$(getent passwd "$uid" | cut -d: -f6)
  [[ -d $home ]] || home=/nonexistent
  setpriv --reuid="$uid" --regid="$gid" --clear-groups \
    env -i PATH="$PATH" HOME="$home" USER="$user" LOGNAME="$user" LC_ALL=C.UTF-8 "$@"
}

# system_user NAME: makes it if it is missing.
system_user() {
  id "$1" >/dev/null 2>&1 && return
  useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

# build_jobs: as many compilers at once as cores and memory (1.5 GB each) allow.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  printf '%s\n' "$((cores < memory ? cores : memory))"
}

# build PRESET [TARGET...]: configures when needed and builds, in the current directory, which is the checkout.
build() {
  local preset=$1
  shift
  # Paths below the checkout are hashed relative to it, so that two checkouts share what ccache keeps.
  local cache=(CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1)
  [[ -w ${HOME:-/nonexistent} || -n ${CCACHE_DIR:-} ]] || cache+=(CCACHE_DIR="$PWD/build/ccache")
  if [[ ! -e build/$preset/build.ninja ]]; then
    env "${cache[@]}" cmake --preset "$preset" || return
  fi
  env "${cache[@]}" cmake --build --preset "$preset" -j "$(build_jobs)" ${1:+--target "$@"}
}
