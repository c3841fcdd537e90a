/* One shard with one delivery, and three nodes of which each may own it. README.md says what is left out.
 *
 * A step is a d_step: what one party does at one instant. A node that is paused takes no step for a while, which spin
 * tries everywhere. What goes wrong besides is a fault, and a run has at most FAULTS of them, in any order and place.
 * Time is a set of events; all that is said about them is what may not come before what.
 *
 * PLATFORM, what the network offers where an answer is missing:
 *   PUT   a repeat is safe at any time, even while the first call runs
 *   KEY   it honours a key for a while; two calls at once may both be carried out
 *   LOOK  no key, but it can be asked, and absence is proof
 *   NONE  nothing
 *
 * Checked:
 *   P1  nothing is committed by a node that no longer owns the shard
 *   P2  a delivery is carried out at most once
 *   P3  no call leaves without a committed intent
 *   P4  what is stored, and so acknowledged, as cancelled is not sent
 *   P5  who only lost its lease to a stall of PostgreSQL is not declared dead for it
 *   P6  what is stored as published has been carried out
 *   P7  (with CLAIM_READS) while one node commits, no other takes itself for the owner
 *   settles (below): whatever dies, the delivery ends as published, needs_review or, by a person's will, cancelled
 */
#define PUT 1
#define KEY 2
#define LOOK 3
#define NONE 4
#ifndef PLATFORM
#define PLATFORM KEY
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 3
#endif
#ifndef NODES
#define NODES 3
#endif
#define NOBODY 3 /* beside the nodes 0, 1, 2 */

/* ONLY names one property; the others are then not looked at. */
#ifndef ONLY
#define ONLY 0
#endif
#define must_hold(p, condition) assert((ONLY != 0 && ONLY != p) || (condition))

/* -- PostgreSQL --------------------------------------------------------------------------------------------------- */

mtype = { scheduled, sending, in_doubt, published, needs_review, cancelled }; /* delivery.state */
mtype = { working, stopped, dead };                                          /* node.state */

byte epoch = 1; /* the row of the shard */
byte owner = 0;

mtype row = scheduled; /* the row of the delivery */
byte attempt = 0;       /* with `row` it stands for the version: no pair of them comes back once it is left */
byte armed_by = NOBODY; /* who owned the epoch that the row was armed in */
bool receipt = false;   /* unfenced evidence that a call was carried out */

mtype listed[3] = working; /* the rows of the nodes */
bool lease[3] = true;      /* lease_until > clock_timestamp() */

/* The connection that a node writes by. `begun`: past the fence, whose lock it holds until it commits, which may be at
 * any time; `stuck`: the same of a client that will never send the rest. */
mtype = { idle, begun, stuck, done, row_lost };
mtype txn[3] = idle;
mtype txn_to[3] = scheduled;
mtype txn_from[3] = scheduled; /* the version that it changes */
byte txn_attempt[3];

#define locks(i) (txn[i] == begun || txn[i] == stuck)
#if defined(KEY_SHARE) || defined(NO_FENCE)
#define bump_free true /* FOR KEY SHARE does not stop an update of the epoch */
#else
#define bump_free (!locks(0) && !locks(1) && !locks(2))
#endif

/* -- nodes, as far as others notice them ---------------------------------------------------------------------------- */

mtype = { up, fallen, ended }; /* fallen: knows that it was declared dead, and only waits for its open call */

mtype life[3] = up;
bool view[3] = true; /* the node's own view of its lease */
bool hint[3];        /* both hints, and no renewal since */
byte held[3];        /* the epoch that the node writes under; 0: the shard is closed here */
byte token[3];       /* the attempt that the node has armed or released */

/* -- time and the network ------------------------------------------------------------------------------------------- */

mtype = { fresh, stale, over };                    /* an attempt: send_not_after passed; call_deadline + grace too */
mtype = { unsent, flying, carried_out, vanished }; /* a call */

