# Sourced: a private PostgreSQL 15 cluster. Needs common.sh. Used by deploy/quickstart and by tests/run.
# shellcheck shell=bash

pg_bin=/usr/lib/postgresql/15/bin

# as_postgres USER COMMAND...: PostgreSQL's programs insist on returning to the directory they were started in, which
# their user may not be able to reach, so they start in the root.
as_postgres() { as_user "$1" env -C / "${@:2}"; }

# cluster_make DIRECTORY USER HOME PASSWORD [SETTING...]: makes a cluster in DIRECTORY (absolute), owned by USER,
# with a role and a database `troupe`; SETTING is a line of postgresql.conf. It appears under its name only when it is
# whole. Where USER cannot reach DIRECTORY (a checkout below /root, say), the files lie in HOME, which is made, and
# DIRECTORY is a link to them. Only the role `troupe` may connect over the network, with its password; the superuser
# only from its own system user, through a socket.
cluster_make() {
  local directory=$1 user=$2 home=$3 password=$4 new=$1.new setting said
  shift 4
  rm -rf "$new"
  cluster_directory "$new" "$user" || return
  if ! as_postgres "$user" test -w "$new"; then
    rmdir "$new" || return
    install -d -m 0711 "$home" || return
    new=$home/$(random_hex 4)
    cluster_directory "$new" "$user" || return
  fi
  as_postgres "$user" "$pg_bin/initdb" -D "$new" --username="$user" --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --auth=peer >/dev/null || return
  {
    printf 'local all "%s" peer\n' "$user"
    printf 'local troupe troupe scram-sha-256\nhost troupe troupe 127.0.0.1/32 scram-sha-256\n'
  } >"$new/pg_hba.conf" || return
  {
    printf '\n# Troupe\n'
    for setting in "$@"; do printf '%s\n' "$setting"; done
  } >>"$new/postgresql.conf" || return
  # Through standard input, so that no list of processes shows the password. This mode reports errors only in words.
  said=$(printf '%s\n' "CREATE ROLE troupe LOGIN PASSWORD '$password';" "CREATE DATABASE troupe OWNER troupe;" |
    as_postgres "$user" "$pg_bin/postgres" --single -D "$new" postgres 2>&1) || return
  [[ $said != *ERROR:* && $said != *FATAL:* ]] || return
  if [[ $new == "$directory.new" ]]; then mv -T "$new" "$directory"; else ln -sT "$new" "$directory"; fi
}

cluster_directory() { install -d -m 0700 -o "$(id -u "$2")" -g "$(id -g "$2")" "$1"; }

# cluster_command DIRECTORY USER PORT SOCKETS: sets `cluster` to the command line that runs it in the foreground. It
# ends (SIGINT: rolls back what is open, then stops) with the process that started it. SOCKETS is left out where
# PostgreSQL could not make a socket: too long for one, or not reachable.
cluster_command() {
  local directory user=$2 uid gid sockets=$4
  directory=$(readlink -f "$1")
  uid=$(id -u "$user") gid=$(id -g "$user")
  if ((${#sockets} > 90)) || ! as_postgres "$user" test -w "$sockets"; then sockets=''; fi
  # shellcheck disable=SC2034 # read by the caller
  cluster=(setpriv --no-new-privs --pdeathsig INT)
  ((uid == EUID)) || cluster+=(--reuid="$uid" --regid="$gid" --clear-groups)
  cluster+=(env -i -C / PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TZ=UTC
    "$pg_bin/postgres" -D "$directory" -p "$3" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$sockets")
}

cluster_answers() { "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$1" -t 1; }
