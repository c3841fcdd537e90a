# Sourced, at the root of the checkout, after common.sh and state.sh: what runs under deploy/supervise, with its state in
# var/supervise.
# shellcheck shell=bash disable=SC2154 # node_user is theirs

supervise() { setsid -f deploy/supervise --directory var/supervise "$@" </dev/null >/dev/null 2>&1 8>&-; }

# stop_one NAME: its supervisor ends it; should the supervisor hang, both go the hard way.
stop_one() {
  local name=$1 file pid
  file=var/supervise/$name
  if pid=$(alive "$file.supervisor"); then
    kill -TERM "$pid" || fail "$name belongs to another user: run it with sudo"
    wait_until 70 gone "$file.supervisor" || kill -KILL "$pid" 2>/dev/null || true
    say "$name stopped"
  fi
  # Left by a supervisor that was killed; its death told the process to end.
  if pid=$(alive "$file.process"); then
    wait_until 30 gone "$file.process" || kill -KILL "$pid" 2>/dev/null || true
  fi
}

# Sets `as_node_alone`: what comes before a node's program, so that it runs as $node_user with nothing else of this
# process. Tells it to end when its supervisor dies.
node_command() {
  local uid
  uid=$(id -u "$node_user" 2>/dev/null) || uid=$node_user
  as_node_alone=(setpriv --no-new-privs --pdeathsig TERM)
  if ((EUID == 0)); then
    as_node_alone+=(--reuid="$uid" --regid="$(group_of "$uid")" --clear-groups
      --inh-caps=-all --bounding-set=-all)
  fi
  as_node_alone+=(env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8)
}