bool due = false;
bool due_after[3]; /* the due time lies after this node's last lease */
mtype late[4] = fresh;
mtype call[4] = unsent;
bool known[4];     /* the network knew the key already when this call left */
bool key_window = true;
byte publications = 0;
bool judging = true; /* one TTL has passed since PostgreSQL came back */
bool stalled[3];     /* its lease ended because PostgreSQL stood still */

#define settled (row == published || row == needs_review || row == cancelled)
ltl settles { <> settled }

/* After the delivery is settled nothing new goes wrong, and what is under way plays out. Nodes 1 and 2 are the same by
 * name only: whatever happens to one of them first happens to node 1. */
byte faults = 0;
bool touched = false;
#define fault(condition) (condition) && faults < FAULTS && !settled -> faults++
#define named(i) (i != 2 || touched)
#define touch(i) touched = touched || i == 1

/* -- a node ----------------------------------------------------------------------------------------------------------- */

mtype = { watching, freed, owning, writing, cut_off, waiting, at_gate, calling };

#define serving (life[me] == up && held[me] > 0)
#define may_take (life[me] == up && view[me] && listed[me] == working && !drained)
#ifdef NO_JUDGING
#define lease_is_proof(v) (!lease[v])
#else
#define lease_is_proof(v) (!lease[v] && judging)
#endif
#define died(v) (listed[v] != working || hint[v] || lease_is_proof(v))

/* Whose lease tells that a row was armed but never sent: that of who armed it. */
#ifdef LEASE_OF_LAST_OWNER
#define armer before
#else
#define armer armed_by
#endif
#define armer_is_dead (armer != NOBODY && listed[armer] != working)

#ifdef KEY_WINDOW_AT_DECISION
#define in_key_window true
#else
#define in_key_window (PLATFORM != KEY || seen == sending || key_window)
#endif
#define gate_opens (serving && due && view[me] && late[token[me]] == fresh && in_key_window)

#ifdef NO_WAITING
#define waited true
#else
#define waited (PLATFORM == PUT || late[seen_attempt] == over)
#endif

inline read_row() {
  seen = row;
  seen_attempt = attempt;
  answer = answer && !settled;
  token[me] = (answer -> token[me] : 0);
  phase = owning
}

/* The shard is closed here; what is known about a call that was released stays evidence. */
inline close() {
  receipt = receipt || answer;
  held[me] = 0;
  token[me] = 0;
  answer = false;
  seen = scheduled;
  seen_attempt = 0;
  before = NOBODY;
  victim = NOBODY;
  phase = watching
}

inline end_transaction() {
  txn[me] = idle;
  txn_to[me] = scheduled;
  txn_from[me] = scheduled;
  txn_attempt[me] = 0
}

/* A fenced statement begins: FOR SHARE on the shard where the epoch is still ours. If it is not, the shard is lost. */
inline write(target) {
  if
#ifdef NO_FENCE
  :: true ->
#else
  :: epoch == held[me] ->
#endif
     txn[me] = begun;
     txn_to[me] = target;
     txn_from[me] = seen;
     txn_attempt[me] = seen_attempt;
     phase = writing;
     printf("node %d begins to write %e, epoch %d\n", me, target, held[me])
  :: else -> printf("node %d finds its epoch gone\n", me); close()
  fi
}

inline take() {
  epoch++;
  owner = me;
  held[me] = epoch;
#ifdef LEASE_OF_LAST_OWNER
  before = victim;
#endif
  victim = NOBODY;
  touch(me);
  printf("node %d takes the shard, epoch %d, and finds the row %e\n", me, epoch, row);
  read_row()
}

inline terminate(v) {
#ifdef NO_TERMINATION
  skip
#else
  txn[v] = idle
#endif
}

