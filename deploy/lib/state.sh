# Sourced, in the checkout: what deploy/quickstart keeps in var/, for it and for backup and restore. Needs common.sh.
# shellcheck shell=bash disable=SC2034 # the names are for those who source this

# Built here, unless there is one already, such as an installed package's.
program=${TROUPE_PROGRAM:-build/release/system/node/troupe}
conf=var/troupe.conf
memory=var/quickstart.env
effective_conf=var/log/check-config.log

# What must stay the same from run to run. Read line by line, never executed.
remembered() { [[ ! -e $memory ]] || sed -n "s/^$1=\([A-Za-z0-9_.-]*\)\$/\1/p" "$memory" | tail -n 1; }
remember() { [[ $(remembered "$1") == "$2" ]] || printf '%s=%s\n' "$1" "$2" >>"$memory"; }

# effective SECTION KEY: a number or quoted text of the configuration that the last start of quickstart saw.
effective() {
  awk -v section="[$1]" -v key="$2" \
    '/^\[/ { now = $1 } now == section && $1 == key { gsub(/"/, "", $3); print $3 }' "$effective_conf"
}

# The tools of PostgreSQL find server, database and password through these.
postgres_environment() {
  export PGHOST=127.0.0.1 PGDATABASE=troupe PGUSER=troupe PGPASSFILE=$PWD/var/pgpass PGPORT PGCONNECT_TIMEOUT=10
  PGPORT=$(remembered POSTGRES_PORT)
}