/* The first byte leaves. */
inline release() {
  must_hold(4, row != cancelled);
#ifndef SEND_BEFORE_INTENT
  must_hold(3, token[me] > 0 && token[me] <= attempt);
#endif
  known[token[me]] = PLATFORM == KEY && publications > 0;
  call[token[me]] = flying;
  phase = calling;
  printf("node %d sends attempt %d\n", me, token[me])
}

/* No answer will come. */
inline unanswered() {
  if
  :: serving && seen == sending -> write(in_doubt)
  :: serving && seen == in_doubt -> token[me] = 0; phase = owning
  :: else -> close()
  fi
}

inline end_of_node(connection) {
  txn[me] = connection;
  if
  :: txn[me] == idle -> end_transaction(); epoch_held = 0
  :: else -> epoch_held = held[me]
  fi;
  close();
  held[me] = epoch_held; /* its backend may still commit */
  drained = false;
  epoch_held = 0;
  view[me] = false;
  hint[me] = false;
  touch(me);
  life[me] = ended;
  printf("node %d ends\n", me)
}

proctype node(byte me) {
  mtype phase = watching;
  mtype seen = scheduled; /* the row as this node knows it */
  byte seen_attempt = 0;
  bool answer = false;    /* the network said that it was carried out */
  byte victim = NOBODY;
  byte before = NOBODY;   /* the owner before; only LEASE_OF_LAST_OWNER asks */
  bool drained = false;
  byte epoch_held = 0;    /* inside of a step only */

  d_step {
    if
    :: owner == me -> read_row()
    :: else
    fi
  }

end:
  do
  /* The lease. A renewal changes something only when something was about to end. */
  :: d_step { life[me] == up && listed[me] == working && (!view[me] || !lease[me] || hint[me]) ->
       view[me] = true; lease[me] = true; due_after[me] = false; hint[me] = false; stalled[me] = false }

  /* Takeover: mark dead, conditionally; end the backends; bump; load. */
  :: d_step { phase == watching && may_take && named(me) && owner != me && owner != NOBODY && died(owner) ->
       must_hold(5, listed[owner] != working || hint[owner] || !stalled[owner] || life[owner] != up);
       victim = owner;
       listed[victim] = (listed[victim] == working -> dead : listed[victim]);
       terminate(victim);
       touch(me);
       printf("node %d marks node %d as dead\n", me, victim);
       phase = freed }
  :: d_step { phase == freed && may_take && owner == victim && bump_free -> take() }
#ifndef NO_TERMINATION
  :: d_step { phase == freed && life[me] == up && owner == victim && locks(victim) ->
       terminate(victim) } /* lock_timeout: it has connected again */
#endif
  :: d_step { phase == freed && life[me] == up && owner != victim -> victim = NOBODY; phase = watching }
  /* A shard that was handed over has no owner, and nobody is to be ended. */
  :: d_step { phase == watching && may_take && named(me) && owner == NOBODY && bump_free -> take() }

  /* -- what an owner does about the row as it knows it ---------------------------------------------------------- */
  :: d_step { phase == owning && serving && answer -> write(published) }
  :: d_step { phase == owning && serving && seen == scheduled -> write(cancelled) } /* a person asks for it */
  :: d_step { phase == owning && serving && seen == scheduled && seen_attempt < ATTEMPTS && view[me] ->
       write(sending) }
  :: d_step { phase == owning && serving && seen == scheduled && seen_attempt == ATTEMPTS -> write(needs_review) }
#ifdef SEND_BEFORE_INTENT
  :: d_step { phase == owning && serving && seen == scheduled && seen_attempt < ATTEMPTS && view[me] && due &&
              call[0] == unsent ->
       release();
       write(sending) }
#endif

  /* Found under way. Who armed it may have been declared dead by hints, its lease still running: whether the due time
     lies after its end can be read then, though neither has come. */
  :: d_step { phase == owning && serving && !answer && seen == sending && armer_is_dead &&
              (due_after[armer] || (lease[armer] && !due)) ->
       due_after[armer] = true;
       write(scheduled) }
  :: d_step { phase == owning && serving && !answer && seen == sending && !(armer_is_dead && due_after[armer]) ->
       write(in_doubt) }

  :: d_step { phase == owning && serving && !answer && seen == in_doubt && waited ->
       if
       :: receipt -> write(published)
       :: !receipt && PLATFORM == LOOK && publications > 0 -> write(published)
       :: !receipt && PLATFORM == LOOK && publications == 0 -> write(scheduled)
       :: !receipt && (PLATFORM == PUT || (PLATFORM == KEY && key_window)) && seen_attempt < ATTEMPTS ->
          write(in_doubt) /* a repeat is an attempt of its own, committed before its call */
       :: else -> write(needs_review)
       fi }
  :: d_step { phase == owning && serving && !answer && seen == needs_review && receipt -> write(published) }

  /* -- a write ----------------------------------------------------------------------------------------------------- */
  :: d_step { phase == writing && txn[me] == done && life[me] == up ->
       if
       :: txn_to[me] == sending || (txn_to[me] == in_doubt && seen == in_doubt) ->
          seen_attempt++;
          token[me] = seen_attempt;
          phase = waiting
#ifdef SEND_BEFORE_INTENT
          ;
          if
          :: call[0] != unsent && seen == scheduled -> token[me] = 0; phase = calling
          :: else
          fi
#endif
       :: else -> token[me] = 0; answer = false; phase = owning
       fi;
       seen = txn_to[me];
       end_transaction() }
  :: d_step { phase == writing && txn[me] == row_lost && life[me] == up -> end_transaction(); read_row() }
  /* The answer of a commit is lost: end that backend first, then read again. */
  :: d_step { fault(phase == writing && life[me] == up && (txn[me] == begun || txn[me] == done)) ->
       printf("node %d does not hear of its commit\n", me);
       end_transaction();
       read_row() }
  /* Ended from outside. It may connect again though it has been declared dead: it need not know that yet. */
  :: d_step { phase == writing && txn[me] == idle && life[me] == up -> end_transaction(); phase = cut_off }
  :: d_step { fault(phase == cut_off && life[me] == up) -> read_row() }
  :: d_step { phase == cut_off && life[me] == up && listed[me] == working -> read_row() }

  /* -- armed ------------------------------------------------------------------------------------------------------- */
#ifdef PAUSE_PAST_GATE
  :: d_step { phase == waiting && gate_opens -> phase = at_gate }
  :: d_step { phase == at_gate && life[me] == up -> release() }
#else
  :: d_step { phase == waiting && gate_opens -> release() } /* nothing between the last check and the first byte */
#endif
  :: d_step { phase == waiting && serving && seen == sending -> write(cancelled) } /* a person; the token is revoked */
  :: d_step { phase == waiting && serving && seen == sending && late[token[me]] != fresh -> write(scheduled) }
  :: d_step { phase == waiting && serving && seen == in_doubt && late[token[me]] != fresh -> token[me] = 0; phase = owning }
  :: d_step { fault(phase == waiting && serving && seen == sending) -> write(scheduled) } /* no connection */

  /* -- released ------------------------------------------------------------------------------------------------------ */
  :: d_step { phase == calling && life[me] != ended && call[token[me]] == carried_out ->
       answer = true;
       if
       :: serving -> phase = owning
       :: else -> close()
       fi }
  :: d_step { phase == calling && life[me] != ended && (call[token[me]] == vanished || late[token[me]] == over) -> unanswered() }
  :: d_step { fault(phase == calling && life[me] != ended && call[token[me]] == carried_out) -> unanswered() }

  /* -- hand-over and drain: close here, the epoch with it; then the row has no owner; then the node may stop -------- */
  :: d_step { fault((phase == owning || phase == waiting) && serving && !answer) -> close() }
  :: d_step { fault((phase == owning || phase == waiting) && serving && !answer) -> close(); drained = true }
  :: d_step { fault(phase == calling && serving) -> held[me] = 0 } /* the open call ends here, as a receipt */
  :: d_step { fault(phase == calling && serving) -> held[me] = 0; drained = true }
  :: d_step { (phase == watching || phase == calling) && life[me] == up && owner == me && held[me] == 0 ->
       owner = NOBODY }
  :: d_step { drained && phase == watching && life[me] == up && listed[me] == working && owner != me ->
       listed[me] = stopped;
       lease[me] = false;
       due_after[me] = !due;
       end_of_node(idle) }

  /* -- ends of a node ------------------------------------------------------------------------------------------------ */
  /* A renewal finds the row dead: nothing more is dispatched, a call that is open ends, its receipt is stored, exit. */
  :: d_step { life[me] == up && listed[me] == dead && phase == calling -> life[me] = fallen; view[me] = false }
  :: d_step { life[me] == up && listed[me] == dead && phase != calling ->
       end_of_node((txn[me] == begun -> begun : idle)) }
  :: d_step { life[me] == fallen && phase != calling -> end_of_node(idle) }
  /* kill -9: without a word, and both hints are seen. */
  :: d_step { fault(life[me] == up && named(me)) ->
       answer = false;
       end_of_node((txn[me] == begun -> begun : idle));
       hint[me] = true }
  /* SIGSTOP for good, or the host is lost: no hint, and what was open stays open. */
  :: d_step { fault(life[me] == up && named(me)) ->
       answer = false;
       end_of_node((txn[me] == begun -> stuck : idle)) }
  od
}

/* -- the rest of the world ---------------------------------------------------------------------------------------------- */

/* The node is cut off from PostgreSQL, or paused, for longer than its own view of its lease. */
#define lapses(i) \
  d_step { fault(life[i] == up && listed[i] == working && view[i] && named(i)) -> \
    view[i] = false; touch(i); printf("node %d is cut off or paused\n", i) }
/* Of a node known to be dead it matters only to the row that it armed. */
#define lease_ends(i) \
  d_step { !view[i] && lease[i] && \
           ((listed[i] == working && !(life[i] == ended && hint[i])) || armed_by == i || due_after[i]) -> \
    lease[i] = false; due_after[i] = due_after[i] || !due; printf("the lease of node %d ends\n", i) }
#ifdef NO_LEASE_MARGIN
#define lease_ends_first(i) \
  d_step { fault(life[i] == up && listed[i] == working && lease[i] && named(i)) -> \
    lease[i] = false; due_after[i] = !due; touch(i); printf("the lease of node %d ends\n", i) }
#else
#define lease_ends_first(i) false
#endif
#define false_hint(i) \
  d_step { fault(life[i] == up && listed[i] == working && !hint[i] && named(i)) -> \
    hint[i] = true; touch(i); printf("node %d, alive, looks dead\n", i) }

#define thinks_it_owns(j) (life[j] == up && view[j] && held[j] > 0)
#ifdef CLAIM_READS
#define reads_are_fresh(i) \
  ((i == 0 || !thinks_it_owns(0)) && (i == 1 || !thinks_it_owns(1)) && (i == 2 || !thinks_it_owns(2)))
#else
#define reads_are_fresh(i) true
#endif

/* The backend of node i: its change stands or falls by the version of the row. */
#define commits(i) \
  d_step { txn[i] == begun -> \
    printf("node %d commits %e over %e\n", i, txn_to[i], row); \
    if \
    :: row != txn_from[i] || attempt != txn_attempt[i] -> txn[i] = row_lost \
    :: else -> \
       must_hold(1, held[i] == epoch); \
       must_hold(6, txn_to[i] != published || publications > 0); \
       must_hold(7, reads_are_fresh(i)); \
       if \
       :: txn_to[i] == sending -> attempt++; armed_by = i \
       :: txn_to[i] == in_doubt && row == in_doubt -> attempt++; armed_by = i \
       :: else \
       fi; \
       row = txn_to[i]; \
       txn[i] = done \
    fi }

#define stalls(i) \
  stalled[i] = life[i] == up && listed[i] == working; \
  due_after[i] = due_after[i] || (lease[i] && !due); \
  view[i] = false; \
  lease[i] = false
#define healthy(i) \
  (life[i] == up && view[i] && held[i] > 0 && call[attempt] == unsent && (token[i] == attempt || txn[i] == done) && \
   (PLATFORM != KEY || row == sending || key_window))
#define say_stall printf("PostgreSQL stands still until every lease has ended\n")
#define breaks(i) txn[i] = (locks(i) -> idle : txn[i])
#define renewed(i) (life[i] != up || listed[i] != working || lease[i])

#define repeated(a) \
  ((PLATFORM == PUT && publications > 0) || (PLATFORM == KEY && known[a] && key_window))
#define carries_out(a) \
  d_step { call[a] == flying -> \
    printf("attempt %d is carried out\n", a); \
    call[a] = carried_out; \
    publications = (repeated(a) -> publications : publications + 1); \
    known[a] = false; \
    must_hold(2, publications <= 1); \
    must_hold(4, row != cancelled) }
#define loses(a) \
  d_step { fault(call[a] == flying) -> call[a] = vanished }
#define none_flies (call[0] != flying && call[1] != flying && call[2] != flying && call[3] != flying)

proctype world() {
end:
  do
  :: lapses(0)           :: lapses(1)           :: lapses(2)
  :: lease_ends(0)       :: lease_ends(1)       :: lease_ends(2)
  :: lease_ends_first(0) :: lease_ends_first(1) :: lease_ends_first(2)
  :: false_hint(0)       :: false_hint(1)       :: false_hint(2)
  :: commits(0)          :: commits(1)          :: commits(2)

  /* PostgreSQL stands still for longer than every lease, or restarts, which ends every connection. */
  :: d_step { fault(judging) -> judging = false; stalls(0); stalls(1); stalls(2); say_stall }
  :: d_step { fault(judging) -> judging = false; stalls(0); stalls(1); stalls(2); breaks(0); breaks(1); breaks(2); say_stall }
  :: d_step { !judging && renewed(0) && renewed(1) && renewed(2) -> judging = true }

  :: d_step { !due && !(due_after[0] && lease[0]) && !(due_after[1] && lease[1]) && !(due_after[2] && lease[2]) ->
       due = true; printf("the delivery is due\n") }
  /* A healthy node does not miss the window between arming and the latest release, unless something goes wrong. */
  :: d_step { attempt > 0 && late[attempt] == fresh && due && !healthy(armed_by) -> late[attempt] = stale }
  :: d_step { fault(attempt > 0 && late[attempt] == fresh && due && healthy(armed_by)) -> late[attempt] = stale }
  /* Nothing is carried out later than deadline + grace; a repeat ends before its key is forgotten (the margin). */
  :: d_step { attempt > 0 && late[attempt] == stale && call[attempt] != flying ->
       late[attempt] = over; printf("the deadline of attempt %d and the grace have passed\n", attempt) }
  :: d_step { PLATFORM == KEY && key_window && row == in_doubt && none_flies ->
       key_window = false; printf("the network forgets the key\n") }

  :: carries_out(0) :: carries_out(1) :: carries_out(2) :: carries_out(3)
  :: loses(0)       :: loses(1)       :: loses(2)       :: loses(3)
  od
}

init {
  held[0] = epoch;
  atomic {
    run node(0);
    run node(1);
#if NODES == 3
    run node(2);
#else
    life[2] = ended;
    lease[2] = false;
    view[2] = false;
    listed[2] = stopped;
#endif
    run world()
  }
}
